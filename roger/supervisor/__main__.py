"""`python -m roger.supervisor`, which is what `make run` calls."""

import errno
import os
import resource
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import NoReturn

from roger.embedded.cannot_start import CannotStart
from roger.embedded.environment import Ports
from roger.supervisor.launch import run
from roger.supervisor.programs import PROJECT

OLDEST_PYTHON = (3, 11)
MOST_FILES = 65_536  # some programs walk through all they may have when they start


def main() -> int:
    """Run until told to end: 0 after SIGINT or SIGTERM, 1 with one sentence when it cannot start."""
    # SIGINT too: a shell that runs us in the background has it ignored, and Python then leaves it so.
    for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(sign, end_as_with_ctrl_c)
    try:
        refuse_old_python()
        allow_many_files()
        run(Path(os.environ.get("ROGER_HOME") or PROJECT / ".roger"), ports_asked_for())
    except KeyboardInterrupt:
        return 0
    except CannotStart as problem:
        sys.stderr.write(f"{problem}\n")
    except OSError as problem:
        if problem.errno != errno.ENOSPC:
            raise
        sys.stderr.write("The disk is full: make room, or set ROGER_HOME to another disk, then start again.\n")
    return 1


def end_as_with_ctrl_c(_signal: int, _frame: FrameType | None) -> NoReturn:
    """SIGTERM and a closed terminal end everything just as Ctrl-C does."""
    raise KeyboardInterrupt


def allow_many_files() -> None:
    """Let every child hold as many files as the machine allows: each open stream is one, and in the front two."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def ports_asked_for() -> Ports:
    """PORT and SIMULATOR_PORT, or 8000 and 8360. Raises CannotStart when one is no port."""
    return Ports(front=port_from("PORT", 8000), simulator=port_from("SIMULATOR_PORT", 8360))


def port_from(variable: str, usual: int) -> int:
    text = os.environ.get(variable) or str(usual)
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise CannotStart(f"{variable}={text} is no port: choose a number from 1024 to 65535.")
    return int(text)


def refuse_old_python() -> None:
    if sys.version_info < OLDEST_PYTHON:
        raise CannotStart("Roger needs Python 3.11 or newer: remove .venv and start with PYTHON=python3.11 (or newer).")


if __name__ == "__main__":
    sys.exit(main())
