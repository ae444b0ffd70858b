"""All connections of this process. Redis tells at once; the database tells every five seconds what Redis dropped."""

import asyncio
import json
import logging
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Coroutine
from typing import Any

import redis.asyncio
from django.conf import settings
from django.db import DatabaseError
from redis.exceptions import RedisError

from messaging.stream import database
from messaging.stream.database import MOST_TOLD, Told, Viewer
from practices.bus import channel
from practices.live import CHANNEL, ENDED

LISTEN_AGAIN_SECONDS = 1.0
LOOK_SECONDS = 5.0
CHECK_SECONDS = 30.0
REMEMBERED = 50_000  # changes told lately, so that the look does not tell them again

log = logging.getLogger(__name__)


class Connection:
    """One browser. Holds what it has not been told yet, bounded, so a slow reader costs no memory."""

    __slots__ = ("doubted", "ended", "lost", "viewer", "waiting", "woken")

    def __init__(self, viewer: Viewer) -> None:
        self.viewer = viewer
        self.waiting: dict[tuple[str, str], None] = {}
        self.lost = False
        self.doubted = False  # whether they may still listen is being looked up; until then nothing is told
        self.ended = False
        self.woken = asyncio.Event()

    def tell(self, kind: str, ref: str) -> None:
        self.waiting[kind, ref] = None
        if len(self.waiting) > MOST_TOLD:
            self.lose()
        self.woken.set()

    def lose(self) -> None:
        """Too much to be named: the browser shall look at everything again."""
        self.waiting.clear()
        self.lost = True
        self.woken.set()

    def trust(self) -> None:
        self.doubted = False
        self.woken.set()

    def end(self) -> None:
        self.ended = True
        self.woken.set()

    def take(self) -> list[tuple[str, str]] | None:
        """What is to be told now, None for everything; the connection waits for more."""
        self.woken.clear()
        if self.doubted or self.ended:
            return []
        taken, self.waiting = list(self.waiting), {}
        is_lost, self.lost = self.lost, False
        return None if is_lost else taken


class Hub:
    """Who listens in this process, and what they have been told."""

    def __init__(self) -> None:
        self.cursor: int | None = None
        self.looked = asyncio.Event()  # from the first look on nothing that commits is overlooked
        self._connections: dict[int, set[Connection]] = defaultdict(set)
        self._told: OrderedDict[str, None] = OrderedDict()
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Begin listening. A database or broker that is away is tried again for as long as the process lives."""
        self.cursor, self.looked = None, asyncio.Event()
        self._told.clear()
        self._begin(_for_ever(self._listen, LISTEN_AGAIN_SECONDS))
        self._begin(_for_ever(self._look, LOOK_SECONDS))
        self._begin(_for_ever(self._check_all, CHECK_SECONDS))

    async def stop(self) -> None:
        """Stop listening and end every stream."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for connection in self._all():
            connection.end()

    def add(self, connection: Connection) -> None:
        self._connections[connection.viewer.practice_id].add(connection)

    def remove(self, connection: Connection) -> None:
        connections = self._connections[connection.viewer.practice_id]
        connections.discard(connection)
        if not connections:
            del self._connections[connection.viewer.practice_id]

    def tell(self, change: Told) -> None:
        """Tell a change to everybody who looks at its practice, once."""
        if change.change in self._told:
            return
        self._told[change.change] = None
        if len(self._told) > REMEMBERED:
            self._told.popitem(last=False)
        for connection in self._connections.get(change.practice_id, ()):
            connection.tell(change.kind, change.ref)

    def _begin(self, step: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(step)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _all(self) -> list[Connection]:
        return [connection for connections in self._connections.values() for connection in connections]

    async def _listen(self) -> None:
        async with redis.asyncio.Redis.from_url(settings.REDIS_URL) as client, client.pubsub() as bus:
            await bus.subscribe(channel(CHANNEL), channel(ENDED))
            async for message in bus.listen():
                if message["type"] == "message":
                    self._hear(message["channel"], json.loads(message["data"]))

    def _hear(self, where: bytes, told: dict[str, Any]) -> None:
        if where == channel(ENDED).encode():
            self._begin(self._end_of(str(told["user"])))
        else:
            for change, kind, ref in told["changes"]:
                self.tell(Told(change, told["practice"], kind, ref))

    async def _look(self) -> None:
        found = await database.run(database.look, self.cursor)
        for change in found.changes:
            self.tell(change)
        if not found.is_whole:
            for connection in self._all():
                connection.lose()
        self.cursor = found.cursor
        self.looked.set()

    async def _check_all(self) -> None:
        if connections := self._all():
            await self._end_unwelcome(connections)

    async def _end_of(self, user_id: str) -> None:
        """Some session of theirs has ended; in another browser they may still be at work."""
        theirs = [one for one in self._all() if str(one.viewer.user_id) == user_id]
        for connection in theirs:
            connection.doubted = True
        try:
            await self._end_unwelcome(theirs)
        except DatabaseError:
            for connection in theirs:
                connection.end()  # whoever may listen comes back by themselves
        for connection in theirs:
            connection.trust()

    async def _end_unwelcome(self, connections: list[Connection]) -> None:
        """End the streams of whoever logged out, was idle for too long or works there no more."""
        welcome = await database.run(database.still_welcome, [one.viewer for one in connections])
        for connection in connections:
            if connection.viewer not in welcome:
                connection.end()


async def _for_ever(step: Callable[[], Coroutine[Any, Any, None]], pause: float) -> None:
    while True:
        try:
            await step()
        except (DatabaseError, RedisError, OSError) as trouble:
            log.warning("stream goes on without", extra={"code": type(trouble).__name__})
        except Exception:
            # An outermost loop: without it one bad word on the bus would silence every browser for good.
            log.exception("stream goes on after an error")
        await asyncio.sleep(pause)
