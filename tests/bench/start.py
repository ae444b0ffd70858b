"""How long `make run` takes to say `ready`: on an empty ROGER_HOME with demo data, and once more on the same one.

The environment (.venv) is there already; `make run` of a fresh clone installs it once more on top of this.
"""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from roger.embedded.throw_away import FOREIGN
from roger.supervisor.programs import free_port
from tests.bench.figures import Figure, below
from tests.bench.places import PROJECT

SECONDS_TO_END = 30


class NeverReady(Exception):
    """`make run` ended instead of serving."""


def measure() -> Iterator[Figure]:
    ports = {
        "PORT": str(free_port()),
        "SIMULATOR_PORT": str(free_port()),
    }  # the same twice: other ones mean new demo data
    with empty_home() as home:
        yield Figure("first_run", seconds_until_ready(home, ports), "s", below(120))
        yield Figure("second_run", seconds_until_ready(home, ports), "s", below(10))


@contextmanager
def empty_home() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="roger-"))
    folder.chmod(0o711)  # the servers' account passes through
    try:
        yield folder / "home"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def seconds_until_ready(home: Path, ports: Mapping[str, str]) -> float:
    """Start, wait for `ready`, end. Raises NeverReady."""
    environment = {name: value for name, value in os.environ.items() if name not in (*FOREIGN, "DEMO")}
    environment |= {"ROGER_HOME": str(home), **ports}
    begun = time.perf_counter()
    running = subprocess.Popen(
        ["make", "--no-print-directory", "run"], cwd=PROJECT, env=environment, stdout=subprocess.PIPE, text=True
    )
    try:
        wait_until_ready(running)
        return time.perf_counter() - begun
    finally:
        running.send_signal(signal.SIGINT)
        running.wait(SECONDS_TO_END)


def wait_until_ready(running: subprocess.Popen[str]) -> None:
    assert running.stdout is not None
    for line in running.stdout:
        if line.strip() == "ready":
            return
    raise NeverReady
