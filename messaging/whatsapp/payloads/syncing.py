"""What a coexistence number hands over once after onboarding: chats of up to 6 months and its address book.

360dialog sends both to the partner address, wrapped as `{"id", "event", "data"}` (section 6).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from messaging.whatsapp.payloads.change import BadItem, Metadata
from messaging.whatsapp.payloads.messages import Echo, InboundMessage, echo, inbound_message
from messaging.whatsapp.payloads.peers import Contacts, Peer, peer
from messaging.whatsapp.payloads.reading import JsonObject, integer, items, mapping, moment, phone, text
from messaging.whatsapp.payloads.reported import ReportedError, reported_errors


@dataclass(frozen=True, slots=True, repr=False)
class PastMessage:
    """A message of the past, with the status it had by then in lower case (delivered, read, error, …)."""

    message: InboundMessage | Echo
    status: str | None


@dataclass(frozen=True, slots=True, repr=False)
class PastThread:
    """All with one person, oldest first as far as WhatsApp keeps order; `unreadable` are items without an id."""

    peer: Peer
    messages: tuple[PastMessage, ...]
    unreadable: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True, repr=False)
class HistoryChunk:
    """One of many parts, which may arrive in any order. `progress` in percent."""

    phase: int | None
    order: int | None
    progress: int | None
    threads: tuple[PastThread, ...]
    errors: tuple[ReportedError, ...] = ()  # 2593109: the practice declined to share


@dataclass(frozen=True, slots=True, repr=False)
class HistorySync:
    phone_number_id: str | None
    chunks: tuple[HistoryChunk, ...]


@dataclass(frozen=True, slots=True, repr=False)
class SyncedContact:
    """An entry of the phone's address book: `action` add or remove."""

    action: str | None
    person: Peer
    full_name: str | None
    first_name: str | None
    at: datetime | None


@dataclass(frozen=True, slots=True, repr=False)
class AppStateSync:
    phone_number_id: str | None
    contacts: tuple[SyncedContact, ...]


def _history(value: JsonObject, metadata: Metadata) -> HistorySync:
    chunks = tuple(_chunk(chunk, metadata) for chunk in map(mapping, items(value.get("history"))))
    return HistorySync(metadata.phone_number_id, chunks)


def _chunk(chunk: JsonObject, metadata: Metadata) -> HistoryChunk:
    progress = mapping(chunk.get("metadata"))
    return HistoryChunk(
        phase=integer(progress.get("phase")),
        order=integer(progress.get("chunk_order")),
        progress=integer(progress.get("progress")),
        threads=tuple(_thread(thread, metadata) for thread in map(mapping, items(chunk.get("threads")))),
        errors=reported_errors(chunk),
    )


def _thread(thread: JsonObject, metadata: Metadata) -> PastThread:
    context = mapping(thread.get("context"))
    person = peer(thread.get("id") or context.get("wa_id"), context.get("user_id"), context.get("parent_user_id"))
    messages: list[PastMessage] = []
    unreadable: list[Any] = []
    for item in items(thread.get("messages")):
        try:
            messages.append(_past_message(mapping(item), metadata, person))
        except BadItem:
            unreadable.append(item)
    return PastThread(person, tuple(messages), tuple(unreadable))


def _past_message(message: JsonObject, metadata: Metadata, person: Peer) -> PastMessage:
    status = text(mapping(message.get("history_context")).get("status"))
    read = echo if _is_ours(message, metadata) else inbound_message
    return PastMessage(read(message, metadata, Contacts([person])), status.lower() if status else None)


def _is_ours(message: JsonObject, metadata: Metadata) -> bool:
    """Echoes name whom they went to; some carry only our own number as the sender."""
    if message.get("to") or message.get("to_user_id"):
        return True
    return metadata.display_phone is not None and phone(message.get("from")) == metadata.display_phone


def _app_state(value: JsonObject, metadata: Metadata) -> AppStateSync:
    return AppStateSync(metadata.phone_number_id, tuple(_synced_contacts(value)))


def _synced_contacts(value: JsonObject) -> Iterator[SyncedContact]:
    for change in map(mapping, items(value.get("state_sync"))):
        contact = mapping(change.get("contact"))
        yield SyncedContact(
            action=text(change.get("action")),
            person=peer(contact.get("phone_number"), contact.get("user_id"), contact.get("parent_user_id")),
            full_name=text(contact.get("full_name")),
            first_name=text(contact.get("first_name")),
            at=moment(mapping(change.get("metadata")).get("timestamp")),
        )


SYNC_READERS: dict[str | None, Callable[[JsonObject, Metadata], HistorySync | AppStateSync]] = {
    "history": _history,
    "smb_app_state_sync": _app_state,
}
