"""Files that go out with a message: sealed when they are queued, uploaded by the worker just before the message."""

from dataclasses import dataclass
from typing import IO, Any

from django.utils.translation import gettext as _

from messaging import media
from messaging.models import MediaFile, Message
from messaging.whatsapp.client import WhatsAppClient
from messaging.whatsapp.outgoing import ContentInvalid, media_kind
from practices.refusal import Refusal
from practices.sealed_files import SealedFile

PIECE = 64 * 1024
WITH_FILE = frozenset({"image", "document", "audio", "video", "sticker"})


class FileNotAllowed(Refusal):
    """WhatsApp would not take this file; said when it is chosen, not after it was queued (peers 13)."""

    reason = "file"


class FileGone(Refusal):
    """What a message was to carry is not there any more: removed, sent from another window, or a day old."""

    reason = "file_gone"

    def __init__(self) -> None:
        super().__init__(_("Die Datei ist nicht mehr da. Bitte wählen Sie sie noch einmal."))


@dataclass(frozen=True)
class Attachment:
    """A sealed file on its way to WhatsApp; needs no database."""

    file: SealedFile
    mime_type: str
    filename: str

    def uploaded(self, whatsapp: WhatsAppClient, body: dict[str, Any]) -> dict[str, Any]:
        """The request body with the id WhatsApp gave the uploaded file. Raises DeliveryError; nothing was sent then."""
        with self.file.reader() as content:
            media_id = whatsapp.upload_media(content, self.mime_type, self.filename)
        kind = body["type"]
        return body | {kind: body[kind] | {"id": media_id}}


def attachment_of(message: Message) -> Attachment | None:
    """The file that goes out with a message, if there is one."""
    if message.type not in WITH_FILE:
        return None
    row = MediaFile.objects.select_related("contact").get(message=message)
    return Attachment(media.sealed_file(row), row.details["mime_type"], row.details["filename"])


def kind_of(mime_type: str, size: int) -> str:
    """WhatsApp's kind for a file of this type and size in bytes. Raises FileNotAllowed with a sentence for staff."""
    try:
        return media_kind(mime_type, size)
    except ContentInvalid as invalid:
        raise FileNotAllowed(str(invalid)) from None


def attach(message: Message, content: IO[bytes], *, mime_type: str, filename: str) -> MediaFile:
    """Seal a file for a message. Raises FileNotAllowed if its bytes are not what its name says."""
    row = MediaFile(message=message, contact=message.contact, channel=message.channel, state=MediaFile.State.STORED)
    row.file_key = media.new_file_key()
    pieces = iter(lambda: content.read(PIECE), b"")
    stored = media.store(media.sealed_file(row), pieces, mime_type)
    if stored.reason:
        media.sealed_file(row).path.unlink()
        raise FileNotAllowed(str(media.REASONS[stored.reason]))
    row.size = stored.size
    row.details = {"mime_type": mime_type, "filename": filename, "kind": message.type} | media.facts(stored)
    row.save()
    return row
