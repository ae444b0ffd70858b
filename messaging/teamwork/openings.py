"""When the practice opens: the moment at which what was put off comes back."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from practices.models import Practice
from practices.opening_hours import hours_of

USUAL = time(8)  # where a practice has not said when it opens
FRIDAY, WEEK = 4, 7


def first_opening(practice: Practice, day: date) -> datetime:
    """When the practice opens for the first time on this day or the next one it opens; eight o'clock on a weekday
    where it has said nothing."""
    zone, hours = ZoneInfo(practice.timezone), hours_of(practice)
    opens = None if hours.is_always_open else hours.next_opening(datetime.combine(day, time.min, zone))
    return opens.astimezone(zone) if opens else datetime.combine(_weekday(day), USUAL, zone)


def _weekday(day: date) -> date:
    return day if day.weekday() <= FRIDAY else day + timedelta(days=WEEK - day.weekday())
