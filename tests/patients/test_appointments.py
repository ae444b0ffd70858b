"""Visits that were agreed: noted, told twice, moved, cancelled, and what is the last and the next one."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from patients.appointments import cancel_appointment, note_appointment, remember_visits, visits_of
from patients.models import Appointment, Patient
from patients.tasks import tidy
from practices.models import AuditEvent, Change, Practice
from tests.consent_factories import make_patient
from tests.factories import make_member

NOW = datetime(2026, 5, 12, 10, 0, tzinfo=UTC)
pytestmark = pytest.mark.usefixtures("practice")


@pytest.fixture(autouse=True)
def in_may() -> object:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def vogt(practice: Practice) -> Patient:
    return make_patient()


def in_days(days: int) -> datetime:
    return NOW + timedelta(days=days)


def test_an_appointment_is_sealed_with_the_patients_key_and_noted_in_the_trail(
    practice: Practice, vogt: Patient
) -> None:
    anna = make_member(practice)

    noted, is_new = note_appointment(patient=vogt, starts_at=in_days(3), words="Kontrolle", by=anna)

    with connection.cursor() as cursor:
        cursor.execute("select a::text from patients_appointment a")
        stored = cursor.fetchone()[0]
    assert (is_new, noted.source, Appointment.objects.get().words) == (True, "hand", "Kontrolle")
    assert [word for word in ("Kontrolle", b"Kontrolle".hex()) if word in stored] == []
    assert [(event.by, event.codes) for event in AuditEvent.objects.filter(kind="appointment_noted")] == [(anna, {})]
    assert Change.objects.filter(kind="patient", ref=vogt.pk).count() == 1


def test_the_practice_software_tells_the_same_appointment_twice_and_it_is_one(vogt: Patient) -> None:
    first, is_new = note_appointment(patient=vogt, starts_at=in_days(3), foreign_key="A-1", by=None)
    again, is_new_again = note_appointment(patient=vogt, starts_at=in_days(3), foreign_key="A-1", by=None)

    assert (is_new, is_new_again, again.pk, first.source) == (True, False, first.pk, "api")
    assert [event.kind for event in AuditEvent.objects.filter(about_id=first.pk)] == ["appointment_noted"]


def test_a_moved_appointment_is_changed_also_if_it_was_cancelled_and_if_it_is_another_patients(vogt: Patient) -> None:
    noted, _ = note_appointment(patient=vogt, starts_at=in_days(3), words="PZR", foreign_key="A-1", by=None)
    cancel_appointment(appointment=noted, by=None)
    ole = make_patient("Ole")

    note_appointment(patient=ole, starts_at=in_days(5), words="PZR", foreign_key="A-1", by=None)

    moved = Appointment.objects.get()
    assert (moved.patient, moved.starts_at, moved.words, moved.cancelled_at) == (ole, in_days(5), "PZR", None)


def test_cancelling_twice_is_cancelling_once(vogt: Patient) -> None:
    noted, _ = note_appointment(patient=vogt, starts_at=in_days(3), by=None)

    cancel_appointment(appointment=noted, by=None)
    cancel_appointment(appointment=noted, by=None)

    assert AuditEvent.objects.filter(kind="appointment_cancelled").count() == 1
    assert visits_of([vogt])[vogt.pk].next is None


def test_last_and_next_visit_of_many_cost_the_same_queries_as_of_one(vogt: Patient) -> None:
    ole = make_patient("Ole")
    for patient in (vogt, ole):
        for days in (-40, -2, 3, 9):
            note_appointment(patient=patient, starts_at=in_days(days), words="Kontrolle", by=None)

    with CaptureQueriesContext(connection) as few:
        visits_of([vogt])
    with CaptureQueriesContext(connection) as many:
        found = visits_of([vogt, ole])

    assert [(one.last_on, one.next and one.next.starts_at) for one in found.values()] == [
        (date(2026, 5, 10), in_days(3))
    ] * 2
    assert len(many) == len(few) == 1


def test_a_day_noted_by_hand_counts_until_a_newer_visit_took_place(vogt: Patient) -> None:
    vogt.last_visit_on = date(2026, 5, 11)
    note_appointment(patient=vogt, starts_at=in_days(-20), by=None)

    assert visits_of([vogt])[vogt.pk].last_on == date(2026, 5, 11)


def test_the_night_carries_visits_that_took_place_into_the_record(practice: Practice, vogt: Patient) -> None:
    note_appointment(patient=vogt, starts_at=in_days(1), by=None)
    cancelled, _ = note_appointment(patient=vogt, starts_at=in_days(2), by=None)
    cancel_appointment(appointment=cancelled, by=None)
    assert Patient.objects.get().last_visit_on is None

    with time_machine.travel(in_days(3), tick=False):
        tidy(practice_id=practice.pk)

        assert Patient.objects.get().last_visit_on == date(2026, 5, 13)
        assert remember_visits(in_days(3)) == 0


def test_a_visit_that_did_not_take_place_is_no_last_visit(vogt: Patient) -> None:
    note_appointment(patient=vogt, starts_at=in_days(-30), by=None)
    noted, _ = note_appointment(patient=vogt, starts_at=in_days(-1), by=None)
    assert Patient.objects.get().last_visit_on == date(2026, 5, 11)

    cancel_appointment(appointment=Appointment.objects.get(pk=noted.pk), by=None)

    assert Patient.objects.get().last_visit_on == date(2026, 4, 12)
