"""The whole of `make run`, started, hurt and ended as an operator would."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree

import psycopg
import pytest

from roger.embedded.environment import read
from roger.embedded.home import Home
from roger.supervisor.leftovers import leftovers
from roger.supervisor.programs import free_port
from tests.servers import RUN_VARIABLES

NAMES = ["postgres", "valkey", "web", "stream", "inbound", "worker", "scheduler", "simulator", "caddy"]


# A shell has SIGINT ignored for what it runs there.
IN_THE_BACKGROUND = ["sh", "-c", 'trap "" INT; exec "$@"', "sh"]


@dataclass
class Installation:
    """A ROGER_HOME of its own with two ports of its own."""

    home: Path
    port: int
    simulator_port: int

    def start(self) -> subprocess.Popen[str]:
        inherited = {name: value for name, value in os.environ.items() if name not in RUN_VARIABLES}
        asked = {"ROGER_HOME": self.home, "PORT": self.port, "SIMULATOR_PORT": self.simulator_port, "DEMO": "0"}
        return subprocess.Popen(
            [*IN_THE_BACKGROUND, sys.executable, "-m", "roger.supervisor"],
            env=inherited | {name: str(value) for name, value in asked.items()},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def status(self, path: str) -> int:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
            return int(answer.status)

    def processes(self) -> dict[str, int | None]:
        facts = json.loads((self.home / "run" / "processes.json").read_text())["processes"]
        return {process["name"]: process["pid"] for process in facts}

    def left_over(self) -> list[int]:
        return leftovers(Home(self.home, self.home / "servers", self.home / "servers" / "sockets", None))


def lines_until_ready(running: subprocess.Popen[str]) -> list[str]:
    assert running.stdout
    lines = []
    for line in running.stdout:
        lines.append(line.rstrip("\n"))
        if lines[-1] == "ready":
            return lines
    raise AssertionError("\n".join(lines))


def end(running: subprocess.Popen[str], how: signal.Signals = signal.SIGTERM) -> float:
    """End it and return the seconds that took."""
    began = time.monotonic()
    running.send_signal(how)
    running.communicate(timeout=30)
    return time.monotonic() - began


@contextlib.contextmanager
def ended(running: subprocess.Popen[str]) -> Iterator[None]:
    try:
        yield
    finally:
        if running.poll() is None:
            end(running)


@pytest.fixture(scope="module")
def installation() -> Iterator[Installation]:
    """Its database is made by whoever comes first; the others go on with it, as an operator does."""
    folder = Path(tempfile.mkdtemp(prefix="roger-"))
    folder.chmod(0o711)
    yield Installation(folder / "home", free_port(), free_port())
    rmtree(folder)


@pytest.mark.timeout(300)
def test_it_serves_survives_kills_ends_without_an_orphan_and_continues_with_its_data(
    installation: Installation,
) -> None:
    began = time.monotonic()
    running = installation.start()
    with ended(running):
        said = lines_until_ready(running)
        first_start = time.monotonic() - began
        assert said[-4:] == [
            f"Roger            http://127.0.0.1:{installation.port}/login/",
            f"Patients' phones http://127.0.0.1:{installation.simulator_port}/phones/",
            "No demo data. The first practice and its owner: make manage ARGS='create_practice --help'",
            "ready",
        ]
        assert (installation.home / "env").stat().st_mode & 0o777 == 0o600
        before = installation.processes()
        assert list(before) == NAMES

        hurt_all(installation)

        with psycopg.connect(read(installation.home / "env")["DATABASE_MIGRATE_URL"]) as owner:
            owner.execute("create table if not exists kept as select 1 as id")
        assert end(running) < 12
    assert installation.left_over() == []
    assert not (installation.home / "servers" / "postgres" / "postmaster.pid").exists()

    began = time.monotonic()
    running = installation.start()
    with ended(running):
        lines_until_ready(running)
        # Sooner than with a database to be made; tests/bench/start.py says how many seconds a quiet machine takes.
        assert time.monotonic() - began < first_start
        with psycopg.connect(read(installation.home / "env")["DATABASE_URL"]) as application:
            assert application.execute("select id from kept").fetchall() == [(1,)]
        assert end(running, signal.SIGINT) < 12
    assert installation.left_over() == []


def hurt_all(installation: Installation) -> None:
    """Kill each process once; each is back, with another id, and pages are served through the front. Some end by
    themselves when what they lean on was killed: then it is whoever took their place."""
    for name in NAMES:
        pid = living(installation, name)
        os.kill(pid, signal.SIGKILL)
        wait_for_another(installation, name, pid)
    deadline = time.monotonic() + 60
    while not serves(installation):
        assert time.monotonic() < deadline
        time.sleep(0.1)


def serves(installation: Installation) -> bool:
    try:
        return installation.status("/readyz") == 200
    except OSError:
        return False


def living(installation: Installation, name: str) -> int:
    deadline = time.monotonic() + 60
    while (pid := installation.processes()[name]) is None or not Path(f"/proc/{pid}").exists():
        assert time.monotonic() < deadline, f"{name} does not run"
        time.sleep(0.05)
    return pid


def wait_for_another(installation: Installation, name: str, pid: int) -> None:
    deadline = time.monotonic() + 60
    while installation.processes()[name] in (pid, None):
        assert time.monotonic() < deadline, f"{name} did not come back"
        time.sleep(0.05)


@pytest.mark.timeout(300)
def test_a_killed_supervisor_leaves_nothing_that_hinders_the_next(installation: Installation) -> None:
    killed = installation.start()
    with ended(killed):
        lines_until_ready(killed)
        second = installation.start()
        assert second.communicate(timeout=30)[0] == (
            f"Roger already runs from {installation.home} (process {killed.pid}): "
            "stop it first, or set ROGER_HOME to another folder.\n"
        )
        assert second.returncode == 1
        killed.kill()
        killed.communicate()

    following = installation.start()

    with ended(following):
        lines_until_ready(following)
        assert installation.status("/healthz") == 200
    assert installation.left_over() == []
