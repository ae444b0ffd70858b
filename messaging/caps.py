"""How much of its own accord a practice has sent to somebody already (C-27, L-9, L-10). One query each."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Count, Max, Q

from consent.gate import Kind
from consent.purposes import Purpose
from messaging.models import Conversation, Message, MessageQuerySet
from practices.models import Practice

YEAR = timedelta(days=365)
AFTER_STOP_PAUSE = timedelta(hours=24)
PROACTIVE = (Kind.TEMPLATE, Kind.AUTOMATIC, Kind.BULK)
NOT_A_MESSAGE = (Kind.REACTION, Kind.READ_RECEIPT)
NEVER_LEFT = (Message.State.CANCELLED, Message.State.FAILED)


@dataclass(frozen=True)
class Sent:
    """What counts against the caps. `next_recall_at` is None if no recall went out yet."""

    next_recall_at: datetime | None = None
    recalls_unanswered: int = 0
    advertising_this_year: int = 0


NOTHING = Sent()


def sent_before(
    conversation: Conversation, purpose: Purpose | None, practice: Practice, now: datetime, but: UUID | None
) -> Sent:
    """What went out or is queued for an advertising purpose, without the message in question; no query for others."""
    if purpose == Purpose.RECALL:
        return _recalls(conversation, practice, but)
    if purpose == Purpose.WERBUNG:
        sent = _sent(conversation, but).filter(purpose=Purpose.WERBUNG, at__gt=now - YEAR)
        return Sent(advertising_this_year=sent.exclude(kind__in=NOT_A_MESSAGE).count())
    return NOTHING


def _recalls(conversation: Conversation, practice: Practice, but: UUID | None) -> Sent:
    recalls = _sent(conversation, but).filter(purpose=Purpose.RECALL, kind__in=PROACTIVE)
    answered_at = conversation.last_inbound_at
    is_unanswered = Q(at__gt=answered_at) if answered_at else Q()
    found = recalls.aggregate(last=Max("at"), unanswered=Count("pk", filter=is_unanswered))
    next_at = months_later(found["last"], practice.recall_pause_months, practice.timezone) if found["last"] else None
    return Sent(next_recall_at=next_at, recalls_unanswered=found["unanswered"])


def months_later(moment: datetime, months: int, timezone: str) -> datetime:
    """The same day of a later month on the practice's calendar; the last one where there is no such day."""
    local = moment.astimezone(ZoneInfo(timezone))
    month = local.month - 1 + months
    first = local.replace(year=local.year + month // 12, month=month % 12 + 1, day=1)
    following = (first + timedelta(days=32)).replace(day=1)
    return first.replace(day=min(local.day, (following - timedelta(days=1)).day))


def free_reply_was_given(conversation: Conversation, but: UUID | None) -> bool:
    """Whether somebody who has not agreed was answered freely already (L-9)."""
    replies = conversation.messages.filter(direction=Message.Direction.OUTBOUND, kind=Kind.FREE_TEXT)
    return replies.exclude(state__in=NEVER_LEFT).exclude(pk=but).exists()


def was_told_after_stop(conversation: Conversation, now: datetime, but: UUID | None) -> bool:
    """Whether E5 went out within 24 hours (L-10)."""
    told = conversation.messages.filter(kind=Kind.AFTER_STOP, at__gt=now - AFTER_STOP_PAUSE)
    return told.exclude(state__in=NEVER_LEFT).exclude(pk=but).exists()


def number_checked_at(conversation: Conversation, but: UUID | None) -> datetime | None:
    """When T-15 went out for the first time, or was queued (C-08)."""
    tried = conversation.messages.filter(kind=Kind.NUMBER_CHECK).exclude(state=Message.State.CANCELLED)
    checks = tried.exclude(pk=but)
    return checks.order_by("at").values_list("at", flat=True).first()


def _sent(conversation: Conversation, but: UUID | None) -> MessageQuerySet:
    sent = Message.objects.filter(contact_id=conversation.contact_id, direction=Message.Direction.OUTBOUND)
    return sent.filter(purpose__in=(Purpose.RECALL, Purpose.WERBUNG)).exclude(state__in=NEVER_LEFT).exclude(pk=but)
