"""Somebody else has this number (E7): detach it, stop everything, never write to it again."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from consent import ledger
from consent.effects import withdrawal_effects
from consent.ledger import PATIENT, Actor, Type, find_act
from consent.models import Channel, ConsentEvent
from consent.purposes import Purpose
from consent.states import apply
from patients.models import Contact, PatientContact
from practices.audit import record
from practices.live import changed
from practices.models import Member


@transaction.atomic
def wrong_number(
    *,
    contact: Contact,
    channel: Channel,
    act: Mapping[str, Any],
    occurred_at: datetime,
    reference: str | None = None,
    by: Member | None = None,
) -> ConsentEvent:
    """Whoever holds this number is not whom we meant. `reference` (a wamid) makes the same tap told twice one event."""
    contact = Contact.objects.filter(pk=contact.pk).locked().get()
    if reference and (told := find_act(Type.WRONG_NUMBER, occurred_at, reference)):
        return told
    effects = withdrawal_effects(contact, frozenset(Purpose))
    event = ledger.append(
        type=Type.WRONG_NUMBER,
        channel=channel,
        contact=contact,
        purposes=dict.fromkeys(Purpose, True),
        actor=Actor.member(by) if by else PATIENT,
        act=act,
        occurred_at=occurred_at,
        reference=reference,
        cancelled=effects.count,
        already_handed_over=effects.already_handed_over,
    )
    apply(event)
    _detach(contact, by)
    return event


def _detach(contact: Contact, by: Member | None) -> None:
    for joined in PatientContact.objects.filter(contact=contact):
        record("patient_unlinked", about=joined, by=by)
        joined.delete()
    contact.blocked_at = timezone.now()
    contact.save(update_fields=["blocked_at"])
    record("number_wrong", about=contact, by=by)
    changed("contact", contact.pk)
