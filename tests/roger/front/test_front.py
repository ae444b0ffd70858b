"""The real Caddy with our Caddyfile, between a client and two stand-ins that tell what they were asked."""

import gzip
import http.client
import http.server
import json
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from practices.middleware import LARGEST_BODY
from roger.embedded import children
from roger.embedded.environment import Ports
from roger.supervisor.programs import CADDYFILE, free_port, front_program, front_variables
from roger.supervisor.readiness import is_open

HASHED = "app.0123456789ab.css"


class Echo(http.server.BaseHTTPRequestHandler):
    """Answers with its own name and the headers it got."""

    protocol_version = "HTTP/1.1"
    name = ""

    def do_GET(self) -> None:
        body = json.dumps({"server": self.name, "path": self.path, "headers": dict(self.headers)}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing: the test's output is not the place."""


class WebEcho(Echo):
    """Says how long a body was, and counts whoever was let through to it with one."""

    name = "web"
    bodies = 0

    def do_POST(self) -> None:
        type(self).bodies += 1
        arrived = str(len(self.rfile.read(int(self.headers["Content-Length"])))).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(arrived)))
        self.end_headers()
        self.wfile.write(arrived)


class StreamEcho(Echo):
    """An event stream whose second event waits until the test has seen the first."""

    name = "stream"
    seen_first = threading.Event()

    def do_GET(self) -> None:
        if self.path != "/p/markt/stream/":
            super().do_GET()
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        self.wfile.write(b"data: first\n\n")
        self.wfile.flush()
        self.seen_first.wait(10)
        self.wfile.write(b"data: second\n\n")
        self.close_connection = True


@dataclass
class Front:
    port: int
    log: Path
    web: http.server.ThreadingHTTPServer

    def get(self, path: str, headers: dict[str, str] | None = None) -> tuple[int, dict[str, str], bytes]:
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        line.request("GET", path, headers=headers or {})
        answer = line.getresponse()
        body = answer.read()
        line.close()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, body

    def seen_by_server(self, path: str, headers: dict[str, str] | None = None) -> dict[str, object]:
        seen: dict[str, object] = json.loads(self.get(path, headers)[2])
        return seen


def serving(echo: type[Echo]) -> http.server.ThreadingHTTPServer:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), echo)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    return server


@pytest.fixture
def front(tmp_path: Path) -> Iterator[Front]:
    with running(tmp_path) as front:
        yield front


@pytest.fixture
def hasty_front(tmp_path: Path) -> Iterator[Front]:
    """One that gives a whole request a second to arrive."""
    with running(tmp_path, READ_BODY="1s") as front:
        yield front


@contextmanager
def running(tmp_path: Path, **more: str) -> Iterator[Front]:
    WebEcho.bodies = 0
    web, stream = serving(WebEcho), serving(StreamEcho)
    static = tmp_path / ".roger" / "static"
    static.mkdir(parents=True)
    (static / HASHED).write_text("body { margin: 0 }\n" * 100)
    (static / "app.css").write_text("body { margin: 0 }")
    (static / "staticfiles.json").write_text("{}")
    port = free_port()
    told = front_variables(Ports(port, 0), web.server_port, stream.server_port, static, tmp_path)
    caddy = children.start(
        [front_program(), "run", "--config", CADDYFILE, "--adapter", "caddyfile"],
        log=tmp_path / "caddy.log",
        environment={"PATH": os.environ["PATH"], **told, **more},
    )
    wait_for(port)
    yield Front(port, tmp_path / "caddy.log", web)
    children.end(caddy, signal.SIGTERM, 5)
    for server in (web, stream):
        server.shutdown()
        server.server_close()


def wait_for(port: int) -> None:
    deadline = time.monotonic() + 10
    while not is_open(port):
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize(
    "path", ["/", "/p/markt/inbox/", "/webhooks/360dialog/token/", "/p/markt/stream", "/p/a/b/stream/"]
)
def test_everything_but_stream_and_static_goes_to_the_pages(front: Front, path: str) -> None:
    seen = front.seen_by_server(path)

    assert (seen["server"], seen["path"]) == ("web", path)


def test_events_reach_the_browser_one_by_one(front: Front) -> None:
    StreamEcho.seen_first.clear()
    line = http.client.HTTPConnection("127.0.0.1", front.port, timeout=10)
    line.request("GET", "/p/markt/stream/")

    answer = line.getresponse()
    first = answer.readline() + answer.readline()
    StreamEcho.seen_first.set()
    rest = answer.read()

    line.close()
    assert (first, rest) == (b"data: first\n\n", b"data: second\n\n")


def posting(front: Front, length: int) -> socket.socket:
    """A line on which a body of so many bytes was announced."""
    line = socket.create_connection(("127.0.0.1", front.port), timeout=10)
    line.sendall(f"POST /login/ HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n".encode())
    return line


