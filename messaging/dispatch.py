"""Fills the gate's question with what the database knows. The only caller of the gate."""

from dataclasses import dataclass

from django.utils import timezone

from consent.gate import Attempt, Consent, Kind, Refused, may_send
from consent.models import ConsentState
from consent.purposes import Purpose
from messaging.models import Conversation, Message, Template
from practices.models import Practice
from practices.refusal import Refusal
from practices.scope import current_practice_id


class SendingRefused(Refusal):
    """The gate said no; `reason` is its code."""


@dataclass(frozen=True)
class Known:
    """What a page has read already. Never given at the claim, which reads under its own locks."""

    consent: Consent
    data_transfer_stopped: bool


def require_permission(
    conversation: Conversation,
    kind: Kind,
    purpose: Purpose | None,
    *,
    template: Template | None = None,
    asked_by_person: bool = False,
    already_confirmed: bool = False,
    known: Known | None = None,
) -> None:
    """Raise SendingRefused unless this may leave now. Asked when a message is queued and again at its claim (C-09).

    At the claim the caller holds the contact's row and the consent state (design: lock order).
    """
    answer = may_send(
        Attempt(
            now=timezone.now(),
            kind=kind,
            purpose=purpose,
            consent=known.consent if known else consent_for(conversation, purpose),
            number_proven=conversation.contact.number_proven_at is not None,
            window_open_until=conversation.window_open_until,
            channel_state=conversation.channel.state,  # type: ignore[arg-type]
            contact_blocked=conversation.contact.blocked_at is not None,
            identity_changed=conversation.contact.identity_changed_at is not None,
            dpf_invalid=known.data_transfer_stopped if known else _data_transfer_stopped(),
            last_prompt_at=conversation.contact.opt_in_prompted_at,
            number_checked_at=_number_checked_at(conversation, kind),
            already_confirmed=already_confirmed,
            asked_by_person=asked_by_person,
            template_status=template.status if template else "",
            template_category=template.category if template else "",
        )
    )
    if isinstance(answer, Refused):
        raise SendingRefused(str(answer.for_person), reason=answer.reason, next_step=str(answer.next_step))


def consent_for(conversation: Conversation, purpose: Purpose | None) -> Consent:
    """The contact's own state for a purpose; for none, that of `organisation`."""
    wanted = purpose or Purpose.ORGANISATION
    states = ConsentState.objects.filter(contact_id=conversation.contact_id, patient=None, purpose=wanted)
    return Consent(states.values_list("state", flat=True).first() or Consent.NONE)


def _data_transfer_stopped() -> bool:
    return Practice.objects.filter(pk=current_practice_id(), data_transfer_stopped=True).exists()


def _number_checked_at(conversation: Conversation, kind: Kind):  # type: ignore[no-untyped-def]
    if kind != Kind.NUMBER_CHECK:
        return None
    # One that waits, or was taken back, never asked anybody; the one that is being claimed waits itself.
    checks = Message.objects.filter(conversation=conversation, kind=Kind.NUMBER_CHECK).exclude(
        state__in=(Message.State.QUEUED, Message.State.CANCELLED)
    )
    return checks.order_by("at").values_list("at", flat=True).first()
