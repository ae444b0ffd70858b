"""A load of webhooks from a process of its own: `python -m tests.bench.load`, told by one JSON object on stdin.

As fast as answers come, or so many a second whatever the answers do; then the time counts from when a request was due,
not from when a connection was free for it. One request in twenty repeats the one before, as 360dialog does.
"""

import asyncio
import json
import subprocess
import sys
import time
from collections import Counter, deque
from dataclasses import asdict, dataclass
from typing import cast

import uvloop

PLACE_OF_ID = b"@@@@@@@@@@@@@@@@"
REPEAT_ONE_IN = 20


@dataclass(frozen=True)
class Order:
    """What to send where. `body` holds PLACE_OF_ID where each request has an id of its own; `rate` per second or 0."""

    port: int
    path: str
    secret: str
    body: str
    seconds: float
    rate: float = 0.0
    connections: int = 16


@dataclass(frozen=True)
class Outcome:
    """Answers per second, how often each status came, and milliseconds of each answer."""

    rate: float
    statuses: dict[str, int]
    milliseconds: list[float]


def send(order: Order) -> Outcome:
    """Have another process send it, so that generating the load is not mixed up with measuring it."""
    command = [sys.executable, "-m", "tests.bench.load"]
    done = subprocess.run(command, input=json.dumps(asdict(order)), stdout=subprocess.PIPE, text=True, check=True)
    return Outcome(**json.loads(done.stdout))


class Load:
    """All connections together: what is due, what is idle, what came back."""

    def __init__(self, order: Order) -> None:
        self.order = order
        self.statuses: Counter[str] = Counter()
        self.milliseconds: list[float] = []
        self.idle: list[Connection] = []
        self.due: deque[float] = deque()
        self.serial = time.time_ns()
        self.sent = 0
        head = (
            f"POST {order.path} HTTP/1.1\r\nHost: 127.0.0.1:{order.port}\r\nContent-Type: application/json\r\n"
            f"X-Roger-Webhook-Secret: {order.secret}\r\nContent-Length: {len(order.body.encode())}\r\n\r\n"
        )
        self.before, self.after = (head + order.body).encode().split(PLACE_OF_ID)

    def request(self) -> bytes:
        self.sent += 1
        if self.sent % REPEAT_ONE_IN:
            self.serial += 1
        return self.before + b"%016x" % self.serial + self.after

    def ready(self, connection: "Connection") -> None:
        """A connection has nothing to do: give it what is due."""
        if not self.order.rate:
            connection.send(time.perf_counter())
        elif self.due:
            connection.send(self.due.popleft())
        else:
            self.idle.append(connection)

    def answered(self, status: str, since: float) -> None:
        self.statuses[status] += 1
        self.milliseconds.append(1000 * (time.perf_counter() - since))

    async def keep_the_rate(self) -> None:
        """Let requests fall due evenly, until cancelled."""
        begun, fallen_due = time.perf_counter(), 0
        while True:
            now = time.perf_counter()
            while fallen_due < (now - begun) * self.order.rate:
                self.due.append(begun + fallen_due / self.order.rate)
                fallen_due += 1
            while self.due and self.idle:
                self.idle.pop().send(self.due.popleft())
            await asyncio.sleep(0.0005)


class Connection(asyncio.Protocol):
    """One kept-alive connection with one request at a time. Answers have no body."""

    def __init__(self, load: Load) -> None:
        self.load = load
        self.heard = b""
        self.since = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's is one without saying so
        self.load.ready(self)

    def send(self, since: float) -> None:
        self.since = since
        self.transport.write(self.load.request())

    def data_received(self, data: bytes) -> None:
        self.heard += data
        if self.heard.endswith(b"\r\n\r\n"):
            status, self.heard = self.heard[9:12].decode(), b""
            self.load.answered(status, self.since)
            self.load.ready(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self.load.statuses["lost"] += 1


async def run(order: Order) -> Outcome:
    """Send for the ordered seconds and tell what came back."""
    load, loop = Load(order), asyncio.get_running_loop()
    begun = time.perf_counter()
    made = [
        await loop.create_connection(lambda: Connection(load), "127.0.0.1", order.port)
        for _ in range(order.connections)
    ]
    keeping = asyncio.create_task(load.keep_the_rate()) if order.rate else None
    await asyncio.sleep(order.seconds)
    outcome = Outcome(
        len(load.milliseconds) / (time.perf_counter() - begun), dict(load.statuses), list(load.milliseconds)
    )
    if keeping:
        keeping.cancel()
    for transport, _ in made:
        transport.abort()
    return outcome


if __name__ == "__main__":
    told = Order(**json.loads(sys.stdin.read()))
    sys.stdout.write(json.dumps(asdict(uvloop.run(run(told)))))