def answer_on(line: socket.socket) -> bytes:
    """Status and body of what comes back."""
    answer = http.client.HTTPResponse(line)
    answer.begin()
    return str(answer.status).encode() + b" " + answer.read()


def test_a_body_that_drips_in_keeps_no_thread_of_the_pages_busy(front: Front) -> None:
    with posting(front, 10) as line:
        for _ in range(9):
            line.sendall(b"x")
            time.sleep(0.05)
        until_then = WebEcho.bodies
        line.sendall(b"x")

        assert (until_then, answer_on(line), WebEcho.bodies) == (0, b"200 10", 1)


def test_the_largest_body_passes_over_a_slow_line(front: Front) -> None:
    pieces = 32
    with posting(front, LARGEST_BODY) as line:
        for _ in range(pieces):
            line.sendall(b"x" * (LARGEST_BODY // pieces))
            time.sleep(0.05)

        assert answer_on(line) == b"200 %d" % LARGEST_BODY


def test_a_body_that_takes_too_long_never_reaches_the_pages(hasty_front: Front) -> None:
    with posting(hasty_front, 10) as line:
        for _ in range(10):
            line.sendall(b"x")
            time.sleep(0.2)

        assert (answer_on(line)[:3] == b"200", WebEcho.bodies) == (False, 0)


def test_a_stream_lives_longer_than_a_body_may_take(hasty_front: Front) -> None:
    StreamEcho.seen_first.clear()
    line = http.client.HTTPConnection("127.0.0.1", hasty_front.port, timeout=10)
    line.request("GET", "/p/markt/stream/")

    answer = line.getresponse()
    first = answer.readline() + answer.readline()
    time.sleep(2)
    StreamEcho.seen_first.set()

    assert (first, answer.read()) == (b"data: first\n\n", b"data: second\n\n")
    line.close()


def test_what_a_client_claims_about_its_address_is_replaced(front: Front) -> None:
    forged = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https", "X-Real-IP": "203.0.113.9"}

    headers = front.seen_by_server("/", forged | {"Forwarded": "for=203.0.113.9"})["headers"]

    assert isinstance(headers, dict)
    assert (headers["X-Forwarded-For"], headers["X-Forwarded-Proto"]) == ("127.0.0.1", "http")
    assert {"X-Real-Ip", "Forwarded"} & headers.keys() == set()


@pytest.mark.parametrize("path", ["/", "/static/app.css", "/static/missing.css"])
def test_no_answer_names_a_server_program(front: Front, path: str) -> None:
    _, headers, _ = front.get(path)

    assert {"server", "via", "x-powered-by"} & headers.keys() == set()


def test_a_file_with_a_hash_in_its_name_may_be_kept_for_ever(front: Front) -> None:
    status, headers, body = front.get(f"/static/{HASHED}", {"Accept-Encoding": "gzip"})

    assert status == 200
    assert headers["cache-control"] == "public, max-age=31536000, immutable"
    assert headers["x-content-type-options"] == "nosniff"
    assert gzip.decompress(body).startswith(b"body { margin: 0 }")


def test_a_file_without_a_hash_is_asked_for_again(front: Front) -> None:
    status, headers, body = front.get("/static/app.css")

    assert (status, headers["cache-control"], body) == (200, "no-cache", b"body { margin: 0 }")


@pytest.mark.parametrize("path", ["/static/", "/static/staticfiles.json"])
def test_neither_lists_nor_the_manifest_are_served(front: Front, path: str) -> None:
    status, _, body = front.get(path)

    assert (status, body) == (404, b"")


@pytest.mark.parametrize("path", ["/static/../../caddy.log", "/static/%2e%2e/%2e%2e/caddy.log"])
def test_a_path_that_climbs_out_reaches_no_file(front: Front, path: str) -> None:
    assert front.seen_by_server(path)["server"] == "web"


def test_the_front_compresses_no_page_since_the_pages_decide_that_themselves(front: Front) -> None:
    _, headers, _ = front.get("/" + "x" * 2000, {"Accept-Encoding": "gzip"})

    assert "content-encoding" not in headers


def test_while_the_pages_are_away_people_read_a_sentence_and_machines_come_back(front: Front) -> None:
    front.web.shutdown()
    front.web.server_close()

    status, headers, body = front.get("/a/secret-token-of-a-patient/")

    assert (status, headers["retry-after"]) == (503, "5")
    assert body.decode() == "Roger startet gerade neu. Bitte versuchen Sie es gleich noch einmal."
    assert "server" not in headers


def test_no_token_and_no_address_reaches_the_log(front: Front) -> None:
    front.get("/q/secret-token-of-a-patient/")
    front.web.shutdown()
    front.web.server_close()
    front.get("/a/secret-token-of-a-patient/")

    logged = front.log.read_text()

    assert "admin endpoint disabled" in logged
    assert "secret-token" not in logged
    assert "remote_ip" not in logged
