"""When a document's time is over, its file is destroyed: the key forgotten, the bytes removed.

The row stays as evidence of what was sent, when, and whether it was opened.
"""

import logging
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from django.db import transaction

from messaging.documents import files
from messaging.documents.actions import destroy_file, tell_screens
from messaging.models import ProtectedDocument, UploadInvitation
from patients.models import Contact
from practices import doors
from practices.audit import record
from practices.models import Door
from practices.sealed_files import DRAFT

AGE = timedelta(hours=24)  # far longer than any transaction takes
AT_ONCE = 200

log = logging.getLogger(__name__)


def expire(*, now: datetime) -> int:
    """Destroy the files of documents whose day is over, in the practice in scope; answers how many."""
    count = 0
    while pks := _due(now):
        count += sum(_expire(pk) for pk in pks)
    return count


@transaction.atomic
def _due(now: datetime) -> list[UUID]:
    over = ProtectedDocument.objects.filter(expires_at__lte=now, file_key__isnull=False)
    return list(over.order_by("expires_at").values_list("pk", flat=True)[:AT_ONCE])


@transaction.atomic
def _expire(pk: UUID) -> int:
    rows = ProtectedDocument.objects.select_for_update(no_key=True).filter(pk=pk, file_key__isnull=False)
    document = rows.first()
    if document is None:
        return 0
    destroy_file(document)
    record("document_expired", about=document, by=None, was_opened=document.opened_at is not None)
    tell_screens(document)
    return 1


def forget(contact: Contact) -> int:
    """Delete what this contact was sent and invited to, with its files and doors; answers how many rows. The caller
    holds the contact's row."""
    documents = list(ProtectedDocument.objects.filter(contact=contact).defer("details", "file_key"))
    invitations = list(UploadInvitation.objects.filter(contact=contact))
    for document in documents:
        destroy_file(document)
        doors.close(Door.Kind.DOCUMENT, document.pk)
        document.delete()
    for invitation in invitations:
        doors.close(Door.Kind.UPLOAD, invitation.pk)
        invitation.delete()
    return len(documents) + len(invitations)


def remove_leftovers(*, now: datetime) -> int:
    """Remove files of a day ago that no row names, since their transaction was rolled back; answers how many."""
    old = {path: pk for path, pk in _files() if path.stat().st_mtime < (now - AGE).timestamp()}
    with transaction.atomic():
        living = ProtectedDocument.objects.filter(pk__in=old.values(), file_key__isnull=False)
        named = set(living.values_list("pk", flat=True))
    leftovers = [path for path, pk in old.items() if path.suffix == DRAFT or pk not in named]
    for path in leftovers:
        path.unlink(missing_ok=True)
    if leftovers:
        log.warning("documents that no row names removed", extra={"count": len(leftovers)})
    return len(leftovers)


def _files() -> "list[tuple[Path, UUID]]":
    found = []
    for path in files.folder().glob("[0-9a-f][0-9a-f]/*"):
        with suppress(ValueError):  # a name that is no id of ours is not touched
            found.append((path, UUID(path.stem)))
    return found
