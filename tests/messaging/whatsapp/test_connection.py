"""The same promises over real sockets on loopback: resets, silence, broken TLS, one pool for many keys."""

import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress

import httpx
import pytest

from messaging.whatsapp import connection, outgoing
from messaging.whatsapp.client import WhatsAppClient
from messaging.whatsapp.connection import open_connections, shared_connections
from messaging.whatsapp.errors import OutcomeUnknown, TemporarilyUnavailable

HELLO = outgoing.text("Guten Tag!", to="+491713920011")

TLS_HANDSHAKE = b"\x16\x03"
closed = threading.Semaphore(0)  # as often as a server has closed a connection after its answer

Conduct = Callable[[socket.socket, bytes], None]


class Server:
    """A TCP server on loopback: reads whole requests and lets `conduct` do what it likes with the connection."""

    def __init__(self, conduct: Conduct) -> None:
        self.conduct = conduct
        self.requests: list[bytes] = []
        self.connections = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def _serve(self) -> None:
        while True:
            try:
                peer, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._talk, args=(peer,), daemon=True).start()

    def _talk(self, peer: socket.socket) -> None:
        # The client may be gone already, which is what some of these tests are about.
        with peer, suppress(OSError):
            while request := read_request(peer):
                self.requests.append(request)
                self.conduct(peer, request)

    def close(self) -> None:
        # Closing alone does not wake a thread that waits in accept().
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(timeout=5)


def read_request(peer: socket.socket) -> bytes:
    """Head and body of one request; b"" once the other side is gone."""
    received = b""
    try:
        while b"\r\n\r\n" not in received:
            chunk = peer.recv(65_536)
            if not chunk:
                return b""
            received += chunk
            if received.startswith(TLS_HANDSHAKE):
                return received
        head, _, body = received.partition(b"\r\n\r\n")
        length = int(header(head, b"content-length") or 0)
        while len(body) < length:
            body += peer.recv(65_536)
    except OSError:
        return b""
    return head + b"\r\n\r\n" + body


def header(head: bytes, name: bytes) -> bytes:
    lines = (line.partition(b":") for line in head.split(b"\r\n"))
    return next((value.strip() for key, _, value in lines if key.lower() == name), b"")


def accept(peer: socket.socket, request: bytes) -> None:
    """Take the message, and name its wamid after the key it came with."""
    key = header(request, b"d360-api-key").decode()
    body = json.dumps({"messages": [{"id": f"wamid.{key}"}]}).encode()
    peer.sendall(b"HTTP/1.1 200 OK\r\nset-cookie: a=1\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body))


def accept_and_close(peer: socket.socket, request: bytes) -> None:
    accept(peer, request)
    peer.shutdown(socket.SHUT_RDWR)
    closed.release()


def reset(peer: socket.socket, _request: bytes) -> None:
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    peer.close()


def hang_up(peer: socket.socket, _request: bytes) -> None:
    peer.shutdown(socket.SHUT_RDWR)


def half_an_answer(peer: socket.socket, _request: bytes) -> None:
    peer.sendall(b'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"messages":')
    peer.shutdown(socket.SHUT_RDWR)


def speak_no_http(peer: socket.socket, _request: bytes) -> None:
    peer.sendall(b"220 mail.example ESMTP\r\n")
    peer.shutdown(socket.SHUT_RDWR)


def keep_silent(_peer: socket.socket, _request: bytes) -> None:
    """Leave the request without an answer; the loop waits for the other side to hang up."""


@contextmanager
def serving(conduct: Conduct) -> Iterator[Server]:
    server = Server(conduct)
    try:
        yield server
    finally:
        server.close()


def test_a_message_goes_out_over_a_real_connection() -> None:
    with serving(accept) as server:
        result = WhatsAppClient("key-1", server.url).send(HELLO)

    assert result.wamid == "wamid.key-1"
    [request] = server.requests
    assert request.startswith(b"POST /messages HTTP/1.1\r\n")
    assert json.loads(request.partition(b"\r\n\r\n")[2]) == HELLO


@pytest.mark.parametrize("conduct", [reset, hang_up, half_an_answer, speak_no_http])
def test_a_connection_lost_after_the_request_leaves_the_outcome_unknown_and_is_not_repeated(conduct: Conduct) -> None:
    with serving(conduct) as server, pytest.raises(OutcomeUnknown):
        WhatsAppClient("key-1", server.url).send(HELLO)

    assert len(server.requests) == 1


def test_a_server_that_keeps_silent_leaves_the_outcome_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "TIMEOUT", httpx.Timeout(0.2))

    with (
        serving(keep_silent) as server,
        WhatsAppClient("key-1", server.url, httpx.HTTPTransport()) as client,
        pytest.raises(OutcomeUnknown),
    ):
        client.send(HELLO)

    assert len(server.requests) == 1


def test_a_closed_port_has_sent_nothing_for_sure() -> None:
    with serving(accept) as server:
        url = server.url

    with pytest.raises(TemporarilyUnavailable) as raised:
        WhatsAppClient("key-1", url).send(HELLO)

    assert raised.value.certainly_not_sent


def test_a_server_without_tls_has_got_nothing_for_sure() -> None:
    with serving(speak_no_http) as server, pytest.raises(TemporarilyUnavailable) as raised:
        WhatsAppClient("key-1", f"https://127.0.0.1:{server.port}").send(HELLO)

    assert raised.value.certainly_not_sent


def test_an_idle_connection_that_the_server_closed_is_not_used_again() -> None:
    with serving(accept_and_close) as server:
        client = WhatsAppClient("key-1", server.url)
        results = [(client.send(HELLO).wamid, closed.acquire(timeout=5)) for _ in range(3)]

    assert results == [("wamid.key-1", True)] * 3
    assert len(server.requests) == 3


def test_many_keys_share_one_connection_and_neither_key_nor_cookie_crosses() -> None:
    with serving(accept) as server:
        wamids = [WhatsAppClient(f"key-{number}", server.url).send(HELLO).wamid for number in range(5)]

    assert wamids == [f"wamid.key-{number}" for number in range(5)]
    assert server.connections == 1
    assert [header(request, b"cookie") for request in server.requests] == [b""] * 5


def test_threads_with_their_own_keys_get_their_own_answers() -> None:
    def send(number: int) -> bool:
        wamid = WhatsAppClient(f"key-{number}", server.url).send(HELLO).wamid
        return wamid == f"wamid.key-{number}"

    with serving(accept) as server, ThreadPoolExecutor(8) as threads:
        answered = list(threads.map(send, range(80)))

    assert answered == [True] * 80
    assert len(server.requests) == 80


def test_closing_a_client_leaves_the_shared_pool_open() -> None:
    with serving(accept) as server:
        with WhatsAppClient("key-1", server.url) as client:
            client.send(HELLO)

        assert WhatsAppClient("key-2", server.url).send(HELLO).wamid == "wamid.key-2"


def test_the_pool_takes_nothing_from_the_environment_and_waits_only_so_long() -> None:
    pool = shared_connections()

    assert not pool.trust_env
    assert not pool.follow_redirects
    assert (pool.timeout.connect, pool.timeout.read, pool.timeout.write, pool.timeout.pool) == (5, 20, 20, 5)


def test_a_process_has_one_pool() -> None:
    with open_connections() as other:
        assert shared_connections() is shared_connections()
        assert shared_connections() is not other
