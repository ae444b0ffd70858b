"""Patients, and who writes for whom."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from patients.birthdays import OWN_NUMBER_FROM, age_of, born_on
from patients.guardianship import guardianship_ended
from patients.models import BlockReason, Contact, Patient, PatientContact, Relation
from practices.audit import record, record_each, record_many
from practices.keys import make_ready
from practices.keystore import Subject
from practices.live import changed, changed_many
from practices.models import AuditEvent, Member
from practices.refusal import Refusal

LINKED, UNLINKED, BLOCKED = "patient_linked", "patient_unlinked", "contact_blocked"


class TooYoung(Refusal):
    """C-21: WhatsApp takes nobody below 13, so a child's chat runs on the phone of who has custody."""

    reason = "too_young"


class NumberTaken(Refusal):
    """A number is one person's own. Whoever shares the phone is linked as family (C-22)."""

    reason = "number_taken"


class ChangedMeanwhile(Refusal):
    """Somebody else changed the same `fields` since they were shown; the refusal holds their names only."""

    reason = "changed_meanwhile"

    def __init__(self, fields: Sequence[str]) -> None:
        super().__init__(_("Diese Angaben hat inzwischen jemand anders geändert. Bitte prüfen Sie, was gilt."))
        self.fields = fields


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


CHANGEABLE = ("first_name", "last_name", "birth_date", "salutation", "record_number", "language")


@transaction.atomic
def change_patient(
    *, patient: Patient, by: Member, shown: Mapping[str, str | None] | None = None, **values: str | None
) -> list[str]:
    """Correct master data; the trail names the fields that changed and not what stood there. Answers their names.

    `shown` is what stood before whoever corrects: what they left as it was stays as it is now, so that a form opened
    earlier takes nothing back. Raises ChangedMeanwhile where somebody else corrected the same field otherwise.
    """
    patient = Patient.objects.select_for_update(no_key=True).get(pk=patient.pk)
    before = {name: getattr(patient, name) or None for name in CHANGEABLE if name in values}
    shown = before if shown is None else shown
    touched = [name for name in before if values[name] != shown.get(name, before[name])]
    different = [name for name in touched if values[name] != before[name]]
    if meanwhile := [name for name in different if shown.get(name, before[name]) != before[name]]:
        raise ChangedMeanwhile(meanwhile)
    for name in different:
        setattr(patient, name, values[name])
    if different:
        patient.save(update_fields=different)
        record("patient_changed", about=patient, by=by, fields=different)
        changed("patient", patient.pk)
        changed_many([("contact", pk) for pk in patient.contact_links.values_list("contact_id", flat=True)])
    return different


@transaction.atomic
def link(
    *,
    patient: Patient,
    contact: Contact,
    relation: Relation = Relation.SELF,
    custody: str = "",
    by: Member | None,
) -> PatientContact:
    """This contact writes for this patient. Seals nothing anew; twice is one link. Writes no consent event, unless a
    guardian becomes something else: what it agreed to as guardian ends (patients/guardianship.py).

    `custody` is what a guardian states (C-20). Raises TooYoung or NumberTaken for an own number that cannot be one.
    """
    _lock(contact)
    patient = _standing(patient)
    if relation == Relation.SELF:
        _require_own_number(patient, contact)
    joined, is_new = PatientContact.objects.get_or_create(
        patient=patient, contact=contact, defaults={"relation": relation, "custody": custody}
    )
    if joined.relation == Relation.GUARDIAN != relation:
        guardianship_ended(contact, patient, by)
    if is_new or (joined.relation, joined.custody) != (relation, custody):
        joined.relation, joined.custody = relation, custody
        joined.save(update_fields=["relation", "custody"])
        record(LINKED, about=joined, by=by, relation=str(relation), patient=str(patient.pk))
        changed("contact", contact.pk)
    return joined


def making_of(joined: PatientContact, *, since: datetime) -> list[AuditEvent]:
    """The event that made this link since then, if nothing else has happened to it; else none."""
    if joined.created_at < since:  # a merge that is taken back makes links anew without a word
        return []
    told = list(AuditEvent.objects.filter(about_id=joined.pk).order_by("at")[:2])
    return told if len(told) == 1 else []


def _standing(patient: Patient) -> Patient:
    """The record as it stands now, held until the transaction ends: an older page may still offer one that was merged,
    be it a moment ago."""
    held = Patient.objects.select_for_update(no_key=True).get(pk=patient.pk)
    return held.merged_into or held


