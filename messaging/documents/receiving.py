"""What patients hand in on our own page: each file becomes a message of the thread as soon as it is here.

It has no wamid and opens no service window: WhatsApp knows nothing of it.
"""

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4, uuid5

from django.core import signing
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone

from messaging.attachments import attach
from messaging.documents import files
from messaging.documents.actions import tell_screens
from messaging.documents.factors import Answer, Outcome, asks_for_birth_date, is_still_theirs, try_answer, whose
from messaging.documents.files import FileUnfit
from messaging.models import Conversation, Message, UploadInvitation
from messaging.whom import links_of, must_choose
from patients.models import Contact
from practices.audit import looked_at, record
from practices.keys import SealBroken
from practices.live import changed_many

MEGABYTE = 1024 * 1024
LARGEST_FILE = 25 * MEGABYTE
TOGETHER = 40 * MEGABYTE  # in one request: what a phone sends within the front's two minutes (roger/front/Caddyfile)
MOST_FILES = 10
FORM_LASTS = timedelta(hours=2)
SALT = "messaging.documents.form"
TOO_MANY = "too_many"


@dataclass(frozen=True)
class Handed:
    """What became of one chosen file: its name, and the fault's word (pages.toml) where it was not taken."""

    name: str
    fault: str = ""


def open_invitation(invitation_id: UUID) -> UploadInvitation | None:
    """The invitation of an open door, if the number may still use it."""
    rows = UploadInvitation.objects.select_related("contact", "patient__merged_into", "conversation")
    found = rows.filter(pk=invitation_id, revoked_at=None, expires_at__gt=timezone.now()).first()
    if found is None or not is_still_theirs(found):
        return None
    try:
        asks_for_birth_date(found)
    except SealBroken:  # the patient was erased
        return None
    return found


@transaction.atomic
def prove(*, invitation: UploadInvitation, answer: Answer) -> Outcome:
    """One try to say the date of birth; in the access log if it succeeds too."""
    held = UploadInvitation.objects.select_for_update(no_key=True, of=("self",)).get(pk=invitation.pk)
    outcome = try_answer(held, answer)
    invitation.wrong_tries, invitation.locked_until = held.wrong_tries, held.locked_until
    if outcome == Outcome.RIGHT:
        looked_at("upload_opened", about=held, by=None)
    return outcome


def new_form(invitation: UploadInvitation) -> str:
    """The signed id of one page to choose files on: it proves the factor, and makes a form sent twice one act."""
    return signing.dumps([invitation.pk.hex, uuid4().hex], salt=SALT)


def read_form(signed: str, invitation: UploadInvitation) -> UUID | None:
    """The id of the page; None if it is not ours, too old or of another invitation."""
    try:
        invitation_id, form = signing.loads(signed, salt=SALT, max_age=FORM_LASTS)
        return UUID(form) if invitation_id == invitation.pk.hex else None
    except (signing.BadSignature, ValueError, TypeError):
        return None


def receive(*, invitation: UploadInvitation, uploads: "list[UploadedFile[bytes]]", form: UUID) -> list[Handed]:
    """Take every file that may come in, each by itself: one that is no picture keeps none of the others away.

    A file that came with this page before is not taken twice, wherever it stands in a later choice.
    """
    return [_take(invitation, upload, uuid5(form, _digest(upload))) for upload in uploads]


def _digest(upload: "UploadedFile[bytes]") -> str:
    hashed = hashlib.sha256()
    upload.seek(0)
    for piece in upload.chunks():
        hashed.update(piece)
    return hashed.hexdigest()


@transaction.atomic
def _take(invitation: UploadInvitation, upload: "UploadedFile[bytes]", client_id: UUID) -> Handed:
    contact = Contact.objects.filter(pk=invitation.contact_id).locked().get()
    held = UploadInvitation.objects.select_for_update(no_key=True, of=("self",)).get(pk=invitation.pk)
    if Message.objects.filter(conversation=held.conversation_id, client_id=client_id).exists():
        return Handed(upload.name or "")  # the practice has it already
    if held.uploads >= MOST_FILES or held.revoked_at is not None:
        return Handed(upload.name or "", TOO_MANY)
    try:
        mime_type = files.require_fit(upload, files.FROM_PATIENTS, largest=LARGEST_FILE)
    except FileUnfit as unfit:
        return Handed(upload.name or "", unfit.fault)
    invitation.uploads = held.uploads = held.uploads + 1
    held.save(update_fields=["uploads"])
    message = _message(held, contact, client_id, mime_type, files.safe_name(upload.name or "", mime_type))
    attach(message, upload, mime_type=mime_type, filename=(message.content or {})["filename"])
    _note_arrival(message)
    record("upload_received", about=message, by=None, invitation=str(held.pk))
    tell_screens(held)
    return Handed(upload.name or "")


def _message(invitation: UploadInvitation, contact: Contact, client_id: UUID, mime_type: str, filename: str) -> Message:
    is_shared = must_choose(links_of(contact))
    return Message.objects.create(
        conversation=invitation.conversation,
        contact=contact,
        channel_id=invitation.conversation.channel_id,
        concerns_patient=whose(invitation) if is_shared else None,
        direction=Message.Direction.INBOUND,
        origin=Message.Origin.PATIENT,
        state=Message.State.RECEIVED,
        type="image" if mime_type.startswith("image/") else "document",
        content={"kind": "media", "filename": filename, "came_by": "upload"},
        client_id=client_id,
        at=timezone.now(),
    )


def _note_arrival(message: Message) -> None:
    """The conversation waits for us as after any message, and comes back if it was done or put off."""
    held = Conversation.objects.select_for_update(no_key=True).get(pk=message.conversation_id)
    held.last_message, held.last_message_at = message, message.at
    held.waiting_since = held.waiting_since or message.at
    held.seen_at = held.seen_by = held.closed_at = held.closed_by = held.snoozed_until = None
    fields = (
        *("last_message", "last_message_at", "waiting_since", "seen_at", "seen_by"),
        *("closed_at", "closed_by", "snoozed_until"),
    )
    held.save(update_fields=fields)
    changed_many([("message", message.pk), ("conversation", held.pk)])
