"""What became of a message of ours (`statuses`)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from messaging.whatsapp.payloads.change import BadItem, Metadata
from messaging.whatsapp.payloads.peers import Contacts, Peer, peer
from messaging.whatsapp.payloads.reading import JsonObject, flag_or_unknown, identifier, mapping, moment, text
from messaging.whatsapp.payloads.reported import ReportedError, reported_errors


class StatusKind(StrEnum):
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    PLAYED = "played"
    FAILED = "failed"


KINDS = {kind.value: kind for kind in StatusKind}


@dataclass(frozen=True, slots=True, repr=False)
class Pricing:
    """What Meta charges. `category` is an open list; `type` is absent under conversation pricing (section 6)."""

    category: str | None
    billable: bool | None
    pricing_model: str | None
    type: str | None


@dataclass(frozen=True, slots=True, repr=False)
class StatusUpdate:
    """One status. Match it on `wamid` or `callback_data` only: `failed` names nobody reliably (section 6).

    `status` is WhatsApp's word; `kind` is None for words we do not know, which are information and change nothing.
    `callback_data` is our `biz_opaque_callback_data`, the attempt id.
    """

    phone_number_id: str | None
    wamid: str
    status: str
    timestamp: datetime | None
    recipient: Peer
    callback_data: str | None = None
    errors: tuple[ReportedError, ...] = ()
    pricing: Pricing | None = None
    conversation_origin: str | None = None
    conversation_expires_at: datetime | None = None
    recipient_type: str | None = None
    standby: bool = False

    @property
    def kind(self) -> StatusKind | None:
        return KINDS.get(self.status)


def status_update(status: JsonObject, metadata: Metadata, contacts: Contacts, *, standby: bool = False) -> StatusUpdate:
    """Raises BadItem without id or status word."""
    wamid, word = text(status.get("id")), text(status.get("status"))
    if wamid is None or word is None:
        raise BadItem("status without id" if wamid is None else "status without word")
    conversation = mapping(status.get("conversation"))
    return StatusUpdate(
        phone_number_id=metadata.phone_number_id,
        wamid=wamid,
        status=word.lower(),
        timestamp=moment(status.get("timestamp")),
        recipient=_recipient(status, contacts),
        callback_data=identifier(status.get("biz_opaque_callback_data")),
        errors=reported_errors(status),
        pricing=_pricing(status),
        conversation_origin=text(mapping(conversation.get("origin")).get("type")),
        conversation_expires_at=moment(conversation.get("expiration_timestamp")),
        recipient_type=text(status.get("recipient_type")),
        standby=standby,
    )


def _recipient(status: JsonObject, contacts: Contacts) -> Peer:
    parent = status.get("recipient_parent_user_id") or status.get("parent_recipient_user_id")
    return contacts.complete(peer(status.get("recipient_id"), status.get("recipient_user_id"), parent))


def _pricing(status: JsonObject) -> Pricing | None:
    pricing = mapping(status.get("pricing"))
    if not pricing:
        return None
    return Pricing(
        category=text(pricing.get("category")),
        billable=flag_or_unknown(pricing.get("billable")),
        pricing_model=text(pricing.get("pricing_model")),
        type=text(pricing.get("type")),
    )
