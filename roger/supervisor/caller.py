"""The `make` that called us. GNU make, interrupted by a signal to it alone, passes SIGTERM on to its recipe but
not SIGINT (a terminal would have sent that to everybody), and then waits for a recipe that knows of nothing.
"""

import os
import signal
from pathlib import Path

NAMES = {"make", "gmake"}


def make_was_interrupted() -> bool:
    """Whether our parent is a make that is inside its handler of SIGINT, where SIGINT is blocked (Linux only)."""
    parent = Path(f"/proc/{os.getppid()}")
    try:
        if (parent / "comm").read_text().strip() not in NAMES:
            return False
        return blocks_interrupt((parent / "status").read_text())
    except OSError:  # no /proc here, or the parent is gone
        return False


def blocks_interrupt(status: str) -> bool:
    """Whether /proc/<pid>/status tells of a process that blocks SIGINT."""
    mask = next(line for line in status.splitlines() if line.startswith("SigBlk:"))
    return bool(int(mask.split()[1], 16) & 1 << (signal.SIGINT - 1))
