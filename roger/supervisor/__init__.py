"""Starts everything that belongs to Roger, keeps it alive and ends all of it: what `make run` calls."""
