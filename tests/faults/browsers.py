"""Open browsers: they listen through the front, come back with Last-Event-ID, and remember what they heard and when."""

import contextlib
import http.client
import json
import threading
import time
from dataclasses import dataclass, field

from tests.faults.opening import Opened

RETRY_SECONDS = 1.0
SILENCE_SECONDS = 45.0  # twice the stream's keep-alive


@dataclass
class Browser:
    """One tab at one practice, until it is closed."""

    port: int
    practice: Opened
    heard: dict[tuple[str, str], float] = field(default_factory=dict)
    first_heard_at: float | None = None
    reloaded_at: float = 0.0
    connections: int = 0
    _cursor: str = ""
    _closed: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def open(self) -> "Browser":
        self._thread = threading.Thread(target=self._listen_for_ever, name="browser", daemon=True)
        self._thread.start()
        return self

    def close(self) -> None:
        self._closed.set()

    def has_heard(self, kind: str, ref: str, since: float) -> bool:
        """Whether this was told after that moment (Unix seconds), by name or by a reload of everything."""
        return max(self.heard.get((kind, ref), 0.0), self.reloaded_at) >= since

    def _listen_for_ever(self) -> None:
        while not self._closed.is_set():
            with contextlib.suppress(OSError, http.client.HTTPException):
                self._listen()
            self._closed.wait(RETRY_SECONDS)

    def _listen(self) -> None:
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SILENCE_SECONDS)
        headers = {"Cookie": f"session={self.practice.session}", "Sec-Fetch-Site": "same-origin"}
        headers |= {"Last-Event-ID": self._cursor} if self._cursor else {}
        try:
            line.request("GET", f"/p/{self.practice.line.practice.slug}/stream/", headers=headers)
            answer = line.getresponse()
            if answer.status == 200:
                self.connections += 1
                self._read(answer)
        finally:
            line.close()

    def _read(self, answer: http.client.HTTPResponse) -> None:
        event: dict[str, str] = {}
        while not self._closed.is_set() and (raw := answer.readline()):
            name, _, value = raw.decode().rstrip("\n").partition(":")
            if name:
                event[name] = value.strip()
            elif event:
                self._take(event)
                event = {}

    def _take(self, event: dict[str, str]) -> None:
        """As EventSource: the cursor counts as soon as the event is whole."""
        now = time.time()
        if event.get("event") == "reload":
            self.reloaded_at = now
        elif "event" not in event and "data" in event:
            self.first_heard_at = self.first_heard_at or now
            self.heard.update(dict.fromkeys(map(tuple, json.loads(event["data"])), now))
        self._cursor = event.get("id", self._cursor)
