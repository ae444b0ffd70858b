"""The chat of a contact that is forgotten: messages, notes, files and what search knows of them."""

from datetime import datetime
from uuid import UUID

from messaging.documents import expiry
from messaging.models import Conversation, MediaFile, Mention, Message, MessageToken
from patients.models import Contact
from practices.live import changed, changed_many


def forget_chat(contact: Contact, before: datetime) -> int | None:
    """Delete every conversation of this contact; None if the person wrote after `before`, and then nothing is deleted.

    Files lose their keys with their rows; what is left of them on disk goes the same night (messaging/leftovers.py).
    """
    conversations = list(Conversation.objects.filter(contact=contact).order_by("pk").select_for_update(no_key=True))
    if any(one.last_inbound_at and one.last_inbound_at >= before for one in conversations):
        return None
    documents = expiry.forget(contact)
    messages = Message.objects.filter(contact=contact)
    MessageToken.objects.filter(message_id__in=list(messages.values_list("pk", flat=True))).delete()
    count, _by_model = messages.delete()
    MediaFile.objects.filter(contact=contact).delete()
    for conversation in conversations:
        changed("conversation", conversation.pk)
        changed_many(_counted_in_the_rail(conversation))
        conversation.delete()
    return count + documents + len(conversations)


def _counted_in_the_rail(conversation: Conversation) -> list[tuple[str, UUID]]:
    tasks = conversation.tasks.values_list("pk", flat=True)
    mentions = Mention.objects.filter(note__conversation=conversation).values_list("pk", flat=True)
    return [*(("task", pk) for pk in tasks), *(("mention", pk) for pk in mentions)]
