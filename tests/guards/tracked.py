"""The files of the project, as git tracks them: what a clone holds."""

import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("practices", "patients", "consent", "messaging", "anamnesis", "roger", "simulator")


@cache
def paths() -> list[str]:
    """Every tracked file that still exists, without what others wrote (vendor/) and lists of hashes."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    ours = [path for path in listed.split("\0") if path and "/vendor/" not in path]
    return [path for path in ours if not path.startswith("requirements/") and (ROOT / path).is_file()]


def texts() -> Iterator[tuple[str, str]]:
    """Path and content of every file that is text."""
    for path in paths():
        try:
            yield path, (ROOT / path).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # a font or a picture


def modules(*, of_rooms: bool = True) -> list[str]:
    """Python files of the rooms, without migrations; all of them, tests too, if asked."""
    python = [path for path in paths() if path.endswith(".py") and "/migrations/" not in path]
    return [path for path in python if path.split("/")[0] in ROOMS] if of_rooms else python


def source(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")
