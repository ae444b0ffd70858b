"""Which number a call speaks for, and what all calls have in common."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from simulator.errors import GatewayError, GraphError, SimulatedError
from simulator.numbers import BusinessNumber
from simulator.world import World

NumberHandler = Callable[[Request, World, BusinessNumber], Awaitable[Response]]


def world_of(request: Request) -> World:
    """The world this application serves."""
    world: World = request.app.state.world
    return world


def with_key(handler: NumberHandler) -> Callable[[Request], Awaitable[Response]]:
    """360dialog's way: the key alone names the number. 401 in body B comes before anything else is looked at."""

    async def endpoint(request: Request) -> Response:
        world = world_of(request)
        number = world.number_of_key(request.headers.get("D360-API-KEY") or bearer(request))
        return await handler(request, world, number)

    return endpoint


def bearer(request: Request) -> str | None:
    """The token of an Authorization header, for the Graph mount and lookaside downloads."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token if scheme.lower() == "bearer" else None


async def read_json(request: Request) -> Any:
    """The body as JSON. GraphError 100 if it is none, GatewayError 413 above 3 MB."""
    body = await request.body()
    if len(body) > 3 * 1024 * 1024:
        raise GatewayError(413, "Request entity too large")
    try:
        return json.loads(body)
    except ValueError:
        raise GraphError(100, "The request body is not valid JSON.") from None


async def answer_error(_: Request, error: Exception) -> Response:
    """Turn a SimulatedError into its HTTP answer."""
    if not isinstance(error, SimulatedError):
        raise error
    return JSONResponse(error.body, status_code=error.http_status)
