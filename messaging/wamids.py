"""A wamid is personal data: it holds the peer's digits. Rows are found by its keyed hash."""

from practices.keys import blind_index


def wamid_hash(wamid: str) -> bytes:
    """16 bytes to find a message by its wamid in the practice in scope."""
    return blind_index("wamid", wamid)
