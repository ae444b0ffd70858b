"""The English catalog: what is said where, and what it is called in English."""
