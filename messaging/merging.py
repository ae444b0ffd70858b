"""Messages and files where two records turn out to be one person: whom they concern goes over, nothing is sealed anew,
since all of it is sealed with the contact's key."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from messaging.models import Message, ProtectedDocument, UploadInvitation
from patients.merging import MergeStep
from patients.models import Patient

Moved = dict[str, list[str]]


def _concerning(patient: Patient) -> QuerySet[Message]:
    return Message.objects.filter(concerns_patient=patient)


def contacts_of(patient: Patient) -> Iterable[UUID]:
    """With whom there are messages about this patient. Reads all messages of the practice: nobody merges every day."""
    return _concerning(patient).order_by().values_list("contact_id", flat=True).distinct()


def move_messages(merged: Patient, kept: Patient) -> list[str]:
    ids = [str(pk) for pk in _concerning(merged).order_by("pk").values_list("pk", flat=True)]
    Message.objects.filter(pk__in=ids).update(concerns_patient=kept)
    return ids


def take_messages_back(merged: Patient, kept: Patient, moved: list[str]) -> None:
    Message.objects.filter(pk__in=moved, concerns_patient=kept).update(concerns_patient=merged)


def move_files(merged: Patient, kept: Patient) -> Moved:
    documents = [str(pk) for pk in ProtectedDocument.objects.filter(patient=merged).values_list("pk", flat=True)]
    uploads = [str(pk) for pk in UploadInvitation.objects.filter(patient=merged).values_list("pk", flat=True)]
    ProtectedDocument.objects.filter(pk__in=documents).update(patient=kept)
    UploadInvitation.objects.filter(pk__in=uploads).update(patient=kept)
    return {"documents": documents, "uploads": uploads}


def take_files_back(merged: Patient, kept: Patient, moved: Moved) -> None:
    ProtectedDocument.objects.filter(pk__in=moved["documents"], patient=kept).update(patient=merged)
    UploadInvitation.objects.filter(pk__in=moved["uploads"], patient=kept).update(patient=merged)


MESSAGES = MergeStep(
    "messages",
    _("Nachrichten, die sie oder ihn betreffen"),
    contacts_of,
    lambda patient: _concerning(patient).count(),
    move_messages,
    take_messages_back,
)
FILES = MergeStep(
    "files",
    _("geschützte Dokumente"),
    lambda _patient: (),
    lambda patient: ProtectedDocument.objects.filter(patient=patient).count(),
    move_files,
    take_files_back,
)
