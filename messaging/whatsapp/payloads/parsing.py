"""The door of webhook bodies: bytes in, typed events out, one bad item never spoiling its neighbours."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from messaging.whatsapp.payloads.change import BadItem, Metadata, metadata_of
from messaging.whatsapp.payloads.management import MANAGEMENT_READERS, ManagementEvent
from messaging.whatsapp.payloads.messages import Echo, InboundMessage, echo, inbound_message
from messaging.whatsapp.payloads.peers import contacts_of
from messaging.whatsapp.payloads.reading import JsonObject, identifier, mapping, moment, text
from messaging.whatsapp.payloads.reported import ReportedError, reported_errors
from messaging.whatsapp.payloads.statuses import StatusUpdate, status_update
from messaging.whatsapp.payloads.syncing import SYNC_READERS, AppStateSync, HistorySync
from messaging.whatsapp.payloads.tree import loads


@dataclass(frozen=True, slots=True, repr=False)
class ErrorsReported:
    """`value.errors`: something went wrong at WhatsApp that belongs to no single message."""

    phone_number_id: str | None
    errors: tuple[ReportedError, ...]


@dataclass(frozen=True, slots=True, repr=False)
class Unknown:
    """A field, or a shape of a known field, that we have no use for: log `field` once, keep, answer 200."""

    phone_number_id: str | None
    field: str | None
    raw: JsonObject


@dataclass(frozen=True, slots=True, repr=False)
class Unreadable:
    """One item that cannot be used. `reason` is a fixed phrase without personal data; `raw` is any JSON value."""

    phone_number_id: str | None
    reason: str
    raw: Any


Event: TypeAlias = (
    InboundMessage
    | StatusUpdate
    | Echo
    | ErrorsReported
    | ManagementEvent
    | HistorySync
    | AppStateSync
    | Unknown
    | Unreadable
)


@dataclass(frozen=True, slots=True, repr=False)
class Entry:
    """One `entry[]`: the WABA it belongs to, WhatsApp's time where given, and its events in the order they stand in."""

    waba_id: str | None
    at: datetime | None
    events: tuple[Event, ...]
    raw: Any


@dataclass(frozen=True, slots=True, repr=False)
class Delivery:
    """One webhook POST. It never has no entry: a body without any becomes one entry that says so."""

    entries: tuple[Entry, ...]


def parse(body: bytes) -> Delivery:
    """Read a webhook body (360dialog sections 5 to 7).

    Raises UnreadableBody, and nothing else, for what is no JSON object or nested deeper than 100 levels. NUL, lone
    surrogates and bytes that are no UTF-8, none of which PostgreSQL text can hold, come out as U+FFFD, also in `raw`.
    """
    envelope = loads(body)
    if isinstance(envelope.get("entry"), list) and envelope["entry"]:
        return Delivery(tuple(map(_entry, envelope["entry"])))
    if text(envelope.get("event")) and isinstance(envelope.get("data"), dict):
        return Delivery((_partner_entry(envelope),))
    return Delivery((_unreadable_entry("no entry", envelope),))


def _entry(entry: Any) -> Entry:
    if not isinstance(entry, dict):
        return _unreadable_entry("entry is no object", entry)
    changes = entry.get("changes")
    if not isinstance(changes, list) or not changes:
        return _unreadable_entry("entry without changes", entry)
    events = tuple(event for change in changes for event in _change(change))
    return Entry(identifier(entry.get("id")), moment(entry.get("time")), events, entry)


def _unreadable_entry(reason: str, raw: Any) -> Entry:
    holder = mapping(raw)
    waba_id, at = identifier(holder.get("id")), moment(holder.get("time"))
    return Entry(waba_id, at, (Unreadable(None, reason, raw),), raw)


def _partner_entry(envelope: JsonObject) -> Entry:
    """360dialog's own wrapping of history and other partner events: `{"id", "event", "data"}` (section 6)."""
    value = mapping(envelope["data"])
    events = tuple(_value(text(envelope["event"]), value))
    return Entry(identifier(value.get("id")), None, events, envelope)


def _change(change: Any) -> Iterator[Event]:
    if not isinstance(change, dict):
        yield Unreadable(None, "change is no object", change)
    elif not isinstance(change.get("value"), dict):
        yield Unreadable(None, "change without value", change)
    else:
        yield from _value(text(change.get("field")), change["value"])


CONVERSATION_FIELDS = {None, "messages", "smb_message_echoes", "standby", "messaging_handovers"}
STANDBY_FIELDS = {"standby", "messaging_handovers"}


def _value(field: str | None, value: JsonObject) -> list[Event]:
    metadata = metadata_of(value)
    events: list[Event] = []
    if field in MANAGEMENT_READERS:
        events.extend(MANAGEMENT_READERS[field](value, metadata))
    elif field in SYNC_READERS:
        events.append(SYNC_READERS[field](value, metadata))
    elif field in CONVERSATION_FIELDS:
        events.extend(_conversation(value, metadata, standby=field in STANDBY_FIELDS))
    return events or [Unknown(metadata.phone_number_id, field, value)]


def _conversation(value: JsonObject, metadata: Metadata, *, standby: bool) -> Iterator[Event]:
    """The shape that messages, echoes, standby and handovers share."""
    contacts = contacts_of(value)

    def message(item: JsonObject) -> Event:
        return inbound_message(item, metadata, contacts, standby=standby)

    def status(item: JsonObject) -> Event:
        return status_update(item, metadata, contacts, standby=standby)

    def echoed(item: JsonObject) -> Event:
        return echo(item, metadata, contacts)

    for key, read in (("messages", message), ("statuses", status), ("message_echoes", echoed)):
        for item in _listed(value.get(key)):
            yield _guarded(read, item, metadata)
    if errors := reported_errors(value):
        yield ErrorsReported(metadata.phone_number_id, errors)


def _listed(value: Any) -> list[Any]:
    """The items of a list; a value that should have been a list is kept as one item, and found unreadable."""
    if value is None:
        return []
    return value if isinstance(value, list) else [[value]]


def _guarded(read: Callable[[JsonObject], Event], item: Any, metadata: Metadata) -> Event:
    if not isinstance(item, dict):
        return Unreadable(metadata.phone_number_id, "item is no object", item)
    try:
        return read(item)
    except BadItem as bad:
        return Unreadable(metadata.phone_number_id, str(bad), item)
