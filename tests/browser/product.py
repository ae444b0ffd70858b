"""The whole product, started as `make run` starts it, in a home of its own and on free ports."""

import base64
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from django_otp.oath import hotp

from roger.supervisor.programs import free_port

Json = dict[str, Any]
SECONDS_TO_END = 40
SECONDS_TO_RESTART = 30
SLOW = 15  # seconds that a busy machine may take to type a code


@dataclass
class Login:
    """A person of the demo. A code is good once, so each next one is a step further."""

    role: str
    email: str
    password: str
    totp_secret: str
    last_step: int = 0

    def code(self) -> str:
        """Six digits the second factor takes now; waits when three were used within half a minute."""
        step = max(self.last_step + 1, int(time.time() + SLOW) // 30 - 1)  # still taken once it has been typed
        while step > int(time.time()) // 30 + 1:
            time.sleep(0.5)
        self.last_step = step
        return f"{hotp(base64.b32decode(self.totp_secret), step):06d}"


@dataclass
class DemoPractice:
    """One practice of demo.json."""

    slug: str
    name: str
    phone: str
    qr: str
    logins: list[Login]

    def login(self, role: str) -> Login:
        """The first person with this role."""
        return next(login for login in self.logins if login.role == role)


@dataclass
class Product:
    """A running installation."""

    home: Path
    port: int
    simulator_port: int
    practices: list[DemoPractice] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def phones(self) -> str:
        return f"http://127.0.0.1:{self.simulator_port}"

    def control(self, method: str, path: str, body: object = None) -> Any:
        """One call of the stand-in's control API; its JSON. Raises for what it refuses."""
        answer = httpx.request(method, f"{self.phones}/control{path}", json=body, timeout=30)
        answer.raise_for_status()
        return answer.json()

    def kill(self, process: str) -> int:
        """Kill one of the processes, whose id this was; the supervisor begins it again."""
        killed = self.process_id(process)
        assert killed, f"{process} does not run"
        os.killpg(killed, signal.SIGKILL)
        return killed

    def process_id(self, process: str) -> int | None:
        """None while it is not there."""
        facts = json.loads((self.home / "run" / "processes.json").read_text())["processes"]
        return next(one["pid"] for one in facts if one["name"] == process)  # type: ignore[no-any-return]

    def wait_until_restarted(self, process: str, killed: int) -> None:
        """Raises TimeoutError when the supervisor does not begin it again."""
        deadline = time.monotonic() + SECONDS_TO_RESTART
        while self.process_id(process) in {None, killed}:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{process} was not begun again")
            time.sleep(0.2)


@contextmanager
def running(*, demo: bool = True) -> Iterator[Product]:
    """Started, ready, and ended again with all it began."""
    folder = Path(tempfile.mkdtemp(prefix="roger-"))
    folder.chmod(0o711)  # the servers' account passes through; the home below is closed
    product = Product(folder / "home", free_port(), free_port())
    process = _start(product, demo=demo)
    try:
        wait_until_ready(process)
        product.practices = _practices(product.home / "demo.json") if demo else []
        yield product
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=SECONDS_TO_END)
        shutil.rmtree(folder, ignore_errors=True)


def _start(product: Product, *, demo: bool) -> subprocess.Popen[str]:
    asked = {
        "ROGER_HOME": str(product.home),
        "PORT": str(product.port),
        "SIMULATOR_PORT": str(product.simulator_port),
        "DEMO": "1" if demo else "0",
    }
    return subprocess.Popen(
        [sys.executable, "-m", "roger.supervisor"],
        env=inherited(os.environ) | asked,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def inherited(environment: Mapping[str, str]) -> dict[str, str]:
    """Without what leads to the servers of the test run, and without pytest's settings for Django."""
    foreign = {"DJANGO_SETTINGS_MODULE", *environment.get("ROGER_TEST_VARIABLES", "").split(",")}
    return {name: value for name, value in environment.items() if name not in foreign}


def wait_until_ready(process: subprocess.Popen[str]) -> None:
    """Raises AssertionError with all it said when it ends instead."""
    said = []
    for line in process.stdout or ():
        said.append(line)
        if line.strip() == "ready":
            return
    raise AssertionError("".join(said))


def _practices(demo: Path) -> list[DemoPractice]:
    return [_practice(one) for one in json.loads(demo.read_text())["practices"]]


def _practice(written: Json) -> DemoPractice:
    logins = [Login(one["role"], one["email"], one["password"], one["totp_secret"]) for one in written["users"]]
    return DemoPractice(written["slug"], written["name"], written["phone"], written["qr"], logins)
