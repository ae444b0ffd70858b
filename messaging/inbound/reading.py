"""Sealed bodies → events meant for this channel. What cannot be read or is not ours is kept for the operator."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from messaging.models import Channel, UnreadableEntry, WebhookDelivery
from messaging.whatsapp.payloads import (
    NOBODY,
    Echo,
    Event,
    InboundMessage,
    Peer,
    SystemChange,
    Unknown,
    Unreadable,
    UnreadableBody,
    UserPreference,
    parse,
)
from practices.sealed import warm

E = TypeVar("E", bound=Event)
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Found:
    """One event, with the delivery it came in and the time WhatsApp gives its entry (management fields alone)."""

    event: Event
    delivery: WebhookDelivery
    entry_at: datetime | None = None

    @property
    def channel_id(self) -> UUID:
        return self.delivery.channel_id

    @property
    def channel(self) -> Channel:
        return self.delivery.channel


def read(deliveries: list[WebhookDelivery]) -> list[Found]:
    """Every readable event of these deliveries, in the order they came. Sets aside the rest."""
    warm(deliveries)
    set_aside: list[UnreadableEntry] = []
    found = [one for delivery in deliveries for one in _events(delivery, set_aside)]
    UnreadableEntry.objects.bulk_create(set_aside)
    for part in set_aside:
        log.warning("part of a delivery set aside", extra={"delivery": str(part.delivery_id), "code": part.reason})
    return found


def _events(delivery: WebhookDelivery, set_aside: list[UnreadableEntry]) -> Iterator[Found]:
    try:
        entries = parse(delivery.body or b"").entries
    except UnreadableBody:
        _mark_unreadable(delivery, "unreadable_body")
        return
    usable = 0
    for entry in entries:
        if entry.waba_id and entry.waba_id != delivery.channel.waba_id:
            set_aside.append(_set_aside(delivery, "foreign_number", entry.raw))
            continue
        for event in entry.events:
            reason = _reason_to_set_aside(event, delivery.channel)
            if reason:
                kept = event.raw if isinstance(event, Unknown | Unreadable) else entry.raw
                set_aside.append(_set_aside(delivery, reason, kept))
            else:
                usable += 1
                yield Found(event, delivery, entry.at)
    if not usable:
        _mark_unreadable(delivery, set_aside[-1].reason)


def _set_aside(delivery: WebhookDelivery, reason: str, part: Any) -> UnreadableEntry:
    """JSON's null would be the column's; what stood around it is in the delivery's own body."""
    return UnreadableEntry(delivery=delivery, reason=reason, body={} if part is None else part)


def _reason_to_set_aside(event: Event, channel: Channel) -> str:
    if getattr(event, "phone_number_id", None) not in {None, channel.phone_number_id}:
        return "foreign_number"
    if isinstance(event, InboundMessage | Echo) and not person_of(event).is_identified:
        return "nobody_named"
    if isinstance(event, InboundMessage) and event.group_id:
        return "group"  # a practice writes with persons, never in groups
    if isinstance(event, Unreadable):
        return "malformed"
    return "unknown_field" if isinstance(event, Unknown) else ""


def person_of(event: Event) -> Peer:
    """Whom an event is about; NOBODY for what concerns no person, or one of our own messages."""
    match event:
        case InboundMessage(sender=peer) | Echo(recipient=peer) | UserPreference(person=peer):
            return peer
    return NOBODY


def everybody_in(event: Event) -> list[Peer]:
    """Whom an event may touch: the person, and whoever has had the number or id this person has now."""
    if isinstance(event, InboundMessage) and isinstance(event.content, SystemChange):
        change = event.content
        return [event.sender, Peer(change.phone, change.user_id, change.parent_user_id)]
    return [person_of(event)]


def touches_others(one: Found) -> bool:
    """Whether an event locks a contact later than the senders of messages are locked (lock order)."""
    event = one.event
    return isinstance(event, UserPreference) or (
        isinstance(event, InboundMessage) and isinstance(event.content, SystemChange)
    )


def _mark_unreadable(delivery: WebhookDelivery, reason: str) -> None:
    delivery.state = WebhookDelivery.State.UNREADABLE
    delivery.error = reason
    delivery.save(update_fields=["state", "error"])
    log.warning("delivery set aside", extra={"delivery": str(delivery.pk), "code": reason})


def only(found: list[Found], kind: type[E]) -> list[tuple[Found, E]]:
    """The events of one kind, each with its delivery."""
    return [(one, one.event) for one in found if isinstance(one.event, kind)]
