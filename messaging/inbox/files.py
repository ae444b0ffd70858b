"""A file of a message as its slip shows it (templates/messaging/_media.html)."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from messaging import media
from messaging.inbox.addresses import address
from messaging.models import MediaFile
from patients.profile_names import on_one_line

NAMES = {
    "application/pdf": "PDF",
    "application/msword": "Word",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "Word",
    "application/vnd.ms-excel": "Excel",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "Excel",
    "text/plain": "Text",
}
STATE = MediaFile.State


@dataclass(frozen=True)
class File:
    """`state` is that of the row; sizes in bytes and pixels."""

    kind: str
    state: str
    url: str
    preview_url: str
    retry_url: str
    file_name: str
    size: int | None
    width: int | None
    height: int | None
    type_name: str
    reason: str


def file_of(row: MediaFile, slug: str) -> File:
    """What the slip shows of a file; its details are opened here.

    A picture or sound no browser should show inside our page is offered as a document to download.
    """
    details: dict[str, Any] = row.details or {}
    is_shown = row.state != STATE.STORED or media.is_shown_inline(row)
    is_photo = row.state == STATE.STORED and is_shown and media.content_type(row).startswith("image/")
    mime_type = str(details.get("mime_type") or "").partition(";")[0]
    return File(
        kind=str(details.get("kind") or "document") if is_shown else "document",
        state=row.state,
        url=address("inbox:media", slug, media_id=row.pk),
        preview_url=address("inbox:media_preview", slug, media_id=row.pk) if is_photo else "",
        retry_url=address("inbox:fetching", slug, media_id=row.pk) if row.state == STATE.FAILED else "",
        file_name=on_one_line(str(details.get("filename") or "")),
        size=row.size,
        width=details.get("width"),
        height=details.get("height"),
        type_name=NAMES.get(mime_type, mime_type.rpartition("/")[2].upper()),
        reason=_reason(row),
    )


def _reason(row: MediaFile) -> str:
    if row.state == STATE.FAILED:
        return _("WhatsApp hat sie nicht herausgegeben. Bitte lassen Sie sie noch einmal schicken.")
    return str(media.REASONS[row.reason]) if row.reason in media.REASONS else ""
