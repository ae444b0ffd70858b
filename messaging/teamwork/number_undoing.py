"""Taking back what one has just done to a number: a link with a patient, the end of one, a block.

Only where nothing rests on it since. Consent that ended with a link never comes back this way: such a parting gives no
ticket (consent/guardians.py: part). A ticket for one of these holds no other event, so its contact is the first lock.
"""

from contextlib import suppress
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from consent.models import ConsentEvent
from messaging.models import Message, ProtectedDocument, UploadInvitation
from patients.actions import BLOCKED, LINKED, UNLINKED, link, making_of, unblock, unlink
from patients.models import Contact, Patient, PatientContact, Relation
from practices.models import AuditEvent, Member
from practices.refusal import Refusal


def take_link_back(event: AuditEvent, by: Member) -> bool:
    """Whether it is as if they had never been linked: not where the link is another one by now, or anybody agreed or
    was written to in the patient's matter since."""
    joined = PatientContact.objects.filter(pk=event.about_id).select_related("contact", "patient").first()
    if joined is None or _hold(joined.contact_id) is None:
        return False
    is_as_made = (
        making_of(joined, since=joined.created_at) == [event] and str(joined.patient_id) == event.codes["patient"]
    )
    if not is_as_made or _was_decided(joined.contact, event.at) or _was_used(joined, event.at):
        return False
    return bool(unlink(patient=joined.patient, contact=joined.contact, by=by))


def link_again(event: AuditEvent, by: Member) -> bool:
    """Whether the link stands again as what it was: not where the patient was linked, parted or merged since, anybody
    agreed or refused, or the number is another person's own."""
    contact = _hold(UUID(event.codes["contact"]))
    records = Patient.objects.select_for_update(no_key=True)
    patient = records.filter(pk=event.codes["patient"], merged_into=None).first()
    if patient is None or contact is None or _was_decided(contact, event.at):
        return False
    links = PatientContact.objects.filter(patient=patient, contact=contact)
    if links.exists() or _was_linked_otherwise(patient, event):
        return False
    relation, custody = Relation(event.codes["relation"]), event.codes["custody"]
    with suppress(Refusal):
        link(patient=patient, contact=contact, relation=relation, custody=custody, by=by)
        return True
    return False


def lift_block(event: AuditEvent, by: Member) -> bool:
    """Whether the number is free again, by whoever blocked it, who need not lead the practice: not where it was freed,
    blocked anew or taken for a wrong number since."""
    contact = _hold(event.about_id)
    last = AuditEvent.objects.filter(about_id=event.about_id, kind=BLOCKED).order_by("-at", "-pk").first()
    if contact is None or last != event or contact.blocked_at is None:
        return False
    if contact.blocked_reason != event.codes["reason"]:
        return False
    unblock(contact=contact, by=by)
    return True


def _hold(contact_id: UUID) -> Contact | None:
    return Contact.objects.filter(pk=contact_id).locked().first()


def _was_decided(contact: Contact, since: datetime) -> bool:
    return ConsentEvent.objects.filter(contact=contact, recorded_at__gte=since).exists()


def _was_linked_otherwise(patient: Patient, event: AuditEvent) -> bool:
    """Whether this patient was linked with or parted from any number after that."""
    later = AuditEvent.objects.filter(kind__in=(LINKED, UNLINKED), at__gte=event.at, codes__patient=str(patient.pk))
    return later.exclude(pk=event.pk).exists()


def _was_used(joined: PatientContact, since: datetime) -> bool:
    """Whether anything went to this number in the patient's matter, or in nobody's in particular: who writes for one
    person alone is asked for nobody's name, and may have read this one's."""
    theirs: dict[str, Any] = {"contact": joined.contact_id, "patient": joined.patient_id, "created_at__gte": since}
    went_out = Q(concerns_patient=None, direction=Message.Direction.OUTBOUND)
    in_the_matter = Message.objects.filter(
        Q(concerns_patient=joined.patient_id) | went_out,
        conversation__contact=joined.contact_id,
        received_at__gte=since,
    )
    shared = [model.objects.filter(**theirs) for model in (ProtectedDocument, UploadInvitation)]
    return any(rows.exists() for rows in (in_the_matter, *shared))
