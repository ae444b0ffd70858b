"""How old somebody is, by the calendar of the practice.

Whoever was born on a 29 February is a year older on 1 March where there is no such day (§ 188(2) BGB).
"""

from datetime import date

from django.utils import timezone

from patients.models import Patient

OWN_NUMBER_FROM = 13  # C-21: WhatsApp takes nobody younger
MAJORITY = 18


def born_on(patient: Patient) -> date | None:
    """The date of birth; None where there is none or it is not one."""
    try:
        return date.fromisoformat(patient.birth_date or "")
    except ValueError:
        return None


def age_of(birth_date: date | None, on: date | None = None) -> int | None:
    """Full years on a day, by default today in the practice's time zone."""
    if birth_date is None:
        return None
    day = on or timezone.localdate()
    return day.year - birth_date.year - ((day.month, day.day) < (birth_date.month, birth_date.day))


def birthday(birth_date: date, age: int) -> date:
    """The day on which somebody becomes so old."""
    try:
        return birth_date.replace(year=birth_date.year + age)
    except ValueError:
        return date(birth_date.year + age, 3, 1)


def in_days(birth_date: date | None) -> int | None:
    """How many days until the next birthday, 0 on the day itself; None without a date of birth."""
    if birth_date is None:
        return None
    today = timezone.localdate()
    next_one = min(day for age in (0, 1) if (day := birthday(birth_date, today.year - birth_date.year + age)) >= today)
    return (next_one - today).days
