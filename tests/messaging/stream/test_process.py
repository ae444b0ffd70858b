"""The stream as `make run` starts it: its own command, and nothing that opens anything."""

import http.client
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import connection

from roger.embedded.environment import only_for
from roger.supervisor.programs import PROJECT, free_port, stream_command
from roger.supervisor.readiness import answers_ok
from tests.messaging.stream.conftest import Desk

SECRETS = ("SECRET_KEY", "ROGER_MASTER_KEY", "LEDGER_SIGNING_KEY", "DATABASE_MIGRATE_URL", "D360_PARTNER_KEY")


@contextmanager
def process(port: int, log: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """Uvicorn on the test's database."""
    told = only_for("stream", dict(os.environ)) | {"PYTHONPATH": str(PROJECT)}
    before, _, after = told["DATABASE_URL"].partition("/roger?")
    told["DATABASE_URL"] = f"{before}/{connection.settings_dict['NAME']}?{after}"
    assert [name for name in SECRETS if name in told] == []
    with log.open("wb") as output:
        running = subprocess.Popen(stream_command(port), env=told, cwd=PROJECT, stdout=output, stderr=output)
        try:
            deadline = time.monotonic() + 60
            while not answers_ok(port, "/healthz") and time.monotonic() < deadline:
                time.sleep(0.05)
            yield running
        finally:
            running.kill()
            running.wait()


def read_event(answer: http.client.HTTPResponse) -> str:
    """The next event's lines."""
    lines = []
    while line := answer.readline().decode().rstrip("\n"):
        lines.append(line)
    return "\n".join(lines)


@pytest.mark.timeout(120)
def test_it_starts_without_any_secret_tells_and_says_goodbye_without_an_error(anna: Desk, tmp_path: Path) -> None:
    port, log = free_port(), tmp_path / "log"
    with process(port, log) as running:
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        line.request("GET", anna.path, headers={"Cookie": f"session={anna.session}"})
        answer = line.getresponse()
        assert answer.status == 200
        assert read_event(answer).startswith("retry: ")
        assert read_event(answer).endswith("data: []")

        [(_, ref)] = anna.change()
        told = read_event(answer)
        began = time.monotonic()
        running.send_signal(signal.SIGTERM)
        goodbye = read_event(answer)
        running.wait(10)
        line.close()

    assert told.endswith(f'data: [["message","{ref}"]]')
    assert goodbye == "event: bye\ndata:"
    assert time.monotonic() - began < 5
    assert "Traceback" not in log.read_text()
    assert "Exception" not in log.read_text()
