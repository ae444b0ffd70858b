"""Consent of a whole practice in figures: how people agreed, what holds, and what was written on the strength of it.

Counts only, by door, purpose and month; never by who of the team (C-32).
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Count, Q
from django.db.models.functions import TruncMonth
from django.utils import timezone

from consent.correspondence import Sent, correspondence
from consent.editions import current_set
from consent.gate import Consent
from consent.models import Channel, ConsentEvent, ConsentState, PendingOptIn
from consent.opt_ins import KEPT, overdue_at
from consent.purposes import Purpose

MONTHS = 12
SOON = 3  # days before an unconfirmed consent expires, from which on it is said
Type = ConsentEvent.Type
AGREES = (Type.GRANTED, Type.IMPORTED)
ENDS = (Type.WITHDRAWN, Type.WRONG_NUMBER)


@dataclass(frozen=True)
class Cell:
    """A number, and its bar as a share of the table's largest, in per cent."""

    count: int
    share: int
    people: int = 0

    @property
    def each(self) -> float:
        """Messages for each person they went to."""
        return self.count / self.people if self.people else 0


@dataclass(frozen=True)
class Months:
    """A table by month, the newest first, back to the first that has a number; a bar in each cell."""

    columns: list[str]
    rows: list[tuple[date, list[Cell]]]


@dataclass(frozen=True)
class Standing:
    """How many people stand where for one purpose."""

    purpose: Purpose
    granted: int
    pending: int
    withdrawn: int
    outdated: int


@dataclass(frozen=True)
class Waiting:
    """Whose number is not proven yet; `soon` of them expire within days (C-08)."""

    count: int
    soon: int


@dataclass(frozen=True)
class Overview:
    standings: list[Standing]
    waiting: Waiting
    on_older_text: int
    agreed: Months
    wanted: Months
    ended: Months
    sent: Months


def overview_of(now: datetime) -> Overview:
    """Of the practice in scope, in a fixed number of queries."""
    since = first_month(now)
    return Overview(
        standings=standings(),
        waiting=waiting(now),
        on_older_text=people_on_an_older_text(),
        agreed=acts_by_month(AGREES, since, now),
        wanted=held_by_month(since, now),
        ended=acts_by_month(ENDS, since, now),
        sent=sent_by_month(correspondence().sent_by_month(since), now),
    )


def first_month(now: datetime) -> datetime:
    """When the oldest month shown began, by the practice's clock."""
    return datetime.combine(months_until(now)[-1], time.min, tzinfo=timezone.get_current_timezone())


def months_until(now: datetime) -> list[date]:
    """The first days of the months shown, this one first."""
    today = timezone.localtime(now)
    numbers = [today.year * 12 + today.month - 1 - back for back in range(MONTHS)]
    return [date(number // 12, number % 12 + 1, 1) for number in numbers]


def standings() -> list[Standing]:
    counted = {
        state: Count("contact", distinct=True, filter=Q(state__in=members))
        for state, members in {
            "granted": [Consent.GRANTED],
            "pending": [Consent.PENDING],
            "withdrawn": [Consent.WITHDRAWN, Consent.REJECTED],
            "outdated": [Consent.OUTDATED],
        }.items()
    }
    counts = ConsentState.objects.order_by().values("purpose").annotate(**counted).values_list("purpose", *counted)
    rows = {purpose: dict(zip(counted, numbers, strict=True)) for purpose, *numbers in counts}
    empty = dict.fromkeys(counted, 0)
    return [
        Standing(purpose, **{state: (rows.get(purpose) or empty)[state] for state in counted}) for purpose in Purpose
    ]


def waiting(now: datetime) -> Waiting:
    """Forms and consents that wait for the message that proves the number."""
    soon = now - KEPT + timedelta(days=SOON)
    forms = PendingOptIn.objects.filter(used_at=None, widget=None)
    people = ConsentState.objects.filter(state=Consent.PENDING)
    of_forms = forms.aggregate(all=Count("pk"), soon=Count("pk", filter=Q(created_at__lt=soon)))
    people_soon = overdue_at(now + timedelta(days=SOON)).values("contact").distinct().count()
    return Waiting(of_forms["all"] + people.values("contact").distinct().count(), of_forms["soon"] + people_soon)


def people_on_an_older_text() -> int:
    """Who agreed to a version that is no longer shown; the consent holds unless a new text asks again (C-06)."""
    granted = ConsentState.objects.filter(state=Consent.GRANTED).exclude(event__text=None)
    languages = set(granted.values_list("event__text__language", flat=True).distinct())
    current = [current_set(language).version for language in sorted(languages)]
    older = granted.exclude(event__text__version__in=current)
    return int(older.aggregate(people=Count("contact", distinct=True))["people"])


def acts_by_month(types: Iterable[Type], since: datetime, now: datetime) -> Months:
    """Acts by the way they came."""
    events = ConsentEvent.objects.filter(type__in=list(types), occurred_at__gte=since)
    rows = events.annotate(month=TruncMonth("occurred_at")).values("month", "channel").annotate(count=Count("pk"))
    counts = {(row["month"].date(), row["channel"]): row["count"] for row in rows.order_by()}
    channels = [channel for channel in Channel if any(known == channel for _month, known in counts)]
    return _table(counts, {str(channel): str(channel.label) for channel in channels}, now)


def held_by_month(since: datetime, now: datetime) -> Months:
    """Consents that hold, by purpose and the month since which they do. What somebody agreed to stands sealed in the
    event, so what was taken back meanwhile is not in here."""
    held = ConsentState.objects.filter(state=Consent.GRANTED, since__gte=since)
    rows = held.annotate(month=TruncMonth("since")).values("month", "purpose").annotate(count=Count("pk"))
    counts = {(row["month"].date(), row["purpose"]): row["count"] for row in rows.order_by()}
    return _table(counts, {str(purpose): str(purpose.label) for purpose in Purpose}, now)


def sent_by_month(sent: Iterable[Sent], now: datetime) -> Months:
    """Messages by purpose, all purposes, and how many people they went to."""
    known = {(one.month, str(one.purpose)): one for one in sent}
    counts = {place: one.messages for place, one in known.items()}
    people = {place: one.people for place, one in known.items()}
    return _table(counts, {str(purpose): str(purpose.label) for purpose in Purpose}, now, people)


def _table(
    counts: dict[tuple[date, Any], int],
    columns: dict[str, str],
    now: datetime,
    people: dict[tuple[date, Any], int] | None = None,
) -> Months:
    most = max(counts.values(), default=0) or 1
    known, reached = Counter(counts), Counter(people or {})
    first = min((month for month, _name in counts), default=None)
    rows = [
        (month, [_cell(known[month, name], most, reached[month, name]) for name in columns])
        for month in months_until(now)
        if first and month >= first
    ]
    return Months(list(columns.values()), rows)


def _cell(count: int, most: int, people: int) -> Cell:
    return Cell(count, round(count / most * 100), people)
