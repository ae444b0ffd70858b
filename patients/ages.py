"""How old somebody is, where the law asks for it."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from patients.models import Patient


def age_of(patient: Patient, now: datetime, timezone: str) -> int | None:
    """Full years in the practice's time zone; None where no date of birth is known.

    Whoever was born on 29 February has birthday on 1 March in other years (§ 188(2) BGB).
    """
    try:
        born = date.fromisoformat(patient.birth_date or "")
    except ValueError:
        return None
    today = now.astimezone(ZoneInfo(timezone)).date()
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))
