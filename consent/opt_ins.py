"""Forms that were agreed to and wait for the message that proves the number: from the page to the ledger."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import cast
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from consent import ledger
from consent.gate import Consent
from consent.ledger import PATIENT, SYSTEM, Type
from consent.models import Channel, ConsentEvent, ConsentState, ConsentText, ConsentTrace, PendingOptIn, QrCode, Widget
from consent.openings import note_agreement, note_confirmation
from consent.opt_in_codes import MOST_TRIES, code_hash, codes_of
from consent.purposes import Purpose
from consent.states import apply
from consent.wording import practice_in_scope
from patients.models import Contact, Patient
from practices.live import changed

CODE_LIFETIME = timedelta(minutes=30)
KEPT = timedelta(days=14)  # C-08
BATCH = 100  # people, or forms, in one transaction


class FormOutdated(Exception):
    """This form was sent before and its code has been used or has expired: a fresh page is needed."""


@dataclass(frozen=True)
class Submitted:
    """A form on the ledger, and the code its person sends us."""

    opt_in: PendingOptIn
    code: str = field(repr=False)
    is_repeat: bool


@dataclass(frozen=True, kw_only=True)
class Form:
    """What a person sent from a page. `network` is the truncated address; like the browser's family it lies beside
    the ledger and goes after 90 days (section 2.4)."""

    id: UUID
    ticked: frozenset[Purpose]
    text: ConsentText
    notice_version: str
    occurred_at: datetime
    qr_code: QrCode | None = None
    widget: Widget | None = None  # then text D was read and nothing is agreed to yet (consent/website.py)
    channel: Channel = Channel.QR_WEB
    network: str = ""
    browser: str = ""


def submit_form(*, form: Form) -> Submitted:
    """A person agreed on a page, or read text D. The same form twice is one act with one code. Raises FormOutdated."""
    if earlier := _submitted(form):
        return earlier
    try:
        return _submit(form)
    except IntegrityError:
        # The same form came in twice at once; the other one is on the ledger now.
        if earlier := _submitted(form):
            return earlier
        raise


def _submitted(form: Form) -> Submitted | None:
    opt_in = PendingOptIn.objects.filter(form_id=form.id).first()
    if opt_in is None:
        return None
    if opt_in.used_at or opt_in.code_expires_at <= form.occurred_at:
        raise FormOutdated
    kept = bytes(opt_in.code_hash)
    code = next((code for code in islice(codes_of(form.id), MOST_TRIES) if code_hash(code) == kept), None)
    if code is None:
        raise FormOutdated
    return Submitted(opt_in, code, is_repeat=True)


@transaction.atomic
def _submit(form: Form) -> Submitted:
    opt_in = PendingOptIn(form_id=form.id, language=form.text.language, qr_code=form.qr_code, widget=form.widget)
    if form.widget:
        opt_in.text = form.text
    else:
        opt_in.event = _book(form, opt_in.pk)
    code = _free_code(form.id)
    opt_in.code_hash = code_hash(code)
    opt_in.code_expires_at = form.occurred_at + CODE_LIFETIME
    opt_in.purposes = {str(purpose): purpose in form.ticked for purpose in Purpose}
    opt_in.save(force_insert=True)
    if form.qr_code:
        note_agreement(form.qr_code.pk, practice_in_scope())
    changed("opt_in", opt_in.pk)
    return Submitted(opt_in, code, is_repeat=False)


def _book(form: Form, opt_in_id: UUID) -> ConsentEvent:
    event = ledger.append(
        type=Type.GRANTED,
        channel=form.channel,
        pending_opt_in_id=opt_in_id,
        text=form.text,
        notice_version=form.notice_version,
        purposes={purpose: purpose in form.ticked for purpose in Purpose},
        actor=PATIENT,
        act={"boxes": sorted(form.ticked)},
        proof_ref={"form_id": str(form.id), "qr_code": str(form.qr_code.pk) if form.qr_code else None},
        occurred_at=form.occurred_at,
    )
    if form.network or form.browser:
        ConsentTrace.objects.create(event=event, network=form.network, browser=form.browser)
    return event


def _free_code(form_id: UUID) -> str:
    """The first of the form's codes that no other form has; the unique key settles what this look cannot see."""
    candidates = codes_of(form_id)
    code = next(candidates)
    while PendingOptIn.objects.filter(code_hash=code_hash(code)).exists():
        code = next(candidates)
    return code


@dataclass(frozen=True)
class Said:
    """An act in the chat: `at` is the provider's time, `message_id` the wamid."""

    channel: Channel
    act: Mapping[str, str] = field(repr=False)
    message_id: str = field(repr=False)
    at: datetime


