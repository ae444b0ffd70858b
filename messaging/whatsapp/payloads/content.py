"""What a message holds, one class per kind (360dialog section 6)."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from messaging.whatsapp.payloads.reading import JsonObject
from messaging.whatsapp.payloads.reported import ReportedError


@dataclass(frozen=True, slots=True, repr=False)
class Text:
    body: str


@dataclass(frozen=True, slots=True, repr=False)
class Media:
    """A file to be fetched by its id, at most 7 days after it came in. A voice note is audio with `voice` set."""

    kind: str  # image, video, audio, document, sticker
    id: str
    mime_type: str | None = None
    sha256: str | None = None  # lower-case hex
    caption: str | None = None
    filename: str | None = None
    voice: bool = False
    animated: bool = False


@dataclass(frozen=True, slots=True, repr=False)
class Location:
    latitude: float
    longitude: float
    name: str | None = None
    address: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class SharedPhone:
    written: str | None  # as the sender's address book spells it
    phone: str | None  # "+" and digits, where WhatsApp names an account
    type: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class SharedContact:
    name: str | None
    phones: tuple[SharedPhone, ...] = ()
    user_id: str | None = None
    organisation: str | None = None
    vcard: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class SharedContacts:
    """Address cards. `answers_request`: the person tapped REQUEST_CONTACT_INFO and so gave the own number."""

    contacts: tuple[SharedContact, ...]
    answers_request: bool = False


@dataclass(frozen=True, slots=True, repr=False)
class Reaction:
    """An emoji on an earlier message, which may be unknown to us; None takes the reaction back."""

    target: str  # wamid
    emoji: str | None


@dataclass(frozen=True, slots=True, repr=False)
class ButtonReply:
    """A tap on a template's quick reply (message type button) or on an interactive button (type interactive)."""

    payload: str | None
    text: str | None


@dataclass(frozen=True, slots=True, repr=False)
class ListReply:
    payload: str | None
    text: str | None
    description: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class FlowReply:
    """A finished flow. `answers` is empty where `response_json` is no JSON object; the text is kept either way."""

    name: str | None
    body: str | None
    answers: JsonObject
    response_json: str | None


@dataclass(frozen=True, slots=True, repr=False)
class CallPermissionReply:
    response: str | None  # accept, reject
    expires_at: datetime | None = None
    is_permanent: bool = False


@dataclass(frozen=True, slots=True, repr=False)
class Order:
    """A shopping basket: of no use to a practice, shown as not displayable."""

    catalog_id: str | None
    text: str | None
    item_count: int


@dataclass(frozen=True, slots=True, repr=False)
class SystemChange:
    """Number, id or device of the person changed; until staff confirms the person again, no health data goes there.

    `kind` is user_changed_number, user_changed_user_id, customer_identity_changed or what WhatsApp invents next.
    `phone` and `user_id` are the new ones; the old number is the message's sender.
    """

    kind: str | None
    body: str | None = None
    phone: str | None = None
    user_id: str | None = None
    parent_user_id: str | None = None
    previous_user_id: str | None = None
    previous_parent_user_id: str | None = None
    identity_hash: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Edit:
    """A new wording for an earlier message (coexistence numbers)."""

    original: str  # wamid
    content: "Content"


@dataclass(frozen=True, slots=True, repr=False)
class Revoke:
    """The sender deleted an earlier message for everyone (coexistence numbers)."""

    original: str  # wamid


@dataclass(frozen=True, slots=True, repr=False)
class RequestWelcome:
    """The person opened the chat for the first time and has written nothing yet."""


@dataclass(frozen=True, slots=True, repr=False)
class Unsupported:
    """WhatsApp itself could not pass the message on; `kind` names it where WhatsApp does (poll, …)."""

    kind: str | None
    errors: tuple[ReportedError, ...] = ()


@dataclass(frozen=True, slots=True, repr=False)
class UnknownContent:
    """A type we do not know, or a known one whose body cannot be read: kept and shown as not displayable."""

    kind: str | None
    raw: JsonObject


Content: TypeAlias = (
    Text
    | Media
    | Location
    | SharedContacts
    | Reaction
    | ButtonReply
    | ListReply
    | FlowReply
    | CallPermissionReply
    | Order
    | SystemChange
    | Edit
    | Revoke
    | RequestWelcome
    | Unsupported
    | UnknownContent
)


def words_of(content: Content) -> str:
    """What the person wrote or tapped, as plain text; "" where there are no words."""
    match content:
        case Text(body=words):
            return words
        case Media(caption=words) | ButtonReply(text=words) | ListReply(text=words) | Order(text=words):
            return words or ""
        case Edit(content=edited):
            return words_of(edited)
        case _:
            return ""
