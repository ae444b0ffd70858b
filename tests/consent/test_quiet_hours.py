"""Quiet hours by the clock on the practice's wall: nights, Sundays, and the nights at which the clock is moved."""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest

from consent.quiet_hours import quiet_until
from practices.models import Practice

BERLIN = ZoneInfo("Europe/Berlin")


def practice(begins: str = "20:00", ends: str = "08:00", timezone: str = "Europe/Berlin") -> Practice:
    return Practice(quiet_from=time.fromisoformat(begins), quiet_until=time.fromisoformat(ends), timezone=timezone)


def local(written: str) -> datetime:
    return datetime.fromisoformat(written).replace(tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2026-05-11T07:59:59", "2026-05-11T08:00"),  # Monday
        ("2026-05-11T08:00", None),
        ("2026-05-11T19:59:59", None),
        ("2026-05-11T20:00", "2026-05-12T08:00"),
        ("2026-05-12T00:00", "2026-05-12T08:00"),
        ("2026-05-09T12:00", None),  # Saturday
        ("2026-05-09T20:00", "2026-05-11T08:00"),  # its night, the Sunday, and the night after
        ("2026-05-10T00:00", "2026-05-11T08:00"),
        ("2026-05-10T12:00", "2026-05-11T08:00"),
        ("2026-05-10T23:59:59", "2026-05-11T08:00"),
    ],
)
def test_c_27_nights_and_sundays_are_quiet(now: str, until: str | None) -> None:
    assert quiet_until(practice(), local(now)) == (local(until) if until else None)


@pytest.mark.parametrize(
    ("now", "until"),
    [
        # 29 March 2026, a Sunday: 02:00 becomes 03:00. The night from Saturday is an hour shorter.
        ("2026-03-28T19:30:00+00:00", "2026-03-30T06:00:00+00:00"),
        # 25 October 2026, a Sunday: 03:00 becomes 02:00.
        ("2026-10-24T18:30:00+00:00", "2026-10-26T07:00:00+00:00"),
        ("2026-10-25T00:30:00+00:00", "2026-10-26T07:00:00+00:00"),
        ("2026-10-25T01:30:00+00:00", "2026-10-26T07:00:00+00:00"),
    ],
)
def test_c_27_eight_o_clock_is_eight_o_clock_also_when_the_clock_is_moved(now: str, until: str) -> None:
    found = quiet_until(practice(), datetime.fromisoformat(now))

    assert found is not None
    assert found.astimezone(UTC) == datetime.fromisoformat(until)


def test_c_27_the_practices_own_time_zone_counts() -> None:
    now = datetime(2026, 5, 11, 17, 30, tzinfo=UTC)  # 19:30 in Berlin, 20:30 in Helsinki

    assert quiet_until(practice(), now) is None
    assert quiet_until(practice(timezone="Europe/Helsinki"), now) == datetime(2026, 5, 12, 5, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("begins", "ends", "now", "until"),
    [
        ("12:00", "14:00", "2026-05-11T13:00", "2026-05-11T14:00"),
        ("12:00", "14:00", "2026-05-11T20:00", None),
        ("12:00", "14:00", "2026-05-10T20:00", "2026-05-11T00:00"),
        ("00:00", "00:00", "2026-05-11T03:00", None),
        ("00:00", "00:00", "2026-05-10T03:00", "2026-05-11T00:00"),
    ],
)
def test_c_27_a_practice_may_rest_at_noon_or_only_on_sundays(
    begins: str, ends: str, now: str, until: str | None
) -> None:
    assert quiet_until(practice(begins, ends), local(now)) == (local(until) if until else None)
