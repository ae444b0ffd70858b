"""What every message we send has around its content (360dialog section 2)."""

from collections.abc import Mapping
from typing import Any, NotRequired, Required, TypeAlias, TypedDict, Unpack

from django.utils.translation import gettext_lazy as _

from messaging.whatsapp.outgoing.limits import ContentInvalid, within
from messaging.whatsapp.payloads.reading import parent_user_id, phone, user_id

Body: TypeAlias = dict[str, Any]


class Envelope(TypedDict):
    """`to`: a phone number ("+" and digits) or, where none is known, a BSUID. `quote`: the wamid this answers.

    `attempt`: our id of the attempt, which WhatsApp repeats in every status (biz_opaque_callback_data, ≤ 512).
    """

    to: Required[str]
    quote: NotRequired[str | None]
    attempt: NotRequired[str | None]


def enveloped(kind: str, content: Mapping[str, Any] | list[Body], **envelope: Unpack[Envelope]) -> Body:
    """A whole request body. Raises ContentInvalid if `to` is neither a phone number nor a BSUID."""
    body: Body = {"messaging_product": "whatsapp", "recipient_type": "individual"} | _address(envelope["to"])
    body |= {"type": kind, kind: content}
    if quote := envelope.get("quote"):
        body["context"] = {"message_id": quote}
    if attempt := envelope.get("attempt"):
        body["biz_opaque_callback_data"] = within(attempt, 512, "biz_opaque_callback_data")
    return body


def _address(to: str) -> Body:
    if number := phone(to):
        return {"to": number}
    if user_id(to) or parent_user_id(to):
        return {"recipient": to}
    raise ContentInvalid(_("Der Kontakt hat keine gültige Nummer. Bitte prüfen Sie ihn."))
