"""The stream's queries. They run in two threads, each with one persistent connection."""

import asyncio
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, ParamSpec, TypeVar
from uuid import UUID

from django.db import InterfaceError, OperationalError, connection, transaction

from practices.access import membership_at
from practices.models import Member
from practices.scope import practice_scope
from practices.sessions import open_sessions

P = ParamSpec("P")
T = TypeVar("T")

_threads = ThreadPoolExecutor(2, thread_name_prefix="stream-database")
OLDEST_DAYS = 7
MOST_TOLD = 500  # changes to one browser at once; beyond that one reload says it all
MOST_SEEN = 20_000  # rows of one look, the limit inside changes_since()

XMIN = "select pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
# Not from the future (a restored database), and nothing that old has changed since; practices.tidy leaves the newest
# change of what it forgets, so that this can be told.
IS_KNOWN = """
select %s::text::xid8 <= pg_snapshot_xmax(pg_current_snapshot()) and not exists (
  select from practices_change where transaction >= %s::text::xid8 and at < now() - make_interval(days => %s))
"""
MISSED = "select kind, ref from practices_change where transaction >= %s::text::xid8 order by transaction limit %s"
SINCE = "select id, practice_id, kind, ref from changes_since(%s::text::xid8)"


class NotLoggedIn(Exception):
    """No such session, or it has ended."""


class Stranger(Exception):
    """Logged in, and does not work at this practice (or there is none)."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who listens, to which practice, by which session."""

    user_id: UUID
    practice_id: int
    session_key: str


@dataclass(frozen=True, slots=True)
class Told:
    """One change: its own id (to tell it once), the practice, kind and id of what changed."""

    change: str
    practice_id: int
    kind: str
    ref: str


@dataclass(frozen=True, slots=True)
class Look:
    """What a look at all practices found, and the cursor for the next one. Not whole: more than can be told."""

    cursor: int
    changes: list[Told]
    is_whole: bool = True


@dataclass(frozen=True, slots=True)
class Missed:
    """What one browser missed, and where it stands now; None if nobody can name it all."""

    cursor: int
    changes: list[tuple[str, str]] | None


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
    """Every change of every practice at or after a cursor; without one, only where we stand.

    The next cursor is taken first, and is the oldest transaction still open, so what commits late is never skipped.
    """
    following = int(_rows(XMIN)[0][0])
    rows = [] if since is None else _rows(SINCE, since)
    changes = [Told(str(change), practice_id, kind, str(ref)) for change, practice_id, kind, ref in rows]
    return Look(following, changes, is_whole=len(rows) < MOST_SEEN)


def missed(since: int | None, practice_id: int) -> Missed:
    """What changed at one practice at or after a browser's cursor; a browser without one has missed nothing."""
    with practice_scope(practice_id), transaction.atomic():
        following = int(_rows(XMIN)[0][0])
        if since is None:
            return Missed(following, [])
        if not _rows(IS_KNOWN, since, since, OLDEST_DAYS)[0][0]:
            return Missed(following, None)
        rows = _rows(MISSED, since, MOST_TOLD + 1)
    return Missed(following, [(kind, str(ref)) for kind, ref in rows] if len(rows) <= MOST_TOLD else None)


def _rows(statement: str, *parameters: int) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())


def viewer(session_key: str, slug: str) -> Viewer:
    """Who stands behind a session, if both steps are passed. Raises NotLoggedIn or Stranger."""
    with transaction.atomic():
        user_id = open_sessions().filter(session_key=session_key).values_list("user_id", flat=True).first()
    if user_id is None:
        raise NotLoggedIn
    member = membership_at(user_id, slug)
    if member is None:
        raise Stranger
    return Viewer(member.user_id, member.practice.id, session_key)


def still_welcome(viewers: Iterable[Viewer]) -> set[Viewer]:
    """Those of these viewers whose session still counts and who still work there; one query for each practice."""
    asked = set(viewers)
    with transaction.atomic():
        keys = [one.session_key for one in asked]
        is_open = set(open_sessions().filter(session_key__in=keys).values_list("session_key", flat=True))
    works_at = {(practice_id, user_id) for practice_id in _practices(asked) for user_id in _members(practice_id)}
    return {one for one in asked if one.session_key in is_open and (one.practice_id, one.user_id) in works_at}


def _practices(viewers: Iterable[Viewer]) -> set[int]:
    return {one.practice_id for one in viewers}


def _members(practice_id: int) -> list[UUID]:
    with practice_scope(practice_id), transaction.atomic():
        return list(Member.objects.filter(practice_id=practice_id, left_at=None).values_list("user_id", flat=True))
