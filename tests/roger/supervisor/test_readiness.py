import http.server
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from roger.embedded.cannot_start import CannotStart
from roger.embedded.environment import Ports
from roger.embedded.home import Home
from roger.supervisor.disk import MEBIBYTE
from roger.supervisor.launch import refuse_full_disk
from roger.supervisor.programs import free_port
from roger.supervisor.readiness import answers_ok, is_open, serves


class Pages(http.server.BaseHTTPRequestHandler):
    """Ready, unless asked for another page."""

    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/readyz" else 503)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def port() -> Iterator[int]:
    server = http.server.HTTPServer(("127.0.0.1", 0), Pages)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


def test_it_serves_once_pages_are_ready_and_the_stand_in_listens(port: int) -> None:
    assert serves(Ports(front=port, simulator=port))


def test_it_does_not_serve_without_the_stand_in(port: int) -> None:
    assert not serves(Ports(front=port, simulator=free_port()))


def test_it_does_not_serve_while_the_front_is_away(port: int) -> None:
    assert not serves(Ports(front=free_port(), simulator=port))


def test_an_answer_other_than_200_is_not_ready(port: int) -> None:
    assert not answers_ok(port, "/healthz")


def test_a_port_is_open_while_somebody_listens(port: int) -> None:
    assert is_open(port)
    assert not is_open(free_port())


@pytest.mark.parametrize(("megabytes", "is_refused"), [(199, True), (200, False)])
def test_a_disk_with_too_little_room_is_refused_before_anything_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, megabytes: int, is_refused: bool
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=megabytes * MEBIBYTE))
    home = Home(tmp_path, tmp_path / "servers", tmp_path / "sockets", None)

    said = ""
    try:
        refuse_full_disk(home)
    except CannotStart as problem:
        said = str(problem)

    assert said == (
        f"The disk of {tmp_path}/servers has only 199 MB left: free at least 200 MB, or set ROGER_HOME to another disk."
        if is_refused
        else ""
    )
