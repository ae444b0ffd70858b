"""From the JSON of one message to its content. Whatever is missing or new ends as UnknownContent, never as an error."""

from collections.abc import Callable

from messaging.whatsapp.payloads.content import (
    ButtonReply,
    CallPermissionReply,
    Content,
    Edit,
    FlowReply,
    ListReply,
    Location,
    Media,
    Order,
    Reaction,
    RequestWelcome,
    Revoke,
    SharedContact,
    SharedContacts,
    SharedPhone,
    SystemChange,
    Text,
    UnknownContent,
    Unsupported,
)
from messaging.whatsapp.payloads.reading import (
    EMPTY,
    JsonObject,
    flag,
    identifier,
    items,
    mapping,
    moment,
    number,
    objects,
    parent_user_id,
    phone,
    sha256_hex,
    text,
    user_id,
)
from messaging.whatsapp.payloads.reported import reported_errors
from messaging.whatsapp.payloads.tree import UnreadableBody, loads


def read_content(message: JsonObject) -> Content:
    """The content of a message of any type."""
    kind = text(message.get("type"))
    read = READERS.get(kind or "")
    found = read(message) if read else None
    if found is None and message.get("errors"):
        return Unsupported(kind, reported_errors(message))
    return found or UnknownContent(kind, message)


def _text(message: JsonObject) -> Content | None:
    body = mapping(message.get("text")).get("body")
    return Text(body) if isinstance(body, str) else None


def _media(kind: str) -> Callable[[JsonObject], Content | None]:
    def read(message: JsonObject) -> Content | None:
        media = mapping(message.get(kind))
        media_id = identifier(media.get("id"))
        if media_id is None:
            return None
        return Media(
            kind=kind,
            id=media_id,
            mime_type=text(media.get("mime_type")),
            sha256=sha256_hex(media.get("sha256")),
            caption=text(media.get("caption")),
            filename=text(media.get("filename")),
            voice=flag(media.get("voice")),
            animated=flag(media.get("animated")),
        )

    return read


def _location(message: JsonObject) -> Content | None:
    place = mapping(message.get("location"))
    latitude, longitude = number(place.get("latitude")), number(place.get("longitude"))
    if latitude is None or longitude is None:
        return None
    return Location(latitude, longitude, text(place.get("name")), text(place.get("address")), text(place.get("url")))


def _contacts(message: JsonObject) -> Content | None:
    cards = list(objects(message.get("contacts")))
    if not cards:
        return None
    return SharedContacts(
        contacts=tuple(map(_shared_contact, cards)),
        answers_request=any(card.get("origin") == "contact_request" for card in cards),
    )


def _shared_contact(card: JsonObject) -> SharedContact:
    return SharedContact(
        name=text(mapping(card.get("name")).get("formatted_name")),
        phones=tuple(
            SharedPhone(text(entry.get("phone")), phone(entry.get("wa_id")), text(entry.get("type")))
            for entry in objects(card.get("phones"))
        ),
        user_id=user_id(card.get("user_id")),
        organisation=text(mapping(card.get("org")).get("company")),
        vcard=text(card.get("vcard")),
    )


def _reaction(message: JsonObject) -> Content | None:
    reaction = mapping(message.get("reaction"))
    target = text(reaction.get("message_id"))
    # A reaction taken back has the emoji absent or empty; `text` reads both as None.
    return Reaction(target, text(reaction.get("emoji"))) if target else None


def _button(message: JsonObject) -> Content | None:
    button = mapping(message.get("button"))
    return _reply_or_none(ButtonReply(text(button.get("payload")), text(button.get("text"))))


def _reply_or_none(reply: ButtonReply) -> ButtonReply | None:
    return reply if reply.payload or reply.text else None


def _interactive(message: JsonObject) -> Content | None:
    interactive = mapping(message.get("interactive"))
    for kind, read in INTERACTIVE_READERS.items():
        reply = interactive.get(kind)
        if isinstance(reply, dict):
            return read(reply)
    return None


def _button_reply(reply: JsonObject) -> Content | None:
    return _reply_or_none(ButtonReply(text(reply.get("id")), text(reply.get("title"))))


def _list_reply(reply: JsonObject) -> Content:
    return ListReply(text(reply.get("id")), text(reply.get("title")), text(reply.get("description")))


def _flow_reply(reply: JsonObject) -> Content:
    response_json = text(reply.get("response_json"))
    return FlowReply(text(reply.get("name")), text(reply.get("body")), _flow_answers(response_json), response_json)


def _flow_answers(response_json: str | None) -> JsonObject:
    try:
        return loads(response_json or "{}")
    except UnreadableBody:
        return EMPTY


def _call_permission_reply(reply: JsonObject) -> Content:
    return CallPermissionReply(
        text(reply.get("response")), moment(reply.get("expiration_timestamp")), flag(reply.get("is_permanent"))
    )


def _order(message: JsonObject) -> Content:
    order = mapping(message.get("order"))
    return Order(identifier(order.get("catalog_id")), text(order.get("text")), len(items(order.get("product_items"))))


def _system(message: JsonObject) -> Content:
    system = mapping(message.get("system"))
    return SystemChange(
        kind=text(system.get("type")),
        body=text(system.get("body")),
        phone=phone(system.get("wa_id")) or phone(system.get("new_wa_id")),
        user_id=user_id(system.get("user_id")) or user_id(system.get("wa_id")),
        parent_user_id=parent_user_id(system.get("parent_user_id")),
        previous_user_id=user_id(system.get("previous_user_id")),
        previous_parent_user_id=parent_user_id(system.get("previous_parent_user_id")),
        identity_hash=_identity_hash(system) or _identity_hash(message),
    )


def _identity_hash(holder: JsonObject) -> str | None:
    identity = holder.get("identity")
    return text(identity) or text(mapping(identity).get("hash"))


def _edit(message: JsonObject) -> Content | None:
    edit = mapping(message.get("edit"))
    original = text(edit.get("original_message_id"))
    return Edit(original, read_content(mapping(edit.get("message")))) if original else None


def _revoke(message: JsonObject) -> Content | None:
    original = text(mapping(message.get("revoke")).get("original_message_id"))
    return Revoke(original) if original else None


def _request_welcome(_message: JsonObject) -> Content:
    return RequestWelcome()


def _unsupported(message: JsonObject) -> Content:
    return Unsupported(text(mapping(message.get("unsupported")).get("type")), reported_errors(message))


READERS: dict[str, Callable[[JsonObject], Content | None]] = {
    "text": _text,
    "image": _media("image"),
    "video": _media("video"),
    "audio": _media("audio"),
    "document": _media("document"),
    "sticker": _media("sticker"),
    "location": _location,
    "contacts": _contacts,
    "reaction": _reaction,
    "button": _button,
    "interactive": _interactive,
    "order": _order,
    "system": _system,
    "edit": _edit,
    "revoke": _revoke,
    "request_welcome": _request_welcome,
    "unsupported": _unsupported,
}

INTERACTIVE_READERS: dict[str, Callable[[JsonObject], Content | None]] = {
    "button_reply": _button_reply,
    "list_reply": _list_reply,
    "nfm_reply": _flow_reply,
    "call_permission_reply": _call_permission_reply,
}
