"""Run one command on throw-away servers: `python -m roger.embedded [--migrate] -- <command…>`."""

import argparse
import os
import subprocess
import sys

from roger.embedded.cannot_start import CannotStart
from roger.embedded.throw_away import servers


def main(arguments: list[str]) -> int:
    """Start the servers, migrate if asked, run the command with their variables, stop; returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m roger.embedded", description=__doc__)
    parser.add_argument("--migrate", action="store_true", help="bring the empty database up to date first")
    parser.add_argument("command", nargs="+", help="what to run, after --")
    chosen = parser.parse_args(arguments)
    try:
        with servers() as values:
            return _run(chosen.command, dict(os.environ) | values, migrate=chosen.migrate)
    except CannotStart as problem:
        sys.stderr.write(f"{problem}\n")
        return 1


def _run(command: list[str], environment: dict[str, str], *, migrate: bool) -> int:
    if migrate:
        step = [sys.executable, "manage.py", "migrate", "--database", "migrate", "--noinput", "--verbosity", "0"]
        if failed := subprocess.run(step, env=environment, check=False).returncode:
            return failed
    return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
