"""Files of messages: expected when the message arrives, fetched at once by the worker, sealed in chunks on disk.

Nothing is decoded here. What a file is, its first bytes say (practices never trust its name), and only what a browser
shows without harm is shown; everything else can be downloaded.
"""

import hashlib
import io
import logging
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import filetype
from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from PIL import Image, UnidentifiedImageError
from redis.exceptions import RedisError

from messaging.models import Channel, MediaFile, Message
from messaging.requests import connect
from messaging.whatsapp.errors import DeliveryError, MediaRefused, NotFound, TemporarilyUnavailable
from messaging.whatsapp.meanings import UNAVAILABLE
from messaging.whatsapp.payloads import Content, Media
from practices.background import wake_on_commit
from practices.bus import bus
from practices.keys import SealBroken
from practices.live import changed_many
from practices.scope import current_practice_id
from practices.sealed_files import SealedFile

FETCH = "messaging.fetch_media"
LEASE = timedelta(minutes=5)  # longer than a task may take
GONE = "gone"  # the person was erased
WAITS = (timedelta(seconds=20), timedelta(minutes=2), timedelta(minutes=15))  # then it is given up
# 360dialog blocks the endpoint for half an hour after 20 errors in an hour (section 3).
ERRORS_AN_HOUR, ERROR_PAUSE = 15, timedelta(minutes=15)
MOST_PIXELS = 40_000_000
Image.MAX_IMAGE_PIXELS = None  # Pillow would not say how large a bomb is; nothing is decoded here
LOOKED_AT = 256 * 1024  # bytes, enough for the header of any picture

# What a browser shows or plays inside our page; SVG and HTML are never among it.
SHOWN_INLINE = {
    *("image/jpeg", "image/png", "image/webp", "image/gif"),
    *("audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg", "audio/x-wav", "audio/wav"),
    *("video/mp4", "video/3gpp", "video/webm"),
}

REASONS = {
    "altered": _("Die Datei kam nicht unverändert an."),
    "too_many_pixels": _("Das Bild ist zu groß, um es hier zu zeigen. Bitte verkleinern Sie es."),
    "type_mismatch": _("Der Inhalt der Datei passt nicht zu ihrem Namen. Bitte prüfen Sie sie, bevor Sie sie öffnen."),
}

log = logging.getLogger(__name__)


def expect(arrived: Iterable[tuple[Message, Content]]) -> None:
    """Note which files came with these messages and wake the worker; a placeholder shows at once (peers 23)."""
    files = [_expected(message, content) for message, content in arrived if isinstance(content, Media)]
    if files:
        MediaFile.objects.bulk_create(files)
        wake_on_commit(FETCH, practice_id=current_practice_id())


def _expected(message: Message, media: Media) -> MediaFile:
    details = {
        "id": media.id,
        "kind": media.kind,
        "mime_type": media.mime_type,
        "sha256": media.sha256,
        "filename": media.filename,
        "voice": media.voice,
    }
    return MediaFile(message=message, contact=message.contact, channel=message.channel, details=details)


@dataclass(frozen=True)
class Fetch:
    """One file to be fetched, with all that is needed outside the database."""

    media: MediaFile
    api_key: str
    provider_id: str
    sha256: str | None
    declared_type: str | None
    target: SealedFile


@dataclass(frozen=True)
class Fetched:
    """What lies on disk now."""

    size: int
    found_type: str | None
    pixels: tuple[int, int] | None
    reason: str = ""


def fetch_next() -> bool:
    """Fetch one file that is due in the practice in scope; answers whether there was one."""
    one = _claim()
    if one is None:
        return False
    _record(one, _fetch(one))
    return True


@transaction.atomic
def _claim() -> Fetch | None:
    """Take the next file for five minutes; if this worker dies, the sweep finds it again. Sets aside what is lost."""
    due = MediaFile.objects.filter(state=MediaFile.State.PENDING, run_after__lte=timezone.now()).order_by("run_after")
    while row := due.select_related("channel").select_for_update(of=("self",), skip_locked=True).first():
        if _is_paused(row.channel):
            due.filter(channel=row.channel).order_by().update(run_after=timezone.now() + ERROR_PAUSE)
        elif row.attempts > len(WAITS):
            _give_up(row, "gave_up")  # whoever tried last never came back
        else:
            try:
                return _taken(row)
            except SealBroken:
                _give_up(row, GONE)
    return None


