"""What a browser with an open inbox does, without drawing: it listens to the stream and fetches what changed."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from queue import Queue
from uuid import UUID

import httpx
from django.conf import settings
from django.test import Client

from practices.access import LIVE
from practices.models import Member, Practice
from tests.people import login


def session_of(person: Member) -> str:
    """The cookie of somebody who has just logged in, both steps."""
    client = Client(SERVER_NAME="127.0.0.1")
    login(client, person)
    return client.cookies[settings.SESSION_COOKIE_NAME].value


@dataclass
class Inbox:
    """The inbox of a practice with one thread open. `shown` gets (text of the fragments, when they were there)."""

    address: str
    cookie: str
    practice: Practice
    thread: UUID
    shown: "Queue[tuple[str, float]]" = field(default_factory=Queue)
    listening: threading.Event = field(default_factory=threading.Event)
    closing: threading.Event = field(default_factory=threading.Event)

    @property
    def path(self) -> str:
        return f"/p/{self.practice.slug}/"

    def listen(self) -> None:
        """Follow the stream until the window is closed, and fetch the thread whenever it has changed."""
        try:
            self._follow()
        except httpx.TransportError:
            if not self.closing.is_set():
                raise

    def _follow(self) -> None:
        cookies = {settings.SESSION_COOKIE_NAME: self.cookie}
        with (
            httpx.Client(base_url=self.address, cookies=cookies, timeout=30) as client,
            client.stream("GET", f"{self.path}stream/") as stream,
        ):
            for line in stream.iter_lines():
                if line.startswith("data: "):
                    self.listening.set()
                    self.heard(client, json.loads(line.removeprefix("data: ")))

    def heard(self, client: httpx.Client, changes: list[list[str]]) -> None:
        if ["conversation", str(self.thread)] in changes:
            row, newer = self.fetch(client, "row/"), self.fetch(client, "newer/")
            self.shown.put((row + newer, time.perf_counter()))
            self.fetch(client, "beside/")

    def fetch(self, client: httpx.Client, part: str) -> str:
        headers = {"HX-Request": "true", LIVE: "1"}
        return client.get(f"{self.path}inbox/{self.thread}/{part}", headers=headers).raise_for_status().text


@contextmanager
def watching(inbox: Inbox) -> Iterator[Inbox]:
    """The window is open while the block runs. Raises TimeoutError if the stream does not begin."""
    thread = threading.Thread(target=inbox.listen, daemon=True)
    thread.start()
    if not inbox.listening.wait(20):
        raise TimeoutError("the stream does not begin")
    try:
        yield inbox
    finally:
        inbox.closing.set()
