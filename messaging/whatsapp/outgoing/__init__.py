"""Request bodies for `WhatsAppClient.send`, checked against WhatsApp's limits before anything leaves.

Every builder takes `to`, `quote` and `attempt` (envelope.Envelope) and raises ContentInvalid with a sentence for staff.
"""

from messaging.whatsapp.outgoing.envelope import Body, Envelope
from messaging.whatsapp.outgoing.free_form import AddressCard, contacts, location, media, reaction, text
from messaging.whatsapp.outgoing.interactive import Button, Row, Section, buttons, choice_list, contact_request, link
from messaging.whatsapp.outgoing.limits import ContentInvalid, media_kind
from messaging.whatsapp.outgoing.templates import HeaderFile, QuickReply, UrlSuffix, template

__all__ = [
    "AddressCard",
    "Body",
    "Button",
    "ContentInvalid",
    "Envelope",
    "HeaderFile",
    "QuickReply",
    "Row",
    "Section",
    "UrlSuffix",
    "buttons",
    "choice_list",
    "contact_request",
    "contacts",
    "link",
    "location",
    "media",
    "media_kind",
    "reaction",
    "template",
    "text",
]
