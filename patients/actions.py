"""Patients, and who writes for whom."""

from datetime import datetime

from django.db import transaction

from patients.models import Contact, Patient, PatientContact, Relation
from practices.audit import record
from practices.live import changed
from practices.models import Member


@transaction.atomic
def register_patient(
    *,
    first_name: str,
    last_name: str,
    birth_date: str | None = None,
    salutation: str | None = None,
    record_number: str | None = None,
    language: str = "de",
    by: Member | None,
) -> Patient:
    """A new patient. `birth_date` is an ISO date."""
    patient = Patient.objects.create(
        first_name=first_name.strip(),
        last_name=last_name.strip(),
        birth_date=birth_date,
        salutation=salutation,
        record_number=record_number,
        language=language,
    )
    record("patient_registered", about=patient, by=by)
    return patient


@transaction.atomic
def link(
    *, patient: Patient, contact: Contact, relation: Relation = Relation.SELF, by: Member | None
) -> PatientContact:
    """This contact writes for this patient. Writes no consent event and seals nothing anew; twice is one link."""
    _lock(contact)
    joined, is_new = PatientContact.objects.get_or_create(
        patient=patient, contact=contact, defaults={"relation": relation}
    )
    if is_new or joined.relation != relation:
        joined.relation = relation
        joined.save(update_fields=["relation"])
        record("patient_linked", about=joined, by=by, relation=str(relation))
        changed("contact", contact.pk)
    return joined


@transaction.atomic
def unlink(*, patient: Patient, contact: Contact, by: Member | None) -> None:
    """This contact does not write for this patient after all."""
    _lock(contact)
    for joined in PatientContact.objects.filter(patient=patient, contact=contact):
        record("patient_unlinked", about=joined, by=by)
        joined.delete()
        changed("contact", contact.pk)


@transaction.atomic
def confirm_person(*, contact: Contact, by: Member) -> None:
    """Staff made sure, for instance on the phone, that the number still belongs to this person: sending may go on."""
    locked = _lock(contact)
    locked.identity_changed_at = None
    locked.save(update_fields=["identity_changed_at"])
    record("person_confirmed", about=locked, by=by)
    changed("contact", contact.pk)


def prove_number(*, contact: Contact, at: datetime) -> None:
    """A message or a tap came from this number (C-07). The first proof counts; the caller holds the contact's lock."""
    if contact.number_proven_at is None:
        contact.number_proven_at = at
        contact.save(update_fields=["number_proven_at"])


def _lock(contact: Contact) -> Contact:
    return Contact.objects.filter(pk=contact.pk).locked().get()
