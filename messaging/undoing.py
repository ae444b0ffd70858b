"""Sending taken back in the seconds before a message is handed over (peers 26)."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from messaging.actions import lock_contact
from messaging.drafts import put_back
from messaging.models import Conversation, MediaFile, Message, MessageToken
from practices.audit import record_many
from practices.live import changed_many
from practices.models import Member
from practices.refusal import Refusal


class TooLate(Refusal):
    """It is on its way, or somebody else's."""

    reason = "too_late"


def can_be_taken_back(conversation: Conversation, by: Member) -> list[Message]:
    """What this person sent here and nobody has tried to hand over yet, in order; one query."""
    own = conversation.messages.filter(state=Message.State.QUEUED, sent_by=by, attempts=0)
    return list(own.exclude(origin=Message.Origin.AUTOMATIC).order_by("pk"))


@transaction.atomic
def take_back(*, conversation: Conversation, messages: Sequence[Message], by: Member) -> list[Message]:
    """Remove messages that have not left, as if they had never been written; answers which.

    Their text is the person's draft again, their files wait to be sent, and whoever waited for an answer waits again.
    Raises TooLate if none of them could be taken back: while the contact is held none is being claimed.
    """
    lock_contact(conversation)
    wanted = {message.pk for message in messages}
    own = conversation.messages.filter(pk__in=wanted, state=Message.State.QUEUED, sent_by=by)
    taken = list(own.order_by("pk").select_for_update(no_key=True, of=("self",)))
    if not taken:
        raise TooLate(_("Die Nachricht ist schon unterwegs und lässt sich nicht mehr zurückholen."))
    words = "\n\n".join(one.body for one in taken if one.body and one.template_id is None)
    if words:
        put_back(conversation=conversation, by=by, body=words)
    record_many("message_taken_back", about=taken, by=by)
    _remove(taken)
    _as_before(conversation)
    changed_many([("conversation", conversation.pk), *(("message", one.pk) for one in taken)])
    return taken


def _remove(messages: list[Message]) -> None:
    ids = [message.pk for message in messages]
    MediaFile.objects.filter(message_id__in=ids).update(message=None)
    MessageToken.objects.filter(message_id__in=ids).delete()
    Message.objects.filter(pk__in=ids).delete()


def _as_before(conversation: Conversation) -> None:
    """What the list shows of the conversation, from what is left of it."""
    held = Conversation.objects.select_for_update(no_key=True).get(pk=conversation.pk)
    last = held.messages.shown().in_order().last()
    held.last_message, held.last_message_at = last, last.at if last else None
    if held.closed_at is None:
        held.waiting_since = _waiting_since(held)
    held.save(update_fields=["last_message", "last_message_at", "waiting_since"])


def _waiting_since(conversation: Conversation) -> datetime | None:
    """When the patient wrote what none of our answers came after; messages are newer by their ids."""
    answers = conversation.messages.filter(direction=Message.Direction.OUTBOUND)
    last = answers.exclude(origin=Message.Origin.AUTOMATIC).order_by("-pk").values_list("pk", flat=True).first()
    owed = conversation.messages.owed_an_answer()
    return (owed.filter(pk__gt=last) if last else owed).in_order().values_list("at", flat=True).first()
