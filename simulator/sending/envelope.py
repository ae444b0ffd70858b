"""A whole send request, checked from the outside in."""

from dataclasses import dataclass, field
from typing import Any

from simulator.errors import GraphError
from simulator.numbers import BusinessNumber, Json
from simulator.phone_numbers import digits_of, e164, is_bsuid
from simulator.sending.content import CHECKS, MEDIA_TYPES, check_content
from simulator.sending.fields import required_object
from simulator.sending.interactive import check_interactive
from simulator.sending.template import fill_template, sendable_template, template_asked_for
from simulator.world import World

TYPES = (*CHECKS, *MEDIA_TYPES, "contacts", "interactive", "template")


@dataclass
class Outgoing:
    """A request that has passed every check. `failure` is a code that follows the 200 as a status."""

    recipient: str
    typed_as: str
    type: str
    content: Any
    quoted: str | None = None
    callback_data: str | None = None
    identity_hash: str | None = None
    template_name: str | None = None
    category: str = "service"
    failure: int | None = None
    shown_as: Json = field(default_factory=dict)

    @property
    def is_to_user_id(self) -> bool:
        """Whether it goes to a BSUID."""
        return is_bsuid(self.recipient)


def read_outgoing(body: Any, number: BusinessNumber, world: World) -> Outgoing:
    """Check a request in the order of section 13.1: fields, then template. GraphError says what is wrong."""
    if not isinstance(body, dict) or body.get("messaging_product") != "whatsapp":
        raise GraphError(100, "The parameter messaging_product is required.")
    recipient, typed_as = read_recipient(body, number)
    kind = str(body.get("type", "text"))
    if kind not in TYPES:
        raise GraphError(100, f"Param type must be one of {', '.join(sorted(TYPES))}.")
    if body.get("category"):
        raise GraphError(100, "Direct Send is not enabled for this account.")
    outgoing = Outgoing(
        recipient=recipient,
        typed_as=typed_as,
        type=kind,
        content=body.get(kind),
        quoted=read_context(body),
        callback_data=read_callback_data(body),
        identity_hash=body.get("recipient_identity_key_hash"),
    )
    read_content(outgoing, body, number, world)
    return outgoing


def read_recipient(body: Json, number: BusinessNumber) -> tuple[str, str]:
    """(phone or BSUID, as it was typed); `to` wins over `recipient`. GraphError 100 or 131021."""
    if body.get("recipient_type", "individual") != "individual":
        raise GraphError(100, "Param recipient_type must be 'individual'.")
    typed = body.get("to") or body.get("recipient")
    if not isinstance(typed, str) or not typed:
        raise GraphError(100, "The parameter to is required.")
    if is_bsuid(typed):
        return typed, typed
    try:
        phone = e164(typed)
    except ValueError:
        raise GraphError(100, "Param to is not a valid phone number.") from None
    if digits_of(phone) == number.wa_id:
        raise GraphError(131021, "Recipient phone number and sender phone number are the same.")
    return phone, typed


def read_context(body: Json) -> str | None:
    """The quoted wamid, if any."""
    if body.get("context") is None:
        return None
    wamid = required_object(body, "context", "message").get("message_id")
    if not isinstance(wamid, str) or not wamid:
        raise GraphError(131008, "The parameter context['message_id'] is required.")
    return wamid


def read_callback_data(body: Json) -> str | None:
    """`biz_opaque_callback_data`, up to 512 characters."""
    data = body.get("biz_opaque_callback_data")
    if data is not None and (not isinstance(data, str) or len(data) > 512):
        raise GraphError(100, "Param biz_opaque_callback_data must be a string of at most 512 characters.")
    return data


def read_content(outgoing: Outgoing, body: Json, number: BusinessNumber, world: World) -> None:
    """Check the part that depends on the type, and note what the person will see."""
    if outgoing.type == "template":
        read_template(outgoing, required_object(body, "template", "message"), number, world)
    elif outgoing.type == "interactive":
        interactive = required_object(body, "interactive", "message")
        outgoing.failure = check_interactive(interactive, number, world.media)
    else:
        outgoing.failure = check_content(outgoing.type, body, number, world.media)


def read_template(outgoing: Outgoing, request: Json, number: BusinessNumber, world: World) -> None:
    """Find and fill the template. Authentication templates need a phone (131062)."""
    outgoing.template_name, language = template_asked_for(request)
    template = sendable_template(number, outgoing.template_name, language)
    if template.category == "AUTHENTICATION" and outgoing.is_to_user_id:
        raise GraphError(131062, "Authentication templates can only be sent to phone numbers.")
    outgoing.category = template.category.lower()
    outgoing.shown_as, outgoing.failure = fill_template(template, request, number, world.media)
