"""Larger files than staff upload, held in memory as theirs are (practices/uploads.py)."""

from messaging.documents.receiving import LARGEST_FILE
from practices.uploads import InMemory


class FromPatients(InMemory):
    """A patient's photos and scans."""

    largest = LARGEST_FILE
