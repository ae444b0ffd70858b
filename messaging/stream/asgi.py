"""One stream: GET /p/<practice>/stream/ (text/event-stream, Last-Event-ID)."""

import asyncio
import contextlib
import json
import logging
import random
import re
from collections.abc import Awaitable, Callable, MutableMapping
from http.cookies import CookieError, SimpleCookie
from typing import Any

from django.conf import settings
from django.db import DatabaseError

from messaging.stream import database
from messaging.stream.database import NotLoggedIn, Stranger
from messaging.stream.hub import Connection, Hub

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

PATH = re.compile(r"/p/([-a-zA-Z0-9_]+)/stream/", re.ASCII)
KEEP_ALIVE_SECONDS = 20.0
STUCK_SECONDS = 30.0
FUTURE = 2**63 - 1
HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"x-accel-buffering", b"no"),
]

hub = Hub()
log = logging.getLogger(__name__)


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Serve streams; anything else, and whoever may not listen, gets a bare status."""
    if scope["type"] == "lifespan":
        await _live(receive, send)
    elif scope["type"] == "http":
        await _answer(scope, receive, send)


async def _live(receive: Receive, send: Send) -> None:
    await receive()
    await hub.start()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await hub.stop()
    await send({"type": "lifespan.shutdown.complete"})


async def _answer(scope: Scope, receive: Receive, send: Send) -> None:
    headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
    found = PATH.fullmatch(scope["path"])
    if found is None or scope["method"] != "GET":
        return await _status(send, 200 if scope["path"] == "/healthz" else 404)
    if headers.get(b"sec-fetch-site") == "cross-site":
        return await _status(send, 403)
    try:
        viewer = await database.run(database.viewer, _session_key(headers.get(b"cookie", "")), found.group(1))
    except NotLoggedIn:
        return await _status(send, 401)
    except Stranger:
        return await _status(send, 404)
    except DatabaseError:
        return await _status(send, 503)
    return await _stream(Connection(viewer), _cursor(headers.get(b"last-event-id", "")), receive, send)


def _session_key(cookies: str) -> str:
    try:
        morsel = SimpleCookie(cookies).get(settings.SESSION_COOKIE_NAME)
    except CookieError:
        return ""
    return morsel.value if morsel else ""


def _cursor(text: str) -> int | None:
    """Where a browser stands; what is none of our cursors counts as one from the future."""
    if not text:
        return None
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else FUTURE


async def _stream(connection: Connection, cursor: int | None, receive: Receive, send: Send) -> None:
    """Write until the browser goes, the session ends or the process does."""
    hub.add(connection)  # before the look back, so that nothing falls between
    gone = asyncio.create_task(_until_gone(receive))
    gone.add_done_callback(lambda _: connection.end())
    try:
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        await _write(send, f"retry: {3000 + random.randrange(2000)}\n\n")  # noqa: S311  spreads reconnections
        await _catch_up(connection, cursor, send)
        await _tell_until_ended(connection, send)
    except (DatabaseError, TimeoutError, asyncio.CancelledError) as reason:
        # The browser comes back by itself and asks for what it missed.
        log.info("stream ended", extra={"code": type(reason).__name__})
    finally:
        hub.remove(connection)
        gone.cancel()
    with contextlib.suppress(TimeoutError):
        await _write(send, "event: bye\ndata:\n\n", more=False)


async def _catch_up(connection: Connection, cursor: int | None, send: Send) -> None:
    """Tell what was missed since a cursor, at least once; without one, only where the stream stands now."""
    await hub.looked.wait()  # or what commits between this look back and the hub's first look would be nobody's
    found = await database.run(database.missed, cursor, connection.viewer.practice_id)
    await _tell(found.changes, found.cursor, send)


async def _tell_until_ended(connection: Connection, send: Send) -> None:
    while not connection.ended:
        try:
            async with asyncio.timeout(KEEP_ALIVE_SECONDS):
                await connection.woken.wait()
        except TimeoutError:
            await _write(send, ":\n\n")
        else:
            await _tell_waiting(connection, send)


async def _tell_waiting(connection: Connection, send: Send) -> None:
    """What came up since; told before the cursor moves on, and never after the session has ended."""
    changes = connection.take()
    if changes != []:
        await _tell(changes, hub.cursor, send)


async def _tell(changes: list[tuple[str, str]] | None, cursor: int | None, send: Send) -> None:
    number = f"id: {cursor}\n" if cursor is not None else ""
    if changes is None:
        await _write(send, f"{number}event: reload\ndata:\n\n")
    else:
        await _write(send, f"{number}data: {json.dumps(changes, separators=(',', ':'))}\n\n")


async def _write(send: Send, text: str, *, more: bool = True) -> None:
    """Raises TimeoutError when the browser takes nothing for half a minute."""
    async with asyncio.timeout(STUCK_SECONDS):
        await send({"type": "http.response.body", "body": text.encode(), "more_body": more})


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _status(send: Send, status: int) -> None:
    headers = [(b"content-length", b"0"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
