"""What a person's phone sends, as the webhook that 360dialog makes of it (360dialog section 6)."""

import base64
import json
from collections.abc import Callable
from typing import Any

from simulator.chats import ChatMessage
from simulator.errors import status_error
from simulator.numbers import BusinessNumber, Json
from simulator.people import Person
from simulator.samples import SAMPLES
from simulator.wamid import new_wamid
from simulator.world import World

MEDIA = frozenset({*SAMPLES, "voice"})
INTERACTIVE = frozenset({"button_reply", "list_reply", "nfm_reply", "call_permission_reply"})
# Bodies that go through as the caller wrote them.
PLAIN = frozenset({"location", "contacts", "order", "button", "reaction", "edit", "revoke", "interactive"})


async def send_from_person(
    world: World, person: Person, number: BusinessNumber, wish: Json
) -> tuple[ChatMessage, int | None]:
    """Write one message from the person's phone; returns it and the webhook's first answer (None = none).

    ValueError if the wish names an unknown type or lacks its body.
    """
    message = compose(world, person, number, wish)
    entry = entry_of(world, person, number, message, wish)
    show(world, message)
    value: Json = {"messaging_product": "whatsapp", "metadata": number.metadata()}
    if message.type != "system":
        value["contacts"] = [world.contact(person, number)]

    def taken() -> None:
        message.advance_to("delivered")
        world.chats.touch(person.id)

    status = await world.post_value(number, "messages", {**value, "messages": [entry]}, taken)
    return message, status


def compose(world: World, person: Person, number: BusinessNumber, wish: Json) -> ChatMessage:
    """The bubble: type and body as they will stand in the webhook."""
    kind, content = read_content(world, number, wish)
    context = wish.get("context") or {}
    return ChatMessage(
        wamid=wish.get("wamid") or new_wamid(person.peer, from_person=True),
        person_id=person.id,
        number=number.phone,
        from_person=True,
        type=kind,
        content=content,
        at=float(wish.get("timestamp") or world.clock.now()),
        state="pending",
        quoted=context.get("message_id") or context.get("id"),
        forwarded=bool(context.get("forwarded") or context.get("frequently_forwarded")),
    )


def read_content(world: World, number: BusinessNumber, wish: Json) -> tuple[str, Any]:
    """(type, body) of a wish. ValueError if it cannot be read."""
    kind = str(wish.get("type", "text"))
    if kind == "text":
        return kind, {"body": text_of(wish)}
    if kind in MEDIA:
        return medium_of(world, number, kind, wish)
    if kind in INTERACTIVE:
        return "interactive", interactive_of(kind, wish.get(kind) or {})
    if kind == "unsupported":
        return kind, wish.get("unsupported") or {}
    if kind == "system":
        return kind, dict(wish.get("system") or {})
    if kind not in PLAIN:
        raise ValueError(f"unknown type {kind!r}")
    content = wish.get(kind)
    if not content:
        raise ValueError(f"{kind!r} needs its body")
    return kind, content


def text_of(wish: Json) -> str:
    """`{"text": {"body": …}}` or short `{"text": …}`. ValueError if there is none."""
    text = wish.get("text")
    body = text.get("body") if isinstance(text, dict) else text
    if not isinstance(body, str):
        raise ValueError("'text' needs a body")
    return body


def medium_of(world: World, number: BusinessNumber, kind: str, wish: Json) -> tuple[str, Json]:
    """A file, given in base64 or made on the spot, kept in the media store. `voice` is audio with voice: true."""
    wanted = wish.get(kind) or {}
    kind, is_voice = ("audio", True) if kind == "voice" else (kind, bool(wanted.get("voice", False)))
    default_type, make = SAMPLES[kind]
    data = base64.b64decode(wanted["data_base64"], validate=True) if "data_base64" in wanted else make()
    stored = world.media.receive(number.phone, data, wanted.get("mime_type") or default_type, wanted.get("filename"))
    content: Json = {
        "id": stored.id,
        "mime_type": stored.mime_type,
        "sha256": base64.b64encode(stored.digest.digest()).decode(),
        "url": world.media.url_of(stored),
    }
    if wanted.get("caption"):
        content["caption"] = wanted["caption"]
    if kind == "document":
        content["filename"] = wanted.get("filename") or "Dokument.pdf"
    if kind == "audio":
        content["voice"] = is_voice
    if kind == "sticker":
        content["animated"] = bool(wanted.get("animated", False))
    return kind, content


def interactive_of(kind: str, reply: Json) -> Json:
    """A tap on an interactive message; a flow's answer becomes JSON text."""
    if kind == "nfm_reply" and not isinstance(reply.get("response_json", ""), str):
        reply = {**reply, "response_json": json.dumps(reply["response_json"], ensure_ascii=False)}
    return {"type": kind, kind: reply}


def entry_of(world: World, person: Person, number: BusinessNumber, message: ChatMessage, wish: Json) -> Json:
    """One entry of `messages[]`."""
    entry: Json = {"id": message.wamid, "timestamp": str(int(message.at)), "type": message.type}
    if world.shows_phone(person, number):
        entry["from"] = person.wa_id
    if world.faults.webhooks.shape != "2025":
        entry["from_user_id"] = person.user_id(number.portfolio)
        if person.parent_user_id:
            entry["from_parent_user_id"] = person.parent_user_id
    if message.type != "unsupported" or message.content:
        entry[message.type] = message.content
    if message.type == "unsupported":
        entry["errors"] = [status_error(131051, "Message type is currently not supported.")]
    if context := context_of(message, number, wish):
        entry["context"] = context
    for name in ("referral", "errors", "identity"):
        if wish.get(name):
            entry[name] = wish[name]
    return entry


def context_of(message: ChatMessage, number: BusinessNumber, wish: Json) -> Json:
    """What was quoted or forwarded."""
    wanted = wish.get("context") or {}
    context = {
        name: wanted[name] for name in ("forwarded", "frequently_forwarded", "referred_product") if name in wanted
    }
    if message.quoted:
        context |= {"from": wanted.get("from") or number.wa_id, "id": message.quoted}
    return context


def show(world: World, message: ChatMessage) -> None:
    """Draw it on the person's own phone: reactions, edits and revocations change their target."""
    if effect := EFFECTS.get(message.type):
        effect(world, message)
    if message.type in {"button", "interactive"} and (answered := world.chats.find(message.quoted or "")):
        answered.answered = True
    world.chats.add(message)


def react(world: World, message: ChatMessage) -> None:
    """A missing or empty emoji takes the reaction back."""
    if target := world.chats.find(message.content.get("message_id", "")):
        target.reactions["person"] = message.content.get("emoji") or ""


def edit(world: World, message: ChatMessage) -> None:
    """Put the new text in place of the old."""
    target = world.chats.find(message.content.get("original_message_id", ""))
    new = message.content.get("message") or {}
    if target and new.get("type", target.type) == target.type:
        target.content, target.edited = new.get(target.type, target.content), True


def revoke(world: World, message: ChatMessage) -> None:
    """Leave "gelöscht" where the message was."""
    if target := world.chats.find(message.content.get("original_message_id", "")):
        target.revoked = True


EFFECTS: dict[str, Callable[[World, ChatMessage], None]] = {"reaction": react, "edit": edit, "revoke": revoke}
