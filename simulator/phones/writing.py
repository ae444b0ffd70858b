"""What the person does in a chat, read from the page's forms."""

import base64
import mimetypes

from starlette.datastructures import FormData, UploadFile

from simulator.media import bare, kind_of
from simulator.numbers import Json
from simulator.people import Person

SAMPLES = frozenset({"image", "voice", "video", "document", "sticker"})
HOME = {"latitude": 52.520008, "longitude": 13.404954, "name": "Berlin", "address": "Alexanderplatz, 10178 Berlin"}
SHORTCUTS: dict[str, Json] = {
    "location": {"type": "location", "location": HOME},
    "stop": {"type": "text", "text": "STOP"},
}


async def read_wish(form: FormData, person: Person) -> Json | None:
    """A message as `/control/messages` takes it; None if there is nothing to send."""
    wish = await read_content(form, person)
    quoted = form.get("quoted")
    if wish is not None and quoted:
        wish["context"] = {"message_id": str(quoted)}
    return wish


async def read_content(form: FormData, person: Person) -> Json | None:
    """By what was pressed: a button of a message, a reaction, the clip, or send."""
    do = str(form.get("do") or "text")
    if do == "tap":
        return read_tap(form, person)
    if do == "react":
        return read_reaction(form)
    return {"type": do} if do in SAMPLES else SHORTCUTS.get(do) or await read_composer(form)


async def read_composer(form: FormData) -> Json | None:
    """A file with the text as its caption, or the text alone."""
    text, file = str(form.get("text") or "").strip(), form.get("file")
    if isinstance(file, UploadFile) and file.filename:
        return await read_file(file, text)
    return {"type": "text", "text": text} if text else None


def read_reaction(form: FormData) -> Json:
    """An emoji on a message; without one the reaction goes, and so does the field."""
    target, emoji = str(form.get("wamid") or ""), str(form.get("emoji") or "")
    return {"type": "reaction", "reaction": {"message_id": target, **({"emoji": emoji} if emoji else {})}}


def read_tap(form: FormData, person: Person) -> Json:
    """A tap on a button: template quick replies are `button`, the others `interactive`."""
    title, payload = str(form.get("title") or ""), str(form.get("payload") or "")
    kind = str(form.get("kind") or "reply")
    if kind == "quick_reply":
        return {"type": "button", "button": {"payload": payload, "text": title}}
    if kind == "row":
        description = str(form.get("description") or "")
        row = {"id": payload, "title": title, **({"description": description} if description else {})}
        return {"type": "list_reply", "list_reply": row}
    if kind == "location":
        return {"type": "location", "location": HOME}
    if kind == "contact":
        return {"type": "contacts", "contacts": [own_card(person)]}
    return {"type": "button_reply", "button_reply": {"id": payload, "title": title}}


def own_card(person: Person) -> Json:
    """The person's own number, as it comes after REQUEST_CONTACT_INFO."""
    phones = [{"phone": person.phone, "wa_id": person.wa_id, "type": "CELL"}] if person.phone else []
    name = {"formatted_name": person.name, "first_name": person.name}
    return {"name": name, "phones": phones, "origin": "contact_request"}


async def read_file(file: UploadFile, caption: str) -> Json:
    """A file from the computer, as the type its MIME type stands for; anything unknown is a document."""
    name = file.filename or "Datei"
    mime_type = file.content_type or mimetypes.guess_type(name)[0] or "application/octet-stream"
    kind = kind_of(mime_type) or "document"
    medium: Json = {"mime_type": bare(mime_type), "data_base64": base64.b64encode(await file.read()).decode()}
    if kind == "document":
        medium["filename"] = name
    if caption and kind in {"image", "video", "document"}:
        medium["caption"] = caption
    return {"type": kind, kind: medium}
