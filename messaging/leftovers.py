"""Sealed files that no row names: their transaction was rolled back, or their process died before it committed."""

import logging
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from django.db import transaction

from messaging import media
from messaging.models import MediaFile
from practices.sealed_files import DRAFT

AGE = timedelta(hours=24)  # far longer than any transaction or download may take

log = logging.getLogger(__name__)


def remove(*, now: datetime) -> int:
    """Remove what lies below the folder of the practice in scope for a day and is nobody's; answers how many files.

    Drafts of that age are nobody's. A file whose name is not an id of ours is not touched.
    """
    found = sum(_remove(folder, before=now - AGE) for folder in media.folder().glob("[0-9a-f][0-9a-f]"))
    if found:
        log.warning("files that no row names removed", extra={"count": found})
    return found


def _remove(folder: Path, *, before: datetime) -> int:
    """One folder at a time, so that neither memory nor transaction grows with the practice."""
    old = _older_than(before, folder)
    with transaction.atomic():
        named = set(MediaFile.objects.filter(pk__in=old.values()).values_list("pk", flat=True))
    leftovers = [path for path, pk in old.items() if path.suffix == DRAFT or pk not in named]
    for path in leftovers:
        path.unlink(missing_ok=True)
    return len(leftovers)


def _older_than(before: datetime, folder: Path) -> dict[Path, UUID]:
    found = {}
    for path in folder.iterdir():
        with suppress(ValueError, FileNotFoundError):  # not ours; or a draft that has just become a file
            if path.stat().st_mtime < before.timestamp():
                found[path] = UUID(path.stem)
    return found
