"""A stand-in for 360dialog and the patients' phones; knows no room of Roger (README.md)."""
