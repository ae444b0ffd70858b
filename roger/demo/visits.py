"""When the people of the demo were here last, and when they come again."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta

from django.utils import timezone

from patients.appointments import note_appointment
from patients.models import Patient
from roger.demo.calendar import BERLIN, working_days_from
from roger.demo.material import Json
from roger.demo.people import Somebody

WHAT = ("Kontrolle", "Prophylaxe", "Beratung")


def note_agreed(patient: Patient, agreed: Json, start: datetime) -> None:
    """The visit that a dialogue is about in the end; its day is counted from the dialogue's first, as in the texts."""
    day = working_days_from(start.astimezone(BERLIN).date(), agreed["day"])
    at = datetime.combine(day, time.fromisoformat(agreed["time"]), tzinfo=BERLIN)
    note_appointment(patient=patient, starts_at=at, words=agreed["what"], by=None)


def note_the_others(everybody: Iterable[Somebody]) -> None:
    """Everybody was here some time ago, and every third comes again in the next days; whoever agreed on a day in the
    chat comes, or came, on that."""
    for number, somebody in enumerate(everybody):
        if patient := somebody.patient:
            has_agreed = patient.appointments.exists()
            _visit(patient, -20 - 37 * number % 400, number)
            if number % 3 == 0 and not has_agreed:
                _visit(patient, 1 + number // 3, number)


def _visit(patient: Patient, days: int, number: int) -> None:
    day = timezone.localdate() + timedelta(days=days)
    day += timedelta(days=max(0, 8 - day.isoweekday()) if day.isoweekday() > 5 else 0)  # on a Monday, not at a weekend
    at = timezone.make_aware(datetime.combine(day, time(9 + number % 7, 20 * (number % 3))))
    note_appointment(patient=patient, starts_at=at, words=WHAT[number % len(WHAT)], by=None)
