"""All connections of this process. Redis tells at once; the database tells every five seconds what Redis dropped."""

import asyncio
import contextlib
import json
import logging
from collections import OrderedDict, defaultdict

import redis.asyncio
from django.conf import settings
from django.db import DatabaseError
from redis.exceptions import RedisError

from messaging.stream import database
from messaging.stream.database import Told
from practices.live import CHANNEL, ENDED

LOOK_SECONDS = 5.0
CHECK_SECONDS = 30.0
REMEMBERED = 50_000  # changes told lately, so that the look does not tell them again
MOST_WAITING = 500  # per connection; beyond that one reload says it all

log = logging.getLogger(__name__)


class Connection:
    """One browser. Holds what it has not been told yet, bounded, so a slow reader costs no memory."""

    __slots__ = ("ended", "lost", "practice_id", "session_key", "user_id", "waiting", "woken")

    def __init__(self, practice_id: int, user_id: str, session_key: str) -> None:
        self.practice_id = practice_id
        self.user_id = user_id
        self.session_key = session_key
        self.waiting: dict[tuple[str, str], None] = {}
        self.lost = False
        self.ended = False
        self.woken = asyncio.Event()

    def tell(self, change: Told) -> None:
        self.waiting[change.kind, change.ref] = None
        if len(self.waiting) > MOST_WAITING:
            self.waiting.clear()
            self.lost = True
        self.woken.set()

    def end(self) -> None:
        self.ended = True
        self.woken.set()

    def take(self) -> list[tuple[str, str]]:
        """What is to be told now; the connection waits for more."""
        taken, self.waiting = list(self.waiting), {}
        self.woken.clear()
        return taken


class Hub:
    def __init__(self) -> None:
        self.cursor: int | None = None
        self._connections: dict[int, set[Connection]] = defaultdict(set)
        self._told: OrderedDict[str, None] = OrderedDict()
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Begin listening. A database or broker that is away is tried again for as long as the process lives."""
        steps = (self._listen, self._look_again, self._check_sessions)
        self._tasks = [asyncio.create_task(step()) for step in steps]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        for connection in self._all():
            connection.end()

    def add(self, connection: Connection) -> None:
        self._connections[connection.practice_id].add(connection)

    def remove(self, connection: Connection) -> None:
        connections = self._connections[connection.practice_id]
        connections.discard(connection)
        if not connections:
            del self._connections[connection.practice_id]

    def tell(self, change: Told) -> None:
        """Tell a change to everybody who looks at its practice, once."""
        if change.change in self._told:
            return
        self._told[change.change] = None
        if len(self._told) > REMEMBERED:
            self._told.popitem(last=False)
        for connection in self._connections.get(change.practice_id, ()):
            connection.tell(change)

    def _all(self) -> list[Connection]:
        return [connection for connections in self._connections.values() for connection in connections]

    async def _listen(self) -> None:
        while True:
            with contextlib.suppress(RedisError, OSError):
                async with redis.asyncio.Redis.from_url(settings.REDIS_URL) as client, client.pubsub() as bus:
                    await bus.subscribe(CHANNEL, ENDED)
                    async for message in bus.listen():
                        self._hear(message)
            await asyncio.sleep(1)

    def _hear(self, message: dict[str, object]) -> None:
        if message["type"] != "message":
            return
        told = json.loads(str(message["data"], "utf-8") if isinstance(message["data"], bytes) else "{}")
        if message["channel"] == ENDED.encode():
            self._end(told["user"])
        else:
            for change, kind, ref in told["changes"]:
                self.tell(Told(change, told["practice"], kind, ref))

    def _end(self, user_id: str) -> None:
        for connection in self._all():
            if connection.user_id == user_id:
                connection.end()

    async def _look_again(self) -> None:
        while True:
            try:
                found = await database.run(database.look, self.cursor)
                self.cursor = found.cursor
                for change in found.changes:
                    self.tell(change)
            except DatabaseError:
                log.warning("stream could not look at the database")
            await asyncio.sleep(LOOK_SECONDS)

    async def _check_sessions(self) -> None:
        while True:
            await asyncio.sleep(CHECK_SECONDS)
            connections = self._all()
            with contextlib.suppress(DatabaseError):
                still = await database.run(database.still_open, {one.session_key for one in connections})
                for connection in connections:
                    if connection.session_key not in still:
                        connection.end()
