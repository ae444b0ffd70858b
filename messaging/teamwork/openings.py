"""When the practice opens: the moment at which what was put off comes back."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from practices.models import Practice

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
USUAL = time(8)  # where a practice has not said when it opens
LOOK_AHEAD = 14  # days


def first_opening(practice: Practice, day: date) -> datetime:
    """When the practice opens for the first time on this day or the next one it opens; eight o'clock on a weekday
    where it has said nothing."""
    zone = ZoneInfo(practice.timezone)
    for ahead in range(LOOK_AHEAD):
        on = day + timedelta(days=ahead)
        opens = _opens(practice, on)
        if opens is not None:
            return datetime.combine(on, opens, zone)
    return datetime.combine(day, USUAL, zone)


def _opens(practice: Practice, day: date) -> time | None:
    if not practice.opening_hours:
        return USUAL if day.weekday() < 5 else None
    spans = practice.opening_hours.get(WEEKDAYS[day.weekday()]) or []
    return min((time.fromisoformat(begin) for begin, _end in spans), default=None)
