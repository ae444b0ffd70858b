"""A queued message → the request body WhatsApp gets. What goes over the wire is what the thread shows."""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from messaging.models import Message, Template
from messaging.whatsapp import outgoing
from messaging.whatsapp.client import InvalidKey, WhatsAppClient
from messaging.whatsapp.errors import ChannelBlocked
from messaging.whatsapp.meanings import INVALID_KEY
from messaging.whatsapp.outgoing.envelope import Envelope, enveloped
from patients.models import Contact, ContactIdentity

KIND = ContactIdentity.Kind


def connect(api_key: str) -> WhatsAppClient:
    """A client for the number this key belongs to, at the configured address. Raises ChannelBlocked for what cannot be
    a key: nothing goes out from this number until an admin gives it another."""
    try:
        return WhatsAppClient(api_key, settings.D360_BASE_URL, transport=settings.D360_TRANSPORT)
    except InvalidKey:
        raise ChannelBlocked(INVALID_KEY, http_status=401) from None


def body_of(message: Message, *, callback_data: str, media_id: str | None = None) -> dict[str, Any]:
    """The JSON of POST /messages. Raises outgoing.ContentInvalid for what WhatsApp would refuse."""
    envelope: Envelope = {
        "to": address_of(message.contact),
        "quote": message.quoted_wamid,
        "attempt": callback_data,
    }
    content = message.content or {}
    match message.type:
        case "template":
            return _template(message.template, content["components"], envelope)
        case "interactive":
            choices = [outgoing.Button(one["id"], one["title"]) for one in content["buttons"]]
            return outgoing.buttons(message.body or "", choices, **envelope)
        case Message.NUMBER_REQUEST:
            return outgoing.contact_request(message.body or "", **envelope)
        case "reaction":
            return outgoing.reaction(content["target"], content.get("emoji"), **envelope)
        case "image" | "document" | "audio" | "video" | "sticker":
            return outgoing.media(
                message.type,
                media_id or "",
                caption=message.body,
                filename=content.get("filename"),
                voice=content.get("voice", False),
                **envelope,
            )
        case _:
            return outgoing.text(message.body or "", **envelope)


def _template(template: Template | None, components: list[dict[str, Any]], envelope: Envelope) -> dict[str, Any]:
    if template is None:
        raise outgoing.ContentInvalid(_("Diese Vorlage gibt es nicht mehr. Bitte wählen Sie eine andere."))
    content = {"name": template.name, "language": {"code": template.language}, "components": components}
    return enveloped("template", content, **envelope)


def address_of(contact: Contact) -> str:
    """Where to send: the phone number if one is known, else the business-scoped id (360dialog section 7). A number
    that was only stated may be anybody's."""
    held = (one for one in contact.identities.all() if one.ended_at is None and not one.is_only_stated)
    current = {one.kind: one for one in held}
    for kind in (KIND.PHONE, KIND.BSUID, KIND.PARENT_BSUID):
        if kind in current:
            return str(current[kind].value)
    return ""
