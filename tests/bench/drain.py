"""How many stored webhooks one process turns into messages: opened, parsed, sealed, indexed, committed, told.

Batches as in production; everybody who writes is known and has consent, as in a practice that has used Roger for a
while. Bar G2: 0.7 of R1.
"""

import random
import time
from collections.abc import Iterator

from django.db import transaction

from messaging.inbound.drain import drain
from messaging.models import WebhookDelivery
from messaging.webhook import entrances, store
from practices.scope import practice_scope
from tests.bench.baseline import against_r1
from tests.bench.crowd import delivery
from tests.bench.desk import open_practice, welcome
from tests.bench.figures import Figure, at_least
from tests.bench.progress import say
from tests.messaging.factories import Line

PEOPLE = 500
TO_WARM_UP = 500
MESSAGES = 5000


def measure() -> Iterator[Figure]:
    line, chance = open_practice(), random.Random(1)
    welcome(line, PEOPLE)
    say(f"drain: {PEOPLE} people known")
    rate(line, chance, TO_WARM_UP)
    yield against_r1("drain", "messages/s", at_least(0.7), lambda: rate(line, chance, MESSAGES))


def rate(line: Line, chance: random.Random, count: int) -> float:
    """Messages per second of draining so many waiting webhooks."""
    waiting(line, chance, count)
    with practice_scope(line.practice.pk):
        begun, worked = time.perf_counter(), time.process_time()
        drain()
        seconds, work = time.perf_counter() - begun, time.process_time() - worked
        with transaction.atomic():
            left = WebhookDelivery.objects.filter(state=WebhookDelivery.State.PENDING).count()
    say(f"drain: {1000 * work / count:.2f} of {1000 * seconds / count:.2f} ms per message in this process")
    assert left == 0, f"{left} of {count} deliveries were left"
    return count / seconds


def waiting(line: Line, chance: random.Random, count: int) -> None:
    """Store so many webhooks as the door does."""
    entrance = entrances.find(line.token)
    assert entrance is not None
    for _ in range(count):
        store(entrance, delivery(line, chance, PEOPLE))
