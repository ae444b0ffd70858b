"""Web, stream, workers and front with the commands, variables and settings of `make run`, on the servers at hand."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen

from roger.embedded import children
from roger.embedded.environment import Ports
from roger.embedded.home import Home, prepare
from roger.supervisor.programs import PROJECT, Program, free_port, programs
from roger.supervisor.readiness import answers_ok
from roger.supervisor.steps import collect_static

SECONDS_TO_START = 60
LISTENING = ("web", "stream", "caddy")


@dataclass(frozen=True)
class Installation:
    """Loopback ports of what was started (0 if it was not), and the processes by name."""

    web: int
    stream: int
    front: int
    processes: dict[str, Popen[bytes]]


@contextmanager
def running(*names: str) -> Iterator[Installation]:
    """Start these programs and wait until they answer; all end with the block. Raises TimeoutError."""
    home = prepare(Path(os.environ["ROGER_HOME"]))
    collect_static(dict(os.environ), home.logs / "setup.log", home.run)
    ports = Ports(front=free_port(), simulator=free_port())
    wanted = {one.name: one for one in programs(home, ports, dict(os.environ)) if one.name in names}
    with ExitStack() as stack:
        processes = {name: stack.enter_context(_process(program, home)) for name, program in wanted.items()}
        for name in LISTENING:
            if name in wanted:
                _wait_for(name, _port(wanted[name]))
        web, stream, front = (_port(wanted[name]) if name in wanted else 0 for name in LISTENING)
        yield Installation(web, stream, front, processes)


@contextmanager
def _process(program: Program, home: Home) -> Iterator[Popen[bytes]]:
    log = home.logs / f"{program.name}.log"
    process = children.start(program.command, log=log, environment=program.environment, folder=PROJECT)
    try:
        yield process
    finally:
        children.end(process, signal.SIGTERM, 10)


def _port(program: Program) -> int:
    return int((program.listening or ":0").rpartition(":")[2])


def _wait_for(name: str, port: int) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while not answers_ok(port, "/healthz"):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{name} does not answer")
        time.sleep(0.05)
