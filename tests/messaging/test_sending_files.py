"""Files on their way out: sealed when they are queued, uploaded piece by piece before the message that names them."""

import io
import tracemalloc
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from consent.purposes import Purpose
from messaging import attachments, outbox
from messaging.actions import send_file
from messaging.attachments import FileNotAllowed
from messaging.models import Conversation, MediaFile, Message
from messaging.requests import connect
from messaging.whatsapp.client import WhatsAppClient
from patients.models import Contact
from practices.models import Member, Practice
from practices.scope import practice_scope
from tests.consent_factories import opt_in
from tests.fakes import FakeWhatsApp
from tests.messaging.factories import PATIENT, Line, message, now
from tests.messaging.files import EXE, PDF, on_disk, picture
from tests.messaging.sending import decide

pytestmark = pytest.mark.django_db

MEGABYTE = 1_000_000
OGG = b"OggS\x00\x02" + b"\x00" * 22 + b"OpusHead" + b"\x00" * 64
FILM = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + b"\x00" * 64


class Swallows(httpx.BaseTransport):
    """360dialog with a slow line: takes what is sent as it comes and keeps none of it."""

    def __init__(self) -> None:
        self.headers: httpx.Headers = httpx.Headers()
        self.received = self.largest = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.headers = request.headers
        for piece in self._pieces(request):
            self.received, self.largest = self.received + len(piece), max(self.largest, len(piece))
        return httpx.Response(200, json={"id": "700000000000001"})

    @staticmethod
    def _pieces(request: httpx.Request) -> Iterator[bytes]:
        assert isinstance(request.stream, httpx.SyncByteStream)
        yield from request.stream


@pytest.fixture
def conversation(line: Line, whatsapp: FakeWhatsApp) -> Iterator[Conversation]:
    """With somebody who agreed and wrote just now, at a practice that attaches files; its scope stays open."""
    decide(line, files_in_chat=True)
    whatsapp.control("POST", "people", json={"phone": PATIENT, "name": "Erika"})
    greeting = {"from": PATIENT, "to": line.channel.phone, "type": "text", "text": "Hallo"}
    whatsapp.control("POST", "messages", json=greeting)
    whatsapp.bag.take()
    line.deliver(message("Hallo", timestamp=now()))
    with practice_scope(line.practice.pk):
        opt_in(Contact.objects.get(), [Purpose.ORGANISATION, Purpose.BEHANDLUNG])
        Practice.objects.update(files_in_chat=True)
        Message.objects.filter(direction="out").delete()
        yield Conversation.objects.with_people().get()


def send(conversation: Conversation, by: Member, content: bytes, mime_type: str, **fields: Any) -> Message:
    given: dict[str, Any] = {
        "filename": "Datei",
        "size": len(content),
        "caption": "",
        "purpose": Purpose.ORGANISATION,
    } | fields
    return send_file(conversation=conversation, content=io.BytesIO(content), mime_type=mime_type, by=by, **given)


@pytest.mark.parametrize(
    ("content", "mime_type", "kind"),
    [
        (picture(), "image/png", "image"),
        (PDF, "application/pdf", "document"),
        (OGG, "audio/ogg", "audio"),
        (FILM, "video/mp4", "video"),
        (picture(form="WEBP"), "image/webp", "sticker"),
    ],
    ids=["image", "document", "audio", "video", "sticker"],
)
def test_the_patient_gets_the_file_that_was_chosen(
    whatsapp: FakeWhatsApp, conversation: Conversation, anna: Member, content: bytes, mime_type: str, kind: str
) -> None:
    message = send(conversation, anna, content, mime_type)

    outbox.drain()

    _, body = whatsapp.sent()
    assert (Message.objects.get(pk=message.pk).state, body["type"]) == ("sent", kind)
    with connect(conversation.channel.api_key) as at_whatsapp:
        uploaded = at_whatsapp.media_url(body[kind]["id"]).url
        assert b"".join(at_whatsapp.download_media(uploaded)) == content


def test_a_large_file_is_never_whole_in_memory(line: Line, conversation: Conversation, anna: Member) -> None:
    content = PDF + bytes(30 * MEGABYTE)
    attachment = attachments.attachment_of(send(conversation, anna, content, "application/pdf"))
    size, line_out = len(content), Swallows()
    del content

    assert attachment is not None
    tracemalloc.start()
    with WhatsAppClient("key", "http://stand-in", transport=line_out) as whatsapp:
        body = attachment.uploaded(whatsapp, {"type": "document", "document": {"filename": "Datei"}})
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert body["document"] == {"filename": "Datei", "id": "700000000000001"}
    assert (line_out.received > size, line_out.largest <= 64 * 1024) == (True, True)
    assert line_out.headers["Content-Length"] == str(line_out.received)
    assert most < 2 * MEGABYTE


@pytest.mark.parametrize(
    ("mime_type", "size"),
    [("image/png", 5 * MEGABYTE + 1), ("video/mp4", 17 * MEGABYTE), ("application/x-msdownload", 10)],
)
def test_what_whatsapp_would_not_take_is_refused_when_it_is_chosen(
    conversation: Conversation, anna: Member, mime_type: str, size: int
) -> None:
    with pytest.raises(FileNotAllowed):
        send(conversation, anna, picture(), mime_type, size=size)

    assert (list(Message.objects.filter(direction="out")), on_disk()) == ([], [])


def test_a_program_in_the_clothes_of_a_document_is_refused_and_leaves_nothing(
    conversation: Conversation, anna: Member
) -> None:
    with pytest.raises(FileNotAllowed):
        send(conversation, anna, EXE, "application/pdf")

    assert (list(MediaFile.objects.all()), on_disk()) == ([], [])