def confirm(opt_in: PendingOptIn, contact: Contact, said: Said) -> ConsentEvent:
    """The number is proven: what was ticked is granted, and the person is answered in the language it read.

    For forms; what the website began is confirmed in consent/website.py. The caller holds the contact's row and the
    opt-in's.
    """
    granted = cast(ConsentEvent, opt_in.event)
    event = ledger.append(
        type=Type.CONFIRMED,
        channel=said.channel,
        contact=contact,
        text=granted.text,
        notice_version=ledger.evidence_of(granted)["privacy_notice_version"],
        purposes=ticked_in(opt_in),
        actor=PATIENT,
        act={**said.act, "message_id": said.message_id},
        refers_to=granted,
        occurred_at=said.at,
        reference=said.message_id,
    )
    apply(event)
    opt_in.used_at, opt_in.contact = said.at, contact
    opt_in.save(update_fields=["used_at", "contact"])
    contact.language = opt_in.language
    contact.save(update_fields=["language"])
    if opt_in.qr_code_id:
        note_confirmation(opt_in.qr_code_id, practice_in_scope())
    changed("opt_in", opt_in.pk)
    return event


def ticked_in(opt_in: PendingOptIn) -> dict[Purpose, bool]:
    return {purpose: bool(opt_in.purposes.get(str(purpose))) for purpose in Purpose}


def expire_opt_ins(*, now: datetime) -> int:
    """All of it at once; answers how many events that gave."""
    return sum(expiring(now=now))


def expiring(*, now: datetime, limit: int = BATCH) -> Iterator[int]:
    """Let forms and pending consents older than 14 days expire (C-08), and say after each batch how many events
    it gave.

    Each batch is a transaction of its own that holds the rows of so many people at most: somebody's STOP waits for
    no more than that, and a run that breaks off keeps what it did. Used forms go as well: their proof is on the
    ledger. From the website nothing was agreed to that could expire.
    """
    for expire in (_expire_people, _expire_forms):
        last: UUID | None = None
        while batch := expire(now, last, limit):
            last, events = batch
            yield events


@transaction.atomic
def _expire_people(now: datetime, after: UUID | None, limit: int) -> tuple[UUID, int] | None:
    """The next people behind `after` in id order: the last of them, and how many events that gave."""
    overdue = overdue_at(now).filter(contact_id__gt=after) if after else overdue_at(now)
    ids = list(overdue.order_by("contact_id").values_list("contact_id", flat=True).distinct()[:limit])
    if not ids:
        return None
    events = sum(_expire_contact(contact, now) for contact in Contact.objects.filter(pk__in=ids).locked())
    return ids[-1], events


@transaction.atomic
def _expire_forms(now: datetime, after: UUID | None, limit: int) -> tuple[UUID, int] | None:
    """The next forms behind `after`, likewise; one that is being confirmed at this moment is left alone."""
    forms = PendingOptIn.objects.filter(created_at__lt=now - KEPT).order_by("pk")
    behind = forms.filter(pk__gt=after) if after else forms
    old = list(behind.select_for_update(skip_locked=True)[:limit])
    if not old:
        return None
    unconfirmed = [(opt_in, opt_in.event) for opt_in in old if opt_in.event and opt_in.used_at is None]
    for opt_in, granted in unconfirmed:
        _book_expiry(granted, ticked_in(opt_in), now, opt_in=opt_in)
    PendingOptIn.objects.filter(pk__in=[opt_in.pk for opt_in in old]).delete()
    return old[-1].pk, len(unconfirmed)


def overdue_at(moment: datetime) -> QuerySet[ConsentState]:
    """What has expired by then if nobody confirms it. Counted from when it was written down: a paper may have been
    signed long before."""
    before = moment - KEPT
    return ConsentState.objects.filter(state=Consent.PENDING, since__lt=before, event__recorded_at__lt=before)


def _expire_contact(contact: Contact, now: datetime) -> int:
    """One event for each act that was never confirmed; answers how many."""
    by_act: dict[UUID, list[ConsentState]] = {}
    for row in overdue_at(now).filter(contact=contact).select_related("event", "patient"):
        by_act.setdefault(row.event_id, []).append(row)
    for rows in by_act.values():
        waiting = {Purpose(row.purpose) for row in rows}
        purposes = {purpose: purpose in waiting for purpose in Purpose}
        apply(_book_expiry(rows[0].event, purposes, now, contact=contact, patient=rows[0].patient))
    return len(by_act)


def _book_expiry(
    granted: ConsentEvent,
    purposes: Mapping[Purpose, bool],
    now: datetime,
    *,
    opt_in: PendingOptIn | None = None,
    contact: Contact | None = None,
    patient: Patient | None = None,
) -> ConsentEvent:
    return ledger.append(
        type=Type.EXPIRED,
        channel=Channel(granted.channel),
        contact=contact,
        pending_opt_in_id=opt_in.pk if opt_in else None,
        patient=patient,
        purposes=purposes,
        actor=SYSTEM,
        act={"rule": "not_confirmed_in_14_days"},
        refers_to=granted,
        proof_ref=ledger.evidence_of(granted)["proof_ref"],  # a paper's act names it, its end too (section 2.4)
        occurred_at=now,
    )
