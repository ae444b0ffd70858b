"""The stream's queries. They run in two threads, each with one persistent connection."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import ParamSpec, TypeVar
from uuid import UUID

from django.db import InterfaceError, OperationalError, connection, transaction

from practices.access import membership_at
from practices.sessions import open_sessions

P = ParamSpec("P")
T = TypeVar("T")

_threads = ThreadPoolExecutor(2, thread_name_prefix="stream-database")
OLDEST_DAYS = 7


@dataclass(frozen=True, slots=True)
class Told:
    """One change: its own id (to tell it once), the practice, kind and id of what changed."""

    change: str
    practice_id: int
    kind: str
    ref: str


@dataclass(frozen=True, slots=True)
class Look:
    """What a look at the database found, and the cursor for the next one."""

    cursor: int
    changes: list[Told]


async def run(query: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a query in one of the two threads; tried once more on a fresh connection if the database was restarted."""

    def attempt() -> T:
        try:
            return query(*args, **kwargs)
        except (OperationalError, InterfaceError):
            connection.close()
            return query(*args, **kwargs)

    return await asyncio.get_running_loop().run_in_executor(_threads, attempt)


@transaction.atomic
def look(since: int | None) -> Look:
    """Every change at or after a cursor. The next cursor is taken first, so nothing committed late is skipped."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
        following = int(cursor.fetchone()[0])
        if since is None:
            return Look(following, [])
        cursor.execute("select id, practice_id, kind, ref from changes_since(%s::text::xid8)", [since])
        return Look(following, [Told(str(row[0]), row[1], row[2], str(row[3])) for row in cursor.fetchall()])


@transaction.atomic
def is_known(cursor_id: int, practice_id: int) -> bool:
    """Whether changes from this cursor on are still here: not from the future (restored database), not too old."""
    with connection.cursor() as cursor:
        cursor.execute("select set_config('app.practice_id', %s, true)", [str(practice_id)])
        cursor.execute(
            "select %s::text::xid8 <= pg_snapshot_xmax(pg_current_snapshot()) and not exists (select "
            "from practices_change where transaction >= %s::text::xid8 and at < now() - make_interval(days => %s))",
            [cursor_id, cursor_id, OLDEST_DAYS],
        )
        return bool(cursor.fetchone()[0])


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who listens, to which practice."""

    user_id: UUID
    practice_id: int


def viewer(session_key: str, slug: str) -> Viewer | None:
    """Who stands behind a session, if both steps are passed and they work at this practice; else None."""
    user_id = person(session_key)
    member = membership_at(user_id, slug) if user_id else None
    return Viewer(member.user_id, member.practice_id) if member else None


@transaction.atomic
def person(session_key: str) -> UUID | None:
    """Whose open session this is."""
    found: UUID | None = open_sessions().filter(session_key=session_key).values_list("user_id", flat=True).first()
    return found


def still_open(session_keys: set[str]) -> set[str]:
    """Those of these sessions that still count."""
    with transaction.atomic():
        return set(open_sessions().filter(session_key__in=session_keys).values_list("session_key", flat=True))
