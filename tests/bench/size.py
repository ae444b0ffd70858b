"""Server time of what reception lives on, in a practice of a million messages, and how much travels to the browser.

Whole requests through Django's handler: middleware, session, membership, queries, opening, rendering, compressing. A
thread has two thousand messages or more; it is measured as the pane a click in the list asks for, and as the whole page
of its address, list included. What is looked for is posted, as the search field and the filter of the patients do.
"""

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from string import ascii_uppercase
from typing import Any
from urllib.parse import urlencode

from django.test import Client

from tests.bench.figures import Figure, below, percentile, spread
from tests.bench.filling import BACKS, FIRST_NAMES, FRONTS
from tests.bench.progress import say
from tests.bench.reception import LARGEST, reception, some_conversations, some_queries

INBOX = f"/p/{LARGEST}/inbox/"
PATIENTS = f"/p/{LARGEST}/patients/"
REQUESTS = 200
TO_WARM_UP = 10
MESSAGES_OF_A_LONG_THREAD = 2_000
BAR = below(60)
HX_REQUEST = {"HX-Request": "true"}

Ask = Callable[[], Any]


def measure() -> Iterator[Figure]:
    client, chance = reception(), random.Random(5)
    threads = [f"{INBOX}{each}/" for each in some_conversations(chance, REQUESTS, at_least=MESSAGES_OF_A_LONG_THREAD)]
    yield p95("size_list", [got(client, address) for address in lists()])
    yield p95("size_thread", [got(client, address, HX_REQUEST) for address in threads])
    yield p95("size_thread_page", [got(client, address) for address in threads])
    yield p95("size_search", [posted(client, f"{INBOX}search/", words) for words in some_queries(chance, REQUESTS)])
    yield p95("size_patients", patients(client, chance))


def lists() -> list[str]:
    """Each tab, each order, the first three pages, over and over."""
    choices = [
        f"{INBOX}?{urlencode({'tab': tab, 'order': order, 'page': page})}"
        for tab in ("waiting", "mine", "unassigned", "snoozed", "open", "done")
        for order in ("longest", "newest")
        for page in (1, 2, 3)
    ]
    return [choices[number % len(choices)] for number in range(REQUESTS)]


def patients(client: Client, chance: random.Random) -> list[Ask]:
    """In turns the whole page, the page of a letter, and what the filter finds for a name or the beginning of one."""
    asks = []
    for number in range(REQUESTS):
        name = chance.choice(FIRST_NAMES if number % 2 else FRONTS) + chance.choice(("", f" {chance.choice(BACKS)[0]}"))
        letter = urlencode({"letter": chance.choice(ascii_uppercase)})
        asks.append(
            (got(client, PATIENTS), got(client, f"{PATIENTS}?{letter}"), posted(client, f"{PATIENTS}search/", name))[
                number % 3
            ]
        )
    return asks


def got(client: Client, address: str, headers: Mapping[str, str] | None = None) -> Ask:
    return lambda: client.get(address, headers=dict(headers or {}))


def posted(client: Client, address: str, words: str) -> Ask:
    """A search, as the field posts it while somebody types."""
    return lambda: client.post(address, {"q": words}, headers=HX_REQUEST)


def p95(name: str, asks: Sequence[Ask]) -> Figure:
    """The time that 95 of 100 of these requests do not exceed."""
    for ask in asks[:TO_WARM_UP]:
        milliseconds_and_bytes(ask)
    worked = time.process_time()
    taken, sizes = zip(*[milliseconds_and_bytes(ask) for ask in asks], strict=True)
    say(f"{name}: {1000 * (time.process_time() - worked) / len(taken):.1f} ms of work each in this process")
    say(f"{name}: {spread(taken)}")
    kilobytes = ", ".join(f"p{100 * share:.0f} {percentile(sizes, share) / 1000:.1f}" for share in (0.5, 0.95, 0.99))
    say(f"{name}: {kilobytes} kB on the wire")
    return Figure(name, percentile(taken, 0.95), "ms", BAR)


def milliseconds_and_bytes(ask: Ask) -> tuple[float, int]:
    begun = time.perf_counter()
    answer = ask()
    taken = 1000 * (time.perf_counter() - begun)
    assert answer.status_code == 200, answer.status_code
    return taken, len(answer.content)