def _taken(row: MediaFile) -> Fetch:
    """Raises SealBroken, before anything is written, if the person's key was destroyed (Art. 17)."""
    one = _described(row)
    row.run_after, row.attempts = timezone.now() + LEASE, row.attempts + 1
    row.save(update_fields=["run_after", "attempts", "file_key"])
    return one


def _give_up(row: MediaFile, reason: str) -> None:
    """The sealed columns are left as they are: their key may be gone, and a new one must not be made."""
    MediaFile.objects.filter(pk=row.pk).update(state=MediaFile.State.FAILED, reason=reason)
    log.warning("file given up", extra={"code": reason, "count": row.attempts})
    if row.message_id:
        changed_many([("message", row.message_id)])


def _described(row: MediaFile) -> Fetch:
    details = row.details
    row.file_key = row.file_key or new_file_key()
    return Fetch(row, row.channel.api_key, details["id"], details["sha256"], details["mime_type"], sealed_file(row))


def new_file_key() -> bytes:
    """32 random bytes for one file; the row keeps them sealed with the contact's key."""
    return secrets.token_bytes(32)


def sealed_file(media: MediaFile) -> SealedFile:
    """Where a file lies: below MEDIA_ROOT, named by its id alone."""
    return SealedFile(place_of(media.pk), media.file_key, current_practice_id(), media.pk)


def place_of(file_id: UUID) -> Path:
    """The path of a file, also of one whose key is gone."""
    return folder() / file_id.hex[-2:] / file_id.hex


def folder() -> Path:
    """Where the files of the practice in scope lie; below it, a folder for each last byte of an id."""
    return Path(settings.MEDIA_ROOT) / str(current_practice_id())


def _fetch(one: Fetch) -> Fetched | DeliveryError | OSError:
    try:
        with connect(one.api_key) as whatsapp:
            location = whatsapp.media_url(one.provider_id)
            return store(one.target, whatsapp.download_media(location.url), one.declared_type, one.sha256)
    except (DeliveryError, OSError) as error:  # an OSError is our own disk's
        return error
    except SoftTimeLimitExceeded:
        return TemporarilyUnavailable(UNAVAILABLE)


def store(target: SealedFile, pieces: Iterable[bytes], declared_type: str | None, sha256: str | None = None) -> Fetched:
    """Seal a file onto disk and say what it is. `reason` names what does not fit; the file is kept all the same."""
    watched = _Watched(pieces)
    size = target.write(watched)
    found_type, pixels = identify(bytes(watched.beginning))
    return Fetched(size, found_type, pixels, _reason(watched, sha256, declared_type, found_type, pixels))


class _Watched:
    """Passes pieces on, hashing them and keeping the beginning."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = pieces
        self.hash = hashlib.sha256()
        self.beginning = bytearray()

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._pieces:
            self.hash.update(piece)
            self.beginning += piece[: LOOKED_AT - len(self.beginning)]
            yield piece


def identify(beginning: bytes) -> tuple[str | None, tuple[int, int] | None]:
    """MIME type by the first bytes, and width and height of a picture; nothing is decoded."""
    found = filetype.guess(beginning)
    if found is None or not found.mime.startswith("image/"):
        return (found.mime if found else None), None
    try:
        with Image.open(io.BytesIO(beginning)) as picture:
            return found.mime, picture.size
    except (UnidentifiedImageError, OSError, ValueError):
        return found.mime, None


def _reason(
    watched: _Watched,
    sha256: str | None,
    declared_type: str | None,
    found_type: str | None,
    pixels: tuple[int, int] | None,
) -> str:
    if sha256 and watched.hash.hexdigest() != sha256:
        return "altered"
    if pixels and pixels[0] * pixels[1] > MOST_PIXELS:
        return "too_many_pixels"
    if found_type and declared_type and not _is_same_family(found_type, declared_type):
        return "type_mismatch"
    return ""


def _is_same_family(found: str, declared: str) -> bool:
    """An executable is no PDF; but Word files are ZIP archives, and a voice note may come in a film's container."""
    found, declared = found.lower(), declared.partition(";")[0].strip().lower()
    if found == "application/zip" or declared == "application/octet-stream":
        return "openxml" in declared or declared.endswith("zip") or declared == "application/octet-stream"
    return found == declared or _family(found) == _family(declared) != "application"


