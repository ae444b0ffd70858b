"""Outgoing webhooks: custom headers, optional signature, at least once, with back-off (360dialog sections 4 and 5)."""

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Coroutine
from typing import Any

import httpx

from simulator.faults import Webhooks
from simulator.numbers import BusinessNumber, Json

CONCURRENT_WEBHOOKS = 16


class BackgroundTasks:
    """Work that goes on after an answer. `settle` waits for what is at hand, not for retries far ahead."""

    def __init__(self) -> None:
        self._at_hand: set[asyncio.Task[Any]] = set()
        self._later: set[asyncio.Task[Any]] = set()

    def start(self, work: Coroutine[Any, Any, Any], *, later: bool = False) -> None:
        """Run this beside the present request; `later` marks work that waits long before it acts."""
        tasks = self._later if later else self._at_hand
        task = asyncio.get_running_loop().create_task(work)
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    async def settle(self) -> None:
        """Return when nothing is at hand any more."""
        while self._at_hand:
            await asyncio.wait(self._at_hand)

    @property
    def waiting(self) -> dict[str, int]:
        """How many tasks run now, and how many wait for their hour."""
        return {"at_hand": len(self._at_hand), "later": len(self._later)}

    def cancel(self) -> None:
        """Drop everything that has not happened yet."""
        for task in [*self._at_hand, *self._later]:
            task.cancel()


class Postman:
    """Carries webhooks to Roger."""

    def __init__(
        self, tasks: BackgroundTasks, *, transport: httpx.AsyncBaseTransport | None = None, signature_secret: str = ""
    ) -> None:
        self._tasks = tasks
        self._transport = transport
        self._signature_secret = signature_secret
        self._client: httpx.AsyncClient | None = None
        # Waiting for a slot is not Roger's time: without it a burst would time out here and be sent twice.
        self._slots = asyncio.Semaphore(CONCURRENT_WEBHOOKS)

    async def deliver(
        self,
        number: BusinessNumber,
        payload: Json,
        habits: Webhooks,
        *,
        copies: int = 1,
        when_taken: Callable[[], None] = lambda: None,
    ) -> int | None:
        """Post a webhook and return the first answer's status; anything but 200 in time is repeated in the background.

        None = no answer within habits.timeout_seconds, or no webhook address. when_taken follows the first 200.
        """
        body = json.dumps(payload, ensure_ascii=False).encode()
        status = await self.post(number, body, timeout=habits.timeout_seconds)
        if status == 200:
            when_taken()
        else:
            self._tasks.start(self._retry(number, body, habits, when_taken), later=True)
        for _ in range(copies - 1):
            await self.post(number, body, timeout=habits.timeout_seconds)
        return status

    async def post(
        self, number: BusinessNumber, body: bytes, *, timeout: float = 5.0, headers: dict[str, str] | None = None
    ) -> int | None:
        """One attempt; its HTTP status, or None without an answer. `headers` replace the configured ones."""
        if not number.webhook_url:
            return None
        sent_headers = {"Content-Type": "application/json", **(number.webhook_headers if headers is None else headers)}
        if self._signature_secret:
            sent_headers["x-360dialog-signature"] = self._sign(body)
        try:
            async with self._slots, asyncio.timeout(timeout):
                answer = await self._opened().post(number.webhook_url, content=body, headers=sent_headers)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError):
            return None
        return answer.status_code

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def _retry(
        self, number: BusinessNumber, body: bytes, habits: Webhooks, when_taken: Callable[[], None]
    ) -> None:
        started, attempt = time.monotonic(), 0
        while habits.retry_seconds and time.monotonic() - started < habits.give_up_after_seconds:
            await asyncio.sleep(habits.retry_seconds[min(attempt, len(habits.retry_seconds) - 1)])
            if await self.post(number, body, timeout=habits.timeout_seconds) == 200:
                when_taken()
                return
            attempt += 1

    def _sign(self, body: bytes) -> str:
        return hmac.new(self._signature_secret.encode(), body, hashlib.sha256).hexdigest()

    def _opened(self) -> httpx.AsyncClient:
        if self._client is None:
            limits = httpx.Limits(max_connections=None, max_keepalive_connections=CONCURRENT_WEBHOOKS)
            self._client = httpx.AsyncClient(transport=self._transport, timeout=60, trust_env=False, limits=limits)
        return self._client
