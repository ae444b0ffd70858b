"""What the supervisor tells: sentences on the terminal, processes.json for `doctor`, the demo's logins."""

import contextlib
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypedDict


class ProcessFacts(TypedDict):
    """One process, as `doctor --json` shows it."""

    name: str
    pid: int | None
    listening: str | None


def say(sentence: str) -> None:
    """One line for the operator. Whoever reads us may be gone; that is no reason to end."""
    with contextlib.suppress(OSError):
        sys.stdout.write(f"{sentence}\n")
        sys.stdout.flush()


def write_processes(path: Path, facts: Iterable[ProcessFacts]) -> None:
    """Replace processes.json in one step, so that a reader never sees half of it."""
    draft = path.with_suffix(".new")
    draft.write_text(json.dumps({"processes": list(facts)}, indent=1))
    draft.rename(path)


def read_processes(path: Path) -> list[ProcessFacts]:
    """What was written last; nothing where no supervisor ever ran."""
    if not path.exists():
        return []
    processes: list[ProcessFacts] = json.loads(path.read_text())["processes"]
    return processes


def greeting(base_url: str, simulator_url: str, demo: Path) -> Iterable[str]:
    """Where to look, and who may log in; `demo` is written by seed_demo and missing with DEMO=0."""
    yield f"Roger            {base_url}/login/"
    yield f"Patients' phones {simulator_url}/phones/"
    if not demo.exists():
        yield "No demo data. The first practice and its owner: make manage ARGS='create_practice --help'"
        return
    yield f"Website          {simulator_url}/website/"
    yield "Six digits       make code"
    for practice in json.loads(demo.read_text())["practices"]:
        yield from _practice(practice)


def _practice(practice: dict[str, Any]) -> Iterable[str]:
    yield ""
    yield f"{practice['name']}   QR code {practice['qr']}"
    for user in practice["users"]:
        secret = user.get("totp_secret") or ""
        yield f"  {user['role']:<17} {user['email']:<44} {user['password']}   TOTP {secret}"
