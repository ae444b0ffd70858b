"""One ordinary attempt of each kind, which the gate lets through. A test changes what it is about."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from consent.gate import Allowed, Attempt, ChannelState, Consent, Kind, Refused, Whom, may_send
from consent.purposes import Purpose

NOW = datetime(2026, 5, 11, 9, 0, tzinfo=UTC)
OPEN = NOW + timedelta(hours=5)

ORDINARY = Attempt(
    now=NOW,
    kind=Kind.FREE_TEXT,
    purpose=Purpose.ORGANISATION,
    consent=Consent.GRANTED,
    number_proven=True,
    window_open_until=OPEN,
    channel_state=ChannelState.CONNECTED,
    contact_blocked=False,
    identity_changed=False,
    dpf_invalid=False,
    last_prompt_at=None,
    number_checked_at=None,
    is_live=True,
    is_offered=True,
    whom=Whom.SETTLED,
    relation="self",
    age=42,
    consent_age=16,
    guardians_agreed=True,
    possible_withdrawal_at=None,
    quiet_until=None,
    sent_by_rule=False,
    next_recall_at=None,
    recalls_unanswered=0,
    recall_tries=2,
    advertising_this_year=0,
    advertising_per_year=4,
    may_answer_strangers=True,
    names_treatment=False,
    files_allowed=True,
    recall_as_service=True,
)
STRANGER = replace(ORDINARY, consent=Consent.NONE)
TEMPLATE = replace(
    ORDINARY,
    kind=Kind.TEMPLATE,
    window_open_until=None,
    template_status="APPROVED",
    template_category="UTILITY",
)
NUMBER_CHECK = replace(TEMPLATE, kind=Kind.NUMBER_CHECK, purpose=None, consent=Consent.PENDING, number_proven=False)
PROMPT = replace(STRANGER, kind=Kind.OPT_IN_PROMPT, purpose=None)
CANNED = replace(STRANGER, kind=Kind.CANNED_REPLY, purpose=None)
CONFIRMATION = replace(ORDINARY, kind=Kind.CONFIRMATION, purpose=None, consent=Consent.WITHDRAWN)

NEEDS_CONSENT = [Kind.FREE_TEXT, Kind.MEDIA, Kind.REACTION, Kind.TEMPLATE, Kind.AUTOMATIC]


def answer(attempt: Attempt) -> str:
    """The reason, or "allowed"."""
    match may_send(attempt):
        case Refused(reason=reason):
            return reason
        case Allowed():
            return "allowed"
