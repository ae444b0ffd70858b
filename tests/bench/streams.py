"""Two thousand open streams: memory of each at the stream process, and how soon each hears of a change.

Fifty practices with forty browsers each, twenty changes a second. The browsers live in a process of their own
(listeners.py). G7: 99 of 100 are told within 250 ms of the moment before the commit; G8: below 100 KiB each.
"""

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from django.db import transaction

from practices.live import changed
from practices.models import Practice, Role
from practices.scope import practice_scope
from tests.bench.browser import session_of
from tests.bench.figures import Figure, below, percentile, spread
from tests.bench.installation import running
from tests.bench.listeners import Heard, Listeners, Seat
from tests.bench.progress import say
from tests.factories import make_practice
from tests.people import make_member

PRACTICES = 50
STREAMS = 2_000
TO_WARM_UP = 200  # streams that are open before memory is looked at
CHANGES_PER_SECOND = 20
SECONDS = 15


@dataclass(frozen=True)
class Measured:
    kibibytes_each: float
    heard: Heard


def measure() -> Iterator[Figure]:
    with running("stream") as started:
        practices = [make_practice(f"stream-{number:02d}") for number in range(PRACTICES)]
        seats = [Seat(practice.slug, session_of(make_member(practice, Role.RECEPTION))) for practice in practices]
        measured = listen(started.stream, started.processes["stream"].pid, practices, seats)
    heard = measured.heard
    say(f"streams: {measured.kibibytes_each:.1f} KiB each; {spread(heard.milliseconds)}")
    assert heard.count == heard.expected, f"{heard.count} of {heard.expected} changes were heard"
    yield Figure("streams_memory", measured.kibibytes_each, "KiB", below(100))
    yield Figure("streams_p99", percentile(heard.milliseconds, 0.99), "ms", below(250))


def listen(port: int, process: int, practices: list[Practice], seats: list[Seat]) -> Measured:
    with Listeners(port) as listeners:
        listeners.open(seats, TO_WARM_UP)
        before = resident_kibibytes(process)
        listeners.open(seats, STREAMS - TO_WARM_UP)
        each = (resident_kibibytes(process) - before) / (STREAMS - TO_WARM_UP)
        say(f"streams: {STREAMS} are open")
        told = tell(practices)
        return Measured(each, listeners.heard(expected=told * (STREAMS // PRACTICES)))


def tell(practices: list[Practice]) -> int:
    """Change something now and then; answers how many changes there were."""
    chance, begun, told = random.Random(13), time.monotonic(), 0
    while told < SECONDS * CHANGES_PER_SECOND:
        with practice_scope(chance.choice(practices).pk), transaction.atomic():
            changed("conversation", UUID(int=time.monotonic_ns()))  # the listeners read the moment from it
        told += 1
        time.sleep(max(0.0, begun + told / CHANGES_PER_SECOND - time.monotonic()))
    return told


def resident_kibibytes(process: int) -> int:
    """Memory of a process as Linux counts it."""
    [line] = [line for line in Path(f"/proc/{process}/status").read_text().splitlines() if line.startswith("VmRSS")]
    return int(line.split()[1])
