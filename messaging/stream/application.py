"""One stream: GET /p/<practice>/stream/ (text/event-stream, Last-Event-ID)."""

import asyncio
import json
import random
import re
from collections.abc import Awaitable, Callable, MutableMapping
from http.cookies import CookieError, SimpleCookie
from typing import Any

from django.conf import settings
from django.db import DatabaseError

from messaging.stream import database
from messaging.stream.database import Viewer
from messaging.stream.hub import Connection, Hub

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

PATH = re.compile(r"/p/([-a-zA-Z0-9_]+)/stream/", re.ASCII)
KEEP_ALIVE_SECONDS = 20.0
HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"x-accel-buffering", b"no"),
]

hub = Hub()


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
    session_key = _session_key(headers.get(b"cookie", ""))
    if found is None or scope["method"] != "GET":
        await _status(send, 200 if scope["path"] == "/healthz" else 404)
    elif headers.get(b"sec-fetch-site") == "cross-site":
        await _status(send, 403)
    elif not session_key:
        await _status(send, 401)
    else:
        await _admit(session_key, found.group(1), _cursor(headers), receive, send)


async def _admit(session_key: str, slug: str, cursor: int | None, receive: Receive, send: Send) -> None:
    try:
        viewer = await database.run(database.viewer, session_key, slug)
    except DatabaseError:
        return await _status(send, 503)
    if viewer is None:
        return await _status(send, 404)
    return await _stream(viewer, session_key, cursor, receive, send)


def _session_key(cookies: str) -> str:
    try:
        morsel = SimpleCookie(cookies).get(settings.SESSION_COOKIE_NAME)
    except CookieError:
        return ""
    return morsel.value if morsel else ""


def _cursor(headers: dict[bytes, str]) -> int | None:
    text = headers.get(b"last-event-id", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


async def _stream(viewer: Viewer, session_key: str, cursor: int | None, receive: Receive, send: Send) -> None:
    """Write until the browser goes or the session ends."""
    connection = Connection(viewer.practice_id, str(viewer.user_id), session_key)
    hub.add(connection)  # before the look back, so that nothing falls between
    gone = asyncio.create_task(_until_gone(receive))
    gone.add_done_callback(lambda _: connection.end())
    try:
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        await _write(send, f"retry: {3000 + random.randrange(2000)}\n\n")  # noqa: S311  spreads reconnections
        await _catch_up(connection, cursor, send)
        await _tell_until_ended(connection, send)
    finally:
        hub.remove(connection)
        gone.cancel()
    if not gone.done():
        await send({"type": "http.response.body", "body": b"event: bye\ndata:\n\n"})


async def _catch_up(connection: Connection, cursor: int | None, send: Send) -> None:
    """Tell what was missed since a cursor, at least once; without one, only where the stream stands now."""
    if cursor is None:
        return await _write(send, _event([], (await database.run(database.look, None)).cursor))
    if not await database.run(database.is_known, cursor, connection.practice_id):
        return await _write(send, "event: reload\ndata:\n\n")
    found = await database.run(database.look, cursor)
    missed = {(one.kind, one.ref): None for one in found.changes if one.practice_id == connection.practice_id}
    return await _write(send, _event(list(missed), found.cursor))


async def _tell_until_ended(connection: Connection, send: Send) -> None:
    while not connection.ended:
        try:
            async with asyncio.timeout(KEEP_ALIVE_SECONDS):
                await connection.woken.wait()
        except TimeoutError:
            await _write(send, ":\n\n")
            continue
        if connection.lost:
            connection.lost = False
            await _write(send, "event: reload\ndata:\n\n")
        if changes := connection.take():
            await _write(send, _event(changes, hub.cursor))


def _event(changes: list[tuple[str, str]], cursor: int | None) -> str:
    number = f"id: {cursor}\n" if cursor is not None else ""
    return f"{number}data: {json.dumps(changes, separators=(',', ':'))}\n\n"


async def _write(send: Send, text: str) -> None:
    await send({"type": "http.response.body", "body": text.encode(), "more_body": True})


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _status(send: Send, status: int) -> None:
    headers = [(b"content-length", b"0"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
