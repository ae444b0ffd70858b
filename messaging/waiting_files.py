"""Files somebody has chosen for a message and not sent yet: sealed like every file, but of no message.

A picture is turned upright and loses whatever its camera wrote into it, the place above all, before it is sealed
(peers 24, C-26). WhatsApp's own limits are checked at once, so that nothing fails after it was sent.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.core.exceptions import SuspiciousFileOperation
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import QuerySet
from django.utils.text import get_valid_filename
from django.utils.translation import gettext_lazy as _

from messaging import media, pictures, voice
from messaging.attachments import FileNotAllowed, kind_of
from messaging.models import Conversation, MediaFile
from practices.audit import record
from practices.models import Member
from practices.sealed import warm
from practices.uploads import LARGEST_FILE

KEPT = timedelta(days=1)
MOST_FILES = 10
LONGEST_SIDE = 2560  # pixels; what a phone shows of a picture is smaller
LARGEST_PICTURE = 5_000_000  # bytes (360dialog section 3)
LONGEST_NAME = 120
PICTURES = {"image/jpeg", "image/png", "image/webp"}
VOICE = "audio/ogg"
STORED = MediaFile.State.STORED


@dataclass(frozen=True)
class Prepared:
    """What will be sealed."""

    content: bytes
    mime_type: str
    filename: str


@transaction.atomic
def keep_file(*, conversation: Conversation, upload: "UploadedFile[Any]", by: Member) -> MediaFile:
    """Seal a chosen picture, PDF or voice note for the next message. Raises FileNotAllowed with what is wrong."""
    if len(waiting_files(conversation, by)) >= MOST_FILES:
        raise FileNotAllowed(str(_("Zehn Dateien auf einmal sind genug. Senden Sie diese erst ab.")))
    ready = prepared(upload)
    kind = kind_of(ready.mime_type, len(ready.content))
    row = MediaFile(
        contact_id=conversation.contact_id, channel_id=conversation.channel_id, state=MediaFile.State.STORED
    )
    row.file_key = media.new_file_key()
    stored = media.store(media.sealed_file(row), [ready.content], ready.mime_type)
    if stored.reason:
        media.sealed_file(row).path.unlink()
        raise FileNotAllowed(str(media.REASONS[stored.reason]))
    row.size = stored.size
    about = {"mime_type": ready.mime_type, "filename": ready.filename, "kind": kind, "by": str(by.pk)}
    is_voice = ready.mime_type == VOICE and voice.is_mono(ready.content)
    row.details = about | {"voice": is_voice} | media.facts(stored)
    row.save()
    record("file_chosen", about=row, by=by, kind=kind)
    return row


def prepared(upload: "UploadedFile[Any]") -> Prepared:
    """The file as it may go out. Raises FileNotAllowed."""
    size, name = upload.size or 0, _name_of(upload)
    if not size:
        raise FileNotAllowed(str(_("Die Datei ist leer.")))
    if size > LARGEST_FILE:
        raise FileNotAllowed(
            str(
                _("Die Datei ist zu groß: hier gehen höchstens %(megabytes)d MB.")
                % {"megabytes": LARGEST_FILE // 2**20}
            )
        )
    content = upload.read()
    found, pixels = media.identify(content[: media.LOOKED_AT])
    if found in PICTURES:
        return _picture(content, found, pixels, name)
    if found == "application/pdf":
        return Prepared(content, found, _ending(name, ".pdf"))
    if (sound := _sound(content, upload.content_type or "")) is not None:
        return Prepared(*sound, _ending(name, ".ogg" if sound[1] == VOICE else ".m4a"))
    raise FileNotAllowed(str(_("Hier gehen Fotos (JPEG, PNG, WebP) und PDF. Bitte wandeln Sie die Datei um.")))


def _sound(content: bytes, declared: str) -> tuple[bytes, str] | None:
    """A recording as WhatsApp takes it, and its type; None for what is none."""
    if content.startswith(voice.WEBM):
        try:
            return voice.as_ogg(content), VOICE
        except voice.NoVoice:
            return None
    if content.startswith(voice.OGG) and b"OpusHead" in content[:512]:
        return content, VOICE
    if content[4:8] == b"ftyp" and declared.startswith("audio/"):
        return content, "audio/mp4"  # what Safari records
    return None


def _picture(content: bytes, found: str, pixels: tuple[int, int] | None, name: str) -> Prepared:
    """Upright, without what the camera noted, and small enough for WhatsApp."""
    if pixels is None or pixels[0] * pixels[1] > media.MOST_PIXELS:
        raise FileNotAllowed(str(media.REASONS["too_many_pixels"]))
    try:
        picture = pictures.upright(content, LONGEST_SIDE)
    except pictures.BROKEN:
        raise FileNotAllowed(str(_("Das Bild lässt sich nicht öffnen. Bitte prüfen Sie die Datei."))) from None
    if found == "image/png":
        as_png = pictures.written(picture, "PNG")
        if len(as_png) <= LARGEST_PICTURE:
            return Prepared(as_png, found, _ending(name, ".png"))
    return Prepared(pictures.written(picture, "JPEG"), "image/jpeg", _ending(name, ".jpg"))


def _name_of(upload: "UploadedFile[Any]") -> str:
    """What the patient's phone will show: without folders, control signs or endless length."""
    name = (upload.name or "").replace("\\", "/").rpartition("/")[2]
    return "".join(sign for sign in name if sign.isprintable()).strip()


