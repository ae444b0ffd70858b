"""A 360dialog that answers what a test tells it to, and remembers what it was asked."""

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx

from messaging.whatsapp.client import WhatsAppClient

KEY = "key-of-this-number"
BASE = "https://waba-v2.360dialog.io"


class Answering:
    """Answers every request with the next of `answers` (the last one for ever), and keeps the requests."""

    def __init__(self, *answers: httpx.Response | Exception | Callable[[httpx.Request], httpx.Response]) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer(request) if callable(answer) else answer

    def client(self, base_url: str = BASE) -> WhatsAppClient:
        return WhatsAppClient(KEY, base_url, transport=httpx.MockTransport(self))

    @property
    def asked(self) -> list[tuple[str, str]]:
        """Method and path with query of each request."""
        return [(request.method, request.url.raw_path.decode()) for request in self.requests]

    @property
    def body(self) -> Any:
        """The JSON of the last request."""
        return json.loads(self.requests[-1].content)


def answer(http_status: int = 200, /, **body: Any) -> httpx.Response:
    return httpx.Response(http_status, json=body)


def accepted(wamid: str = "wamid.TEST", **contact: str) -> httpx.Response:
    """What 360dialog says to a message it took."""
    return answer(
        messaging_product="whatsapp",
        contacts=[contact or {"input": "+491713920011", "wa_id": "491713920011"}],
        messages=[{"id": wamid, "message_status": "accepted"}],
    )


class Dripping(httpx.SyncByteStream):
    """A body that comes chunk by chunk, so that nobody needs to hold it whole."""

    def __init__(self, chunk: bytes, times: int, *, then: Exception | None = None, pause: float = 0) -> None:
        self.chunk, self.times, self.then, self.pause = chunk, times, then, pause
        self.taken = 0

    def __iter__(self) -> Iterator[bytes]:
        for _ in range(self.times):
            self.taken += 1
            time.sleep(self.pause)
            yield self.chunk
        if self.then:
            raise self.then
