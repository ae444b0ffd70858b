"""Who is still at work on what: a process holds a lock of its database session for each row it has in hand.

The server lets go of it with the session. So what nobody holds any more was left behind by a process that died, and
is known to be within seconds instead of after a lease as long as the slowest work.
"""

from collections.abc import Iterable
from uuid import UUID

from django.db import connection

SPACE = 3  # key space of the advisory lock; 1 is the ledger's, 2 that of the inbound drain
HELD = """
select objid::bigint from pg_locks where locktype = 'advisory' and classid = %s and objsubid = 2
and database = (select oid from pg_database where datname = current_database())
"""


def hold(ids: Iterable[UUID]) -> None:
    """Say that this process has these rows in hand, until `let_go` or the end of its session; also after a rollback."""
    keys = [int.from_bytes(_tail(pk), signed=True) for pk in ids]
    _execute("select pg_advisory_lock(%s, key) from unnest(%s::int[]) key", SPACE, keys)


def let_go() -> None:
    """Say that this process has nothing in hand any more."""
    _execute("select pg_advisory_unlock_all()")


def not_held(ids: Iterable[UUID]) -> set[UUID]:
    """Those of these rows that no process has in hand; rows whose ids end alike (one in 2³²) count as one."""
    held = {key for (key,) in _execute(HELD, SPACE)}
    return {pk for pk in ids if int.from_bytes(_tail(pk)) not in held}


def _tail(pk: UUID) -> bytes:
    """The part of a UUIDv7 that is random."""
    return pk.bytes[-4:]


def _execute(statement: str, *parameters: int | list[int]) -> list[tuple[int]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())
