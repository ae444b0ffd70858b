"""What staff and patients do with protected documents, in the words of their tests."""

import re
from typing import Any
from uuid import uuid4

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from messaging.documents.files import digest
from messaging.models import Channel, Conversation, Message, ProtectedDocument, Template, UploadInvitation
from patients.models import Patient
from tests.messaging.files import PDF
from tests.messaging.inbox.desk import grant, make_contact, make_conversation, make_patient, receive

BORN = {"day": "2", "month": "12", "year": "1998"}
WRONG = {"day": "3", "month": "12", "year": "1998"}
LINK = re.compile(r"https?://[^/\s]+(/[du]/\S+)")
TICKET = re.compile(r'href="(/d/[^"]+)" download')
FORM = re.compile(r'name="form" value="([^"]+)"')


def somebody_wrote(channel: Channel, **patient: Any) -> Conversation:
    """Somebody who agreed has written a moment ago."""
    conversation = make_conversation(channel, make_contact())
    make_patient(conversation.contact, **patient)
    grant(conversation.contact)
    receive(conversation)
    return conversation


def patient_of(conversation: Conversation) -> Patient:
    link = conversation.contact.patient_links.order_by("pk").first()
    assert link
    return link.patient


def page(conversation: Conversation, what: str = "documents") -> str:
    return f"/p/morgenthal/inbox/{conversation.pk}/{what}/"


def pdf(name: str = "Kostenplan.pdf", content: bytes = PDF) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, "application/pdf")


def send(desk: Client, conversation: Conversation, **fields: Any) -> Any:
    """Send a document through the form, having said that its file goes to this person; a field given as None is left
    out."""
    upload = fields.get("file", pdf())
    answered = {"right_person": "1", "asked_patient": fields.get("patient", "")}
    confirmed = answered | {"asked_file": digest(upload.chunks())} if upload else {}
    if upload:
        upload.seek(0)
    return press(desk, conversation, **{"file": upload} | confirmed | fields)


def press(desk: Client, conversation: Conversation, *, headers: dict[str, str] | None = None, **fields: Any) -> Any:
    """Press "Link senden" in a form that was filled in."""
    given: dict[str, Any] = {
        "title": "Kostenplan",
        "file": pdf(),
        "factor": "birth_date",
        "days": "14",
        "client_id": uuid4(),
    } | fields
    said = {name: value for name, value in given.items() if value is not None}
    return desk.post(page(conversation), said, headers=headers)


def invite(desk: Client, conversation: Conversation, **fields: Any) -> Any:
    return desk.post(page(conversation, "upload-invitations"), {"what": "", "client_id": uuid4()} | fields)


def sent_document(desk: Client, conversation: Conversation, **fields: Any) -> tuple[ProtectedDocument, str]:
    """The document that was sent, and the path of its page."""
    answer = send(desk, conversation, **fields)
    assert answer.status_code in (200, 303), answer.content.decode()
    return ProtectedDocument.objects.order_by("-pk")[0], path_in(conversation)


def sent_invitation(desk: Client, conversation: Conversation, **fields: Any) -> tuple[UploadInvitation, str]:
    answer = invite(desk, conversation, **fields)
    assert answer.status_code == 303, answer.content.decode()
    return UploadInvitation.objects.order_by("-pk")[0], path_in(conversation)


def last_message(conversation: Conversation, direction: str = "out") -> Message:
    return conversation.messages.filter(direction=direction).order_by("-pk")[0]


def path_in(conversation: Conversation) -> str:
    """The path of the page to which our newest message leads."""
    message = last_message(conversation)
    if message.type == "template":
        [button] = [one for one in message.content["components"] if one["type"] == "button"]
        place = "d" if message.template and message.template.name == "dokument_bereit" else "u"
        return f"/{place}/{button['parameters'][0]['text']}"
    found = LINK.search(message.body or "")
    assert found, message.body
    return found[1]


def opened(phone: Client, path: str, **answer: str) -> str:
    """The path of the file after the right answer."""
    shown = phone.post(path, answer or BORN)
    assert shown.status_code == 200, shown.content.decode()
    found = TICKET.search(shown.content.decode())
    assert found
    return found[1]


def chosen_form(phone: Client, path: str) -> str:
    """The signed id of the page to choose files on, after the right date."""
    shown = phone.post(path, BORN)
    found = FORM.search(shown.content.decode())
    assert found, shown.content.decode()
    return found[1]


def hand_in(phone: Client, path: str, *uploads: SimpleUploadedFile, form: str = "") -> Any:
    return phone.post(path, {"form": form or chosen_form(phone, path), "files": list(uploads)})


def make_link_template(channel: Channel, base: str, name: str = "dokument_bereit", **columns: Any) -> Template:
    """T-05 or T-08, approved, with the button that leads to our page."""
    texts = {
        "dokument_bereit": "Guten Tag {{1}}, Ihre Unterlagen zum Termin am {{2}} liegen bereit. Gilt bis {{3}}.",
        "unterlagen_anfordern": "Guten Tag {{1}}, für Ihren Termin am {{2}} fehlt uns noch: {{3}}. Bitte hochladen.",
    }
    place = "d" if name == "dokument_bereit" else "u"
    buttons = [
        {"type": "QUICK_REPLY", "text": "Ich habe Fragen"},
        {"type": "URL", "text": "Ansehen", "url": f"{base}/{place}/{{{{1}}}}"},
    ]
    components = [{"type": "BODY", "text": texts[name]}, {"type": "BUTTONS", "buttons": buttons}]
    given = {"language": "de", "category": "UTILITY", "status": "approved", "components": components}
    return Template.objects.create(channel=channel, name=name, **given | columns)
