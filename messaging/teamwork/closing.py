"""Done: for one conversation (messaging.actions.close_conversation) or for several at once."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from messaging.models import Conversation, Message
from messaging.teamwork.standing import change, hold
from practices.models import AuditEvent, Member


def close(held: Iterable[Conversation], by: Member) -> list[AuditEvent]:
    """Close these, which the caller holds. The words that made one urgent stay, sealed, in case it is taken back."""
    closed = {"closed_at": timezone.now(), "closed_by_id": by.pk, "waiting_since": None, "snoozed_until": None}
    return change("conversation_closed", held=held, by=by, urgent_at=None, **closed)


@transaction.atomic
def close_many(*, picked: Mapping[UUID, datetime], by: Member) -> tuple[list[AuditEvent], int]:
    """Close these; answers the events and how many stay open.

    `picked` says when somebody chose each of them: where the patient wrote later, nobody has read it, and it stays.
    """
    held = [one for one in hold(picked.keys()) if one.closed_at is None]
    written = _last_written([one.pk for one in held], min(picked.values(), default=timezone.now()))
    read = [one for one in held if one.pk not in written or written[one.pk] <= picked[one.pk]]
    return close(read, by), len(held) - len(read)


def _last_written(conversation_ids: list[UUID], since: datetime) -> dict[UUID, datetime]:
    """When the last message that is owed an answer arrived in each of these, as far as that was after `since`."""
    owed = Message.objects.filter(conversation_id__in=conversation_ids, received_at__gt=since).owed_an_answer()
    last = owed.order_by().values("conversation_id").annotate(last=Max("received_at"))
    return dict(last.values_list("conversation_id", "last"))
