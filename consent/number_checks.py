"""Is this the right number? What was agreed to at the desk or on paper waits until the number has proven itself (C-07).

Outside the window T-15 asks, once (C-08); to somebody who writes first the same question goes into the open chat. Its
three buttons come back with our payloads. Sending is for the room above: it registers, in AppConfig.ready,

    register(ask=ask_for_proof, standing=standing_of)
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from consent import ledger
from consent.gate import Consent
from consent.ledger import PATIENT, SYSTEM, Type
from consent.models import Channel, ConsentEvent, ConsentState
from consent.opt_ins import Said
from consent.purposes import Purpose
from consent.states import apply
from consent.texts import Button
from patients.models import Contact
from practices.models import Member

TEMPLATE = "optin_bestaetigung"  # T-15
CONFIRM, DECLINE, WRONG = "ja_bestaetigen", "nein_danke", "falsche_nummer"
PAYLOADS = (CONFIRM, DECLINE, WRONG)  # in the order of the template's buttons
# Acts outside the chat that a tap can confirm; START has shown the whole text, whose own button grants.
CONFIRMABLE = (Type.GRANTED, Type.IMPORTED)

# T-15 as a message of the open chat: the question, then the titles of its buttons.
QUESTION = {
    "de": (
        "Guten Tag, für diese Nummer wurde am {date} angegeben, dass {practice} Ihnen über WhatsApp schreiben darf. "
        "Bitte bestätigen Sie das. Erst danach schreiben wir Ihnen. "
        "Waren Sie das nicht? Dann tippen Sie auf „Falsche Nummer“.",
        ("Ja, bestätigen", "Nein, danke", "Falsche Nummer"),
    ),
    "en": (
        "Hello, on {date} somebody stated for this number that {practice} may write to you on WhatsApp. "
        "Please confirm this. We will only write to you afterwards. "
        "Was it not you? Then please tap “Wrong number”.",
        ("Yes, confirm", "No, thank you", "Wrong number"),
    ),
}


@dataclass(frozen=True)
class NumberCheck:
    """Where the question stands: asked, or why it was not, and what the desk can do instead."""

    is_asked: bool
    for_person: str
    next_step: str = ""
    conversation_id: UUID | None = None


Ask = Callable[[Contact, datetime, Member | None], NumberCheck]
Standing = Callable[[Contact], NumberCheck | None]
_registered: list[tuple[Ask, Standing]] = []


def register(*, ask: Ask, standing: Standing) -> None:
    """Who can ask a number, and can say what became of it (None: it was never asked)."""
    _registered[:] = [(ask, standing)]


def ask_for_proof(contact: Contact, agreed_at: datetime, by: Member | None) -> NumberCheck | None:
    """Queue the question in the caller's transaction, which holds the contact; None where no room can send."""
    for ask, _standing in _registered:
        return ask(contact, agreed_at, by)
    return None


def standing_of(contact: Contact) -> NumberCheck | None:
    """What became of the question."""
    for _ask, standing in _registered:
        return standing(contact)
    return None


def question(language: str, *, date: str, practice: str) -> tuple[str, list[Button]]:
    """The question for an open chat, in German where we have no words."""
    words, titles = QUESTION.get(language, QUESTION["de"])
    buttons = [Button(payload, title) for payload, title in zip(PAYLOADS, titles, strict=True)]
    return words.format(date=date, practice=practice), buttons


# ── what waits for the proof ──


def waiting_acts(contact: Contact) -> dict[ConsentEvent, frozenset[Purpose]]:
    """Each act of this contact that only lacks the proof, oldest first, with the purposes it still waits for."""
    waiting = ConsentState.objects.filter(contact=contact, state=Consent.PENDING, event__type__in=CONFIRMABLE)
    by_act: dict[ConsentEvent, set[Purpose]] = {}
    for row in waiting.select_related("event__text", "event__patient").order_by("event__seq", "purpose"):
        by_act.setdefault(row.event, set()).add(Purpose(row.purpose))
    return {event: frozenset(purposes) for event, purposes in by_act.items()}


def confirm_waiting(contact: Contact, said: Said) -> tuple[list[ConsentEvent], frozenset[Purpose]]:
    """ "Ja, bestätigen": each waiting act gets its own confirmation, for exactly what it waits for.

    The caller holds the contact's row and has looked whether this tap was told before.
    """
    waiting = waiting_acts(contact)
    events = [
        _confirm(contact, granted, purposes, said, is_first=not number)
        for number, (granted, purposes) in enumerate(waiting.items())
    ]
    return events, frozenset().union(*waiting.values())


def _confirm(
    contact: Contact, granted: ConsentEvent, purposes: frozenset[Purpose], said: Said, *, is_first: bool
) -> ConsentEvent:
    event = ledger.append(
        type=Type.CONFIRMED,
        channel=said.channel,
        contact=contact,
        patient=granted.patient,
        text=granted.text,
        notice_version=ledger.evidence_of(granted)["privacy_notice_version"],
        purposes={purpose: purpose in purposes for purpose in Purpose},
        actor=PATIENT,
        act=said.act,
        refers_to=granted,
        occurred_at=said.at,
        # One tap, several acts: the first bears the tap's own name, by which a repetition is known.
        reference=said.message_id if is_first else f"{said.message_id}/{granted.pk}",
    )
    apply(event)
    return event


def decline_waiting(contact: Contact, said: Said) -> None:
    """ "Nein, danke" also to what waits for the patients this contact writes for; the caller refuses its own."""
    for granted, purposes in waiting_acts(contact).items():
        if granted.patient is None:
            continue
        event = ledger.append(
            type=Type.REJECTED,
            channel=said.channel,
            contact=contact,
            patient=granted.patient,
            purposes={purpose: purpose in purposes for purpose in Purpose},
            actor=PATIENT,
            act=said.act,
            refers_to=granted,
            occurred_at=said.at,
            reference=f"{said.message_id}/{granted.pk}",
        )
        apply(event)


def confirm_by_known_number(granted: ConsentEvent, contact: Contact, proven_at: datetime) -> ConsentEvent:
    """This number proved itself before and is the speaker's own, as the practice knows: nothing is left to ask."""
    evidence = ledger.evidence_of(granted)
    event = ledger.append(
        type=Type.CONFIRMED,
        channel=Channel(granted.channel),
        contact=contact,
        patient=granted.patient,
        text=granted.text,
        notice_version=evidence["privacy_notice_version"],
        purposes={purpose: evidence["purposes"][purpose] for purpose in Purpose},
        actor=SYSTEM,
        act={"rule": "number_proven", "proven_at": ledger.iso(proven_at)},
        refers_to=granted,
        proof_ref=evidence["proof_ref"],
        occurred_at=granted.occurred_at,
    )
    apply(event)
    return event
