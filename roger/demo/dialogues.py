"""Dialogues → history: messages with their times, notes, files, and what they meant for consent.

What began today stops after the patient's last message and waits for reception; everything older is done.
"""

import base64
import io
import re
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from consent.gate import Kind
from consent.purposes import Purpose
from consent.wording import prefilled
from messaging.actions import close_conversation
from messaging.attachments import attach
from messaging.history import Entry, record, uuid7_at
from messaging.models import Conversation, Message, Note
from patients.models import Patient
from practices.models import Member, Role
from roger.demo import material
from roger.demo.calendar import dated, start_of
from roger.demo.consents import act_in_chat, agree_before, agree_for_children, agree_on_page
from roger.demo.material import Json
from roger.demo.people import Somebody, children_of
from roger.demo.pictures import drawn_face, silence
from roger.demo.practices import Demo
from roger.demo.visits import note_agreed

CODE = re.compile(r"Code: [0-9A-Z-]+$")
INBOUND, OUTBOUND = Message.Direction.INBOUND, Message.Direction.OUTBOUND


@dataclass
class Telling:
    """One dialogue while it is being told."""

    demo: Demo
    dialogue: Json
    somebody: Somebody
    everybody: dict[str, Somebody]
    conversation: Conversation
    start: datetime
    code: str | None = None
    told: dict[int, Message] = field(default_factory=dict)

    def at(self, message: Json) -> datetime:
        # Seconds apart, so that an answer of the same minute stands below its question.
        return self.start + timedelta(minutes=message["at_min"], seconds=message["seq"])


def tell_all(demo: Demo, everybody: dict[str, Somebody], now: datetime) -> None:
    for dialogue in material.dialogues(demo.written):
        somebody = everybody[dialogue["patient_id"]]
        messages = _told_part(dialogue)
        length = timedelta(minutes=messages[-1]["at_min"], seconds=messages[-1]["seq"])
        start = start_of(dialogue, length, now)
        if somebody.conversation:
            _tell(Telling(demo, dialogue, somebody, everybody, somebody.conversation, start), messages)


def is_open(dialogue: Json) -> bool:
    """Whether reception still has something to do here."""
    return "ends_minutes_ago" in dialogue or dialogue["start"]["day_offset"] == 0


def _told_part(dialogue: Json) -> list[Json]:
    messages: list[Json] = dialogue["messages"]
    if "ends_minutes_ago" in dialogue or not is_open(dialogue):
        return messages
    last = max(number for number, message in enumerate(messages) if message["direction"] == "in")
    return messages[: last + 1]


def _tell(telling: Telling, messages: list[Json]) -> None:
    before = telling.dialogue["consent_before"]
    agree_before(telling.somebody, before["state"], before["purposes"], telling.start)
    children = children_of(telling.somebody, telling.everybody)
    agree_for_children(telling.somebody, children, _reception(telling), telling.start)
    for message in messages:
        if message["direction"] == "internal":
            _note(telling, message)
        else:
            _say(telling, message)
        _follow_consent(telling, message)
    if telling.somebody.patient and "agreed" in telling.dialogue:
        note_agreed(telling.somebody.patient, telling.dialogue["agreed"], telling.start)
    if not is_open(telling.dialogue):
        Conversation.objects.filter(pk=telling.conversation.pk, seen_at=None).update(seen_at=telling.at(messages[-1]))
        close_conversation(conversation=telling.conversation, by=_closer(telling))


def _closer(telling: Telling) -> Any:
    assigned = telling.dialogue.get("assigned_to")
    return telling.demo.staff.get(assigned or "", _reception(telling))


def _reception(telling: Telling) -> Member:
    return next(member for member in telling.demo.staff.values() if member.role == Role.RECEPTION)


# ── consent within the dialogue ──


def _follow_consent(telling: Telling, message: Json) -> None:
    for expected in telling.dialogue["expected"]["consent_events"]:
        if expected["after_seq"] != message["seq"]:
            continue
        if expected["type"] == "granted":
            telling.code = agree_on_page(expected["purposes"], telling.at(message))
        elif said := telling.told.get(message["seq"]):
            act_in_chat(telling.somebody, expected["type"], expected["purposes"], said, telling.code)


# ── notes ──


def _note(telling: Telling, message: Json) -> None:
    """What staff told each other; an event of Roger's own has no author."""
    at = telling.at(message)
    Note.objects.create(
        id=uuid7_at(at),
        conversation=telling.conversation,
        contact_id=telling.conversation.contact_id,
        written_by=telling.demo.staff.get(message["sender"]),
        body=dated(message["body"], telling.start),
        at=at,
    )


# ── messages ──


def _say(telling: Telling, message: Json) -> None:
    [told] = record(conversation=telling.conversation, entries=[_entry(telling, message)])
    telling.told[message["seq"]] = told
    if "media" in message:
        _attach(told, message["media"])


