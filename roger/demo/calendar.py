"""When a dialogue was, and the dates in its texts, relative to the day of loading (rules of dialogues.json).

Nothing may lie in the future: what would, moves back. A dialogue of today stays on the shelf for reception, so its last
message is never older than its time of day says, also on a weekend.
"""

import re
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

BERLIN = ZoneInfo("Europe/Berlin")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
NAMES = ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag")
TOKEN = re.compile(r"\[\[(w?)d([+-]\d+)\]\]")
FRIDAY, SATURDAY = 4, 5
SHORTEST = timedelta(minutes=4)


def start_of(dialogue: dict[str, Any], length: timedelta, now: datetime) -> datetime:
    """When a dialogue that lasted this long began."""
    if "ends_minutes_ago" in dialogue:
        return now - timedelta(minutes=dialogue["ends_minutes_ago"]) - length
    written = dialogue["start"]
    if written["day_offset"] == 0:
        return min(_at(_today(now), written["time"]), now - SHORTEST - length - _spread(dialogue))
    return _before(now, written, length)


def _before(now: datetime, written: dict[str, Any], length: timedelta) -> datetime:
    weekday = WEEKDAYS.index(written["weekday"]) if "weekday" in written else None
    day = _today(now) + timedelta(days=written["day_offset"])
    start = _at(_on_weekday(day, weekday), written["time"])
    while start + length > now - SHORTEST:
        day -= timedelta(days=1)
        start = _at(_on_weekday(day, weekday), written["time"])
    return start


def _on_weekday(day: date, weekday: int | None) -> date:
    """The latest such weekday on or before the day; without one, a weekend moves back to its Friday."""
    if weekday is not None:
        return day - timedelta(days=(day.weekday() - weekday) % 7)
    return day - timedelta(days=max(0, day.weekday() - FRIDAY))


def _spread(dialogue: dict[str, Any]) -> timedelta:
    """Early in the morning, dialogues that move back must not all end in the same minute."""
    return timedelta(minutes=int(re.sub(r"\D", "", dialogue["id"]) or 0))


def _today(now: datetime) -> date:
    return now.astimezone(BERLIN).date()


def _at(day: date, clock: str) -> datetime:
    return datetime.combine(day, time.fromisoformat(clock), tzinfo=BERLIN)


def dated(text: str, start: datetime) -> str:
    """A text with its date tokens replaced, counted from the day the dialogue began."""
    first = start.astimezone(BERLIN).date()

    def put(found: re.Match[str]) -> str:
        day = working_days_from(first, int(found[2]))
        return NAMES[day.weekday()] if found[1] else f"{day:%d.%m.%Y}"

    return TOKEN.sub(put, text)


def working_days_from(day: date, count: int) -> date:
    """The day so many working days (Monday to Friday) later or earlier."""
    step = timedelta(days=1 if count > 0 else -1)
    for _ in range(abs(count)):
        day += step
        while day.weekday() >= SATURDAY:
            day += step
    return day
