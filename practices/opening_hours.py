"""When a practice is open, and how much of a wait fell into that time. Pure: asks no database and no clock.

The week is Practice.opening_hours in local time (lunch breaks are gaps), minus the public holidays of the Bundesland.
Holidays are those of the whole Land; what only some of its communities keep (Mariä Himmelfahrt in Bayern, Fronleichnam
in parts of Sachsen and Thüringen) counts as a working day: a clock that runs on a holiday hides nobody.
"""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import holidays

if TYPE_CHECKING:
    from practices.models import Practice

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
GERMANY = holidays.country_holidays("DE")
# By name and by code; "Augsburg", which the library knows too, is no Land.
LANDS = {**GERMANY.subdivisions_aliases, **{code: code for code in GERMANY.subdivisions if len(code) == 2}}
KEPT = 512  # practices times years
LOOK_AHEAD = timedelta(days=366)  # who does not open within a year has closed for good

Opening = tuple[datetime, datetime]
Hours = tuple[tuple[time, time], ...]


@dataclass(frozen=True)
class OpeningHours:
    """One practice's week in its time zone. Without any hours it counts as open day and night: a clock that never runs
    would hide that somebody waits."""

    week: tuple[Hours, ...]
    land: str
    zone: str

    @property
    def is_always_open(self) -> bool:
        return not any(self.week)

    def is_open(self, at: datetime) -> bool:
        """Whether somebody is there at this moment; the minute of closing is closed."""
        if self.is_always_open:
            return True
        return any(start <= at < end for start, end in self.openings(at, at + timedelta(microseconds=1)))

    def minutes_between(self, start: datetime, end: datetime) -> int:
        """Whole opening minutes from one moment to another; 0 if the end comes first."""
        if end <= start:
            return 0
        if self.is_always_open:
            return int((end - start).total_seconds() // 60)
        first, last = start.astimezone(UTC), end.astimezone(UTC)
        whole_years = sum(_year(self, year).seconds for year in range(first.year, last.year))
        seconds = whole_years + _year(self, last.year).until(last) - _year(self, first.year).until(first)
        return int(seconds // 60)

    def next_opening(self, at: datetime) -> datetime | None:
        """When somebody is there again: `at` itself while it is open, else in the practice's zone; None if not within
        a year."""
        if self.is_open(at):
            return at
        found = next(self.openings(at, at + LOOK_AHEAD), None)
        return found[0].astimezone(ZoneInfo(self.zone)) if found else None

    def openings(self, start: datetime, end: datetime) -> Iterator[Opening]:
        """The times of opening that touch [start, end), whole, in order and in UTC; none if it is always open."""
        first, last = start.astimezone(UTC), end.astimezone(UTC)
        for year in range(first.year, last.year + 1):
            yield from (one for one in _year(self, year).openings if one[1] > first and one[0] < last)

    def of_day(self, day: date) -> Hours:
        """The hours of a calendar day; none on a public holiday."""
        return () if day in _holidays(self.land, day.year) else self.week[day.weekday()]


def hours_of(practice: "Practice") -> OpeningHours:
    """The opening hours of a practice. What the column holds and is no time of the day is left out."""
    week = tuple(tuple(_spans(practice.opening_hours.get(day) or [])) for day in DAYS)
    return OpeningHours(week, LANDS.get(practice.state, ""), practice.timezone)


def _spans(written: list[list[str]]) -> Iterator[tuple[time, time]]:
    for span in sorted(written):
        start, end = (_time(clock) for clock in span)
        if start < end:
            yield start, end


def _time(clock: str) -> time:
    """A time of the day; "24:00" is the last moment of it."""
    return time.max if clock == "24:00" else time.fromisoformat(clock)


@dataclass(frozen=True)
class _Year:
    """The openings that begin in one year of UTC, with the seconds that passed in them before each."""

    openings: tuple[Opening, ...]
    before: tuple[float, ...]

    @property
    def seconds(self) -> float:
        return self.before[-1]

    def until(self, at: datetime) -> float:
        """Opening seconds of this year before a moment of it."""
        count = bisect_right(self.openings, at, key=lambda one: one[0])
        if count == 0:
            return 0.0
        start, end = self.openings[count - 1]
        return self.before[count - 1] + (min(at, end) - start).total_seconds()


@lru_cache(maxsize=KEPT)
def _year(hours: OpeningHours, year: int) -> _Year:
    openings = tuple(one for one in _openings(hours, year) if one[0].year == year)
    lengths = ((end - start).total_seconds() for start, end in openings)
    return _Year(openings, tuple(accumulate(lengths, initial=0.0)))


def _openings(hours: OpeningHours, year: int) -> Iterator[Opening]:
    """Those of the year and the days beside it: midnight there is not midnight in UTC."""
    zone, day = ZoneInfo(hours.zone), date(year, 1, 1) - timedelta(days=1)
    while day <= date(year, 12, 31) + timedelta(days=1):
        for start, end in hours.of_day(day):
            begins, ends = (datetime.combine(day, clock, tzinfo=zone).astimezone(UTC) for clock in (start, end))
            if begins < ends:  # an hour that the clocks leave out in spring
                yield begins, ends
        day += timedelta(days=1)


@lru_cache(maxsize=KEPT)
def _holidays(land: str, year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("DE", subdiv=land or None, years=year))
