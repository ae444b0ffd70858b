"""The stand-in inside a test's own process and thread: a synchronous transport, and a bag for its webhooks.

bag = Postbag()
transport = InProcess(create_app(config, transport=bag))
client = httpx.Client(transport=transport, base_url="http://stand-in")
…
for webhook in bag.take(): deliver(webhook.url, webhook.headers, webhook.content)
"""

import asyncio

import httpx
from starlette.applications import Starlette

from simulator.world import World


class Postbag(httpx.AsyncBaseTransport):
    """Takes every outgoing webhook, answers it with 200 (or `status`), and hands them over later."""

    def __init__(self, status: int = 200) -> None:
        self.status = status
        self._requests: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Keep it."""
        await request.aread()
        self._requests.append(request)
        return httpx.Response(self.status)

    def take(self) -> list[httpx.Request]:
        """Empty the bag, oldest first."""
        taken, self._requests = self._requests, []
        return taken


class InProcess(httpx.BaseTransport):
    """Runs the application for one request at a time, and then whatever it started, until all is quiet.

    Close it (or the client that owns it) to end the event loop.
    """

    def __init__(self, app: Starlette) -> None:
        self._runner = asyncio.Runner()
        self._transport = httpx.ASGITransport(app)
        self._world: World = app.state.world

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer, after every status and webhook at hand has gone out."""
        return self._runner.run(self._answer(request))

    def close(self) -> None:
        """Drop what still waits and end the loop."""
        self._world.tasks.cancel()
        self._runner.run(self._world.postman.close())
        self._runner.close()

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        inner = httpx.Request(request.method, request.url, headers=request.headers, content=request.read())
        try:
            response = await self._transport.handle_async_request(inner)
            content = await response.aread()
        finally:
            await self._world.tasks.settle()
        return httpx.Response(response.status_code, headers=response.headers, stream=httpx.ByteStream(content))