def _ending(name: str, ending: str) -> str:
    stem = name.rpartition(".")[0] or name
    try:
        return f"{get_valid_filename(stem)[:LONGEST_NAME]}{ending}"
    except SuspiciousFileOperation:
        return f"{_('Datei')}{ending}"


def waiting_files(conversation: Conversation, by: Member) -> list[MediaFile]:
    """What this person has chosen here and not sent: first what was taken back, in the order in which it had gone, then
    the rest in the order it was chosen; one query and one for the key."""
    rows = MediaFile.objects.filter(
        message=None, contact_id=conversation.contact_id, channel_id=conversation.channel_id, state=STORED
    ).order_by("pk")
    found = list(rows)
    warm(found)
    mine = [row for row in found if row.details.get("by") == str(by.pk)]
    return sorted(mine, key=lambda row: row.details.get("place", MOST_FILES))


def chosen(conversation: Conversation, by: Member, wanted: Iterable[UUID]) -> list[MediaFile]:
    """Those of them that were named, in the order in which they were."""
    known = {row.pk: row for row in waiting_files(conversation, by)}
    return [known[pk] for pk in dict.fromkeys(wanted) if pk in known]


def wait_again(files: Iterable[MediaFile]) -> None:
    """They were sent, in this order, and taken back."""
    for place, row in enumerate(files):
        row.message, row.details = None, row.details | {"place": place}
        row.save(update_fields=["message", "details"])


@transaction.atomic
def remove_file(*, conversation: Conversation, file_id: UUID, by: Member) -> None:
    """Somebody thinks better of it: row and key go now, what is on disk cannot be opened any more and goes too."""
    wanted = [row.pk for row in chosen(conversation, by, [file_id])]
    for row in _forget(MediaFile.objects.filter(pk__in=wanted)):
        record("file_not_sent", about=row, by=by)


def tidy(*, now: datetime) -> int:
    """Remove what was chosen a day ago and never sent; answers how many."""
    with transaction.atomic():
        return len(_forget(MediaFile.objects.filter(created_at__lt=now - KEPT, state=STORED)))


def _forget(unwanted: "QuerySet[MediaFile]") -> list[MediaFile]:
    """Remove what belongs to no message, and answer it. What is being sent at this moment is passed over."""
    rows = list(unwanted.filter(message=None).select_for_update(skip_locked=True))
    paths = [media.place_of(row.pk) for row in rows]
    MediaFile.objects.filter(pk__in=[row.pk for row in rows], message=None).delete()
    for path in paths:
        transaction.on_commit(lambda path=path: path.unlink(missing_ok=True))  # type: ignore[misc]
    return rows
