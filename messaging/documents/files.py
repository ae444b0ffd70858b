"""The files themselves: what may come in, what they are called, and where they lie.

What a file is, its first bytes say, never its name. Nothing is decoded here, so what is made to burst whoever opens it
stays as small as it came.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path, PurePosixPath

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from messaging import media
from messaging.models import ProtectedDocument
from practices.scope import current_practice_id
from practices.sealed_files import SealedFile

TEXT = "text/plain"  # what was typed instead of a file; shown on the page, never served
# Type → ending, whatever the file was called.
FROM_US = {"application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png"}
FROM_PATIENTS = FROM_US | {"image/webp": "webp", "image/heic": "heic"}
NOT_MEASURED = {"image/heic"}  # nothing here reads how large it is; no browser of ours shows it either
LONGEST_NAME = 80
IN_NO_NAME = re.compile(r'[/\\:*?"<>|]')


class Fault(StrEnum):
    """Why a file is not taken; the names of the patients' sentences (pages.toml)."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"
    WRONG_TYPE = "wrong_type"
    TOO_MANY_PIXELS = "too_many_pixels"


class FileUnfit(Exception):
    """This file is not taken."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        super().__init__(fault)


def require_fit(upload: "UploadedFile[bytes]", kinds: Iterable[str], *, largest: int) -> str:
    """The file's type by its first bytes; `largest` in bytes. Raises FileUnfit."""
    if not upload.size:
        raise FileUnfit(Fault.EMPTY)
    if upload.size > largest:
        raise FileUnfit(Fault.TOO_LARGE)
    upload.seek(0)
    found, pixels = media.identify(upload.read(media.LOOKED_AT))
    upload.seek(0)
    if found is None or found not in kinds:
        raise FileUnfit(Fault.WRONG_TYPE)
    if pixels is None and found.startswith("image/") and found not in NOT_MEASURED:
        raise FileUnfit(Fault.WRONG_TYPE)
    if pixels and pixels[0] * pixels[1] > media.MOST_PIXELS:
        raise FileUnfit(Fault.TOO_MANY_PIXELS)
    return found


def safe_name(name: str, mime_type: str) -> str:
    """A name to save the file by: no folder, no sign that is not seen, and the ending of what it is."""
    printable = "".join(sign for sign in name if unicodedata.category(sign)[0] != "C")
    last = PurePosixPath(printable.replace("\\", "/")).name
    stem = IN_NO_NAME.sub(" ", last.rpartition(".")[0] or last)
    return f"{' '.join(stem.split()).strip('. ')[:LONGEST_NAME] or 'Dokument'}.{FROM_PATIENTS.get(mime_type, 'txt')}"


def keep(document: ProtectedDocument, pieces: Iterable[bytes], *, title: str, filename: str, mime_type: str) -> None:
    """Seal a file onto disk and note on the unsaved row what it is."""
    document.file_key = media.new_file_key()
    hashed = hashlib.sha256()
    document.size = sealed_file(document).write(_hashed(pieces, hashed))
    document.details = {
        "title": title,
        "filename": safe_name(filename, mime_type),
        "mime_type": mime_type,
        "sha256": hashed.hexdigest(),
    }


def digest(pieces: Iterable[bytes]) -> str:
    """What tells one file from another, as it stands among a document's details."""
    hashed = hashlib.sha256()
    for _piece in _hashed(pieces, hashed):
        pass
    return hashed.hexdigest()


def _hashed(pieces: Iterable[bytes], hashed: "hashlib._Hash") -> Iterator[bytes]:
    for piece in pieces:
        hashed.update(piece)
        yield piece


def sealed_file(document: ProtectedDocument) -> SealedFile:
    """Where a document lies: below MEDIA_ROOT, apart from the files of messages, named by its id alone."""
    return SealedFile(path_of(document), document.file_key, current_practice_id(), document.pk)


def path_of(document: ProtectedDocument) -> Path:
    """As `sealed_file`, where nothing is to be opened."""
    return folder() / document.pk.hex[-2:] / document.pk.hex


def folder() -> Path:
    """Where the documents of the practice in scope lie; below it, a folder for each last byte of an id."""
    return Path(settings.MEDIA_ROOT) / str(current_practice_id()) / "documents"
