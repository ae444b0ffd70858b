"""Somebody else has this number (E7): detach it, stop everything, never write to it again, and forget it (4.3).

Nobody but those who lead the practice takes that back, and then the number is a stranger's.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from consent import ledger
from consent.effects import Cancelled, settled, withdrawal_effects
from consent.ledger import PATIENT, Actor, Type, find_act
from consent.models import Channel, ConsentEvent, ConsentState
from consent.purposes import Purpose
from consent.states import LIVING, apply
from consent.withdrawal_links import close_links
from patients.actions import unlink
from patients.forgetting import forget_contact
from patients.models import BlockReason, Contact, PatientContact
from practices.audit import record
from practices.live import changed
from practices.models import Member

KEPT = timedelta(days=30)  # dental-dsgvo 4.3: wrong numbers, from the last message on
RELEASED = "number_released"
DETACHED = "detached"  # in the act: ids of the patients to whom the number was linked


@transaction.atomic
def wrong_number(
    *,
    contact: Contact,
    channel: Channel,
    act: Mapping[str, Any],
    occurred_at: datetime,
    proof_ref: Mapping[str, Any] | None = None,
    reference: str | None = None,
    by: Member | None = None,
) -> ConsentEvent:
    """Whoever holds this number is not whom we meant. `reference` (a wamid) makes the same tap told twice one event.

    Who told us in the chat is answered there with E7 (messaging/inbound/consent.py), nobody else is. The act names whom
    the number was taken from, so that nobody gives it back unasked (consent/not_whose.py).
    """
    contact = Contact.objects.filter(pk=contact.pk).locked().get()
    if reference and (told := find_act(Type.WRONG_NUMBER, occurred_at, reference)):
        return told
    # Held until the end, so that no claim reads them in between (design: lock order).
    list(ConsentState.objects.filter(contact=contact).order_by("pk").select_for_update(no_key=True))
    effects = withdrawal_effects(contact, frozenset(Purpose))
    linked = PatientContact.objects.filter(contact=contact).order_by("pk").values_list("patient_id", flat=True)
    event = ledger.append(
        type=Type.WRONG_NUMBER,
        channel=channel,
        contact=contact,
        purposes=dict.fromkeys(Purpose, True),
        actor=Actor.member(by) if by else PATIENT,
        act={**act, DETACHED: [str(pk) for pk in linked]},
        occurred_at=occurred_at,
        proof_ref=proof_ref,
        reference=reference,
        cancelled=effects.count,
        already_handed_over=effects.already_handed_over,
    )
    apply(event)
    settled(contact, None)
    _detach(contact, by)
    return event


def _detach(contact: Contact, by: Member | None) -> None:
    """Nobody's number any more: no patient, no link that opens something, and blocked until it is released."""
    for joined in PatientContact.objects.filter(contact=contact).select_related("patient"):
        unlink(patient=joined.patient, contact=contact, by=by)
    close_links(contact)
    contact.blocked_at, contact.blocked_reason = contact.blocked_at or timezone.now(), BlockReason.WRONG_NUMBER
    contact.save(update_fields=["blocked_at", "blocked_reason"])
    record("number_wrong", about=contact, by=by)
    changed("contact", contact.pk)


@transaction.atomic
def release_number(*, contact: Contact, by: Member) -> None:
    """The block was a mistake, or the number is another person's now: it may be written to again, once it has agreed.

    Nothing holds any more, also nothing that was agreed to while it was blocked. The number has to prove itself anew
    (C-07), and its next message is asked as a stranger's (C-10). Twice is once.
    """
    contact = Contact.objects.filter(pk=contact.pk).locked().get()
    if contact.blocked_at is None:
        return
    _end_what_holds(contact, by)
    for type_ in (Type.RENEWED, Type.EXPIRED):  # the refusal is lifted, and what it leaves has to be agreed to anew
        apply(_release(type_, contact, frozenset(Purpose), by))
    contact.blocked_at = contact.number_proven_at = contact.opt_in_prompted_at = None
    contact.blocked_reason = ""
    contact.save(update_fields=["blocked_at", "blocked_reason", "number_proven_at", "opt_in_prompted_at"])
    record("number_released", about=contact, by=by)
    changed("contact", contact.pk)


def _end_what_holds(contact: Contact, by: Member) -> None:
    # Held until the end, so that no claim reads them in between (design: lock order).
    states = list(ConsentState.objects.filter(contact=contact).order_by("pk").select_for_update(no_key=True))
    if living := frozenset(Purpose(one.purpose) for one in states if one.state in LIVING):
        stopped = withdrawal_effects(contact, living)
        apply(_release(Type.WITHDRAWN, contact, living, by, stopped))
        settled(contact, None)


def _release(
    type_: Type, contact: Contact, purposes: frozenset[Purpose], by: Member, stopped: Cancelled | None = None
) -> ConsentEvent:
    return ledger.append(
        type=type_,
        channel=Channel.STAFF_DESK,
        contact=contact,
        purposes={purpose: purpose in purposes for purpose in Purpose},
        actor=Actor.member(by),
        act={"rule": RELEASED},
        occurred_at=timezone.now(),
        cancelled=stopped.count if stopped else None,
        already_handed_over=stopped.already_handed_over if stopped else None,
    )


def forget_wrong_numbers(*, now: datetime) -> int:
    """All of it at once; answers how many were forgotten."""
    return sum(forgetting_wrong_numbers(now=now))


def forgetting_wrong_numbers(*, now: datetime) -> Iterator[int]:
    """Forget chat and number of those nobody has heard of for 30 days, each in its own transaction, and say after each
    whether there was something to forget.

    The keyed hash stays as the block list, the evidence of the act as long as every other (Art. 17(3)(e)). A number
    that was released since is no wrong number any more.
    """
    for contact_id in _wrong_since_before(now - KEPT):
        yield _forget(contact_id, now - KEPT)


def _wrong_since_before(then: datetime) -> list[Any]:
    """Those whose time has just come first: a run that breaks off has got to them, the others were looked at before."""
    with transaction.atomic():
        told = ConsentEvent.objects.filter(type=Type.WRONG_NUMBER).values("contact_id").annotate(at=Max("recorded_at"))
        found = told.filter(at__lt=then, contact__blocked_at__isnull=False)
        found = found.exclude(contact__blocked_reason__in=set(BlockReason) - {BlockReason.WRONG_NUMBER})
        return list(found.order_by("-at", "contact_id").values_list("contact_id", flat=True))


@transaction.atomic
def _forget(contact_id: Any, then: datetime) -> int:
    contact = Contact.objects.filter(pk=contact_id).locked().get()
    return int(forget_contact(contact=contact, before=then))
