"""Children of a supervisor that was killed. Linux only; elsewhere their ports tell."""

import contextlib
import os
import signal
import time
from pathlib import Path

from roger.embedded.children import MARK
from roger.embedded.home import Home


def end_leftovers(home: Home) -> None:
    """End every process that an earlier supervisor of this home has left. The caller holds the launcher's lock."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        for pid in leftovers(home):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, sign)
        if _all_gone(home, seconds=3):
            return


def leftovers(home: Home) -> list[int]:
    """Process ids of the children of any supervisor of this home."""
    marks = {os.fsencode(f"{MARK}={folder}") for folder in (home.path, home.servers)}
    return [pid for pid in _process_ids() if marks.intersection(_environment(pid))]


def _process_ids() -> list[int]:
    processes = Path("/proc")
    return [int(each.name) for each in processes.iterdir() if each.name.isdigit()] if processes.exists() else []


def _environment(pid: int) -> list[bytes]:
    try:
        return Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:  # somebody else's, or gone meanwhile
        return []


def _all_gone(home: Home, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while leftovers(home):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True
