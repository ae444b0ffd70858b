"""360dialog's side: webhooks at an even rate, each repeated with growing pauses until it is answered with 200."""

import asyncio
import itertools
import json
import threading
import time
from dataclasses import dataclass, field

from messaging.webhook import PREFIX
from tests.bench.crowd import event
from tests.faults.opening import Opened
from tests.messaging.factories import Line

TIMEOUT_SECONDS = 5.0  # as 360dialog's
FIRST_PAUSE, LONGEST_PAUSE = 0.25, 2.0
REPEATED_ONE_IN = 25  # although it was acknowledged
GIVE_UP_SECONDS = 90.0


@dataclass(frozen=True)
class Letter:
    """One webhook with one message."""

    line: Line
    wamid: str
    text: str
    body: bytes


@dataclass
class Post:
    """What was sent, and what was acknowledged, by wamid."""

    port: int
    sent: dict[str, Letter] = field(default_factory=dict)
    acknowledged: set[str] = field(default_factory=set)
    attempts: int = 0

    def deliver(self, letters: list[Letter], rate: float) -> threading.Thread:
        """Send these in the background, so many a second; the thread ends when each is acknowledged or given up."""
        thread = threading.Thread(target=lambda: asyncio.run(self._deliver_all(letters, rate)), name="postman")
        thread.start()
        return thread

    async def _deliver_all(self, letters: list[Letter], rate: float) -> None:
        connections, begun = Connections(self.port), time.monotonic()
        async with asyncio.TaskGroup() as group:
            for number, letter in enumerate(letters):
                await asyncio.sleep(max(0.0, begun + number / rate - time.monotonic()))
                group.create_task(self._deliver(connections, letter, twice=number % REPEATED_ONE_IN == 0))
        connections.close()

    async def _deliver(self, connections: "Connections", letter: Letter, *, twice: bool) -> None:
        self.sent[letter.wamid] = letter
        deadline, pause = time.monotonic() + GIVE_UP_SECONDS, FIRST_PAUSE
        while not await self._post(connections, letter):
            if time.monotonic() > deadline:
                return
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)
        self.acknowledged.add(letter.wamid)
        if twice:
            await self._post(connections, letter)

    async def _post(self, connections: "Connections", letter: Letter) -> bool:
        self.attempts += 1
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                return await connections.post(letter) == 200
        except (OSError, asyncio.IncompleteReadError, TimeoutError):
            return False


@dataclass
class Connections:
    """Kept-alive connections, one request at a time on each; a broken one is forgotten."""

    port: int
    idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = field(default_factory=list)

    async def post(self, letter: Letter) -> int:
        """The answer's status. Raises OSError or IncompleteReadError when there is none."""
        reader, writer = self.idle.pop() if self.idle else await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(self._request(letter))
            status, head = await self._answer(reader)
        except BaseException:
            writer.close()
            raise
        if b"connection: close" in head:
            writer.close()
        else:
            self.idle.append((reader, writer))
        return status

    def close(self) -> None:
        for _, writer in self.idle:
            writer.close()

    def _request(self, letter: Letter) -> bytes:
        head = (
            f"POST {PREFIX}{letter.line.token}/ HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n"
            f"Content-Type: application/json\r\nX-Roger-Webhook-Secret: {letter.line.secret}\r\n"
            f"Content-Length: {len(letter.body)}\r\n\r\n"
        )
        return head.encode() + letter.body

    async def _answer(self, reader: asyncio.StreamReader) -> tuple[int, bytes]:
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        _, _, length = head.partition(b"content-length: ")
        await reader.readexactly(int(length.partition(b"\r\n")[0] or 0))
        return int(head[9:12]), head


_serial = itertools.count(1)


def letters(opened: list[Opened], count: int) -> list[Letter]:
    """So many messages, from everybody in turn to both practices, no two with the same text."""
    made = []
    for number in range(count):
        practice = opened[number % len(opened)]
        sender = practice.people[(number // len(opened)) % len(practice.people)]
        made.append(letter(practice.line, sender, f"Nachricht {next(_serial)}"))
    return made


def letter(line: Line, sender: str, text: str) -> Letter:
    told = event(line, sender, text)
    wamid = told["entry"][0]["changes"][0]["value"]["messages"][0]["id"]
    return Letter(line, wamid, text, json.dumps(told).encode())