def _require_own_number(patient: Patient, contact: Contact) -> None:
    age = age_of(born_on(patient))
    if age is not None and age < OWN_NUMBER_FROM:
        raise TooYoung(
            _("WhatsApp ist erst ab 13 Jahren erlaubt. Ein Kind hat hier keine eigene Nummer."),
            next_step=_("Verknüpfen Sie die Nummer als die einer sorgeberechtigten Person."),
        )
    if PatientContact.objects.filter(contact=contact, relation=Relation.SELF).exclude(patient=patient).exists():
        raise NumberTaken(
            _("Diese Nummer gehört schon einer anderen Person."),
            next_step=_("Prüfen Sie die Nummer. Teilen sich beide ein Telefon, geben Sie das beim Verhältnis an."),
        )


@transaction.atomic
def register_with_numbers(*, pairs: Sequence[tuple[Patient, Contact]], by: Member | None) -> None:
    """Each patient's own number, for many at once; patients that were not saved yet are registered.

    The caller holds all these contacts and has made sure that each number may be its patient's own (`link`).
    """
    new = {patient.pk: patient for patient, _contact in pairs if patient._state.adding}
    make_ready(Subject.PATIENT, new)
    Patient.objects.bulk_create(new.values())
    record_many("patient_registered", about=new.values(), by=by)
    known = PatientContact.objects.filter(contact__in=[contact for _patient, contact in pairs])
    linked = set(known.values_list("patient_id", "contact_id"))
    links = [
        PatientContact(patient=patient, contact=contact)
        for patient, contact in pairs
        if (patient.pk, contact.pk) not in linked
    ]
    PatientContact.objects.bulk_create(links)
    record_many(LINKED, about=links, by=by, relation=str(Relation.SELF))
    changed_many([("contact", contact.pk) for _patient, contact in pairs])


@transaction.atomic
def unlink(*, patient: Patient, contact: Contact, by: Member | None) -> list[AuditEvent]:
    """This contact does not write for this patient after all. Answers the event, with what the link was."""
    _lock(contact)
    events = []
    for joined in PatientContact.objects.filter(patient=patient, contact=contact):
        was = {"patient": str(patient.pk), "contact": str(contact.pk)}
        was |= {"relation": joined.relation, "custody": joined.custody}
        events += record_each(UNLINKED, about=[(joined, was)], by=by)
        joined.delete()
        changed("contact", contact.pk)
    return events


@transaction.atomic
def confirm_person(*, contact: Contact, by: Member) -> None:
    """Staff made sure, for instance on the phone, that the number belongs to this person: sending may go on, and what
    the person stated itself is confirmed."""
    locked = _lock(contact)
    stated = locked.identities.filter(ended_at=None, confirmed_at=None).exclude(stated_at=None)
    stated.update(confirmed_at=timezone.now())
    locked.identity_changed_at = None
    locked.save(update_fields=["identity_changed_at"])
    record("person_confirmed", about=locked, by=by)
    changed("contact", contact.pk)


def doubt_person(*, contact: Contact, at: datetime) -> None:
    """Another phone answers to this number, or WhatsApp says so: nothing is sent until `confirm_person`. The caller
    holds the contact's row."""
    contact.identity_changed_at = at
    contact.save(update_fields=["identity_changed_at"])
    record("person_doubted", about=contact, by=None)
    changed("contact", contact.pk)


@transaction.atomic
def block(*, contact: Contact, reason: BlockReason, by: Member) -> list[AuditEvent]:
    """Nothing goes out to this number any more, and what waits will not; what it writes is still kept. Twice is once,
    and answers no event.

    A wrong number is more than a block: consent/wrong_numbers.py.
    """
    locked = _lock(contact)
    if locked.blocked_at is not None:
        return []
    locked.blocked_at, locked.blocked_reason = timezone.now(), reason
    locked.save(update_fields=["blocked_at", "blocked_reason"])
    changed("contact", contact.pk)
    return record_each(BLOCKED, about=[(locked, {"reason": str(reason)})], by=by)


@transaction.atomic
def unblock(*, contact: Contact, by: Member) -> None:
    """The block ends; what was agreed to holds as before. Twice is once."""
    locked = _lock(contact)
    if locked.blocked_at is None:
        return
    locked.blocked_at, locked.blocked_reason = None, ""
    locked.save(update_fields=["blocked_at", "blocked_reason"])
    record("contact_unblocked", about=locked, by=by)
    changed("contact", contact.pk)


def prove_number(*, contact: Contact, at: datetime) -> None:
    """A message or a tap came from this number (C-07). The first proof counts; the caller holds the contact's lock."""
    if contact.number_proven_at is None:
        contact.number_proven_at = at
        contact.save(update_fields=["number_proven_at"])


def _lock(contact: Contact) -> Contact:
    return Contact.objects.filter(pk=contact.pk).locked().get()
