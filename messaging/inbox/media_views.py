"""A patient's file, opened chunk by chunk while it is sent. Each opening is noted (peers 3.13)."""

import re
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.http import Http404, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_POST, require_safe

from messaging import media as files
from messaging import pictures
from messaging.inbox.pages import thread_url
from messaging.inbox.views import is_fragment, kept_closed
from messaging.models import MediaFile
from patients.profile_names import on_one_line
from practices.access import SENDERS, MemberRequest, member_required, role_required
from practices.audit import looked_at
from practices.models import AccessLog, Member
from practices.sealed_files import SealedFile

ONE_OPENING = timedelta(hours=1)  # a film is watched in parts
PREVIEW_SIDE = 1600  # pixels
RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
# Nothing in a patient's file may run or load anything, however a browser reads it.
HARMLESS = "default-src 'none'; style-src 'unsafe-inline'; media-src 'self'; img-src 'self'; sandbox"


class RangeNotSatisfiable(ValueError):
    """The range lies outside the file."""


@require_safe
@member_required
def media(request: MemberRequest, media_id: UUID) -> HttpResponseBase:
    """The file, or one range of it. Shown in the page only if its bytes are of a harmless type, else downloaded."""
    stored = MediaFile.objects.select_related("message")
    row = get_object_or_404(stored, pk=media_id, state=MediaFile.State.STORED)
    if row.message and (closed := kept_closed(request, row.message.conversation_id, is_part=False)):
        return closed
    file, size = files.sealed_file(row), row.size or 0
    if not file.path.exists():
        raise Http404
    try:
        start, end, is_part = _range(request.headers.get("Range", ""), size)
    except RangeNotSatisfiable:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    _note(row, request.member, is_beginning=start == 0)
    response = StreamingHttpResponse(
        _pieces(file, start, end), status=206 if is_part else 200, content_type=files.content_type(row)
    )
    return _with_headers(response, row, (start, end, size), is_part=is_part)


def _note(row: MediaFile, member: Member, *, is_beginning: bool) -> None:
    """Each opening is noted; further parts of one are not, and who begins in the middle has opened it too."""
    with transaction.atomic():
        lately = AccessLog.objects.filter(about_id=row.pk, at__gt=timezone.now() - ONE_OPENING)
        if is_beginning or not lately.filter(kind="media", member=member).exists():
            looked_at("media", about=row, by=member)


@require_safe
@member_required
def preview(request: MemberRequest, media_id: UUID) -> HttpResponse:
    """A photo as the page shows it: upright and without place or camera (C-26). The original stays as it came."""
    stored = MediaFile.objects.select_related("message")
    row = get_object_or_404(stored, pk=media_id, state=MediaFile.State.STORED)
    if row.message and (closed := kept_closed(request, row.message.conversation_id, is_part=False)):
        return closed
    file = files.sealed_file(row)
    if not files.is_shown_inline(row) or not files.content_type(row).startswith("image/") or not file.path.exists():
        raise Http404
    _note(row, request.member, is_beginning=True)
    try:
        picture = pictures.upright(b"".join(file.read()), PREVIEW_SIDE)
    except pictures.BROKEN:
        raise Http404 from None
    return HttpResponse(
        pictures.written(picture, "JPEG"), content_type="image/jpeg", headers={"Content-Security-Policy": HARMLESS}
    )


@require_POST
@role_required(*SENDERS)
def fetch_again(request: MemberRequest, media_id: UUID) -> HttpResponse:
    """Somebody pressed "again" on a file that could not be fetched."""
    row = get_object_or_404(MediaFile.objects.select_related("message"), pk=media_id)
    files.fetch_again(media=row)
    if is_fragment(request) or row.message is None:
        return HttpResponse(status=204)
    return HttpResponseRedirect(thread_url(request, row.message.conversation_id), status=303)


def _with_headers(
    response: StreamingHttpResponse, row: MediaFile, part: tuple[int, int, int], *, is_part: bool
) -> StreamingHttpResponse:
    start, end, size = part
    is_attachment = not files.is_shown_inline(row)
    filename = on_one_line(str(row.details.get("filename") or ""))
    disposition = content_disposition_header(is_attachment, filename)
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["Content-Length"] = str(end - start)
    response.headers["Content-Security-Policy"] = HARMLESS
    if is_part:
        response.headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    if disposition or is_attachment:
        response.headers["Content-Disposition"] = disposition or "attachment"
    return response


def _range(header: str, size: int) -> tuple[int, int, bool]:
    """Start and end (exclusive) of what is asked, and whether it is a part. Several ranges are answered whole
    (RFC 9110 section 14.2 allows it). Raises RangeNotSatisfiable."""
    asked = RANGE.fullmatch(header)
    if asked is None or not any(asked.groups()):
        return 0, size, False
    first, last = asked.groups()
    if not first:
        start, end = max(0, size - int(last)), size
    else:
        start, end = int(first), min(size, int(last) + 1) if last else size
    if start >= end:
        raise RangeNotSatisfiable
    return start, end, True


def _pieces(file: SealedFile, start: int, end: int) -> Iterator[bytes]:
    yield from file.read(start, end)
