"""Blue ticks: the patient sees that somebody has read what they wrote, up to the newest message that was shown.

A receipt is forgotten once WhatsApp took it, and not before: a call that fails is tried again, and one for a newer
message, asked for meanwhile, stands. Twice the same does no harm.
"""

import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from consent.gate import Kind
from messaging import dispatch
from messaging.models import Conversation, Message
from messaging.requests import connect
from messaging.whatsapp.errors import DeliveryError, TemporarilyUnavailable, TryLater
from practices.keys import SealBroken
from practices.refusal import Refusal

AT_ONCE = 20
LONGEST = 30.0  # seconds: what was not reached by then is due again in a minute
AGAIN_AFTER = timedelta(minutes=1)  # also how long one is ours before another worker may try
GIVEN_UP_AFTER = timedelta(hours=24)  # since the message came: later, ticks are no news

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Receipt:
    """Blue ticks to be sent for everything up to one inbound message."""

    conversation_id: UUID
    message_id: UUID
    received_at: datetime
    api_key: str = field(repr=False)
    wamid: str = field(repr=False)


def send_due() -> int:
    """Send blue ticks where they are due in the practice in scope; answers how many WhatsApp took."""
    until = time.monotonic() + LONGEST
    return sum(_send(receipt) for receipt in _claim() if time.monotonic() < until)


def _send(receipt: Receipt) -> bool:
    try:
        with connect(receipt.api_key) as whatsapp:
            whatsapp.mark_read(receipt.wamid)
    except DeliveryError as error:
        log.warning("receipt not sent", extra={"code": error.meaning.key})
        is_too_late = timezone.now() - receipt.received_at > GIVEN_UP_AFTER
        if is_too_late or not isinstance(error, TemporarilyUnavailable | TryLater):
            _forget(receipt.conversation_id, receipt.message_id)
        return False
    _forget(receipt.conversation_id, receipt.message_id)
    return True


@transaction.atomic
def _claim() -> list[Receipt]:
    """Take what is due for a minute; if this worker dies, the sweep finds it again."""
    due = Conversation.objects.filter(receipt_up_to__isnull=False, receipt_after__lte=timezone.now())
    rows = due.select_related("channel", "contact", "receipt_up_to").order_by("receipt_after", "pk")
    conversations = list(rows.select_for_update(of=("self",), no_key=True, skip_locked=True)[:AT_ONCE])
    ids = [one.pk for one in conversations]
    Conversation.objects.filter(pk__in=ids).update(receipt_after=timezone.now() + AGAIN_AFTER)
    return list(_described(conversations))


def _described(conversations: list[Conversation]) -> Iterator[Receipt]:
    """What may be sent. What may not, or is gone, is forgotten."""
    practice = dispatch.practice_now()
    for conversation in conversations:
        read = conversation.receipt_up_to
        if read is None:
            continue
        try:
            receipt = dispatch.Sending(conversation=conversation, kind=Kind.READ_RECEIPT, purpose=None)
            dispatch.require_permission(receipt, practice=practice)
            yield _receipt(conversation, read)
        except (Refusal, SealBroken):
            _forget(conversation.pk, read.pk)


def _receipt(conversation: Conversation, read: Message) -> Receipt:
    return Receipt(conversation.pk, read.pk, read.received_at, conversation.channel.api_key, read.wamid or "")


def _forget(conversation_id: UUID, message_id: UUID) -> None:
    """Unless somebody has seen something newer meanwhile."""
    with transaction.atomic():
        Conversation.objects.filter(pk=conversation_id, receipt_up_to=message_id).update(
            receipt_up_to=None, receipt_after=None
        )
