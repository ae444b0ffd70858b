"""A patient opens a document: what lies behind a door, the try, the receipt, and a ticket for the file itself."""

from datetime import timedelta
from uuid import UUID

from django.core import signing
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from messaging.documents import files
from messaging.documents.actions import tell_screens
from messaging.documents.factors import (
    Answer,
    Outcome,
    asks_for_birth_date,
    is_still_theirs,
    try_answer,
    whose,
)
from messaging.models import Note, ProtectedDocument
from patients.birthdays import born_on
from patients.models import Contact
from practices.audit import looked_at
from practices.keys import SealBroken

TICKET = timedelta(minutes=15)
SALT = "messaging.documents.ticket"


def lying_at(document_id: UUID) -> ProtectedDocument | None:
    """The document of an open door, with its file and whoever may have it; None if any of that is gone."""
    rows = ProtectedDocument.objects.select_related("contact", "patient__merged_into")
    found = rows.filter(pk=document_id, revoked_at=None, expires_at__gt=timezone.now()).first()
    if found is None or not _can_be_opened(found):
        return None
    return found


def _can_be_opened(document: ProtectedDocument) -> bool:
    """Not after an erasure of either (Art. 17): their keys are destroyed then, and only a test of them shows that."""
    patient = whose(document)
    try:
        has_file = bool(document.details) and document.file_key is not None
        has_answer = not asks_for_birth_date(document) or (patient is not None and born_on(patient) is not None)
    except SealBroken:
        return False
    return has_file and has_answer and is_still_theirs(document) and files.path_of(document).exists()


@transaction.atomic
def open_document(*, document: ProtectedDocument, answer: Answer) -> Outcome:
    """One try to open it. The first that succeeds is told in the thread; each is in the access log."""
    Contact.objects.filter(pk=document.contact_id).locked().get()  # before the row: the receipt is a note (lock order)
    held = ProtectedDocument.objects.select_for_update(no_key=True, of=("self",)).get(pk=document.pk)
    outcome = try_answer(held, answer)
    document.wrong_tries, document.locked_until = held.wrong_tries, held.locked_until
    if outcome == Outcome.RIGHT:
        looked_at("document_opened", about=held, by=None)
        if held.opened_at is None:
            _note_first_opening(held)
    return outcome


def _note_first_opening(document: ProtectedDocument) -> None:
    document.opened_at = timezone.now()
    document.save(update_fields=["opened_at"])
    if message := document.message:
        with override("de"):  # the practice's language, not the patient's
            body = _("Geschütztes Dokument „%(title)s“ wurde geöffnet.") % {"title": document.details["title"]}
        Note.objects.create(conversation_id=message.conversation_id, contact_id=document.contact_id, body=body)
    tell_screens(document)


def ticket_for(document: ProtectedDocument) -> str:
    """What stands in the file's address for a quarter of an hour after the factor was given."""
    return signing.dumps(document.pk.hex, salt=SALT)


def admits(ticket: str, document: ProtectedDocument) -> bool:
    """Whether a ticket is ours, lately made, and for this document."""
    try:
        return bool(signing.loads(ticket, salt=SALT, max_age=TICKET) == document.pk.hex)
    except signing.BadSignature:
        return False