def _entry(telling: Telling, message: Json) -> Entry:
    is_inbound = message["direction"] == "in"
    template = message.get("template", {})
    return Entry(
        direction=INBOUND if is_inbound else OUTBOUND,
        at=telling.at(message),
        body=_body(telling, message) or None,
        type=_type(telling, message),
        origin=Message.Origin.PATIENT if is_inbound else _origin(message),
        state=Message.State.RECEIVED if is_inbound else Message.State(message["status"]),
        content=_content(telling, message),
        kind="" if is_inbound else _kind(message),
        purpose="" if is_inbound else _purpose(telling, message),
        sent_by=telling.demo.staff.get(message["sender"]),
        template=telling.demo.templates[template["name"]] if template else None,
        quoted=_quoted(telling, message),
        target=telling.told.get(message.get("target_seq", 0)),
        concerns_patient=_concerned(telling),
        wamid=new_wamid(telling.somebody.written["phone"]),
        error_code=message.get("error_code"),
        owes_answer=is_inbound and is_open(telling.dialogue) and message["type"] != "reaction",
    )


def new_wamid(phone: str) -> str:
    """As Meta builds it, with the peer's digits inside."""
    inside = b"HBgM" + phone.removeprefix("+").encode() + secrets.token_bytes(12)
    return f"wamid.{base64.b64encode(inside).decode()}"


def _body(telling: Telling, message: Json) -> str:
    if telling.code and CODE.search(message["body"]):
        return prefilled(telling.demo.practice, "de", telling.code)
    return dated(message["body"], telling.start)


def _type(telling: Telling, message: Json) -> str:
    """WhatsApp's word: a tapped template button comes as `button`, one of ours as `interactive`."""
    if message["type"] != "button_reply":
        return str(message["type"])
    asked = _quoted(telling, message)
    return "button" if asked and asked.template_id else "interactive"


def _origin(message: Json) -> Message.Origin:
    return Message.Origin.AUTOMATIC if message["sender"] in {"auto", "system"} else Message.Origin.STAFF


def _kind(message: Json) -> str:
    if message.get("template", {}).get("name") == "optin_bestaetigung":
        return Kind.NUMBER_CHECK
    if message["type"] == "template":
        return Kind.TEMPLATE
    return Kind.AUTOMATIC if message["sender"] == "auto" else Kind.FREE_TEXT


def _purpose(telling: Telling, message: Json) -> str:
    wanted = telling.dialogue["expected"].get("requires_purpose")
    return str(wanted or Purpose.ORGANISATION) if _kind(message) != Kind.NUMBER_CHECK else ""


def _content(telling: Telling, message: Json) -> dict[str, Any] | None:
    content: dict[str, Any] | None = None
    match message:
        case {"button": button}:
            content = {"kind": "button_reply", "payload": button["payload"], "text": button["title"]}
        case {"template": template}:
            content = _template_content(telling, template)
        case {"buttons": titles}:
            content = {"kind": "buttons", "buttons": [{"id": title.lower(), "title": title} for title in titles]}
        case {"location": location}:
            content = {"kind": "location"} | location
        case {"emoji": emoji}:
            content = {"kind": "reaction", "emoji": emoji}
        case {"media": media}:
            content = {"kind": message["type"], "mime_type": media["mime"], "filename": media["filename"]}
    return content


def _template_content(telling: Telling, template: Json) -> dict[str, Any]:
    parameters = [{"type": "text", "text": dated(value, telling.start)} for value in template["params"]]
    definition = telling.demo.templates[template["name"]].components
    components = [{"type": "body", "parameters": parameters}]
    return {"kind": "template", "components": components, "definition": definition}


def _quoted(telling: Telling, message: Json) -> Message | None:
    """A tapped button answers the last message of ours that had one of that title."""
    if "button" not in message:
        return None
    asked = [told for seq, told in telling.told.items() if message["button"]["title"] in _titles(telling, seq)]
    return asked[-1] if asked else None


def _titles(telling: Telling, seq: int) -> list[str]:
    written = next(message for message in telling.dialogue["messages"] if message["seq"] == seq)
    titles: list[str] = written.get("template", written).get("buttons") or []
    return titles


def _concerned(telling: Telling) -> Patient | None:
    somebody = telling.everybody.get(telling.dialogue.get("concerns_patient_id", ""))
    return somebody.patient if somebody else None


def _attach(told: Message, media: Json) -> None:
    """The placeholder the file names, sealed like every file."""
    if media["mime"].startswith("image/"):
        content, mime_type, filename = drawn_face(media["width"], media["height"]), "image/jpeg", media["filename"]
    else:
        content, mime_type, filename = silence(media["seconds"]), "audio/x-wav", "sprachnachricht.wav"
    attach(told, io.BytesIO(content), mime_type=mime_type, filename=filename)
