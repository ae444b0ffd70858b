"""Run one command on servers of ours: `python -m roger.embedded [--migrate | --home] -- <command…>`."""

import argparse
import os
import subprocess
import sys
from pathlib import Path

from roger.embedded import environment
from roger.embedded.cannot_start import CannotStart
from roger.embedded.home import is_running
from roger.embedded.throw_away import servers


def main(arguments: list[str]) -> int:
    """Run the command with the variables that lead to the servers; returns its exit code, 1 if they cannot start."""
    parser = argparse.ArgumentParser(prog="python -m roger.embedded", description=__doc__)
    parser.add_argument("--migrate", action="store_true", help="bring the empty database up to date first")
    parser.add_argument("--home", action="store_true", help="on the running installation instead of throw-away servers")
    parser.add_argument("command", nargs="+", help="what to run, after --")
    chosen = parser.parse_args(arguments)
    try:
        if chosen.home:
            return subprocess.run(
                chosen.command, env={**os.environ, **of_running_installation()}, check=False
            ).returncode
        with servers() as values:
            return run(chosen.command, {**os.environ, **values}, migrate=chosen.migrate)
    except CannotStart as problem:
        sys.stderr.write(f"{problem}\n")
        return 1


def of_running_installation() -> dict[str, str]:
    """The variables that `make run` has written down. Raises CannotStart when it does not run here, or never did."""
    home = Path(os.environ.get("ROGER_HOME") or ".roger")
    if not (home / "env").exists():
        raise CannotStart(
            f"There is no installation in {home.absolute()}: start one with `make run`, or set ROGER_HOME."
        )
    if not is_running(home):
        raise CannotStart(f"Roger does not run from {home.absolute()} at the moment: start it with `make run`.")
    return environment.read(home / "env")


def run(command: list[str], variables: dict[str, str], *, migrate: bool) -> int:
    """Run the command, after a migration if asked for; the exit code is that of what failed first, else 0."""
    if migrate:
        step = [
            sys.executable,
            "manage.py",
            "migrate",
            "--database",
            "migrate",
            "--noinput",
            "--skip-checks",
            "-v",
            "0",
        ]
        if failed := subprocess.run(step, env=variables, check=False).returncode:
            return failed
    return subprocess.run(command, env=variables, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
