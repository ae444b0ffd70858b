"""Acts of consent: what a person or somebody for them does, written to the ledger and carried into the state.

Each takes the contact's row first and is safe to repeat: an act is known by its reference (a wamid), so a webhook that
comes twice is one event. Forms on the web are in consent/opt_ins.py.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db import transaction

from consent import ledger, website
from consent.codes import normalise_code
from consent.effects import Cancelled, withdrawal_effects
from consent.gate import Consent
from consent.ledger import PATIENT, Actor, Type, find_act
from consent.limits import WRONG_CODES_PER_CONTACT, LimitsUnavailable
from consent.models import Channel, ConsentEvent, ConsentState, ConsentText, PendingOptIn
from consent.number_checks import CONFIRM, NOT_THIS, WRONG, confirm_waiting, decline_waiting
from consent.opt_in_codes import code_hash
from consent.opt_ins import Said, confirm
from consent.purposes import ADVERTISING, Purpose
from consent.renewals import agreeing
from consent.states import apply, purposes_of_number
from consent.wording import BUTTON_MORE, BUTTON_NO, BUTTON_YES, current_text
from consent.wrong_numbers import wrong_number
from patients.actions import prove_number
from patients.models import Contact, Patient
from practices.audit import record
from practices.live import changed
from practices.models import Member

ONLY_REMINDERS, EVERYTHING, NO_CHANGE = "nur_erinnerungen", "alles_abmelden", "nichts_aendern"
EVERY_PURPOSE = frozenset(Purpose)
# What a tap ends. The last is the button of T-11 and T-12, which comes back with its own title.
ENDS = {ONLY_REMINDERS: ADVERTISING, EVERYTHING: EVERY_PURPOSE, "Keine Erinnerung": frozenset({Purpose.RECALL})}


class Outcome(StrEnum):
    """What an act of the person came to; the caller decides what to answer."""

    GRANTED = "granted"  # E1
    REPEATED = "repeated"  # told before, nothing happened, nothing is to be answered
    OUTDATED = "outdated"  # agreed to a text that a newer one has replaced meanwhile: text C at once
    DEAD = "dead"  # the code expired or was used: text C at once, with the form if it can still be confirmed
    UNKNOWN = "unknown"  # no code or button of ours: an ordinary message
    LIMITED = "limited"  # too many wrong codes from this number in an hour
    REJECTED = "rejected"  # E6
    WITHDRAWN = "withdrawn"  # E2 or E3
    WRONG_NUMBER = "wrong_number"  # E7
    FROM_WEBSITE = "from_website"  # text D was read: text C, whose yes grants
    PENDING = "pending"  # START: text C, whole
    ALREADY_GRANTED = "already_granted"
    MORE_WANTED = "more_wanted"  # the link to the page with all choices
    UNCHANGED = "unchanged"


@dataclass(frozen=True)
class Withdrawal:
    """A withdrawal on the ledger and what it did. `changed` is empty if everything was withdrawn before."""

    event: ConsentEvent
    cancelled: int
    already_handed_over: int
    changed: frozenset[Purpose]
    is_repeat: bool = False


@dataclass(frozen=True)
class Act:
    """The outcome of a code, a button or a word."""

    outcome: Outcome
    event: ConsentEvent | None = None
    purposes: frozenset[Purpose] = frozenset()
    opt_in: PendingOptIn | None = None  # with DEAD: the form text C may confirm; with FROM_WEBSITE: who came
    withdrawal: Withdrawal | None = None


@transaction.atomic
def confirm_code(*, contact: Contact, code: str, message_id: str, at: datetime) -> Act:
    """The prefilled message arrived: its number is proven and what was ticked is granted (C-07).

    `at` is the provider's time, `message_id` the wamid. A code works once and for 30 minutes.
    """
    contact = _locked(contact)
    if told := find_act(Type.CONFIRMED, at, message_id):
        return Act(Outcome.REPEATED, told)
    opt_in = _opt_in_of(code)
    if opt_in is None or contact.blocked_at:  # nothing may go to a blocked number, so nothing holds; the team looks
        return Act(Outcome.UNKNOWN if contact.blocked_at or _may_try_again(contact) else Outcome.LIMITED)
    if opt_in.used_at:
        return Act(Outcome.DEAD)
    if opt_in.widget_id:
        return _arrived_from_website(opt_in, contact, at)
    if opt_in.code_expires_at <= at:
        return Act(Outcome.DEAD, opt_in=opt_in, purposes=_ticked(opt_in))
    return _confirmed(opt_in, contact, Said(Channel.WHATSAPP_KEYWORD, {"code": "of the form"}, message_id, at))


@transaction.atomic
def confirm_button(
    *,
    contact: Contact,
    payload: str,
    message_id: str,
    at: datetime,
    language: str = "de",
    text: ConsentText | None = None,
) -> Act:
    """A button of text C, T-11, T-12, T-15 or E4 was tapped. UNKNOWN for a button that is none of ours.

    "Ja" grants `organisation`, or confirms the form whose dead code brought the text, or what the website began.
    `text` is the version that was sent, by default the current one in `language`.
    """
    contact = _locked(contact)
    button, _dot, opt_in_id = payload.partition(".")
    if told := _told_before(at, message_id):
        return Act(Outcome.REPEATED, told)
    said = Said(Channel.WHATSAPP_BUTTON, {"button": payload, "message_id": message_id}, message_id, at)
    if contact.blocked_at and button in {BUTTON_YES, CONFIRM}:
        return Act(Outcome.UNKNOWN)
    if button == BUTTON_YES:
        opt_in, shown = _opt_in_to_confirm(opt_in_id, contact), text or current_text(ConsentText.Kind.CHAT, language)
        return _confirmed(opt_in, contact, said, text) if opt_in else _say_yes(contact, said, shown)
    answers = {CONFIRM: _say_it_was_me, NOT_THIS: _say_not_this, WRONG: _say_it_was_not_me, BUTTON_NO: _say_no}
    if button in answers:
        return answers[button](contact, said)
    if button in ENDS:
        return _change_by_button(contact, button, said)
    others = {BUTTON_MORE: Outcome.MORE_WANTED, NO_CHANGE: Outcome.UNCHANGED}
    return Act(others.get(button, Outcome.UNKNOWN))


@transaction.atomic
def start_again(*, contact: Contact, word: str, message_id: str, at: datetime) -> Act:
    """START: pending until the person agrees to the full text, which the caller sends (section 2.2)."""
    contact = _locked(contact)
    if told := find_act(Type.RENEWED, at, message_id):
        return Act(Outcome.REPEATED, told)
    if contact.blocked_at:  # a wrong number, or staff decided: nothing goes out, so there is nothing to agree to
        return Act(Outcome.UNCHANGED)
    if _states(contact)[Purpose.ORGANISATION] == Consent.GRANTED:
        return Act(Outcome.ALREADY_GRANTED)
    event = _append(
        Type.RENEWED,
        contact,
        {Purpose.ORGANISATION},
        channel=Channel.WHATSAPP_KEYWORD,
        act={"keyword": word, "message_id": message_id},
        occurred_at=at,
        reference=message_id,
    )
    apply(event)
    _tell(contact)
    return Act(Outcome.PENDING, event, frozenset({Purpose.ORGANISATION}))


@transaction.atomic
def withdraw(
    *,
    contact: Contact,
    purposes: Collection[Purpose] | None = None,
    channel: Channel,
    act: Mapping[str, Any],
    occurred_at: datetime,
    reference: str | None = None,
    patient: Patient | None = None,
    actor: Actor | None = None,
    by: Member | None = None,
    proof_ref: Mapping[str, Any] | None = None,
) -> Withdrawal:
    """Consent ends for these purposes, all of them unless named (Art. 7(3) DSGVO); queued messages are cancelled.

    The event names how many were cancelled and how many the provider had already. `reference` (a wamid) makes the
    same act told twice one event. With `by`, a member books it for the person. With `patient`, only what was agreed to
    for this one ends. Whoever books it elsewhere than in the chat wants consent/withdrawals.py.
    """
    contact = _locked(contact)
    if reference and (told := find_act(Type.WITHDRAWN, occurred_at, reference)):
        return _told(told)
    wanted = frozenset(purposes if purposes is not None else Purpose)
    effects = _cancel_queued(contact, wanted, patient)
    event = _append(
        Type.WITHDRAWN,
        contact,
        wanted,
        channel=channel,
        patient=patient,
        actor=actor or (Actor.member(by) if by else PATIENT),
        act=act,
        occurred_at=occurred_at,
        reference=reference,
        proof_ref=proof_ref,
        cancelled=effects.count,
        already_handed_over=effects.already_handed_over,
    )
    withdrawal = Withdrawal(event, effects.count, effects.already_handed_over, apply(event))
    if by:
        record("consent_withdrawn", about=contact, by=by, purposes=sorted(wanted), cancelled=effects.count)
    _tell(contact)
    return withdrawal


def _cancel_queued(contact: Contact, purposes: frozenset[Purpose], patient: Patient | None) -> Cancelled:
    # Held until the end, so that no claim reads them in between (design: lock order).
    list(ConsentState.objects.filter(contact=contact).order_by("pk").select_for_update(no_key=True))
    return withdrawal_effects(contact, purposes, patient)


@transaction.atomic
def reject(
    *,
    contact: Contact,
    channel: Channel,
    act: Mapping[str, Any],
    occurred_at: datetime,
    reference: str | None = None,
    by: Member | None = None,
) -> Act:
    """ "Nein, danke". Whoever had agreed before, for themselves or for somebody else, withdraws with it, since any
    wording counts."""
    contact = _locked(contact)
    if reference and (told := find_act(Type.REJECTED, occurred_at, reference)):
        return Act(Outcome.REPEATED, told)
    if purposes_of_number(contact, Consent.GRANTED):
        withdrawal = withdraw(
            contact=contact, channel=channel, act=act, occurred_at=occurred_at, reference=reference, by=by
        )
        return Act(Outcome.WITHDRAWN, withdrawal.event, withdrawal.changed, withdrawal=withdrawal)
    withdrawal_effects(contact, EVERY_PURPOSE)  # a question that is still queued is not asked any more
    event = _append(
        Type.REJECTED,
        contact,
        EVERY_PURPOSE,
        channel=channel,
        actor=Actor.member(by) if by else PATIENT,
        act=act,
        occurred_at=occurred_at,
        reference=reference,
    )
    moved = apply(event)
    _tell(contact)
    return Act(Outcome.REJECTED, event, moved)


# ── a code ──


def _opt_in_of(code: str) -> PendingOptIn | None:
    spelled = normalise_code(code)
    if spelled is None:
        return None
    found = PendingOptIn.objects.filter(code_hash=code_hash(spelled)).select_for_update(of=("self",))
    opt_in: PendingOptIn | None = found.select_related("event__text").first()
    return opt_in


def _may_try_again(contact: Contact) -> bool:
    try:
        return WRONG_CODES_PER_CONTACT.allows(str(contact.pk))
    except LimitsUnavailable:
        return True  # 39 random bits are no target for a person typing, and a message must not wait for Redis


def _arrived_from_website(opt_in: PendingOptIn, contact: Contact, at: datetime) -> Act:
    """Number and source are proven, and nothing is agreed to. A code belongs to the first number that sends it; from
    others, or too late, it gets text C too, whose yes then stands for itself."""
    if opt_in.code_expires_at <= at or opt_in.contact_id not in {None, contact.pk}:
        return Act(Outcome.DEAD)
    prove_number(contact=contact, at=at)
    if _states(contact)[Purpose.ORGANISATION] == Consent.GRANTED:
        return Act(Outcome.UNKNOWN)  # nothing to ask: somebody answers, as to any other message
    contact.language = opt_in.language
    contact.save(update_fields=["language"])
    opt_in.contact = contact
    opt_in.save(update_fields=["contact"])
    return Act(Outcome.FROM_WEBSITE, opt_in=opt_in)


def _confirmed(opt_in: PendingOptIn, contact: Contact, said: Said, text: ConsentText | None = None) -> Act:
    with agreeing(contact):
        if opt_in.widget_id:
            event = website.agree(opt_in, contact, said, text or current_text(ConsentText.Kind.CHAT, opt_in.language))
        else:
            event = confirm(opt_in, contact, said)
    prove_number(contact=contact, at=said.at)
    _tell(contact)
    return _granted(contact, event, _ticked(opt_in))


def _granted(contact: Contact, event: ConsentEvent, purposes: frozenset[Purpose]) -> Act:
    """The yes as it stands: one that came later than a newer no is on the ledger and grants nothing, and neither does
    one to a text that a newer one has replaced."""
    states = _states(contact)
    if granted := frozenset(purpose for purpose in purposes if states[purpose] == Consent.GRANTED):
        return Act(Outcome.GRANTED, event, granted)
    is_outdated = states[Purpose.ORGANISATION] == Consent.OUTDATED
    return Act(Outcome.OUTDATED if is_outdated else Outcome.UNCHANGED, event)


def _ticked(opt_in: PendingOptIn) -> frozenset[Purpose]:
    return frozenset(Purpose(name) for name, said in opt_in.purposes.items() if said)


# ── a button ──


def _told_before(at: datetime, message_id: str) -> ConsentEvent | None:
    """One tap leads to one event, of whichever type."""
    types = (Type.GRANTED, Type.CONFIRMED, Type.REJECTED, Type.WITHDRAWN, Type.WRONG_NUMBER)
    return next(filter(None, (find_act(type_, at, message_id) for type_ in types)), None)


def _say_yes(contact: Contact, said: Said, text: ConsentText) -> Act:
    with agreeing(contact):
        event = _append(
            Type.GRANTED,
            contact,
            {Purpose.ORGANISATION},
            channel=said.channel,
            text=text,
            notice_version=text.version,  # all texts of a version are shown together
            act=said.act,
            occurred_at=said.at,
            reference=said.message_id,
        )
        apply(event)
    prove_number(contact=contact, at=said.at)
    _tell(contact)
    return _granted(contact, event, frozenset({Purpose.ORGANISATION}))


def _opt_in_to_confirm(opt_in_id: str, contact: Contact) -> PendingOptIn | None:
    """The form whose confirmation the button carries; one from the website only for who came from there."""
    try:
        wanted = UUID(opt_in_id)
    except ValueError:
        return None
    found = PendingOptIn.objects.filter(pk=wanted, used_at=None).select_for_update(of=("self",))
    opt_in: PendingOptIn | None = found.select_related("event__text", "text").first()
    return None if opt_in and opt_in.widget_id and opt_in.contact_id != contact.pk else opt_in


def _say_it_was_me(contact: Contact, said: Said) -> Act:
    """T-15, or the same question in the open chat: what waited for the proof holds now."""
    prove_number(contact=contact, at=said.at)
    with agreeing(contact):
        events, purposes = confirm_waiting(contact, said)
    if not events:
        is_outdated = _states(contact)[Purpose.ORGANISATION] == Consent.OUTDATED
        return Act(Outcome.OUTDATED if is_outdated else Outcome.UNCHANGED)
    _tell(contact)
    return Act(Outcome.GRANTED, events[0], purposes)


def _say_not_this(contact: Contact, said: Said) -> Act:
    """What was taken down besides is refused; what held before goes on, so there is nothing to be told."""
    decline_waiting(contact, said, own=True)
    _tell(contact)
    return Act(Outcome.UNCHANGED)


def _say_it_was_not_me(contact: Contact, said: Said) -> Act:
    event = wrong_number(
        contact=contact, channel=said.channel, act=said.act, occurred_at=said.at, reference=said.message_id
    )
    return Act(Outcome.WRONG_NUMBER, event)


def _say_no(contact: Contact, said: Said) -> Act:
    prove_number(contact=contact, at=said.at)
    decline_waiting(contact, said)
    return reject(contact=contact, channel=said.channel, act=said.act, occurred_at=said.at, reference=said.message_id)


def _change_by_button(contact: Contact, button: str, said: Said) -> Act:
    """E4: "Nur Erinnerungen" keeps appointments and treatment and ends recall and advertising."""
    withdrawal = withdraw(
        contact=contact,
        purposes=ENDS[button],
        channel=said.channel,
        act=said.act,
        occurred_at=said.at,
        reference=said.message_id,
    )
    return Act(Outcome.WITHDRAWN, withdrawal.event, withdrawal.changed, withdrawal=withdrawal)


# ── what all acts share ──


def _locked(contact: Contact) -> Contact:
    """The first lock of every act. NO KEY UPDATE keeps acts and claims of one person apart and lets others point
    foreign keys at the row; FOR UPDATE would make them wait, and a transaction that began at a conversation with it."""
    held: Contact = Contact.objects.filter(pk=contact.pk).locked().get()
    return held


def _append(type_: Type, contact: Contact, purposes: Collection[Purpose], **evidence: Any) -> ConsentEvent:
    concerned = {purpose: purpose in purposes for purpose in Purpose}
    return ledger.append(type=type_, contact=contact, purposes=concerned, **({"actor": PATIENT} | evidence))


def _states(contact: Contact) -> dict[Purpose, Consent]:
    rows = ConsentState.objects.filter(contact=contact, patient=None).values_list("purpose", "state")
    known = {Purpose(purpose): Consent(state) for purpose, state in rows}
    return {purpose: known.get(purpose, Consent.NONE) for purpose in Purpose}


def _told(event: ConsentEvent) -> Withdrawal:
    evidence = ledger.evidence_of(event)
    counts = Cancelled(evidence["cancelled"], evidence["already_handed_over"])
    return Withdrawal(event, counts.count, counts.already_handed_over, frozenset(), is_repeat=True)


def _tell(contact: Contact) -> None:
    changed("contact", contact.pk)
