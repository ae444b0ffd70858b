"""The programs beside the two servers: their command lines, and what each is told."""

import contextlib
import secrets
import shutil
import socket
import sys
from dataclasses import dataclass, field
from pathlib import Path

from roger.embedded.cannot_start import CannotStart
from roger.embedded.children import MARK
from roger.embedded.environment import Ports, only_for
from roger.embedded.home import Home
from roger.queues import OF_WORKER

PROJECT = Path(__file__).resolve().parents[2]
CADDYFILE = PROJECT / "roger" / "front" / "Caddyfile"
LOOPBACK = "127.0.0.1"
BELOW_OUTGOING = range(15_000, 32_768)


@dataclass(frozen=True)
class Program:
    """A command with its environment, and where it listens."""

    name: str
    command: list[str]
    environment: dict[str, str] = field(repr=False)
    listening: str | None = None
    heartbeat: Path | None = None


def programs(home: Home, ports: Ports, everything: dict[str, str]) -> list[Program]:
    """All programs in the order in which they start; each gets only its own variables."""
    web, stream = free_port(), free_port()
    front = front_variables(ports, web, stream, Path(everything["ROGER_HOME"]) / "static", home.run)

    def program(name: str, command: list[str], port: int | None = None, heartbeat: Path | None = None) -> Program:
        told = only_for(name, everything | front) | {"PYTHONPATH": str(PROJECT), MARK: str(home.path)}
        return Program(name, command, told, f"{LOOPBACK}:{port}" if port else None, heartbeat)

    return [
        program("web", web_command(web), web),
        program("stream", stream_command(stream), stream),
        *(program(name, worker_command(name), heartbeat=home.run / f"{name}-heartbeat") for name in OF_WORKER),
        program("scheduler", scheduler_command(home.run / "schedule")),
        program("simulator", [sys.executable, "-m", "simulator"], ports.simulator),
        program("caddy", [front_program(), "run", "--config", str(CADDYFILE), "--adapter", "caddyfile"], ports.front),
    ]


def web_command(port: int) -> list[str]:
    """Pages and webhook: two processes with four threads each."""
    return [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--http", "1", "--no-ws"),
        *("--host", LOOPBACK, "--port", str(port), "--workers", "2", "--blocking-threads", "4"),
        *("--respawn-failed-workers", "--respawn-interval", "0.5", "--workers-kill-timeout", "3"),
        *("--log-level", "warning", "--no-access-log", "roger.wsgi:application"),
    ]


def stream_command(port: int) -> list[str]:
    """The live stream: one process, since each connection is only a coroutine."""
    return [
        *(sys.executable, "-m", "uvicorn", "--host", LOOPBACK, "--port", str(port), "--log-level", "warning"),
        *("--no-access-log", "--no-server-header", "--no-proxy-headers", "--lifespan", "auto"),
        # Browsers hold their stream open for ever and come back by themselves.
        *("--timeout-graceful-shutdown", "1", "roger.asgi:stream"),
    ]


def worker_command(name: str) -> list[str]:
    """The drains: two processes for these queues, so that one practice holds up no other. No gossip, mingle or
    heartbeat events: there is nobody to talk to, and Redis stays quiet."""
    return [
        *(sys.executable, "-m", "celery", "-A", "roger", "worker", "--pool", "prefork", "-c", "2", "-l", "warning"),
        *("-n", f"{name}@%h", "-Q", ",".join(OF_WORKER[name])),
        *("--without-gossip", "--without-mingle", "--without-heartbeat"),
    ]


def scheduler_command(schedule: Path) -> list[str]:
    return [
        *(sys.executable, "-m", "celery", "-A", "roger", "beat", "-l", "warning"),
        *("--schedule", str(schedule), "--pidfile", ""),
    ]


def front_program() -> str:
    """Caddy: the wheel puts it beside our Python, else it is on PATH. Raises CannotStart."""
    beside = Path(sys.executable).with_name("caddy")
    found = str(beside) if beside.exists() else shutil.which("caddy")
    if found is None:
        raise CannotStart("There is no Caddy: no wheel fits this machine and none is on PATH. Install Caddy 2.")
    return found


def front_variables(ports: Ports, web: int, stream: int, static: Path, run: Path) -> dict[str, str]:
    """What the Caddyfile asks for. Its own files stay in our folder."""
    return {
        "SITE_ADDRESS": f"http://:{ports.front}",
        "BIND_ADDRESS": LOOPBACK,
        "WEB_UPSTREAM": f"{LOOPBACK}:{web}",
        "STREAM_UPSTREAM": f"{LOOPBACK}:{stream}",
        "STATIC_FOLDER": str(static),
        "HOME": str(run),
    }


def free_port() -> int:
    """A loopback port that nobody holds. Below those the system itself gives to outgoing connections: one of these may
    be taken before its program comes to it, and stays taken for as long as that connection lasts."""
    while True:
        with socket.socket() as line, contextlib.suppress(OSError):
            port = secrets.choice(BELOW_OUTGOING)
            line.bind((LOOPBACK, port))
            return port


def refuse_taken_port(port: int, variable: str) -> None:
    """Raises CannotStart when another program listens on this port."""
    with socket.socket() as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            line.bind((LOOPBACK, port))
        except PermissionError as error:
            raise CannotStart(f"Port {port} is reserved: start with another one, such as {variable}=8001.") from error
        except OSError as error:
            raise CannotStart(
                f"Port {port} is taken by another program: stop it, or start with another one, "
                f"such as {variable}={port + 1}."
            ) from error
