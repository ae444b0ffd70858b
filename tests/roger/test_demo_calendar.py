from datetime import date, datetime, timedelta
from typing import Any

import pytest

from roger.demo.calendar import BERLIN, dated, start_of, working_days_from

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=BERLIN)  # a Tuesday
HOUR = timedelta(hours=1)


def dialogue(day_offset: int, time: str = "10:00", **start: Any) -> dict[str, Any]:
    return {"id": "d05", "start": {"day_offset": day_offset, "time": time} | start}


@pytest.mark.parametrize(
    ("token", "text"),
    [
        ("[[d+0]]", "24.11.2026"),
        ("[[d+4]]", "30.11.2026"),
        ("[[wd+4]]", "Montag"),
        ("[[d-1]]", "23.11.2026"),
        ("[[d-2]]", "20.11.2026"),
        ("am [[wd+1]], [[d+1]] um 9", "am Mittwoch, 25.11.2026 um 9"),
    ],
)
def test_tokens_count_working_days_from_the_day_it_began(token: str, text: str) -> None:
    assert dated(token, NOON) == text


def test_counting_from_a_weekend_begins_with_monday() -> None:
    assert working_days_from(date(2026, 11, 28), 1) == date(2026, 11, 30)
    assert working_days_from(date(2026, 11, 28), -1) == date(2026, 11, 27)


@pytest.mark.parametrize(
    ("written", "began"),
    [
        (dialogue(-1), "2026-11-23T10:00"),
        (dialogue(-2), "2026-11-20T10:00"),  # a Sunday moves back to Friday
        (dialogue(-3), "2026-11-20T10:00"),  # a Saturday too
        (dialogue(-2, "21:40", weekday="sat"), "2026-11-21T21:40"),
        (dialogue(-4, "11:20", weekday="mon"), "2026-11-16T11:20"),
        (dialogue(0, "08:04"), "2026-11-24T08:04"),
    ],
)
def test_a_dialogue_begins_on_its_day(written: dict[str, Any], began: str) -> None:
    assert start_of(written, HOUR, NOON).isoformat(timespec="minutes") == f"{began}+01:00"


def test_what_would_lie_in_the_future_moves_back() -> None:
    until_tomorrow = start_of(dialogue(-1), timedelta(hours=30), NOON)
    this_afternoon = start_of(dialogue(0, "15:00"), HOUR, NOON)
    week_end = start_of(dialogue(-2, "21:40", weekday="sat"), timedelta(hours=70), NOON)

    assert until_tomorrow.isoformat(timespec="minutes") == "2026-11-20T10:00+01:00"
    assert this_afternoon == NOON - HOUR - timedelta(minutes=4 + 5)
    assert week_end.isoformat(timespec="minutes") == "2026-11-14T21:40+01:00"


def test_what_waits_ended_as_many_minutes_ago_as_written() -> None:
    assert start_of({"id": "o01", "ends_minutes_ago": 12}, HOUR, NOON) == NOON - HOUR - timedelta(minutes=12)
