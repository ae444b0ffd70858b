"""What was said before Roger, or beside it: demo data, imports. No gate, nothing is sent, nobody is woken."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from messaging import search
from messaging.actions import lock_contact
from messaging.models import Conversation, Message, Template
from messaging.urgency import Words, current_words, lifted
from messaging.wamids import wamid_hash
from patients.models import Patient
from practices.live import changed
from practices.models import Member

Direction, Origin, State = Message.Direction, Message.Origin, Message.State


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One message that was already exchanged. `at` is the provider's time in UTC.

    state           of ours; RECEIVED for the patient's
    owes_answer     whether the patient's message waits for us until the next one of ours
    """

    direction: Message.Direction
    at: datetime
    body: str | None
    type: str = "text"
    origin: Message.Origin = Origin.PATIENT
    state: Message.State = State.READ
    content: dict[str, Any] | None = field(default=None, repr=False)
    kind: str = ""
    purpose: str = ""
    sent_by: Member | None = None
    template: Template | None = None
    quoted: Message | None = None
    target: Message | None = None
    concerns_patient: Patient | None = None
    wamid: str | None = field(default=None, repr=False)
    error_code: int | None = None
    owes_answer: bool = True


# What a conversation knows of its messages.
FOLLOWS = (
    *("last_message", "last_message_at", "last_inbound_at", "waiting_since", "seen_at", "seen_by"),
    *("urgent_at", "urgent_words"),
)


@transaction.atomic
def record(*, conversation: Conversation, entries: Sequence[Entry]) -> list[Message]:
    """Write down messages of one thread in the order they were exchanged, and where the thread stands after them.

    The same wamid twice raises IntegrityError. Ids are made of the messages' own times, so that newest-first by id is
    newest-first by time (messaging/search.py).
    """
    contact = lock_contact(conversation)
    messages = [_message(conversation, entry) for entry in entries]
    for message in messages:
        message.contact = contact
    Message.objects.bulk_create(messages)
    search.index(messages)
    words = current_words()
    for message, entry in zip(messages, entries, strict=True):
        _follow(conversation, message, entry, words)
    conversation.save(update_fields=FOLLOWS)
    changed("conversation", conversation.pk)
    return messages


def _message(conversation: Conversation, entry: Entry) -> Message:
    is_inbound = entry.direction == Direction.INBOUND
    return Message(
        id=uuid7_at(entry.at),
        conversation=conversation,
        channel_id=conversation.channel_id,
        direction=entry.direction,
        origin=Origin.PATIENT if is_inbound else entry.origin,
        state=State.RECEIVED if is_inbound else entry.state,
        type=entry.type,
        kind=entry.kind,
        purpose=entry.purpose,
        body=entry.body,
        content=entry.content,
        sent_by=entry.sent_by,
        template=entry.template,
        quoted=entry.quoted,
        quoted_wamid=entry.quoted.wamid if entry.quoted else None,
        target=entry.target,
        target_wamid_hash=entry.target.wamid_hash if entry.target else None,
        concerns_patient=entry.concerns_patient,
        wamid=entry.wamid,
        wamid_hash=wamid_hash(entry.wamid) if entry.wamid else None,
        error_code=entry.error_code,
        at=entry.at,
        provider_at=entry.at,
        received_at=entry.at,
        run_after=entry.at,
    )


def _follow(conversation: Conversation, message: Message, entry: Entry, words: Words) -> None:
    """Move the conversation on by one message, as if it had just come."""
    if conversation.last_message_at is None or message.at >= conversation.last_message_at:
        conversation.last_message, conversation.last_message_at = message, message.at
    if message.direction == Direction.OUTBOUND:
        if message.origin != Origin.AUTOMATIC:
            conversation.waiting_since, conversation.seen_at = None, conversation.seen_at or timezone.now()
            conversation.urgent_at, conversation.urgent_words = None, None
        return
    conversation.seen_at = conversation.seen_by = None
    if conversation.last_inbound_at is None or message.at > conversation.last_inbound_at:
        conversation.last_inbound_at = message.at
    if entry.owes_answer:
        conversation.waiting_since = conversation.waiting_since or message.at
        urgent = (conversation.urgent_at, conversation.urgent_words)
        found = words.found_in(entry.body or "")
        conversation.urgent_at, conversation.urgent_words = lifted(urgent, found, message.at)


def uuid7_at(at: datetime) -> UUID:
    """A UUIDv7 of a given time (RFC 9562): milliseconds, 12 bits below them, 62 random bits."""
    milliseconds, below = divmod(int(at.timestamp() * 1_000_000), 1000)
    random = int.from_bytes(os.urandom(8)) & ((1 << 62) - 1)
    return UUID(int=milliseconds << 80 | 0x7 << 76 | (below * 4095 // 999) << 64 | 0b10 << 62 | random)
