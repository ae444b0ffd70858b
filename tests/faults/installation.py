"""The product in a ROGER_HOME of its own, started by its supervisor, and its processes."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from roger.embedded import environment
from roger.embedded.throw_away import FOREIGN
from roger.supervisor.programs import PROJECT, free_port
from roger.supervisor.report import ProcessFacts

SECONDS_TO_SERVE = 150
SECONDS_TO_END = 40


@dataclass(frozen=True)
class Installation:
    """One run of the supervisor."""

    home: Path
    port: int
    simulator_port: int

    @property
    def simulator(self) -> str:
        return f"http://127.0.0.1:{self.simulator_port}"

    def variables(self) -> dict[str, str]:
        return environment.read(self.home / "env")

    def keep_logs(self) -> Path:
        """Copy what all processes said to where it outlives the run."""
        kept = PROJECT / ".roger" / "faults"
        shutil.rmtree(kept, ignore_errors=True)
        shutil.copytree(self.home / "logs", kept)
        shutil.copy(self.home.parent / "output", kept / "supervisor.log")
        return kept

    def pid(self, name: str) -> int:
        """The process of that name, as soon as there is one. Raises TimeoutError."""
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            for process in self._processes():
                if process["name"] == name and process["pid"] and is_alive(process["pid"]):
                    return process["pid"]
            time.sleep(0.05)
        raise TimeoutError(f"{name} does not come back")

    def pids(self, *names: str) -> list[int]:
        return [self.pid(name) for name in names]

    def _processes(self) -> list[ProcessFacts]:
        told: list[ProcessFacts] = json.loads((self.home / "run" / "processes.json").read_text())["processes"]
        return told


def is_alive(pid: int) -> bool:
    """Whether the process is there and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def children_of(pid: int) -> list[int]:
    """The process ids of the direct children."""
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for task in tasks for child in task.read_text().split()]


@contextlib.contextmanager
def running() -> Iterator[Installation]:
    """Start everything without demo data and wait for `ready`; all of it ends with the block."""
    folder = Path(tempfile.mkdtemp(prefix="roger-faults-"))
    folder.chmod(0o711)  # the servers' account passes through
    installation = Installation(folder / "home", free_port(), free_port())
    with (folder / "output").open("w+b") as output:
        supervisor = subprocess.Popen(
            [sys.executable, "-m", "roger.supervisor"],
            env=_environment(installation),
            cwd=PROJECT,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait_until_ready(supervisor, folder / "output")
            yield installation
        finally:
            _end(supervisor)
            shutil.rmtree(folder, ignore_errors=True)


def _environment(installation: Installation) -> dict[str, str]:
    ours = {name: value for name, value in os.environ.items() if name not in FOREIGN}
    asked = {"ROGER_HOME": installation.home, "PORT": installation.port, "SIMULATOR_PORT": installation.simulator_port}
    return ours | {name: str(value) for name, value in asked.items()} | {"DEMO": "0"}


def _wait_until_ready(supervisor: "subprocess.Popen[bytes]", output: Path) -> None:
    deadline = time.monotonic() + SECONDS_TO_SERVE
    while "ready" not in output.read_text().splitlines():
        if supervisor.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(output.read_text())
        time.sleep(0.1)


def _end(supervisor: "subprocess.Popen[bytes]") -> None:
    if supervisor.poll() is None:
        supervisor.send_signal(signal.SIGTERM)
    try:
        supervisor.wait(SECONDS_TO_END)
    except subprocess.TimeoutExpired:
        supervisor.kill()  # its children end with it (PR_SET_PDEATHSIG)
