"""Sending taken back in the seconds before a message is handed over (peers 26)."""

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from messaging.actions import lock_contact
from messaging.drafts import Begun, put_back
from messaging.models import Conversation, MediaFile, Message, MessageToken, ProtectedDocument, UploadInvitation
from messaging.models.messages import MessageQuerySet
from messaging.outcomes import waited_since
from messaging.saved_replies.effects import take_effects_back
from messaging.teamwork.standing import change, hold, standing_of
from messaging.urgency import urgency_since
from messaging.waiting_files import wait_again
from practices.audit import record_many
from practices.live import changed_many
from practices.models import AuditEvent, Member
from practices.refusal import Refusal


class TooLate(Refusal):
    """It is on its way, or somebody else's."""

    reason = "too_late"


def can_be_taken_back(conversation: Conversation, by: Member) -> list[Message]:
    """What this person sent here and nobody has tried to hand over yet, in order; one query where there is nothing.

    What leads to a document or an invitation is not among it: its door is open, and that is closed by revoking.
    """
    return list(_held_back(conversation, by)) if _waiting(conversation, by).exists() else []


def _waiting(conversation: Conversation, by: Member) -> MessageQuerySet:
    waiting: MessageQuerySet = conversation.messages.filter(state=Message.State.QUEUED, sent_by=by, attempts=0)
    return waiting


def _held_back(conversation: Conversation, by: Member) -> MessageQuerySet:
    own = _waiting(conversation, by).order_by("pk")
    leads_to = [Exists(model.objects.filter(message=OuterRef("pk"))) for model in (ProtectedDocument, UploadInvitation)]
    held: MessageQuerySet = own.exclude(origin=Message.Origin.AUTOMATIC).filter(*(~one for one in leads_to))
    return held


@transaction.atomic
def take_back(
    *, conversation: Conversation, messages: Sequence[Message], by: Member, begun: Begun | None = None
) -> list[Message]:
    """Remove messages that have not left, as if they had never been written, with what a saved reply did besides;
    answers which.

    Their text is the person's draft again, above what that window holds (`begun`), their files wait to be sent, and
    whoever waited for an answer waits again, as urgently as before. Raises TooLate if none of them could be taken
    back: while the contact is held none is being claimed.
    """
    lock_contact(conversation)
    [held] = hold([conversation.pk])
    wanted = {message.pk for message in messages}
    taken = list(_held_back(held, by).filter(pk__in=wanted).select_for_update(no_key=True, of=("self",)))
    if not taken:
        raise TooLate(_("Die Nachricht ist schon unterwegs und lässt sich nicht mehr zurückholen."))
    words = "\n\n".join(one.body for one in taken if one.body and one.was_typed)
    if words or (begun and begun.text.strip()):
        put_back(conversation=conversation, by=by, body=words, begun=begun)
    record_many("message_taken_back", about=taken, by=by)
    _remove(taken)
    _as_before(held, taken)
    _open_again(held, taken[0], by)
    take_effects_back(conversation=held, messages=taken, by=by)
    changed_many([("conversation", held.pk), *(("message", one.pk) for one in taken)])
    return taken


def _remove(messages: list[Message]) -> None:
    ids = [message.pk for message in messages]
    wait_again(MediaFile.objects.filter(message_id__in=ids).order_by("message_id"))
    MessageToken.objects.filter(message_id__in=ids).delete()
    Message.objects.filter(pk__in=ids).delete()


def _as_before(held: Conversation, taken: list[Message]) -> None:
    """What the list shows of the conversation, from what is left of it."""
    last = held.messages.shown().in_order().last()
    held.last_message, held.last_message_at = last, last.at if last else None
    if since := waited_since(held, taken):
        held.waiting_since = since
        held.urgent_at, held.urgent_words = urgency_since(held, since)
    held.save(update_fields=["last_message", "last_message_at", "waiting_since", "urgent_at", "urgent_words"])


def _open_again(held: Conversation, first: Message, by: Member) -> None:
    """What this person closed or put off after sending, as a saved reply does at once, they did for an answer that is
    no more."""
    if held.closed_at and held.closed_at >= first.at and held.closed_by_id == by.pk:
        change("conversation_reopened", held=[held], by=by, closed_at=None, closed_by_id=None)
    snoozes = AuditEvent.objects.filter(about_id=held.pk, kind="conversation_snoozed", at__gte=first.at)
    last = snoozes.order_by("-at", "-pk").first()
    if last and last.by_id == by.pk and standing_of(held, ["snoozed_until"]) == last.codes["after"]:
        change("conversation_unsnoozed", held=[held], by=by, snoozed_until=None)
