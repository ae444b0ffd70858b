"""The stream as its server runs it, in a loop of its own, and browsers that listen to it."""

import asyncio
import json
import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import anyio
from anyio.from_thread import BlockingPortal, start_blocking_portal
from django.db import connection

from messaging.stream import database
from messaging.stream.asgi import application

NOTHING_ELSE = 0.3  # seconds in which nothing may come


@dataclass(frozen=True)
class Event:
    """One event as a browser's EventSource hands it on; a comment has only a name."""

    name: str = "message"
    data: str = ""
    id: int | None = None

    @property
    def changes(self) -> list[tuple[str, str]]:
        return [(kind, ref) for kind, ref in json.loads(self.data)]


@dataclass
class Browser:
    """One open stream."""

    portal: BlockingPortal
    scope: dict[str, Any]
    sent: "queue.Queue[dict[str, Any] | None]" = field(default_factory=queue.Queue)
    gone: Any = None
    reads: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    status: int = 0
    task: Any = None

    def open(self) -> "Browser":
        """Connect, and wait for the status."""
        self.gone, self.reads = self.portal.call(anyio.Event), self.portal.call(anyio.Event)
        self.portal.call(self.reads.set)
        self.task = self.portal.start_task_soon(self._talk)
        start = self._next(10)
        assert start is not None
        assert start["type"] == "http.response.start"
        self.status = start["status"]
        self.headers = {name.decode(): value.decode() for name, value in start["headers"]}
        return self

    def event(self, seconds: float = 3) -> Event | None:
        """The next event, None if there is none within these seconds or the stream has ended."""
        while body := self._next(seconds):
            event = parsed(body["body"].decode())
            if event:
                return event
        return None

    def stop_reading(self) -> None:
        """From the next write on, the server's send blocks."""
        self.reads = self.portal.call(anyio.Event)

    def read_again(self) -> None:
        self.portal.call(self.reads.set)

    def leave(self) -> None:
        self.portal.call(self.gone.set)
        self.task.result(5)

    def has_ended(self, seconds: float = 3) -> bool:
        """Whether the server ends the response within these seconds, after saying goodbye."""
        event = self.event(seconds)
        return event == Event("bye") and self._next(seconds) is None and self.task.done()

    def _next(self, seconds: float) -> dict[str, Any] | None:
        try:
            return self.sent.get(timeout=seconds)
        except queue.Empty:
            return None

    async def _talk(self) -> None:
        await application(self.scope, self._receive, self._send)
        self.sent.put(None)

    async def _receive(self) -> dict[str, Any]:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Any) -> None:
        await self.reads.wait()
        self.sent.put(message)


def parsed(text: str) -> Event | None:
    """A frame as an event; None for what is none (a comment's name is ":")."""
    if text.startswith(":"):
        return Event(":")
    fields = dict(line.partition(":")[::2] for line in text.strip("\n").split("\n"))
    if "data" not in fields:
        return None
    number = fields.get("id", "").strip()
    return Event(fields.get("event", " message").strip(), fields["data"].strip(), int(number) if number else None)


@dataclass
class Stream:
    """A running stream process."""

    portal: BlockingPortal

    def get(self, path: str, *, session: str = "", method: str = "GET", **headers: str) -> Browser:
        """A request; header names in Python's spelling."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        given |= {"cookie": f"session={session}"} if session else {}
        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "headers": [(name.encode(), value.encode()) for name, value in given.items()],
        }
        return Browser(self.portal, scope).open()


@contextmanager
def running() -> Iterator[Stream]:
    """Begin and end the application as uvicorn does."""
    with start_blocking_portal() as portal:
        messages, answers = portal.call(_queue), queue.Queue[str]()

        async def send(message: Any) -> None:
            answers.put(message["type"])

        life = portal.start_task_soon(application, {"type": "lifespan"}, messages.get, send)
        portal.call(messages.put, {"type": "lifespan.startup"})
        assert answers.get(timeout=5) == "lifespan.startup.complete"
        yield Stream(portal)
        portal.call(messages.put, {"type": "lifespan.shutdown"})
        assert answers.get(timeout=5) == "lifespan.shutdown.complete"
        life.result(5)
        portal.call(_disconnect)


async def _queue() -> "asyncio.Queue[Any]":
    return asyncio.Queue()


async def _disconnect() -> None:
    """Close the connections of both threads, so that the test's database can go."""
    both = threading.Barrier(2)

    def close() -> None:
        both.wait(5)
        connection.close()

    async with anyio.create_task_group() as group:
        group.start_soon(database.run, close)
        group.start_soon(database.run, close)
