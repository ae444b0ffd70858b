"""Who WhatsApp does not reach at the moment: said once above the box, so that nobody tries again (peers pain 32)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from messaging.inbox.thread import Slice
from messaging.models import Conversation, Message

UNDELIVERABLE = 131026  # not on WhatsApp, or hidden from us: WhatsApp does not say which
S = Message.State
HEARD = (S.RECEIVED, S.DELIVERED, S.READ)  # of each other; what only left proves nothing


@dataclass(frozen=True)
class Unreached:
    """The message that did not arrive, and when it was written (UTC)."""

    pk: UUID
    at: datetime


def unreached(conversation: Conversation, part: Slice) -> Unreached | None:
    """The newest message that could not be delivered, if nothing has come or arrived since; one query, unless the
    part that is shown tells already that something has."""
    if _has_arrived(conversation, part):
        return None
    telling = conversation.messages.filter(Q(state__in=HEARD) | Q(state=S.FAILED, error_code=UNDELIVERABLE))
    newest = telling.order_by("-at", "-id").values_list("pk", "at", "state").first()
    return Unreached(newest[0], newest[1]) if newest and newest[2] == S.FAILED else None


def _has_arrived(conversation: Conversation, part: Slice) -> bool:
    """Whether the part shows the conversation's last message, and that it came or arrived."""
    newest = next((item for item in reversed(part.items) if isinstance(item, Message)), None)
    return newest is not None and newest.pk == conversation.last_message_id and newest.state in HEARD
