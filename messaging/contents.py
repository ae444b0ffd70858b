"""What a message holds beside its words, as the JSON that is sealed with it and read by the inbox.

{"kind": "location", "latitude": …, "context": {"quoted": true, "forwarded": …}, "referral": {…}, "errors": [codes]}
"""

from dataclasses import fields, is_dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from messaging.whatsapp import payloads
from messaging.whatsapp.payloads import Content, Context, Echo, Edit, InboundMessage

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

KINDS: dict[type, str] = {
    payloads.Text: "text",
    payloads.Media: "media",
    payloads.Location: "location",
    payloads.SharedContacts: "contacts",
    payloads.Reaction: "reaction",
    payloads.ButtonReply: "button_reply",
    payloads.ListReply: "list_reply",
    payloads.FlowReply: "flow_reply",
    payloads.CallPermissionReply: "call_permission",
    payloads.Order: "order",
    payloads.SystemChange: "system",
    payloads.Edit: "edit",
    payloads.Revoke: "revoke",
    payloads.RequestWelcome: "request_welcome",
    payloads.Unsupported: "unsupported",
    payloads.UnknownContent: "unknown",
}


def content_of(event: InboundMessage | Echo) -> dict[str, Any]:
    """The sealed JSON of a received message."""
    described = describe(event.content)
    if event.context:
        described["context"] = _context(event.context)
    if isinstance(event, InboundMessage):
        if event.referral:
            described["referral"] = _parts(event.referral)
        if event.errors:
            described["errors"] = [error.code for error in event.errors]
        if event.standby:
            described["standby"] = True
    return described


def describe(content: Content) -> dict[str, Any]:
    """One content as JSON values, with its kind."""
    if isinstance(content, Edit):
        return {"kind": "edit", "original": content.original, "content": describe(content.content)}
    return {"kind": KINDS[type(content)]} | _parts(content)


def _context(context: Context) -> dict[str, Any]:
    return {
        "quoted": context.quoted_wamid is not None,
        "forwarded": context.forwarded,
        "frequently_forwarded": context.frequently_forwarded,
    }


def _parts(value: "DataclassInstance") -> dict[str, Any]:
    return {part.name: _plain(getattr(value, part.name)) for part in fields(value)}


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return _parts(value)
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return value.isoformat() if isinstance(value, datetime) else value
