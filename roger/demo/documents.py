"""A protected document the practice sent yesterday, and which was opened (desk.json): its door is a real one."""

from datetime import datetime, timedelta

from consent.gate import Kind
from consent.purposes import Purpose
from messaging.documents import files
from messaging.documents.notices import TEMPLATES, Place
from messaging.history import Entry, record, uuid7_at
from messaging.models import Conversation, Message, Note, ProtectedDocument
from practices import audit, doors
from practices.models import Door, Member
from roger.demo import material
from roger.demo.calendar import BERLIN, working_days_from
from roger.demo.dialogues import new_wamid
from roger.demo.material import Json
from roger.demo.people import Somebody
from roger.demo.practices import Demo

AGO, UNTIL_OPENED, KEPT = timedelta(hours=26), timedelta(minutes=9), timedelta(days=14)


def send_yesterday(demo: Demo, everybody: dict[str, Somebody], now: datetime) -> None:
    """Before the dialogues are told: whoever writes after it waits."""
    written = material.desk(demo.written).get("document")
    if written is None:
        return
    somebody = everybody[written["patient"]]
    if somebody.contact and somebody.conversation:
        _send(demo, written, somebody, somebody.conversation, now - AGO)


def _send(demo: Demo, written: Json, somebody: Somebody, conversation: Conversation, at: datetime) -> None:
    sender, token, opened_at = demo.staff[written["by"]], doors.new_token(), at + UNTIL_OPENED
    document = ProtectedDocument(
        contact=somebody.contact,
        patient=somebody.patient,
        factor=ProtectedDocument.Factor.BIRTH_DATE,
        expires_at=at + KEPT,
        opened_at=opened_at,
        created_by=sender,
        created_at=at,
    )
    announced = _announced(demo, somebody, token, at, sender)
    [document.message] = record(conversation=conversation, entries=[announced])
    pieces = [written["body"].encode()]
    files.keep(document, pieces, title=written["title"], filename=written["title"], mime_type=files.TEXT)
    document.save(force_insert=True)
    doors.install(
        Door.Kind.DOCUMENT, token, leads_to=demo.practice, object_id=document.pk, expires_at=document.expires_at
    )
    audit.record("document_sent", about=document, by=sender, factor=str(document.factor), days=KEPT.days)
    Note.objects.create(
        id=uuid7_at(opened_at),
        conversation=conversation,
        contact_id=conversation.contact_id,
        body=f"Geschütztes Dokument „{written['title']}“ wurde geöffnet.",
        at=opened_at,
    )


def _announced(demo: Demo, somebody: Somebody, token: str, at: datetime, by: Member) -> Entry:
    """The practice's template, filled in, as it would have gone out."""
    template = demo.templates[TEMPLATES[Place.DOCUMENT]]
    day, until = working_days_from(at.astimezone(BERLIN).date(), 4), (at + KEPT).astimezone(BERLIN).date()
    values = [f"Frau {somebody.written['last_name']}", f"{day:%d.%m.%Y}", f"{until:%d.%m.%Y}"]
    body = next(str(one["text"]) for one in template.components if one["type"] == "BODY")
    for number, value in enumerate(values, start=1):
        body = body.replace(f"{{{{{number}}}}}", value)
    button = {"type": "button", "sub_type": "url", "index": "0", "parameters": [{"type": "text", "text": token}]}
    said = {"type": "body", "parameters": [{"type": "text", "text": value} for value in values]}
    content = {"kind": "template", "components": [said, button], "definition": template.components}
    return Entry(
        direction=Message.Direction.OUTBOUND,
        at=at,
        body=body,
        type="template",
        origin=Message.Origin.STAFF,
        kind=Kind.TEMPLATE,
        purpose=Purpose.ORGANISATION,
        content=content | {"leads_to": Place.DOCUMENT.value},
        sent_by=by,
        template=template,
        wamid=new_wamid(somebody.written["phone"]),
    )
