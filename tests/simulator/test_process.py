"""`python -m simulator` as `make run` starts it."""

import errno
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.simulator.conftest import JANA, SOMMER, configuration


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


class Process:
    """A running stand-in."""

    def __init__(self, folder: Path) -> None:
        self.config = folder / "simulator.json"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._output = (folder / "output").open("w+b")
        environment = {
            **os.environ,
            "SIMULATOR_PORT": str(self.port),
            "SIMULATOR_CONFIG": str(self.config),
        }
        self.process = subprocess.Popen(
            [sys.executable, "-m", "simulator"], env=environment, stdout=self._output, stderr=subprocess.STDOUT
        )

    def wait_until_it_answers(self) -> None:
        """Return at the first answer, after ten seconds at the latest."""
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            try:
                httpx.get(f"{self.url}/healthz")
            except httpx.TransportError:
                time.sleep(0.05)
            else:
                return

    def end(self) -> tuple[int, float]:
        """SIGTERM; the exit code and the seconds it took."""
        started = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=10), time.monotonic() - started

    def output(self) -> str:
        """What it wrote, once it has ended."""
        self._output.seek(0)
        return self._output.read().decode()

    def close(self) -> None:
        """Make sure it is gone."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self._output.close()


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Process]:
    """A stand-in of its own, without a configuration yet."""
    process = Process(tmp_path)
    process.wait_until_it_answers()
    yield process
    process.close()


def test_it_starts_without_a_configuration_and_takes_one_later(process: Process) -> None:
    before = httpx.get(f"{process.url}/healthz").json()

    process.config.write_text(json.dumps(configuration()))

    assert before == {"ok": True, "numbers": 0}
    assert httpx.get(f"{process.url}/healthz").json() == {"ok": True, "numbers": 2}


def test_sigterm_ends_it_quickly_even_while_webhooks_wait(process: Process) -> None:
    config = configuration()
    config["numbers"][0]["webhook_url"] = f"http://127.0.0.1:{free_port()}/"
    process.config.write_text(json.dumps(config))
    answer = httpx.post(f"{process.url}/control/messages", json={"from": JANA, "to": SOMMER, "text": "x"})

    code, seconds = process.end()

    assert answer.json()["webhook_status"] is None
    assert (code in {0, -signal.SIGTERM}, seconds < 3) == (True, True)


def test_it_logs_no_number_no_text_and_no_path(process: Process) -> None:
    process.config.write_text(json.dumps(configuration()))
    httpx.post(f"{process.url}/control/messages", json={"from": JANA, "to": SOMMER, "text": "Zahnschmerzen"})
    httpx.get(f"{process.url}/phones/491713920001/493023125101/")
    httpx.get(f"{process.url}/phones/491713920088/")

    process.end()

    assert process.output() == ""


def test_it_listens_on_loopback_only(process: Process) -> None:
    with socket.socket() as elsewhere:
        elsewhere.settimeout(0.5)

        assert elsewhere.connect_ex(("127.0.0.1", process.port)) == 0
    with socket.socket() as elsewhere:
        elsewhere.settimeout(0.5)

        # All of 127/8 is this machine: a server on every address would answer here too.
        assert elsewhere.connect_ex(("127.0.0.2", process.port)) == errno.ECONNREFUSED
