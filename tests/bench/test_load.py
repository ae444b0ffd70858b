"""The load of the webhook's measurement: what it sends, and what it counts."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from typing import cast

from tests.bench.load import PLACE_OF_ID, Load, Order, Outcome, run

ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"
Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
BODY = f'{{"id": "{PLACE_OF_ID.decode()}", "words": "Zähne"}}'


def order(**fields: float) -> Order:
    return Order(port=1, path="/door/", secret="s3cret", body=BODY, seconds=0.3, **fields)  # type: ignore[arg-type]


def test_a_request_is_complete_and_one_in_twenty_repeats_the_one_before() -> None:
    load = Load(order())

    sent = [load.request() for _ in range(40)]

    head, body = sent[0].split(b"\r\n\r\n")
    assert head.startswith(b"POST /door/ HTTP/1.1\r\nHost: 127.0.0.1:1\r\n")
    assert b"X-Roger-Webhook-Secret: s3cret" in head
    assert re.findall(rb"Content-Length: (\d+)", head) == [str(len(body)).encode()]
    assert [number for number, (one, before) in enumerate(zip(sent[1:], sent, strict=False), 2) if one == before] == [
        20,
        40,
    ]


def answered(handle: Handler, wanted: Order) -> Outcome:
    """Run the load against a server that does this with each connection until it ends."""

    async def both() -> Outcome:
        handled: list[asyncio.Task[None]] = []

        async def until_gone(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            handled.append(cast("asyncio.Task[None]", asyncio.current_task()))
            with suppress(asyncio.IncompleteReadError, ConnectionResetError):
                await handle(reader, writer)
            writer.close()

        async with await asyncio.start_server(until_gone, "127.0.0.1", 0) as server:
            outcome = await run(replace(wanted, port=server.sockets[0].getsockname()[1]))
            await asyncio.gather(*handled)
        return outcome

    return asyncio.run(both())


async def answer_all(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while True:
        await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(len(BODY.encode()))
        writer.write(ANSWER)


async def answer_nobody(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    await reader.readexactly(len(BODY.encode()))


def test_every_answer_is_counted_with_its_time() -> None:
    outcome = answered(answer_all, order(connections=3))

    assert list(outcome.statuses) == ["200"]
    assert outcome.statuses["200"] == len(outcome.milliseconds) > 3
    assert all(0 < taken < 300 for taken in outcome.milliseconds)


def test_a_rate_is_kept_whatever_could_be_sent() -> None:
    outcome = answered(answer_all, order(connections=2, rate=100.0))

    assert 20 <= outcome.statuses["200"] <= 31  # 0.3 seconds


def test_a_connection_that_is_closed_is_told() -> None:
    outcome = answered(answer_nobody, order(connections=2))

    assert outcome.statuses == {"lost": 2}
