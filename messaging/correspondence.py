"""What consent asks of the conversations: how much was written for which purpose (consent/correspondence.py)."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Max
from django.db.models.functions import TruncMonth

from consent.correspondence import Sent
from consent.purposes import Purpose
from messaging.models import Conversation, Message, MessageQuerySet

State = Message.State
LEFT = (State.SENT, State.DELIVERED, State.READ, State.UNCONFIRMED)


def sent_by_month(since: datetime) -> list[Sent]:
    """By month of the active time zone, the practice's."""
    rows = _left().filter(at__gte=since).annotate(month=TruncMonth("at")).values("month", "purpose").order_by("month")
    counted = rows.annotate(messages=Count("pk"), people=Count("contact", distinct=True))
    return [
        Sent(row["month"].date(), Purpose(row["purpose"]), row["messages"], row["people"])
        for row in counted
        if row["purpose"]
    ]


def last_sent(contacts: Collection[UUID], purposes: Collection[Purpose]) -> dict[tuple[UUID, Purpose], datetime]:
    rows = _left().filter(conversation__contact__in=contacts, purpose__in=purposes).order_by()
    newest = rows.values("contact", "purpose").annotate(last=Max("at"))
    return {(row["contact"], Purpose(row["purpose"])): row["last"] for row in newest}


def possible_withdrawals() -> dict[UUID, datetime]:
    rows = Conversation.objects.exclude(possible_withdrawal_at=None).order_by("possible_withdrawal_at")
    return dict(rows.values_list("contact_id", "possible_withdrawal_at"))


def _left() -> MessageQuerySet:
    return Message.objects.filter(direction=Message.Direction.OUTBOUND, state__in=LEFT)
