"""How fast a genuine webhook is acknowledged: token, secret, seal, digest, commit, wake. Nothing is read yet.

At the web server with 16 connections and through the front beside it (G1: 0.5 and 0.4 of R1); then how long one takes
when half as many come as could (median under 10 ms, p99 under 50 ms). The worker is measured elsewhere (drain).
"""

import json
from collections.abc import Iterator
from functools import partial

from messaging.webhook import PREFIX
from tests.bench.baseline import against_r1
from tests.bench.crowd import event, phone
from tests.bench.desk import open_practice
from tests.bench.figures import Figure, at_least, below, percentile
from tests.bench.installation import running
from tests.bench.load import PLACE_OF_ID, Order, Outcome, send
from tests.bench.progress import say
from tests.messaging.factories import Line

SECONDS = 4.0
SECONDS_AT_HALF = 10.0
TEXT = "Guten Tag, mein Provisorium ist heute beim Essen herausgefallen. Kann ich morgen früh kurz vorbeikommen? Danke!"


def measure() -> Iterator[Figure]:
    line = open_practice()
    with running("web", "caddy") as started:
        for port in (started.web, started.front):
            post(line, port, seconds=2.0)
        yield (direct := against_r1("webhook", "requests/s", at_least(0.5), partial(capacity, line, started.web)))
        yield against_r1("webhook_front", "requests/s", at_least(0.4), partial(capacity, line, started.front))
        calm = post(line, started.web, seconds=SECONDS_AT_HALF, rate=direct.value / 2)
    say(f"webhook_half: {calm.rate:.0f} of {direct.value:.0f} requests/s")
    yield Figure("webhook_half_p50", percentile(calm.milliseconds, 0.5), "ms", below(10))
    yield Figure("webhook_half_p99", percentile(calm.milliseconds, 0.99), "ms", below(50))


def capacity(line: Line, port: int) -> float:
    """Acknowledged webhooks per second, as fast as 16 connections get them through."""
    return post(line, port, seconds=SECONDS).rate


def post(line: Line, port: int, *, seconds: float, rate: float = 0.0) -> Outcome:
    """Send webhooks to the practice's door. Whatever is not acknowledged ends the measurement."""
    outcome = send(Order(port, f"{PREFIX}{line.token}/", line.secret, body(line), seconds, rate))
    assert set(outcome.statuses) == {"200"}, outcome.statuses
    return outcome


def body(line: Line) -> str:
    """A webhook with one text of usual length, and a place for the id that makes it another one."""
    told = event(line, phone(1), TEXT)
    told["entry"][0]["changes"][0]["value"]["messages"][0]["id"] = f"wamid.HBgN{PLACE_OF_ID.decode()}FQIAEhgg"
    return json.dumps(told, ensure_ascii=False)
