"""Visits as the practice noted them: by hand, or by its own software through the API.

Roger keeps no diary. An appointment here is what reception and patient talk about: when, and a few words.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from patients.models import Appointment, Patient
from practices.audit import record
from practices.live import changed
from practices.models import Member
from practices.sealed import seal_anew, warm

LOOKED_BACK = timedelta(days=40)  # how far visits that took place are looked for; the record keeps the last of before


@dataclass(frozen=True)
class Visits:
    """When somebody was last here and comes next; either may be unknown."""

    last_on: date | None = None
    next: Appointment | None = None


@transaction.atomic
def note_appointment(
    *, patient: Patient, starts_at: datetime, words: str = "", by: Member | None, foreign_key: str = ""
) -> tuple[Appointment, bool]:
    """An agreed visit, and whether it is new: the same time in the same words, noted twice, is one. With `foreign_key`
    (its number in the practice software) the same one twice is one appointment, which then stands as it was told last,
    also if it had been cancelled."""
    if not foreign_key:
        same = _same(patient, starts_at, words)
        return (same, False) if same else (_noted(Appointment(created_by=by), patient, starts_at, words, by), True)
    key = {"source": Appointment.Source.API, "foreign_key": foreign_key}
    known = _held(key)
    if known is None:
        try:
            with transaction.atomic():
                return _noted(Appointment(**key, created_by=by), patient, starts_at, words, by), True
        except IntegrityError:  # told twice at the same time
            known = _held(key)
    return _noted(known or Appointment(**key), patient, starts_at, words, by), False


def _same(patient: Patient, starts_at: datetime, words: str) -> Appointment | None:
    """The visit that stands already, noted by hand; whoever notes it at the same moment has waited for us."""
    Patient.objects.select_for_update(no_key=True).get(pk=patient.pk)
    noted = Appointment.objects.filter(
        patient=patient, source=Appointment.Source.HAND, starts_at=starts_at, cancelled_at=None
    )
    return next((one for one in noted if (one.words or "") == words), None)


def _held(key: dict[str, str]) -> Appointment | None:
    found: Appointment | None = Appointment.objects.filter(**key).select_for_update(no_key=True).first()
    return found


def _noted(
    appointment: Appointment, patient: Patient, starts_at: datetime, words: str, by: Member | None
) -> Appointment:
    is_new = appointment._state.adding
    told = (patient.pk, starts_at, words, None)
    if not is_new and told == _told(appointment):
        return appointment
    appointment.patient, appointment.starts_at, appointment.cancelled_at = patient, starts_at, None
    appointment.words = words or None
    if words:
        seal_anew(appointment, "words")  # it may have been another patient's
    appointment.save()
    record("appointment_noted" if is_new else "appointment_changed", about=appointment, by=by)
    _remember_visit(patient, appointment)
    changed("patient", patient.pk)
    return appointment


def _told(appointment: Appointment) -> tuple[UUID, datetime, str, datetime | None]:
    return appointment.patient_id, appointment.starts_at, appointment.words or "", appointment.cancelled_at


@transaction.atomic
def cancel_appointment(*, appointment: Appointment, by: Member | None) -> None:
    """It does not take place, or did not. Twice is once."""
    now = timezone.now()
    standing = Appointment.objects.filter(pk=appointment.pk, cancelled_at=None)
    if not standing.update(cancelled_at=now):
        return
    record("appointment_cancelled", about=appointment, by=by)
    if appointment.starts_at <= now:
        _forget_visit(appointment.patient, appointment)
    changed("patient", appointment.patient_id)


def visits_of(patients: Collection[Patient]) -> dict[UUID, Visits]:
    """Last and next visit of each; one query, and one for keys. What is past for longer the record knows."""
    if not patients:
        return {}
    now = timezone.now()
    standing = Appointment.objects.filter(patient__in=[one.pk for one in patients], cancelled_at=None)
    rows = list(standing.filter(starts_at__gt=now - LOOKED_BACK).order_by("starts_at"))
    past = {row.patient_id: row for row in rows if row.starts_at <= now}
    coming = {row.patient_id: row for row in reversed(rows) if row.starts_at > now}
    warm(coming.values())
    return {one.pk: Visits(_newer(one.last_visit_on, past.get(one.pk)), coming.get(one.pk)) for one in patients}


def _newer(known: date | None, past: Appointment | None) -> date | None:
    took_place = timezone.localdate(past.starts_at) if past else None
    return max(filter(None, (known, took_place)), default=None)


# ── Patient.last_visit_on, which lists read without asking for appointments ──


def remember_visits(now: datetime) -> int:
    """Carry the visits of the last weeks into the patients' records; answers how many were newer than what stood."""
    past = Appointment.objects.filter(cancelled_at=None, starts_at__gt=now - LOOKED_BACK, starts_at__lte=now)
    newest = past.order_by("patient_id", "-starts_at").distinct("patient_id")
    return sum(_remember_visit(row.patient, row) for row in newest.select_related("patient").defer("words"))


def visits_go_to(patient: Patient, appointments: Collection[Appointment], *, former: Patient) -> None:
    """These appointments were taken for another patient's, and are this one's."""
    for appointment in appointments:
        if appointment.cancelled_at is None:
            _remember_visit(patient, appointment)
            _forget_visit(former, appointment)


def last_visit_of(patient: Patient) -> date | None:
    """The day of the last appointment that took place."""
    past = Appointment.objects.filter(patient=patient, cancelled_at=None, starts_at__lte=timezone.now())
    last = past.order_by("-starts_at").values_list("starts_at", flat=True).first()
    return timezone.localdate(last) if last else None


def _remember_visit(patient: Patient, appointment: Appointment) -> bool:
    day = timezone.localdate(appointment.starts_at)
    if appointment.starts_at > timezone.now() or (patient.last_visit_on and patient.last_visit_on >= day):
        return False
    patient.last_visit_on = day
    patient.save(update_fields=["last_visit_on"])
    return True


def _forget_visit(patient: Patient, appointment: Appointment) -> None:
    """If the visit that was none of this patient's was the last one, the one before it is."""
    if patient.last_visit_on == timezone.localdate(appointment.starts_at):
        patient.last_visit_on = last_visit_of(patient)
        patient.save(update_fields=["last_visit_on"])
