"""The log of who looked, as it is read and how long it is kept.

Entries have ids that tell their time, so that a month is a stretch of the primary key and needs no index of its own.
"""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet

from practices.models import AccessLog

# As long as somebody may reasonably ask who looked (Art. 15 DSGVO; BSI ORP.4: no longer than needed): two years.
KEPT = timedelta(days=730)
SLACK = timedelta(minutes=5)  # between the making of an id and its row's time


def entries_between(start: datetime, end: datetime) -> "QuerySet[AccessLog]":
    """Entries of the practice in scope from `start` on and before `end`."""
    of_these_ids = AccessLog.objects.filter(pk__gte=first_id_at(start - SLACK), pk__lt=first_id_at(end + SLACK))
    return of_these_ids.filter(at__gte=start, at__lt=end)


def forget_old(*, now: datetime) -> int:
    """Delete what has been kept long enough; answers how many."""
    limit = now - KEPT
    count, _by_model = AccessLog.objects.filter(pk__lt=first_id_at(limit + SLACK), at__lt=limit).delete()
    return count


def first_id_at(at: datetime) -> UUID:
    """The smallest UUIDv7 that can have been made at this moment."""
    milliseconds = int((at - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 1000)
    return UUID(int=max(0, milliseconds) << 80)
