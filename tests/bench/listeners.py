"""Many open streams in a process of their own: `python -m tests.bench.listeners`, told line by line on stdin.

Each line is a JSON list of seats to open; `done` ends it. Changes carry the moment they were made in their id, so that
what is heard needs no agreement between the processes but the machine's monotonic clock.
"""

import asyncio
import json
import re
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import cycle, islice
from types import TracebackType
from typing import IO, Self, cast
from uuid import UUID

import uvloop
from django.conf import settings

AT_ONCE = 50  # streams being opened at the same time
SECONDS_TO_HEAR = 10
CHANGE = re.compile(rb'"conversation","([0-9a-f-]{36})"')


@dataclass(frozen=True)
class Seat:
    """Where a browser sits: its practice, and the session it has."""

    practice: str
    cookie: str


@dataclass(frozen=True)
class Heard:
    """How long each change took to each browser, and how often one should have been heard."""

    milliseconds: list[float]
    expected: int

    @property
    def count(self) -> int:
        return len(self.milliseconds)


class Listeners:
    """The other process, from this side."""

    def __init__(self, port: int) -> None:
        _allow_many_files()
        command = [sys.executable, "-m", "tests.bench.listeners", str(port), settings.SESSION_COOKIE_NAME]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.orders, self.answers = cast(IO[str], self.process.stdin), cast(IO[str], self.process.stdout)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.process.kill()
        self.process.wait()

    def open(self, seats: Sequence[Seat], count: int) -> None:
        """Open so many more streams, evenly over the seats. Returns when the server has begun to talk on each."""
        self._say(json.dumps([asdict(seat) for seat in islice(cycle(seats), count)]))
        if self.answers.readline() != "open\n":
            raise ConnectionError("not every stream was opened")

    def heard(self, *, expected: int) -> Heard:
        """Wait until so many changes have come in, for ten seconds at most."""
        self._say(f"done {expected}")
        return Heard(json.loads(self.answers.readline()), expected)

    def _say(self, what: str) -> None:
        self.orders.write(f"{what}\n")
        self.orders.flush()


class Stream(asyncio.Protocol):
    """One open stream. Notes when it hears of a change."""

    def __init__(self, request: bytes, taken: list[float]) -> None:
        self.request, self.taken = request, taken
        self.begun: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        cast(asyncio.Transport, transport).write(self.request)

    def data_received(self, data: bytes) -> None:
        if not self.begun.done() and b"data:" in data:  # where the stream stands: from here on it tells everything
            self.begun.set_result(None)
        now = time.monotonic_ns()
        self.taken.extend((now - UUID(found.decode()).int) / 1e6 for found in CHANGE.findall(data))

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.begun.done():
            self.begun.set_exception(ConnectionError("refused"))


async def serve(port: int, cookie_name: str) -> None:
    """Do what stdin says."""
    loop, taken, limit = asyncio.get_running_loop(), list[float](), asyncio.Semaphore(AT_ONCE)

    async def open_one(seat: Seat) -> None:
        head = (
            f"GET /p/{seat.practice}/stream/ HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookie_name}={seat.cookie}\r\n\r\n"
        )
        async with limit:
            _, stream = await loop.create_connection(lambda: Stream(head.encode(), taken), "127.0.0.1", port)
            await stream.begun

    while not (order := await loop.run_in_executor(None, sys.stdin.readline)).startswith("done"):
        await asyncio.gather(*(open_one(Seat(**seat)) for seat in json.loads(order)))
        _answer("open")
    await _until_heard(taken, int(order.split()[1]))
    _answer(json.dumps(taken))


async def _until_heard(taken: list[float], expected: int) -> None:
    deadline = time.monotonic() + SECONDS_TO_HEAR
    while len(taken) < expected and time.monotonic() < deadline:
        await asyncio.sleep(0.05)


def _answer(what: str) -> None:
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


def _allow_many_files() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


if __name__ == "__main__":
    _allow_many_files()
    uvloop.run(serve(int(sys.argv[1]), sys.argv[2]))
