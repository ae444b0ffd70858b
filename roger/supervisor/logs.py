"""Log files of the children, kept short."""

import shutil
from pathlib import Path

LONGEST_BYTES = 5 * 1024 * 1024


def shorten(folder: Path) -> None:
    """Move what is in a long log to `<name>.log.1` and empty the log; its writer appends and notices nothing."""
    for log in folder.glob("*.log"):
        if log.stat().st_size > LONGEST_BYTES:
            shutil.copyfile(log, log.with_suffix(".log.1"))
            with log.open("r+b") as file:
                file.truncate(0)
