"""What row-level security costs the three hottest reads: the same statements with and without policies.

Each read is done once through the product, which records its statements with their values. Then they run in turns: as
roger_app under the policies, and as roger_migrate, for whom there are none, with the practice named for every table
that is joined, as somebody without policies would have to. Bar G3: 1.15.
"""

import os
import random
import re
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any
from uuid import UUID

import psycopg
from django.apps import apps
from django.db import connection, transaction

from messaging import search
from messaging.inbox import listing, thread
from messaging.inbox.choosing import Choice, Order, Tab
from messaging.models import Conversation
from practices.scope import practice_scope
from practices.tenancy import PracticeOwned
from tests.bench.baseline import ROUNDS
from tests.bench.figures import Figure, at_most, median_by_ratio
from tests.bench.progress import say
from tests.bench.reception import largest_practice, some_conversations, some_queries, someone

Statement = tuple[str, Any]
Read = Sequence[Statement]
READS = 40
REPEATS = 5
BAR = at_most(1.15)
JOIN = re.compile(r'JOIN ("\w+")(?: (\w+))? ON \(')  # as Django writes it


def measure() -> Iterator[Figure]:
    chance = random.Random(9)
    reader = someone(largest_practice())
    pages = [(Choice(tab, order), reader, page) for tab in Tab for order in Order for page in range(1, 8)][:READS]
    yield compare("rls_list", [recorded(partial(listing.page, *page)) for page in pages])
    conversations = some_conversations(chance, READS)
    yield compare("rls_thread", [recorded(partial(open_thread, UUID(one))) for one in conversations])
    yield compare("rls_search", [recorded(partial(search.find, query)) for query in some_queries(chance, READS)])


def open_thread(conversation_id: UUID) -> None:
    thread.latest(Conversation.objects.with_people().get(pk=conversation_id))


def recorded(read: Callable[[], object]) -> Read:
    """The statements one read sends to the database."""
    sent: list[Statement] = []

    def record(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        sent.append((sql, params))
        return execute(sql, params, many, context)

    with practice_scope(largest_practice().pk), transaction.atomic(), connection.execute_wrapper(record):
        read()
    return [statement for statement in sent if statement[0].lstrip().lower().startswith(("select", "with", "("))]


def compare(name: str, reads: Sequence[Read]) -> Figure:
    """Median milliseconds per read with policies, and the ratio to those without; three rounds."""
    rounds = []
    for number in range(ROUNDS):
        with_policies, without = in_turns(reads)
        rounds.append((with_policies, with_policies / without))
        say(f"{name}: round {number + 1}: {with_policies:.2f} ms with, {without:.2f} ms without policies")
    value, ratio = median_by_ratio(rounds)
    return Figure(name, value, "ms", BAR, ratio_to="without policies", ratio=ratio)


def in_turns(reads: Sequence[Read]) -> tuple[float, float]:
    """Milliseconds of a read as roger_app and as roger_migrate: of each read the median, of all reads the mean."""
    pairs = []
    with announced("DATABASE_URL") as application, announced("DATABASE_MIGRATE_URL") as owner:
        for read in reads:
            named = [(naming_practice(sql), params) for sql, params in read]
            taken = [(replay(application, read), replay(owner, named)) for _ in range(1 + REPEATS)]
            pairs.append([statistics.median(one) for one in zip(*taken[1:], strict=True)])  # the first warms up
    with_policies, without = (statistics.mean(one) for one in zip(*pairs, strict=True))
    return with_policies, without


def naming_practice(sql: str) -> str:
    """A statement that names the practice for every joined table that belongs to one."""
    practice = "(current_setting('app.practice_id')::int)"
    owned = {f'"{model._meta.db_table}"' for model in apps.get_models() if issubclass(model, PracticeOwned)}

    def filtered(join: re.Match[str]) -> str:
        table, alias = join[1], join[2] or join[1]
        return f"{join[0]}{alias}.practice_id = {practice} AND " if table in owned else join[0]

    return JOIN.sub(filtered, sql)


@contextmanager
def announced(url: str) -> Iterator["psycopg.ClientCursor[Any]"]:
    """A cursor that binds as Django's does, in a transaction that announces the practice."""
    with psycopg.connect(os.environ[url]) as line, psycopg.ClientCursor(line) as cursor:
        cursor.execute("select set_config('app.practice_id', %s, true)", [str(largest_practice().pk)])
        yield cursor


def replay(cursor: "psycopg.ClientCursor[Any]", read: Read) -> float:
    """Milliseconds until all rows of all its statements are here."""
    begun = time.perf_counter()
    for sql, params in read:
        cursor.execute(sql.encode(), params)
        cursor.fetchall()
    return 1000 * (time.perf_counter() - begun)
