"""Messages of people (`messages`), and of the practice's own phone app (`message_echoes`)."""

from dataclasses import dataclass
from datetime import datetime

from messaging.whatsapp.payloads.change import BadItem, Metadata
from messaging.whatsapp.payloads.content import Content, words_of
from messaging.whatsapp.payloads.content_reading import read_content
from messaging.whatsapp.payloads.peers import Contacts, Peer, peer
from messaging.whatsapp.payloads.reading import JsonObject, flag, identifier, mapping, moment, text
from messaging.whatsapp.payloads.reported import ReportedError, reported_errors


@dataclass(frozen=True, slots=True, repr=False)
class Context:
    """What a message answers or where it comes from. The quoted message may be unknown to us."""

    quoted_wamid: str | None = None
    forwarded: bool = False
    frequently_forwarded: bool = False
    refers_to_product: bool = False


@dataclass(frozen=True, slots=True, repr=False)
class Referral:
    """The ad or post that brought the person here (free entry point, section 8)."""

    source_type: str | None  # ad, post
    source_id: str | None
    source_url: str | None
    headline: str | None
    body: str | None
    media_type: str | None
    click_id: str | None
    welcome_text: str | None


@dataclass(frozen=True, slots=True, repr=False)
class InboundMessage:
    """A message of a person to the practice.

    `timestamp` is WhatsApp's time in UTC, None if it is missing or absurd. `standby`: another agent holds the thread,
    record without answering. `group_id`: written in a group and not to the practice alone.
    """

    phone_number_id: str | None
    wamid: str
    sender: Peer
    timestamp: datetime | None
    type: str | None
    content: Content
    context: Context | None = None
    referral: Referral | None = None
    errors: tuple[ReportedError, ...] = ()
    group_id: str | None = None
    standby: bool = False

    @property
    def text(self) -> str:
        """What the person wrote or tapped; "" where there are no words."""
        return words_of(self.content)


@dataclass(frozen=True, slots=True, repr=False)
class Echo:
    """A message staff wrote in the phone app (coexistence). It is outbound and opens no service window."""

    phone_number_id: str | None
    wamid: str
    recipient: Peer
    timestamp: datetime | None
    type: str | None
    content: Content
    context: Context | None = None

    @property
    def text(self) -> str:
        return words_of(self.content)


def inbound_message(
    message: JsonObject, metadata: Metadata, contacts: Contacts, *, standby: bool = False
) -> InboundMessage:
    """Raises BadItem for a message without an id: it could be neither stored once nor quoted."""
    sender = peer(message.get("from"), message.get("from_user_id"), message.get("from_parent_user_id"))
    return InboundMessage(
        phone_number_id=metadata.phone_number_id,
        wamid=_wamid(message),
        sender=contacts.complete(sender),
        timestamp=moment(message.get("timestamp")),
        type=text(message.get("type")),
        content=read_content(message),
        context=_context(message),
        referral=_referral(message),
        errors=reported_errors(message),
        group_id=identifier(message.get("group_id")),
        standby=standby,
    )


def echo(message: JsonObject, metadata: Metadata, contacts: Contacts) -> Echo:
    """Raises BadItem for an echo without an id."""
    recipient = peer(message.get("to"), message.get("to_user_id"), message.get("to_parent_user_id"))
    return Echo(
        phone_number_id=metadata.phone_number_id,
        wamid=_wamid(message),
        recipient=contacts.complete(recipient),
        timestamp=moment(message.get("timestamp")),
        type=text(message.get("type")),
        content=read_content(message),
        context=_context(message),
    )


def _wamid(message: JsonObject) -> str:
    wamid = text(message.get("id"))
    if wamid is None:
        raise BadItem("message without id")
    return wamid


def _context(message: JsonObject) -> Context | None:
    context = mapping(message.get("context"))
    if not context:
        return None
    return Context(
        quoted_wamid=text(context.get("id")),
        forwarded=flag(context.get("forwarded")) or flag(context.get("frequently_forwarded")),
        frequently_forwarded=flag(context.get("frequently_forwarded")),
        refers_to_product=isinstance(context.get("referred_product"), dict),
    )


def _referral(message: JsonObject) -> Referral | None:
    referral = mapping(message.get("referral"))
    if not referral:
        return None
    return Referral(
        source_type=text(referral.get("source_type")),
        source_id=identifier(referral.get("source_id")),
        source_url=text(referral.get("source_url")),
        headline=text(referral.get("headline")),
        body=text(referral.get("body")),
        media_type=text(referral.get("media_type")),
        click_id=text(referral.get("ctwa_clid")),
        welcome_text=text(mapping(referral.get("welcome_message")).get("text")),
    )
