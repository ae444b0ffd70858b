"""Fills the gate's question with what the database knows. The only caller of the gate.

An ordinary answer takes three queries: the practice's decisions, for whom this contact writes, where its consents
stand (and the patient's key, where it is not at hand yet). Caps and exceptions are read only where a rule asks for
them, by one query each.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone

from consent.gate import Attempt, Consent, Kind, Refused, may_send
from consent.models import ConsentState
from consent.purposes import Purpose
from consent.qr_codes import offered_by
from consent.quiet_hours import quiet_until
from consent.treatment_words import treatment_words_in
from messaging import caps
from messaging.models import Conversation, Template
from messaging.whom import NOBODY, Concerned, concerned, guardians_agreed
from patients.birthdays import age_of, born_on
from patients.models import PatientContact, Relation
from practices.models import Practice, StrangerReply
from practices.refusal import Refusal
from practices.scope import current_practice_id

# What concerns a patient; the others answer whoever holds the number.
ABOUT_SOMEBODY = frozenset(
    {Kind.FREE_TEXT, Kind.MEDIA, Kind.REACTION, Kind.TEMPLATE, Kind.AUTOMATIC, Kind.BULK, Kind.NUMBER_CHECK}
)


class SendingRefused(Refusal):
    """The gate said no; `reason` is its code. With `not_before` it may go then, if nothing else has changed."""

    def __init__(self, refused: Refused) -> None:
        super().__init__(str(refused.for_person), reason=refused.reason, next_step=str(refused.next_step))
        self.not_before: datetime | None = refused.not_before


@dataclass(frozen=True)
class Known:
    """What a page has read already: the practice, and all consents of the contact. Never given at the claim, which
    reads under its own locks."""

    practice: Practice
    states: Iterable[ConsentState]


@dataclass(frozen=True, kw_only=True)
class Sending:
    """What wants to leave. `message_id` is its row where there is one already: it does not count against itself."""

    conversation: Conversation
    kind: Kind
    purpose: Purpose | None
    patient_id: UUID | None = None
    template: Template | None = None
    by_rule: bool = False
    asked_by_person: bool = False
    message_id: UUID | None = None


def require_permission(sending: Sending, *, practice: Practice | None = None, known: Known | None = None) -> None:
    """Raise SendingRefused unless this may leave now. Asked when a message is queued and again at its claim (C-09).

    At the claim the caller holds the contact's row and the consent state (design: lock order), and has read the
    `practice` in that transaction.
    """
    of = known.practice if known else practice or practice_now()
    answer = may_send(_attempt(sending, of, known))
    if isinstance(answer, Refused):
        raise SendingRefused(answer)


def practice_now() -> Practice:
    """The practice in scope with what it decided, as it stands."""
    return Practice.objects.get(pk=current_practice_id())


def _attempt(sending: Sending, practice: Practice, known: Known | None) -> Attempt:
    conversation, kind, purpose, now = sending.conversation, sending.kind, sending.purpose, timezone.now()
    contact = conversation.contact
    who = concerned(contact, sending.patient_id) if kind in ABOUT_SOMEBODY else NOBODY
    consents = _consents(sending, who, known)
    consent = consents.get(purpose or Purpose.ORGANISATION, Consent.NONE)
    sent = caps.sent_before(conversation, purpose, practice, now, sending.message_id)
    return Attempt(
        now=now,
        kind=kind,
        purpose=purpose,
        is_live=practice.live_since is not None,
        dpf_invalid=settings.DPF_INVALID or practice.data_transfer_stopped,
        channel_state=conversation.channel.state,  # type: ignore[arg-type]
        contact_blocked=contact.blocked_at is not None,
        is_offered=purpose is None or purpose in offered_by(practice),
        whom=who.whom,
        relation=who.link.relation if who.link else "",
        age=_age(who.link, practice, now),
        consent_age=practice.consent_age,
        guardians_agreed=_guardians_agreed(who.link, purpose, practice, now),
        consent=consent,
        number_proven=contact.number_proven_at is not None,
        identity_changed=contact.identity_changed_at is not None,
        window_open_until=conversation.window_open_until,
        possible_withdrawal_at=conversation.possible_withdrawal_at,
        quiet_until=quiet_until(practice, now),
        sent_by_rule=sending.by_rule,
        next_recall_at=sent.next_recall_at,
        recalls_unanswered=sent.recalls_unanswered,
        recall_tries=practice.recall_tries,
        advertising_this_year=sent.advertising_this_year,
        advertising_per_year=practice.advertising_per_year,
        last_prompt_at=contact.opt_in_prompted_at,
        number_checked_at=_number_checked_at(sending),
        may_answer_strangers=practice.stranger_reply != StrangerReply.NOTHING,
        asked_by_person=sending.asked_by_person,
        may_answer_after_stop=_may_answer_after_stop(sending, practice, now),
        free_reply_allowed=_free_reply_allowed(sending, practice, consent),
        files_allowed=practice.files_in_chat and consents.get(Purpose.BEHANDLUNG) == Consent.GRANTED,
        recall_as_service=practice.recall_as_service,
        template_status=sending.template.status if sending.template else "",
        template_category=sending.template.category if sending.template else "",
        names_treatment=sending.template is not None and names_treatment(sending.template),
    )


def _consents(sending: Sending, who: Concerned, known: Known | None) -> dict[Purpose, Consent]:
    """Where the purposes stand for the patient of the message, or for the contact itself (C-22)."""
    if known is not None:
        rows = [(row.purpose, row.state) for row in known.states if row.patient_id == who.patient_id]
    else:
        states = ConsentState.objects.filter(contact_id=sending.conversation.contact_id, patient=who.patient_id)
        rows = list(states.values_list("purpose", "state"))
    return {Purpose(purpose): Consent(state) for purpose, state in rows}


def _age(link: PatientContact | None, practice: Practice, now: datetime) -> int | None:
    if link is None:
        return None
    return age_of(born_on(link.patient), now.astimezone(ZoneInfo(practice.timezone)).date())


def _guardians_agreed(link: PatientContact | None, purpose: Purpose | None, practice: Practice, now: datetime) -> bool:
    """Asked of the database only for a child who writes itself, or where both parents must agree."""
    age = _age(link, practice, now)
    if link is None or age is None or age >= practice.consent_age:
        return True
    if link.relation not in {Relation.SELF, Relation.GUARDIAN}:
        return True
    return guardians_agreed(link, purpose or Purpose.ORGANISATION, practice)


def _number_checked_at(sending: Sending) -> datetime | None:
    if sending.kind != Kind.NUMBER_CHECK:
        return None
    return caps.number_checked_at(sending.conversation, sending.message_id)


def _may_answer_after_stop(sending: Sending, practice: Practice, now: datetime) -> bool:
    if sending.kind != Kind.AFTER_STOP or not practice.reply_after_stop:
        return False
    return not caps.was_told_after_stop(sending.conversation, now, sending.message_id)


def _free_reply_allowed(sending: Sending, practice: Practice, consent: Consent) -> bool:
    is_reply = sending.kind == Kind.FREE_TEXT and consent == Consent.NONE
    if not is_reply or practice.stranger_reply != StrangerReply.ONE_REPLY:
        return False
    return not caps.free_reply_was_given(sending.conversation, sending.message_id)


def names_treatment(template: Template) -> bool:
    """Whether its own words say what is done to somebody (C-23)."""
    return bool(treatment_words_in(_words(template)))


def _words(template: Template) -> str:
    """Everything a template says by itself: head, body, footer and the words on its buttons."""
    said = [f"{part.get('text') or ''}" for part in template.components]
    buttons = [button for part in template.components for button in part.get("buttons") or []]
    return "\n".join([*said, *(f"{button.get('text') or ''}" for button in buttons)])
