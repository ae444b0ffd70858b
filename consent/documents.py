"""Papers behind a consent, scanned or photographed: sealed in chunks under the evidence key, never decoded.

What a file is, its first bytes say, not its name. Nothing here unpacks, draws or parses one, so a picture or PDF made
to burst whoever opens it stays as small as it came. It is only ever handed out as a download.
"""

import hashlib
import secrets
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import filetype
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from consent.models import ConsentDocument
from patients.models import Contact
from practices.audit import record
from practices.keys import destroy
from practices.keystore import Subject
from practices.models import Member
from practices.refusal import Refusal
from practices.scope import current_practice_id
from practices.sealed_files import SealedFile
from practices.uploads import LARGEST_FILE

KINDS = {"application/pdf": "PDF", "image/jpeg": "JPEG", "image/png": "PNG", "image/heic": "HEIC"}
LOOKED_AT = 8192  # bytes; the libraries' signatures lie within
KEPT_UNNAMED = timedelta(hours=24)  # far longer than any transaction takes


class DocumentNotAccepted(Refusal):
    """This file is no scan of a paper."""

    reason = "document"


def require_paper(upload: "UploadedFile[Any]") -> str:
    """The file's type by its first bytes. Raises DocumentNotAccepted with what is wrong and what to do."""
    if not upload.size:
        raise DocumentNotAccepted(_("Die Datei ist leer."), next_step=_("Scannen Sie das Papier bitte noch einmal."))
    if upload.size > LARGEST_FILE:
        raise DocumentNotAccepted(
            _("Die Datei ist zu groß. Bis %(limit)s MB sind möglich.") % {"limit": LARGEST_FILE // 1024**2},
            next_step=_("Scannen Sie in Schwarz-Weiß oder fotografieren Sie mit geringerer Auflösung."),
        )
    upload.seek(0)
    found = filetype.guess(upload.read(LOOKED_AT))
    if found is None or found.mime not in KINDS:
        raise DocumentNotAccepted(
            _("Das ist kein PDF und kein Foto (JPEG, PNG, HEIC), auch wenn der Name so endet."),
            next_step=_("Öffnen Sie die Datei nicht, wenn Sie nicht wissen, woher sie kommt."),
        )
    return str(found.mime)


@transaction.atomic
def keep_document(*, upload: "UploadedFile[Any]", contact: Contact | None = None, by: Member) -> ConsentDocument:
    """Seal a scan beside the evidence of this contact, or by itself. Raises DocumentNotAccepted, and then nothing is
    stored."""
    mime_type = require_paper(upload)
    upload.seek(0)
    document = ConsentDocument(contact=contact, uploaded_by=by)
    if contact:
        document.evidence_id = contact.pk
    return _keep(document, upload.chunks(), filename=upload.name or "", mime_type=mime_type)


@transaction.atomic
def keep_list(*, content: bytes, filename: str, mime_type: str, by: Member) -> ConsentDocument:
    """Seal the list that old consents were taken from, as it came."""
    return _keep(ConsentDocument(uploaded_by=by), [content], filename=filename, mime_type=mime_type)


def _keep(document: ConsentDocument, pieces: Iterable[bytes], *, filename: str, mime_type: str) -> ConsentDocument:
    document.file_key = secrets.token_bytes(32)
    hashed = hashlib.sha256()
    document.size = sealed_file(document).write(_hashed(pieces, hashed))
    document.details = {"filename": filename[:200], "mime_type": mime_type, "sha256": hashed.hexdigest()}
    document.save(force_insert=True)
    record("consent_document_kept", about=document, by=document.uploaded_by)
    return document


@transaction.atomic
def discard_document(document: ConsentDocument, *, by: Member | None) -> None:
    """Destroy a paper that proves nothing after all: row, key and file."""
    path = sealed_file(document).path
    record("consent_document_discarded", about=document, by=by)
    destroy(Subject.EVIDENCE, document.evidence_id)
    document.delete()
    transaction.on_commit(lambda: path.unlink(missing_ok=True), robust=True)


def _hashed(pieces: Iterable[bytes], hashed: "hashlib._Hash") -> Iterator[bytes]:
    for piece in pieces:
        hashed.update(piece)
        yield piece


def sealed_file(document: ConsentDocument) -> SealedFile:
    """Where a document lies: below MEDIA_ROOT, apart from what patients send, named by its id alone."""
    path = folder() / document.pk.hex[-2:] / document.pk.hex
    return SealedFile(path, document.file_key, current_practice_id(), document.pk)


def folder() -> Path:
    return Path(settings.MEDIA_ROOT) / str(current_practice_id()) / "consent"


def remove_leftovers(*, now: datetime) -> int:
    """Remove files of a day ago that no row names, since their transaction was rolled back; answers how many."""
    old = {path: pk for path, pk in _files() if path.stat().st_mtime < (now - KEPT_UNNAMED).timestamp()}
    named = set(ConsentDocument.objects.filter(pk__in=old.values()).values_list("pk", flat=True))
    leftovers = [path for path, pk in old.items() if pk not in named]
    for path in leftovers:
        path.unlink(missing_ok=True)
    return len(leftovers)


def _files() -> Iterator[tuple[Path, UUID]]:
    for path in folder().glob("[0-9a-f][0-9a-f]/*"):
        with suppress(ValueError):  # a name that is no id of ours is not touched
            yield path, UUID(path.stem)
