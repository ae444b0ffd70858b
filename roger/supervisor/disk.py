"""A full disk stops the database. A reserve on it buys the time to make room."""

import os
import shutil
from pathlib import Path

MEBIBYTE = 1024 * 1024
BALLAST_BYTES = 64 * MEBIBYTE
ALMOST_FULL_BYTES = 16 * MEBIBYTE
ROOMY_BYTES = 512 * MEBIBYTE


def free_bytes(folder: Path) -> int:
    """Free bytes on the disk of this folder."""
    return shutil.disk_usage(folder).free


def keep_ballast(ballast: Path, free: int) -> str | None:
    """Lay in a reserve while bytes are free, give it back when none are. Returns what the operator must know."""
    if ballast.exists() and free < ALMOST_FULL_BYTES:
        ballast.unlink()
        return f"The disk of {ballast.parent} is full: {BALLAST_BYTES // MEBIBYTE} MB of reserve freed. Make room now."
    if not ballast.exists() and free > ROOMY_BYTES + BALLAST_BYTES:
        _lay_in(ballast)
    return None


def _lay_in(ballast: Path) -> None:
    with ballast.open("wb") as file:
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(file.fileno(), 0, BALLAST_BYTES)
        else:
            for _ in range(BALLAST_BYTES // MEBIBYTE):
                file.write(bytes(MEBIBYTE))
