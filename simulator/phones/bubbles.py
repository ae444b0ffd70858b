"""A chat as a phone shows it: one bubble per message, without what never arrived."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from simulator.chats import ChatMessage
from simulator.media import StoredMedia
from simulator.numbers import BusinessNumber, Json
from simulator.people import Person
from simulator.phones.formatting import clock_time, day_name, size_of
from simulator.world import World

INVISIBLE = frozenset({"reaction", "edit", "revoke", "system"})
MEDIA = frozenset({"image", "document", "audio", "video", "sticker"})
TICKS = {
    "pending": "wird gesendet",
    "accepted": "gesendet",
    "sent": "gesendet",
    "delivered": "zugestellt",
    "read": "gelesen",
    "played": "gelesen",
}
NAMES = {
    "image": "Foto",
    "document": "Dokument",
    "audio": "Sprachnachricht",
    "video": "Video",
    "sticker": "Sticker",
    "location": "Standort",
    "contacts": "Kontakt",
    "order": "Bestellung",
    "unsupported": "Umfrage",
}


@dataclass
class Medium:
    """A file in a bubble: ours by address, a foreign link as a link only, since nothing is fetched."""

    kind: str
    address: str | None = None
    link: str | None = None
    mime_type: str = ""
    filename: str = ""
    size: str = ""


@dataclass
class Bubble:
    """One message, ready for the template."""

    wamid: str
    mine: bool
    type: str
    time: str
    text: str = ""
    header: str = ""
    footer: str = ""
    medium: Medium | None = None
    place: Json | None = None
    cards: list[Json] = field(default_factory=list)
    buttons: list[Json] = field(default_factory=list)
    list_label: str = ""
    sections: list[Json] = field(default_factory=list)
    quote: str = ""
    quote_of_mine: bool = False
    reactions: list[str] = field(default_factory=list)
    is_voice_note: bool = False
    tick: str = ""
    forwarded: bool = False
    edited: bool = False
    revoked: bool = False


@dataclass
class Day:
    """The bubbles of one day."""

    name: str
    bubbles: list[Bubble]


def visible(world: World, person: Person, number: BusinessNumber) -> Iterator[ChatMessage]:
    """What has arrived on this phone, oldest first."""
    for message in world.chats.between(person, number):
        if message.type not in INVISIBLE and message.failure is None:
            yield message


def days_of(world: World, person: Person, number: BusinessNumber) -> list[Day]:
    """The chat, day by day."""
    days: list[Day] = []
    for message in visible(world, person, number):
        name = day_name(message.at, world.clock.now())
        if not days or days[-1].name != name:
            days.append(Day(name, []))
        days[-1].bubbles.append(bubble_of(world, number, message))
    return days


def bubble_of(world: World, number: BusinessNumber, message: ChatMessage) -> Bubble:
    """One message."""
    bubble = Bubble(
        wamid=message.wamid,
        mine=message.from_person,
        type=message.type,
        time=clock_time(message.at),
        reactions=[emoji for emoji in message.reactions.values() if emoji],
        tick=TICKS[message.state] if message.from_person else "",
        forwarded=message.forwarded,
        edited=message.edited,
        revoked=message.revoked,
    )
    if quoted := world.chats.find(message.quoted or ""):
        bubble.quote, bubble.quote_of_mine = summary(quoted), quoted.from_person
    if not message.revoked:
        fill(bubble, world, number, message)
    return bubble


def fill(bubble: Bubble, world: World, number: BusinessNumber, message: ChatMessage) -> None:
    """Put the content in."""
    content: Any = message.content
    if message.type in MEDIA:
        bubble.medium = medium_of(world, number, message.type, content)
        bubble.text = content.get("caption", "")
        bubble.is_voice_note = message.type == "audio" and not message.from_person and bool(content.get("voice"))
    elif message.type == "template":
        fill_template(bubble, world, number, message.shown_as)
    elif message.type == "interactive" and not message.from_person:
        fill_interactive(bubble, world, number, content)
    elif message.type == "location":
        bubble.place = content
    elif message.type == "contacts":
        bubble.cards = content
    else:
        bubble.text = summary(message)


def fill_template(bubble: Bubble, world: World, number: BusinessNumber, shown_as: Json) -> None:
    """A filled template."""
    fill_header(bubble, world, number, shown_as.get("header"))
    bubble.text, bubble.footer = shown_as.get("body", ""), shown_as.get("footer") or ""
    bubble.buttons = shown_as.get("buttons", [])


def fill_interactive(bubble: Bubble, world: World, number: BusinessNumber, content: Json) -> None:
    """Buttons, a list or a link."""
    fill_header(bubble, world, number, content.get("header"))
    bubble.text = content["body"]["text"]
    bubble.footer = (content.get("footer") or {}).get("text", "")
    action = content["action"]
    for button in action.get("buttons", []):
        bubble.buttons.append({"kind": "reply", "text": button["reply"]["title"], "payload": button["reply"]["id"]})
    if content["type"] == "cta_url":
        parameters = action["parameters"]
        bubble.buttons.append({"kind": "url", "text": parameters["display_text"], "url": parameters["url"]})
    if content["type"] == "list":
        bubble.list_label, bubble.sections = action["button"], action["sections"]
    if content["type"] == "location_request_message":
        bubble.buttons.append({"kind": "location", "text": "Standort senden"})
    if content["type"] == "request_contact_info":
        bubble.buttons.append({"kind": "contact", "text": "Eigene Nummer senden"})


def fill_header(bubble: Bubble, world: World, number: BusinessNumber, header: Json | None) -> None:
    """A line of text, or a medium."""
    if header is None:
        return
    if header["type"] == "text":
        bubble.header = header["text"]
    else:
        bubble.medium = medium_of(world, number, header["type"], header[header["type"]])


def medium_of(world: World, number: BusinessNumber, kind: str, content: Json) -> Medium:
    """A file by id, or a link."""
    if content.get("link"):
        return Medium(kind, link=content["link"], filename=content.get("filename", ""))
    stored: StoredMedia | None = world.media.find(str(content.get("id")), number.phone)
    if stored is None:
        return Medium(kind, filename="nicht mehr verfügbar")
    return Medium(
        kind,
        address=f"/phones/media/{number.wa_id}/{stored.id}",
        mime_type=stored.bare_mime_type,
        filename=content.get("filename") or stored.filename or "Unbenannt",
        size=size_of(len(stored.data)),
    )


def summary(message: ChatMessage) -> str:
    """A message in one line: for quotes and for the list of chats."""
    content: Any = message.content
    if message.revoked:
        return "Nachricht gelöscht"
    if message.type == "text":
        return str(content["body"])
    if message.type == "template":
        return str(message.shown_as.get("body", ""))
    if message.type == "button":
        return str(content["text"])
    if message.type == "interactive":
        return summary_of_interactive(content)
    caption = content.get("caption") if isinstance(content, dict) else None
    return caption or NAMES.get(message.type, message.type)


def summary_of_interactive(content: Json) -> str:
    """The tapped title of a reply, or the text of the message with buttons."""
    reply = content.get(content.get("type", ""), {})
    return str(reply.get("title") or (content.get("body") or {}).get("text") or "Formular ausgefüllt")
