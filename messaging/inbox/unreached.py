"""Who WhatsApp does not reach at the moment: said once above the box, so that nobody tries again (peers pain 32)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from messaging.models import Conversation, Message

UNDELIVERABLE = 131026  # not on WhatsApp, or hidden from us: WhatsApp does not say which
S = Message.State
HEARD = Q(state__in=(S.RECEIVED, S.DELIVERED, S.READ))  # of each other; what only left proves nothing


@dataclass(frozen=True)
class Unreached:
    """The message that did not arrive, and when it was written (UTC)."""

    pk: UUID
    at: datetime


def unreached(conversation: Conversation) -> Unreached | None:
    """The newest message that could not be delivered, if nothing has come or arrived since; one query."""
    telling = conversation.messages.filter(HEARD | Q(state=S.FAILED, error_code=UNDELIVERABLE))
    newest = telling.order_by("-at", "-id").values_list("pk", "at", "state").first()
    return Unreached(newest[0], newest[1]) if newest and newest[2] == S.FAILED else None
