"""The reply box: what may go out now, by the gate's own answer (templates/messaging/_composer.html)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

from django.utils import timezone
from django.utils.translation import gettext as _

from consent.gate import Consent, Kind
from consent.models import ConsentState
from consent.purposes import Purpose
from consent.qr_codes import offered_by
from messaging import dispatch, whom
from messaging.drafts import mark_of
from messaging.inbox.composer_kept import ChosenFile, Held, kept_for
from messaging.inbox.persons import Name
from messaging.inbox.picker import ByHand, Choice, Known, Offer, offer_for
from messaging.inbox.standings import OPEN as STANDS_OPEN
from messaging.inbox.standings import known_to_writer
from messaging.inbox.undecided import Neutral, neutral_for
from messaging.models import Conversation, Draft
from messaging.saved_replies.effects import effects_of
from messaging.whom import links_of, must_choose
from patients.appointments import Visits
from patients.birthdays import born_on
from patients.models import PatientContact, Relation
from practices.access import SENDERS
from practices.models import Member, Practice
from practices.preferences import Preferences, preferences_of
from practices.refusal import Refusal

SHORT = timedelta(hours=2)
# The gate's codes → which face the composer shows instead of a box.
GATES = {
    "live": "live",
    "not_offered": "other",
    "patient": "other",
    "child_number": "age",
    "outgrown": "age",
    "guardians": "age",
    "advertising_cap": "other",
    "dpf": "channel",
    "channel": "channel",
    "blocked": "blocked",
    "number_unproven": "pending",
    "identity": "identity",
    "window": "window",
}
OPEN = frozenset({"", "window"})  # the faces where something may be written

# What is asked once → the field by which pressing again says that it was read.
QUESTIONS = {
    "overtaken": "send_anyway",
    "closed": "though_closed",
    "findings": "despite_findings",
    "brake": "right_person",
}


@dataclass(frozen=True)
class Overtaken:
    """A colleague answered after the page was loaded."""

    author: str
    at: datetime
    text: str


@dataclass(frozen=True)
class Closed:
    """A colleague said that it is done after the text was begun."""

    author: str
    at: datetime


@dataclass(frozen=True)
class Brake:
    """Asked once before it goes out: is it this person? `files`: how many go along, `namesake`: who is called alike,
    `chosen`: whom it concerns, of several."""

    files: int = 0
    namesake: Name | None = None
    chosen: Name | None = None


@dataclass(frozen=True)
class Composer:
    """`gate` is empty where text may go; else window, consent, pending, identity, stopped, blocked, channel, live, age,
    role or other.

    `purposes` may be chosen, `missing` are those the practice asks consent for and did not get.
    `draft` is the mark of the draft there is (messaging/drafts.py), `is_draft` whether the box shows it; `files` what
    goes along, `files_go` whether files may go into this chat; `held` what can still be taken back; `effects` what the
    saved reply does after sending, in words; `standing` how the conversation stood when this was begun; `answered` the
    questions that the next press answers, or has answered; `asked_files` the files of which it
    was asked to whom they go, `asked_patient` whom it was to concern then.
    """

    gate: str
    sentence: str = ""
    next_step: str = ""
    purposes: list[tuple[str, str]] = field(default_factory=list)
    purpose: str = ""
    missing: list[tuple[str, str]] = field(default_factory=list)
    people: list[tuple[str, str]] = field(default_factory=list)
    patient: str = ""
    client_id: UUID | None = None
    text: str = ""
    quote: UUID | None = None
    errors: list[str] = field(default_factory=list)
    window_until: datetime | None = None
    window_is_short: bool = False
    offer: Offer = field(default_factory=Offer)
    overtaken: Overtaken | None = None
    closed: Closed | None = None
    standing: str = STANDS_OPEN
    findings: tuple[str, ...] = ()
    neutral: Neutral | None = None
    brake: Brake | None = None
    last_visit: date | None = None
    draft: str = ""
    is_draft: bool = False
    files: list[ChosenFile] = field(default_factory=list)
    files_go: bool = False
    held: Held | None = None
    saved_reply: UUID | None = None
    effects: list[str] = field(default_factory=list)
    answered: list[str] = field(default_factory=list)
    asked_files: tuple[UUID, ...] = ()
    asked_patient: str = ""
    habits: Preferences = field(default_factory=Preferences)

    @property
    def is_open(self) -> bool:
        """Whether something may be written, if only by a template."""
        return self.gate in OPEN

    @property
    def is_shut(self) -> bool:
        """Whether nothing goes at all: `other` may be about one purpose, and a link goes in another."""
        return not self.is_open and self.gate != "other"

    @property
    def templates(self) -> list[Choice]:
        return self.offer.choices

    @property
    def may_name_findings(self) -> bool:
        """Whether there is a purpose to choose under which findings may be written."""
        return any(value == Purpose.BEHANDLUNG for value, _label in self.purposes)

    @property
    def missing_words(self) -> str:
        return ", ".join(label for _value, label in self.missing)

    @property
    def may_ask_for_findings(self) -> bool:
        """Whether the practice asks for consent to write them, which this person has not given."""
        return any(value == Purpose.BEHANDLUNG for value, _label in self.missing)


@dataclass(frozen=True)
class Typed:
    """What somebody was sending when it was refused: shown again, so that nothing is typed twice.

    `mark` is the draft that window knew: a newer one of another window is none it has seen. `standing` is how the
    conversation stood when it was begun. `answered` are the
    questions that were read, by their fields' names (QUESTIONS); `asked_files` the files that one of them was about,
    `asked_patient` whom it was about.
    """

    client_id: UUID | None = None
    text: str = ""
    purpose: str = ""
    patient: str = ""
    quote: UUID | None = None
    errors: list[str] = field(default_factory=list)
    overtaken: Overtaken | None = None
    closed: Closed | None = None
    standing: str = ""
    findings: tuple[str, ...] = ()
    brake: Brake | None = None
    answered: frozenset[str] = frozenset()
    asked_files: tuple[UUID, ...] = ()
    asked_patient: str = ""
    saved_reply: UUID | None = None
    files: tuple[UUID, ...] = ()
    mark: str | None = None
    template: UUID | None = None
    by_hand: ByHand = field(default_factory=dict)


NOTHING_TYPED = Typed()


@dataclass(frozen=True)
class Answer:
    """What the gate says to a free text for somebody: the composer's face, its sentence, what to do, and what that
    person has agreed to."""

    gate: str
    sentence: str
    next_step: str
    granted: frozenset[Purpose]

    @property
    def is_open(self) -> bool:
        """Whether something may be written, if only by a template."""
        return self.gate in OPEN


def composer_of(
    conversation: Conversation,
    states: list[ConsentState],
    member: Member,
    visits: Mapping[UUID, Visits],
    typed: Typed = NOTHING_TYPED,
) -> Composer:
    """The box, or the reason why there is none. Asks the gate once for everybody the contact writes for; templates are
    read only where they are needed. `states` are all consents of the contact, `visits` of everybody it writes for."""
    if member.role not in SENDERS:
        return Composer("role", sentence=_("Ihre Rolle darf lesen, aber nicht senden."))
    known = dispatch.Known(member.practice, states)
    people = {link.patient_id: link for link in _to_choose_from(conversation)}
    answers = {patient: answer_for(conversation, known, patient, typed.purpose) for patient in people or [None]}
    best = min(answers.values(), key=lambda answer: (not answer.is_open, answer.gate == "window"))
    granted = _in_order(frozenset().union(*(answer.granted for answer in answers.values() if answer.is_open)))
    until = conversation.window_open_until
    kept = kept_for(conversation, member)
    is_draft = not typed.text and typed.client_id is None
    return Composer(
        gate=best.gate,
        sentence=best.sentence,
        next_step=best.next_step,
        purposes=[(one.value, str(one.label)) for one in granted],
        purpose=_chosen(typed.purpose, granted),
        missing=[(one.value, str(one.label)) for one in offered_by(member.practice) if one not in granted],
        people=[
            (str(patient), name_of(people[patient])) for patient, one in answers.items() if patient and one.is_open
        ],
        patient=typed.patient,
        client_id=typed.client_id or uuid4(),
        text=_begun(kept.draft) if is_draft else typed.text,
        quote=typed.quote,
        errors=typed.errors,
        window_until=until,
        window_is_short=until is not None and until - timezone.now() < SHORT,
        offer=_offer(conversation, granted, member.practice, typed, visits) if best.gate == "window" else Offer(),
        overtaken=typed.overtaken,
        closed=typed.closed,
        standing=typed.standing or known_to_writer(conversation, kept.draft),
        findings=typed.findings,
        neutral=neutral_for(conversation, known, best.gate),
        brake=typed.brake,
        last_visit=_last_visit(conversation),
        draft=mark_of(kept.draft) if typed.mark is None else typed.mark,
        is_draft=is_draft,
        files=_as_ordered(kept.files, typed.files),
        files_go=member.practice.files_in_chat and Purpose.BEHANDLUNG in granted,
        held=kept.held,
        saved_reply=typed.saved_reply,
        effects=effects_of(typed.saved_reply) if typed.saved_reply else [],
        answered=_answered_next(typed),
        asked_files=typed.files if typed.brake else typed.asked_files,
        asked_patient=typed.patient if typed.brake else typed.asked_patient,
        habits=preferences_of(member),
    )


def _answered_next(typed: Typed) -> list[str]:
    asked = {name for question, name in QUESTIONS.items() if getattr(typed, question)}
    return sorted(typed.answered | asked)


def _as_ordered(files: list[ChosenFile], order: Sequence[UUID]) -> list[ChosenFile]:
    """As somebody had put them; what they did not name comes last."""
    place = {pk: number for number, pk in enumerate(order)}
    return sorted(files, key=lambda file: place.get(file.pk, len(place)))


def _begun(draft: Draft | None) -> str:
    return draft.body if draft else ""


def _last_visit(conversation: Conversation) -> date | None:
    """When whoever writes here was last in the practice, if it is a patient."""
    links = links_of(conversation.contact)
    return next((link.patient.last_visit_on for link in links if link.relation == Relation.SELF), None)


def _to_choose_from(conversation: Conversation) -> list[PatientContact]:
    """Whom a message may concern, where it has to name somebody (C-22)."""
    links = links_of(conversation.contact)
    return links if must_choose(links) else []


def name_of(link: PatientContact) -> str:
    """ "Mia Hoffmann, 2018", or the one who writes as "Jana Hoffmann (selbst), 1984" (peers 3.16)."""
    name, born = f"{link.patient.first_name} {link.patient.last_name}".strip(), born_on(link.patient)
    called = _("%(name)s (selbst)") % {"name": name} if link.relation == Relation.SELF else name
    return f"{called}, {born.year}" if born else called


def _offer(
    conversation: Conversation,
    granted: list[Purpose],
    practice: Practice,
    typed: Typed,
    visits: Mapping[UUID, Visits],
) -> Offer:
    known = Known(conversation, practice, visits, UUID(typed.patient) if typed.patient else None)
    return offer_for(conversation, granted, chosen=typed.template, by_hand=typed.by_hand, known=known)


def answer_for(conversation: Conversation, known: dispatch.Known, patient: UUID | None, wanted: str) -> Answer:
    """The gate's answer to a free text for this patient, in the purpose that was chosen or else the first granted."""
    place = whom.concerned(conversation.contact, patient).patient_id
    states = {Purpose(one.purpose): one.state for one in known.states if one.patient_id == place}
    agreed = frozenset(purpose for purpose, state in states.items() if state == Consent.GRANTED)
    granted = agreed & set(offered_by(known.practice))
    purpose = _chosen(wanted, _in_order(granted))
    sending = dispatch.Sending(conversation=conversation, kind=Kind.FREE_TEXT, purpose=purpose, patient_id=patient)
    try:
        dispatch.require_permission(sending, known=known)
    except Refusal as refusal:
        return Answer(_face(refusal, states.get(purpose)), refusal.for_person, refusal.next_step, granted)
    return Answer("", "", "", granted or frozenset({purpose}))


def _face(refusal: Refusal, state: str | None) -> str:
    if refusal.reason == "consent":
        return "stopped" if state in {Consent.WITHDRAWN, Consent.REJECTED} else "consent"
    return GATES.get(refusal.reason, "consent")


def _in_order(purposes: frozenset[Purpose]) -> list[Purpose]:
    return [purpose for purpose in Purpose if purpose in purposes]


def _chosen(wanted: str, granted: list[Purpose]) -> Purpose:
    """What was chosen before if it still may; else the first purpose that is granted."""
    if wanted in granted:
        return Purpose(wanted)
    return granted[0] if granted else Purpose.ORGANISATION
