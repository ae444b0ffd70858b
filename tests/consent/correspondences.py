"""Conversations with messages that left at chosen times, for what consent asks about them."""

from datetime import datetime

from django.utils import timezone

from consent.purposes import Purpose
from messaging.models import Channel, Conversation, Message
from patients.models import Contact


def conversation_with(contact: Contact) -> Conversation:
    channel = Channel.objects.first() or Channel.objects.create(
        name="WhatsApp",
        phone="+493023125101",
        phone_number_id="1000000001",
        waba_id="2000000001",
        api_key="key",
        webhook_token="token",
        webhook_secret="secret",
    )
    return Conversation.objects.get_or_create(channel=channel, contact=contact)[0]


def sent(
    contact: Contact,
    purpose: Purpose,
    at: datetime | None = None,
    *,
    state: Message.State = Message.State.READ,
    direction: Message.Direction = Message.Direction.OUTBOUND,
) -> Message:
    """A message of a time, written straight into the thread."""
    conversation = conversation_with(contact)
    message: Message = Message.objects.create(
        conversation=conversation,
        contact=contact,
        channel=conversation.channel,
        direction=direction,
        origin=Message.Origin.STAFF,
        state=state,
        type="text",
        purpose=purpose,
        body="Guten Tag",
        at=at or timezone.now(),
    )
    return message
