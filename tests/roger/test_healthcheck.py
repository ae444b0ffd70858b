import http.server
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from roger.healthcheck import is_healthy


class OnlyForRoger(http.server.BaseHTTPRequestHandler):
    """200 for the host name it knows, 400 for every other, as ALLOWED_HOSTS does."""

    def do_GET(self) -> None:
        self.send_response(200 if self.headers["Host"] == "roger.example" else 400)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def address() -> Iterator[str]:
    server = http.server.HTTPServer(("127.0.0.1", 0), OnlyForRoger)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/healthz"
    server.shutdown()
    server.server_close()


def test_pages_are_healthy_when_they_answer_to_their_own_name(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BASE_URL", "https://roger.example")

    assert is_healthy(address)


def test_pages_that_refuse_are_not_healthy(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BASE_URL", "https://another.example")

    assert not is_healthy(address)


def test_a_port_is_healthy_while_somebody_listens() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        port = server.getsockname()[1]
        closed = is_healthy(f"port:{port}")
        server.listen()

        listening = is_healthy(f"port:{port}")

    assert (closed, listening) == (False, True)


def test_a_file_is_healthy_while_it_is_young(tmp_path: Path) -> None:
    (tmp_path / "schedule.dat").touch()
    (tmp_path / "schedule.bak").touch()
    os.utime(tmp_path / "schedule.bak", (0, 0))

    young = is_healthy(f"touched:{tmp_path}/schedule*:60")
    os.utime(tmp_path / "schedule.dat", (time.time() - 61, time.time() - 61))
    old = is_healthy(f"touched:{tmp_path}/schedule*:60")

    assert (young, old) == (True, False)


def test_a_missing_file_is_not_healthy(tmp_path: Path) -> None:
    assert not is_healthy(f"touched:{tmp_path}/heartbeat:60")


def test_an_unknown_question_is_a_fault_of_the_file_that_asks() -> None:
    with pytest.raises(ValueError, match="unknown health check: pulse:7"):
        is_healthy("pulse:7")


def test_the_container_engine_sees_an_exit_code(tmp_path: Path) -> None:
    (tmp_path / "heartbeat").touch()
    command = [sys.executable, "-m", "roger.healthcheck"]

    codes = [
        subprocess.run([*command, f"touched:{tmp_path}/{name}:60"], check=False).returncode
        for name in ("heartbeat", "missing")
    ]

    assert codes == [0, 1]