def _family(mime_type: str) -> str:
    return mime_type.partition("/")[0].replace("video", "audio")


@transaction.atomic
def _record(one: Fetch, result: Fetched | DeliveryError | OSError) -> None:
    media = one.media
    if not _is_still_wanted(media):
        one.target.path.unlink(missing_ok=True)
        return
    if isinstance(result, Fetched):
        _stored(media, result)
    elif isinstance(result, OSError):
        # WhatsApp keeps the file for a week: a full disk is no reason to give it up.
        media.run_after, media.attempts = timezone.now() + WAITS[-1], media.attempts - 1
        log.error("file not stored", extra={"code": type(result).__name__})
    elif isinstance(result, MediaRefused):
        media.state, media.reason = MediaFile.State.REFUSED, result.meaning.key[:40]
    elif isinstance(result, NotFound) or media.attempts > len(WAITS):
        media.state, media.reason = MediaFile.State.FAILED, result.meaning.key[:40]
    else:
        media.run_after = timezone.now() + WAITS[media.attempts - 1]
    if isinstance(result, DeliveryError):
        _count_error(media.channel)
        log.warning("file not fetched", extra={"code": result.meaning.key, "count": media.attempts})
    media.save(update_fields=["state", "reason", "size", "details", "run_after", "attempts"])
    if media.message_id:
        changed_many([("message", media.message_id)])


def _is_still_wanted(media: MediaFile) -> bool:
    """Whether row and key are still there: somebody may have been erased while their file was on its way."""
    now = MediaFile.objects.select_for_update(no_key=True).filter(pk=media.pk).first()
    try:
        return now is not None and now.details is not None
    except SealBroken:
        _give_up(media, GONE)
        return False


def _stored(media: MediaFile, fetched: Fetched) -> None:
    media.state, media.size, media.reason = MediaFile.State.STORED, fetched.size, fetched.reason
    media.details = media.details | facts(fetched)


def facts(fetched: Fetched) -> dict[str, Any]:
    """What the sealed details hold about a file beside what its sender says."""
    size = {"width": fetched.pixels[0], "height": fetched.pixels[1]} if fetched.pixels else {}
    return {"found_type": fetched.found_type} | size


def is_shown_inline(media: MediaFile) -> bool:
    """Whether a browser may show it inside our page: a known type by its bytes, as declared, of sane and known size."""
    found = content_type(media)
    has_known_size = not found.startswith("image/") or "width" in media.details
    return media.state == MediaFile.State.STORED and not media.reason and found in SHOWN_INLINE and has_known_size


def content_type(media: MediaFile) -> str:
    """The type a file is served with: what its bytes say, never what a sender claims."""
    return media.details.get("found_type") or "application/octet-stream"


@transaction.atomic
def fetch_again(*, media: MediaFile) -> None:
    """Somebody pressed "again" on a file that could not be fetched."""
    again = MediaFile.objects.filter(pk=media.pk, state=MediaFile.State.FAILED).exclude(reason=GONE)
    if again.update(state=MediaFile.State.PENDING, attempts=0, run_after=timezone.now()):
        wake_on_commit(FETCH, practice_id=current_practice_id())


def _count_error(channel: Channel) -> None:
    name = f"roger:media-errors:{channel.pk}"
    try:
        with bus().pipeline() as both:  # together, or a count without an end would pause the number for ever
            both.incr(name)
            both.expire(name, 3600, nx=True)
            both.execute()
    except RedisError:
        log.warning("broker away, an error at the media endpoint was not counted")


def _is_paused(channel: Channel) -> bool:
    try:
        return int(bus().get(f"roger:media-errors:{channel.pk}") or 0) >= ERRORS_AN_HOUR
    except RedisError:
        return False  # each file gives up after four tries, so a patient's picture does not wait for Redis
