"""The reply box: what may go out now, by the gate's own answer (templates/messaging/_composer.html)."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.utils import timezone
from django.utils.translation import gettext as _

from consent.gate import Consent, Kind
from consent.models import ConsentState
from consent.purposes import Purpose
from messaging import dispatch
from messaging.inbox.picker import Choice, choices_for
from messaging.models import Conversation
from practices.access import SENDERS
from practices.models import Member, Practice
from practices.refusal import Refusal

SHORT = timedelta(hours=2)
# The gate's codes → which face the composer shows instead of a box.
GATES = {
    "dpf": "channel",
    "channel": "channel",
    "blocked": "blocked",
    "number_unproven": "pending",
    "identity": "identity",
    "window": "window",
}


@dataclass(frozen=True)
class Overtaken:
    """A colleague answered after the page was loaded."""

    author: str
    at: datetime
    text: str


@dataclass(frozen=True)
class Composer:
    """`gate` is empty where text may go; else window, consent, pending, identity, stopped, blocked, channel, role."""

    gate: str
    sentence: str = ""
    next_step: str = ""
    purposes: list[tuple[str, str]] = field(default_factory=list)
    purpose: str = ""
    client_id: UUID | None = None
    text: str = ""
    quote: UUID | None = None
    errors: list[str] = field(default_factory=list)
    window_until: datetime | None = None
    window_is_short: bool = False
    templates: list[Choice] = field(default_factory=list)
    overtaken: Overtaken | None = None


@dataclass(frozen=True)
class Typed:
    """What somebody was sending when it was refused: shown again, so that nothing is typed twice."""

    client_id: UUID | None = None
    text: str = ""
    purpose: str = ""
    quote: UUID | None = None
    errors: list[str] = field(default_factory=list)
    overtaken: Overtaken | None = None
    template: UUID | None = None
    values: dict[str, str] = field(default_factory=dict)


NOTHING_TYPED = Typed()


def composer_of(
    conversation: Conversation, states: list[ConsentState], member: Member, typed: Typed = NOTHING_TYPED
) -> Composer:
    """The box, or the reason why there is none. Asks the gate once; templates are read only where they are needed."""
    if member.role not in SENDERS:
        return Composer("role", sentence=_("Ihre Rolle darf lesen, aber nicht senden."))
    granted = [purpose for purpose in Purpose if _state(states, purpose) == Consent.GRANTED]
    purpose = _chosen(typed.purpose, granted)
    until = conversation.window_open_until
    gate, sentence, next_step = gate_of(conversation, states, purpose, member.practice)
    return Composer(
        gate=gate,
        sentence=sentence,
        next_step=next_step,
        purposes=[(one.value, str(one.label)) for one in granted],
        purpose=purpose,
        client_id=typed.client_id or uuid4(),
        text=typed.text,
        quote=typed.quote,
        errors=typed.errors,
        window_until=until,
        window_is_short=until is not None and until - timezone.now() < SHORT,
        templates=_choices(conversation, granted, member.practice, typed) if gate == "window" else [],
        overtaken=typed.overtaken,
    )


def _choices(conversation: Conversation, granted: list[Purpose], practice: Practice, typed: Typed) -> list[Choice]:
    return choices_for(conversation, granted, practice, typed.template, typed.values)


def gate_of(
    conversation: Conversation, states: list[ConsentState], purpose: Purpose, practice: Practice
) -> tuple[str, str, str]:
    """The composer's face for a free text, the gate's sentence and what to do instead; asks the database nothing."""
    known = dispatch.Known(Consent(_state(states, purpose)), practice.data_transfer_stopped)
    try:
        dispatch.require_permission(conversation, Kind.FREE_TEXT, purpose, known=known)
    except Refusal as refusal:
        if refusal.reason == "consent":
            has_said_no = _state(states, purpose) in {Consent.WITHDRAWN, Consent.REJECTED}
            return ("stopped" if has_said_no else "consent"), refusal.for_person, refusal.next_step
        return GATES.get(refusal.reason, "consent"), refusal.for_person, refusal.next_step
    return "", "", ""


def _chosen(wanted: str, granted: list[Purpose]) -> Purpose:
    """What was chosen before if it still may; else the first purpose that is granted."""
    if wanted in granted:
        return Purpose(wanted)
    return granted[0] if granted else Purpose.ORGANISATION


def _state(states: list[ConsentState], purpose: Purpose) -> str:
    return next((state.state for state in states if state.purpose == purpose), Consent.NONE)
