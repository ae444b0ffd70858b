"""The stand-in for 360dialog and the patients' phones, as one ASGI application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from simulator import control, graph
from simulator.api.access import answer_error
from simulator.api.routes import routes as api_routes
from simulator.config import Configuration
from simulator.errors import SimulatedError
from simulator.phones.routes import deep_link, static_files
from simulator.phones.routes import routes as phone_routes
from simulator.phones.website import routes as website_routes
from simulator.webhooks import BackgroundTasks, Postman
from simulator.world import World


def create_app(
    config: dict[str, Any] | Path | str | None = None,
    *,
    transport: httpx.AsyncBaseTransport | None = None,
    signature_secret: str = "",
) -> Starlette:
    """The whole stand-in.

    `config` is the configuration or the path of its file, which may come later; `transport` carries outgoing
    webhooks (None = the network); with `signature_secret` they carry x-360dialog-signature.
    """
    tasks = BackgroundTasks()
    world = World(tasks=tasks, postman=Postman(tasks, transport=transport, signature_secret=signature_secret))
    configuration = Configuration(config)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        tasks.cancel()
        await world.postman.close()

    app = Starlette(
        routes=[
            Route("/", to_phones, methods=["GET"]),
            Route("/healthz", healthy, methods=["GET"]),
            Mount("/control", routes=control.routes),
            Mount("/phones/static", app=static_files),
            Mount("/phones", routes=phone_routes),
            Mount("/website", routes=website_routes),
            Mount("/graph", routes=graph.routes),
            Route("/wa/{digits}", deep_link, methods=["GET"]),
            *api_routes,
        ],
        lifespan=lifespan,
        exception_handlers={SimulatedError: answer_error, 404: not_found, 405: not_found},
    )
    app.state.world = world
    app.state.configuration = configuration
    configuration.apply_changes(world)
    app.add_middleware(Watch, configuration=configuration, world=world)
    return app


class Watch:
    """Before each request: take over a changed configuration, know the socket, refuse other sites' posts."""

    def __init__(self, app: ASGIApp, configuration: Configuration, world: World) -> None:
        self._app = app
        self._configuration = configuration
        self._world = world

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        self._configuration.apply_changes(self._world)
        if is_foreign_post(scope):
            await JSONResponse({"error": "refused: sent by another site"}, status_code=403)(scope, receive, send)
            return
        await self._app(scope, receive, send)


def is_foreign_post(scope: Scope) -> bool:
    """Whether a browser says that another site makes this changing call."""
    fetch_site = dict(scope["headers"]).get(b"sec-fetch-site")
    return scope["method"] not in {"GET", "HEAD"} and fetch_site == b"cross-site"


async def to_phones(_: Request) -> Response:
    """Who opens the address in a browser wants the phones."""
    return RedirectResponse("/phones/")


async def healthy(request: Request) -> Response:
    """Whether the process answers, and how many numbers it knows."""
    return JSONResponse({"ok": True, "numbers": len(request.app.state.world.numbers)})


async def not_found(_: Request, __: Exception) -> Response:
    """An unknown path in body B."""
    return JSONResponse({"error": "Not found"}, status_code=404)
