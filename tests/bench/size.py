"""Server time of what reception lives on, in the largest practice of a million messages.

Whole requests through Django's handler: middleware, session, membership, queries, opening, rendering. A thread is
measured as the pane a click in the list asks for, and as the whole page of its address, list included.
"""

import random
import time
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import urlencode

from django.test import Client

from tests.bench.figures import Figure, below, percentile, spread
from tests.bench.progress import say
from tests.bench.reception import LARGEST, reception, some_conversations, some_queries

INBOX = f"/p/{LARGEST}/inbox/"
REQUESTS = 200
TO_WARM_UP = 10
BAR = below(60)
NO_HEADERS: Mapping[str, str] = {}
HX_REQUEST = {"HX-Request": "true"}


def measure() -> Iterator[Figure]:
    client, chance = reception(), random.Random(5)
    threads = [f"{INBOX}{each}/" for each in some_conversations(chance, REQUESTS)]
    searches = [f"{INBOX}?{urlencode({'q': query})}" for query in some_queries(chance, REQUESTS)]
    yield p95("size_list", client, lists())
    yield p95("size_thread", client, threads, HX_REQUEST)
    yield p95("size_thread_page", client, threads)
    yield p95("size_search", client, searches)


def lists() -> list[str]:
    """Each tab, each order, the first three pages, over and over."""
    choices = [
        f"{INBOX}?{urlencode({'tab': tab, 'order': order, 'page': page})}"
        for tab in ("waiting", "mine", "unassigned", "snoozed", "open", "done")
        for order in ("longest", "newest")
        for page in (1, 2, 3)
    ]
    return [choices[number % len(choices)] for number in range(REQUESTS)]


def p95(name: str, client: Client, addresses: Sequence[str], headers: Mapping[str, str] = NO_HEADERS) -> Figure:
    """The time that 95 of 100 of these pages do not exceed."""
    for address in addresses[:TO_WARM_UP]:
        milliseconds(client, address, headers)
    worked = time.process_time()
    taken = [milliseconds(client, address, headers) for address in addresses]
    say(f"{name}: {1000 * (time.process_time() - worked) / len(taken):.1f} ms of work each in this process")
    say(f"{name}: {spread(taken)}")
    return Figure(name, percentile(taken, 0.95), "ms", BAR)


def milliseconds(client: Client, address: str, headers: Mapping[str, str]) -> float:
    begun = time.perf_counter()
    answer = client.get(address, headers=dict(headers))
    taken = 1000 * (time.perf_counter() - begun)
    assert answer.status_code == 200, answer.status_code
    return taken
