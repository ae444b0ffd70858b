"""The search over ciphertext against what a database does for plaintext: ILIKE on a trigram index, without policies.

Both answer the same queries of the largest practice with the newest 50 hits; ours opens each and compares its words.
Bar G4: the 99th percentile is no longer than plaintext's.
"""

import os
import random
import time
from collections.abc import Callable, Iterator, Sequence

import psycopg
from django.db import transaction

from messaging import search
from practices.scope import practice_scope
from tests.bench.baseline import against
from tests.bench.figures import Figure, at_most, percentile
from tests.bench.million import PLAINTEXT
from tests.bench.reception import largest_practice, some_queries

QUERIES = 300
NEWEST = f"select message_id, body from {PLAINTEXT} where practice_id = %s{{}} order by message_id desc limit 50"  # noqa: S608
HOLDS = " and body ilike %s"


def measure() -> Iterator[Figure]:
    queries = some_queries(random.Random(11), QUERIES)
    yield against(
        "search_vs_trigram",
        "ms",
        at_most(1.0),
        lambda: over_ciphertext(queries),
        ratio_to="plaintext with trigrams",
        baseline=lambda: over_plaintext(queries),
    )


def over_ciphertext(queries: Sequence[str]) -> float:
    """The 99th percentile in milliseconds, keys of other practices forgotten, this one's as in use."""
    with practice_scope(largest_practice().pk), transaction.atomic():
        return p99(queries, lambda query: search.find(query).messages)


def over_plaintext(queries: Sequence[str]) -> float:
    practice = largest_practice().pk

    def find(query: str) -> object:
        words = [f"%{word}%" for word in query.split()]
        return connection.execute(NEWEST.format(HOLDS * len(words)).encode(), [practice, *words]).fetchall()

    with psycopg.connect(os.environ["DATABASE_MIGRATE_URL"]) as connection:
        connection.execute("set search_path = public, bench")  # where ILIKE finds its index
        return p99(queries, find)


def p99(queries: Sequence[str], find: Callable[[str], object]) -> float:
    taken = []
    for query in queries:
        begun = time.perf_counter()
        find(query)
        taken.append(1000 * (time.perf_counter() - begun))
    return percentile(taken, 0.99)
