"""Answers that go wrong on purpose: proxies' error pages, held calls, dropped connections, evil downloads."""

import asyncio
from collections.abc import AsyncIterator, MutableMapping
from typing import Any, Protocol, runtime_checkable

import httpx
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from simulator.errors import gateway_body_c, graph_body, http_status_of, title_of
from simulator.faults import Rule

PROXY_PAGE = (
    "<html><head><title>502 Bad Gateway</title></head><body><center><h1>502 Bad Gateway</h1></center></body></html>"
)


def error_answer(rule: Rule) -> Response:
    """The error a rule asks for, in body A, B, C, as a proxy's page, or empty."""
    status = rule.http_status or (http_status_of(rule.code) if rule.code is not None else 500)
    code = rule.code if rule.code is not None else 131000
    details = rule.details or title_of(code)
    headers = {"Retry-After": str(rule.retry_after)} if rule.retry_after is not None else {}
    if rule.body == "html":
        return Response(PROXY_PAGE, status_code=status, media_type="text/html", headers=headers)
    if rule.body == "empty":
        return Response(b"", status_code=status, headers=headers)
    bodies: dict[str, Any] = {
        "A": graph_body(code, details),
        "B": {"error": details},
        "C": gateway_body_c(status, details),
    }
    return JSONResponse(bodies[rule.body], status_code=status, headers=headers)


class DroppedConnection(Response):
    """The connection breaks before a byte of the answer, as when a proxy dies."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Abort the socket; behind httpx.ASGITransport, which has none, raise what httpx raises for it."""
        drop_connection(scope)


class HeldAnswer(Response):
    """An answer that comes after `seconds`; behind httpx.ASGITransport, which knows no timeout, a ReadTimeout."""

    def __init__(self, answer: Response, seconds: float) -> None:
        super().__init__()
        self._answer = answer
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Wait, then answer as if nothing had happened."""
        await asyncio.sleep(self._seconds)
        if socket_of(scope) is None:
            raise httpx.ReadTimeout("the stand-in held the answer on purpose")
        await self._answer(scope, receive, send)


def giant_answer(size: int) -> Response:
    """A body of this many bytes without a Content-Length that would warn of it."""

    async def chunks() -> AsyncIterator[bytes]:
        chunk = b"\0" * 65_536
        for _ in range(0, size, len(chunk)):
            yield chunk

    return StreamingResponse(chunks(), media_type="application/octet-stream")


@runtime_checkable
class Breakable(Protocol):
    """A connection that can be broken: asyncio's transports, and uvloop's, which share no class with them."""

    def abort(self) -> None:
        """Close at once, dropping what was not sent yet."""


def socket_of(scope: MutableMapping[str, Any]) -> Breakable | None:
    """The connection below a request, None without a server. Put there by `remember_connection`."""
    socket = scope.get("simulator.socket")
    return socket if isinstance(socket, Breakable) else None


def remember_connection(app: ASGIApp) -> ASGIApp:
    """Under uvicorn: let answers reach the socket below, so that a fault can break it."""

    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            # uvicorn hands out a bound method of the object that owns the transport; there is no public way.
            scope["simulator.socket"] = getattr(getattr(send, "__self__", None), "transport", None)
        await app(scope, receive, send)

    return wrapped


def drop_connection(scope: MutableMapping[str, Any]) -> None:
    """Abort the connection of this request."""
    socket = socket_of(scope)
    if socket is None:
        raise httpx.RemoteProtocolError("the stand-in dropped the connection on purpose")
    socket.abort()
