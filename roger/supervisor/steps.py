"""What is done before the programs start: tables, static files, demo data. Each only when something has changed."""

import hashlib
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from roger.embedded.cannot_start import CannotStart
from roger.embedded.children import last_lines
from roger.supervisor.programs import PROJECT
from roger.supervisor.report import say

REQUIREMENTS = PROJECT / "requirements" / "run.txt"
LONGEST_SECONDS = 600
SAID = {
    "migrate": "Bringing the tables up to date …",
    "collectstatic": "Laying out styles and scripts …",
    "seed_demo": "Filling in two demo practices …",
}


def migrate(everything: Mapping[str, str], log: Path, marks: Path) -> None:
    """Bring the tables up to date, as their owner."""
    files = [REQUIREMENTS, *sorted(PROJECT.glob("*/migrations/*.py")), *sorted(PROJECT.glob("practices/postgres/*.py"))]
    step = ["migrate", "--database", "migrate", "--noinput", "--verbosity", "0"]
    state = f"{fingerprint(files)} {database(everything)}"
    _unless_done(marks / "migrated", state, step, everything, log)


def collect_static(everything: Mapping[str, str], log: Path, marks: Path) -> None:
    """Put the static files with hashed names where the front finds them."""
    # Templates say which files are served as one (roger/static_files.py).
    patterns = ("static/**/*", "*/static/**/*", "templates/**/*.html", "roger/static_files.py")
    ours = (each for pattern in patterns for each in PROJECT.glob(pattern))
    files = [REQUIREMENTS, *sorted(each for each in ours if each.is_file())]
    step = ["collectstatic", "--noinput", "--verbosity", "0"]
    _unless_done(marks / "collected", fingerprint(files), step, everything, log)


def seed_demo(everything: Mapping[str, str], log: Path, marks: Path) -> None:
    """Demo data, once; again when an address has changed, since demo.json and simulator.json hold whole addresses."""
    addresses = [everything[name] for name in ("BASE_URL", "D360_BASE_URL", "WHATSAPP_LINK_BASE")]
    state = " ".join([*addresses, database(everything)])
    _unless_done(marks / "seeded", state, ["seed_demo"], everything, log)


def database(everything: Mapping[str, str]) -> str:
    """A digest of which database it is; another one needs everything again."""
    return hashlib.sha256(everything["DATABASE_URL"].encode()).hexdigest()


def fingerprint(files: Iterable[Path]) -> str:
    """A digest of names and contents."""
    digest = hashlib.sha256()
    for file in files:
        digest.update(str(file.relative_to(PROJECT)).encode() + b"\0")
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def _unless_done(mark: Path, state: str, step: list[str], everything: Mapping[str, str], log: Path) -> None:
    if mark.exists() and mark.read_text() == state:
        return
    say(SAID[step[0]])
    manage(step, everything, log)
    mark.write_text(state)


def manage(step: list[str], everything: Mapping[str, str], log: Path) -> None:
    """Run one of Django's commands with all variables. Raises CannotStart with the end of what it said."""
    with log.open("ab") as output:
        done = subprocess.run(
            [sys.executable, str(PROJECT / "manage.py"), *step],
            env=dict(everything),
            cwd=PROJECT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            timeout=LONGEST_SECONDS,
            check=False,
        )
    if done.returncode:
        raise CannotStart(f"`manage.py {step[0]}` failed; the end of {log}:\n{last_lines(log)}")
