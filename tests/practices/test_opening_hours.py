"""When somebody is there, and how much of a wait fell into that time."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from practices.models import Practice
from practices.opening_hours import DAYS, OpeningHours, hours_of

BERLIN = ZoneInfo("Europe/Berlin")
WEEK = {
    "mon": [["08:00", "12:00"], ["13:00", "18:00"]],
    "tue": [["08:00", "12:00"], ["14:00", "19:00"]],
    "wed": [["08:00", "13:00"]],
    "thu": [["08:00", "12:00"], ["14:00", "19:00"]],
    "fri": [["08:00", "14:00"]],
    "sat": [],
    "sun": [],
}
EVERY_DAY = {day: [["08:00", "18:00"]] for day in DAYS}


def hours(week: dict[str, list[list[str]]] = WEEK, state: str = "Berlin") -> OpeningHours:
    return hours_of(Practice(opening_hours=week, state=state, timezone="Europe/Berlin"))


def at(text: str) -> datetime:
    """A time on the wall in Berlin."""
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("start", "end", "minutes"),
    [
        ("2026-11-24 08:04", "2026-11-24 08:16", 12),
        ("2026-11-24 11:50", "2026-11-24 14:05", 15),  # over lunch
        ("2026-11-24 12:10", "2026-11-24 13:50", 0),  # within lunch
        ("2026-11-23 22:15", "2026-11-24 08:12", 12),  # over night
        ("2026-11-27 13:30", "2026-11-30 08:30", 60),  # over the weekend
        ("2026-11-24 07:00", "2026-11-24 20:00", 540),  # a whole day
        ("2026-11-24 08:16", "2026-11-24 08:04", 0),  # the end comes first
        ("2026-12-24 11:00", "2026-12-28 08:20", 380),  # over Christmas: 60 and 300 on Thursday, 20 on Monday
        ("2026-12-31 18:30", "2027-01-04 08:20", 50),  # over the end of a year
    ],
)
def test_a_wait_is_counted_in_opening_minutes(start: str, end: str, minutes: int) -> None:
    assert hours().minutes_between(at(start), at(end)) == minutes


@pytest.mark.parametrize(
    ("day", "state", "is_closed"),
    [
        ("2026-06-04", "Bayern", True),  # Fronleichnam
        ("2026-06-04", "Berlin", False),
        ("2026-06-04", "BY", True),  # the Land by its code
        ("2026-11-18", "Sachsen", True),  # Buß- und Bettag
        ("2026-11-18", "Bayern", False),
        ("2026-03-08", "Berlin", True),  # Frauentag
        ("2026-10-31", "Brandenburg", True),  # Reformationstag
        ("2026-10-31", "Berlin", False),
        ("2026-05-01", "Nordrhein-Westfalen", True),
        ("2026-10-03", "nowhere", True),  # where no Land is known, the holidays of all hold
        ("2026-06-04", "nowhere", False),
    ],
)
def test_public_holidays_are_those_of_the_land(day: str, state: str, is_closed: bool) -> None:
    here = hours(EVERY_DAY, state)

    assert here.is_open(at(f"{day} 10:00")) is not is_closed
    assert here.minutes_between(at(f"{day} 00:00"), at(f"{day} 23:59")) == (0 if is_closed else 600)


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        ("2026-11-24 10:00", "2026-11-24 10:00"),  # it is open
        ("2026-11-24 12:00", "2026-11-24 14:00"),  # the minute of closing is closed
        ("2026-11-24 19:00", "2026-11-25 08:00"),
        ("2026-11-27 14:00", "2026-11-30 08:00"),
        ("2026-06-03 13:00", "2026-06-05 08:00"),  # Fronleichnam in between
        ("2026-12-31 19:00", "2027-01-04 08:00"),
    ],
)
def test_it_opens_again_at_the_next_hour_of_the_week_that_is_no_holiday(now: str, opens: str) -> None:
    assert hours(state="Bayern").next_opening(at(now)) == at(opens)


def test_the_next_opening_is_told_in_the_practices_time() -> None:
    found = hours().next_opening(datetime(2026, 7, 1, 20, 0, tzinfo=UTC))

    assert found is not None
    assert (found.isoformat(), found.tzinfo) == ("2026-07-02T08:00:00+02:00", BERLIN)


@pytest.mark.parametrize(
    ("day", "real_hours"),
    [("2026-03-29", 5), ("2026-10-25", 7), ("2026-03-22", 6)],  # clocks go forward at 2, back at 3, or stay
)
def test_a_night_service_has_the_hours_that_really_passed_when_the_clocks_change(day: str, real_hours: int) -> None:
    nights = hours({"sun": [["00:00", "06:00"]]})

    assert nights.minutes_between(at(f"{day} 00:00"), at(f"{day} 12:00")) == real_hours * 60


def test_an_hour_the_clocks_leave_out_is_no_opening() -> None:
    leap = hours({"sun": [["02:00", "03:00"]]})

    assert leap.minutes_between(at("2026-03-29 00:00"), at("2026-03-29 12:00")) == 0


@pytest.mark.parametrize("week", [{}, {"mon": []}, {day: [] for day in DAYS}, {"mon": [["18:00", "08:00"]]}])
def test_a_practice_without_hours_counts_every_minute(week: dict[str, Any]) -> None:
    unknown, now = hours(week), at("2026-11-29 03:00")

    assert unknown.minutes_between(now, now + timedelta(hours=50, seconds=30)) == 3000
    assert (unknown.is_open(now), unknown.next_opening(now), list(unknown.openings(now, now))) == (True, now, [])


def test_midnight_may_be_written_as_24() -> None:
    late = hours({"mon": [["20:00", "24:00"]]})

    assert late.is_open(at("2026-11-23 23:59:59"))
    assert late.minutes_between(at("2026-11-23 00:00"), at("2026-11-24 12:00")) in (239, 240)


def test_a_day_of_the_week_that_is_a_holiday_waits_a_week() -> None:
    fridays = hours({"fri": [["08:00", "09:00"]]})

    assert fridays.next_opening(at("2026-04-02 10:00")) == at("2026-04-10 08:00")  # Good Friday in between


def test_openings_are_whole_in_order_and_touch_the_time_asked_for() -> None:
    found = list(hours().openings(at("2026-11-24 09:00"), at("2026-11-25 08:00")))

    assert [(start.astimezone(BERLIN), end.astimezone(BERLIN)) for start, end in found] == [
        (at("2026-11-24 08:00"), at("2026-11-24 12:00")),
        (at("2026-11-24 14:00"), at("2026-11-24 19:00")),
    ]


moments = st.datetimes(datetime(2024, 6, 1), datetime(2028, 6, 1), timezones=st.just(UTC))  # noqa: DTZ001  naive by contract
spans = st.lists(
    st.tuples(st.integers(0, 23), st.integers(0, 23)).filter(lambda span: span[0] < span[1]), max_size=1
).map(lambda found: [[f"{start:02d}:00", f"{end:02d}:00"] for start, end in found])
weeks = st.dictionaries(st.sampled_from(DAYS), spans)


@given(weeks, moments, moments, moments)
def test_a_wait_is_the_sum_of_its_parts(week: dict[str, Any], one: datetime, two: datetime, three: datetime) -> None:
    here, (first, middle, last) = hours(week), sorted((one, two, three))

    whole = here.minutes_between(first, last)
    parts = here.minutes_between(first, middle) + here.minutes_between(middle, last)

    assert whole - 1 <= parts <= whole  # each part is cut to whole minutes


@given(weeks, moments, st.timedeltas(timedelta(), timedelta(days=40)))
def test_nobody_waits_longer_in_opening_time_than_by_the_clock(
    week: dict[str, Any], start: datetime, waited: timedelta
) -> None:
    minutes = hours(week).minutes_between(start, start + waited)

    assert 0 <= minutes <= waited.total_seconds() / 60


@given(weeks, moments)
def test_at_the_next_opening_it_is_open_and_before_it_nothing_was_counted(week: dict[str, Any], now: datetime) -> None:
    here = hours(week)
    opens = here.next_opening(now)

    if opens is not None:
        assert here.is_open(opens)
        assert opens >= now
        assert here.is_open(now) or here.minutes_between(now, opens) == 0


@given(weeks, moments, st.timedeltas(timedelta(), timedelta(days=20)))
def test_the_fast_count_is_that_of_walking_from_opening_to_opening(
    week: dict[str, Any], start: datetime, waited: timedelta
) -> None:
    here, end = hours(week), start + waited
    walked = sum((min(closes, end) - max(opens, start)).total_seconds() for opens, closes in here.openings(start, end))

    assert here.is_always_open or here.minutes_between(start, end) == int(walked // 60)


def test_what_is_no_day_of_the_week_is_left_out() -> None:
    assert hours({"someday": [["08:00", "18:00"]]}).is_always_open
    assert hours().of_day(date(2026, 11, 25)) == ((time(8), time(13)),)
