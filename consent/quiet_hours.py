"""When a practice does not disturb anybody of its own accord (C-27): nights and Sundays, in its own time zone."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from practices.models import Practice

SUNDAY = 6
LONGEST = 3  # days: a Saturday night, the Sunday, and the night after it


def quiet_until(practice: Practice, now: datetime) -> datetime | None:
    """When the quiet time ends that it is now, in the practice's time zone; None if it is none.

    The clock on the wall counts, so nights at which it is moved are an hour shorter or longer.
    """
    local = now.astimezone(ZoneInfo(practice.timezone))
    if not is_quiet(practice, local):
        return None
    return next(end for end in _ends(practice, local) if _is_later(end, local) and not is_quiet(practice, end))


def is_quiet(practice: Practice, local: datetime) -> bool:
    """Whether this local time is quiet. The same beginning and end: only Sundays are."""
    begins, ends, clock = practice.quiet_from, practice.quiet_until, local.time()
    if local.weekday() == SUNDAY:
        return True
    if begins <= ends:
        return begins <= clock < ends
    return clock >= begins or clock < ends


def _ends(practice: Practice, local: datetime) -> Iterator[datetime]:
    for days in range(LONGEST + 1):
        day = local.date() + timedelta(days=days)
        for clock in (time.min, practice.quiet_until):
            yield datetime.combine(day, clock, tzinfo=local.tzinfo)


def _is_later(one: datetime, other: datetime) -> bool:
    """In truth, not on the wall: two times of one zone are otherwise compared as they are written."""
    return one.astimezone(UTC) > other.astimezone(UTC)
