"""What the chain costs: an act of consent on the ledger against the same row in a table without trigger and policy.

Both as roger_app, in one statement that announces the practice and commits. Bar G10: 0.75.
"""

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import psycopg
from django.db import connection
from psycopg import sql

from consent.models import ConsentEvent
from practices.tenancy import uuid7
from tests.bench.baseline import against, per_second
from tests.bench.desk import open_practice, welcome
from tests.bench.figures import Figure, at_least

LEDGER = ConsentEvent._meta.db_table
TWIN = "bench_event"  # the same columns, indexes and foreign keys
SECONDS = 3.0
PAYLOAD_BYTES = 900  # about what sealed evidence has
INSERT = """
with s as materialized (select set_config('app.practice_id', %(practice_id)s, true) v)
insert into {table} ({columns}) select {values} from s where v is not null
"""


def measure() -> Iterator[Figure]:
    line = open_practice()
    row = a_row(line.practice.pk, welcome(line, 1)[0].pk)
    make_twin()
    chained, plain = appending(LEDGER, row), appending(TWIN, row)
    yield against("ledger", "rows/s", at_least(0.75), chained, ratio_to="plain insert", baseline=plain)


def make_twin() -> None:
    """`like` leaves out foreign keys; they are no part of what the chain costs, so the twin has them too."""
    with psycopg.connect(os.environ["DATABASE_MIGRATE_URL"], autocommit=True) as owner:
        owner.execute(f"create table {TWIN} (like {LEDGER} including all)".encode())
        keys = "select pg_get_constraintdef(oid) from pg_constraint where conrelid = %s::regclass and contype = 'f'"
        for (definition,) in owner.execute(keys, [LEDGER]).fetchall():
            owner.execute(f"alter table {TWIN} add {definition}".encode())


def a_row(practice_id: int, contact_id: object) -> dict[str, object]:
    """Every column of an event; what the trigger fills in is sent as well, since the twin has none."""
    now = datetime.now(UTC)
    given = {
        "practice_id": str(practice_id),
        "contact_id": contact_id,
        "type": "granted",
        "channel": "qr_web",
        "payload": os.urandom(PAYLOAD_BYTES),
        "commitment": os.urandom(32),
        "occurred_at": now,
        "recorded_at": now,
        "prev_hash": bytes(32),
        "hash": bytes(32),
    }
    return dict.fromkeys(columns()) | given


def columns() -> list[str]:
    return [str(field.column) for field in ConsentEvent._meta.local_concrete_fields]


def appending(table: str, row: dict[str, object]) -> Callable[[], float]:
    """Rows per second into this table."""
    names = columns()
    values = sql.SQL(", ").join(
        sql.SQL("{}::{}").format(sql.Placeholder(name), sql.SQL(type_of(name))) for name in names
    )
    listed = sql.SQL(", ").join(map(sql.Identifier, names))
    statement = sql.SQL(INSERT).format(table=sql.Identifier(table), columns=listed, values=values)
    serial = iter(range(1, 10**9))

    def rate() -> float:
        with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as application:
            return per_second(lambda: application.execute(statement, fresh(row, next(serial)), prepare=True), SECONDS)

    return rate


def fresh(row: dict[str, object], seq: int) -> dict[str, object]:
    return row | {"id": uuid7(), "evidence_id": uuid7(), "seq": seq}


def type_of(column: str) -> str:
    [field] = [field for field in ConsentEvent._meta.local_concrete_fields if field.column == column]
    return str(field.db_type(connection))
