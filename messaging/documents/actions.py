"""What people do with protected documents: send, withdraw, ask for files. Each is atomic and says who acts."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from consent.wording import practice_in_scope
from messaging import outbox
from messaging.actions import OtherVersionSent, lock_contact
from messaging.documents import files
from messaging.documents.factors import PIN_DIGITS, Guarded
from messaging.documents.notices import Notice, Place, announce
from messaging.models import Conversation, Message, ProtectedDocument, UploadInvitation
from patients.birthdays import born_on
from patients.models import Contact, Patient
from practices import doors
from practices.audit import record
from practices.live import changed_many
from practices.models import Door, Member
from practices.refusal import Refusal

Factor = ProtectedDocument.Factor
REVOKED = "revoked"  # why a message was not sent (messaging/inbox/reasons.py)
INVITED_FOR = timedelta(days=7)
DOORS = {Place.DOCUMENT: Door.Kind.DOCUMENT, Place.UPLOAD: Door.Kind.UPLOAD}


class FactorUnknown(Refusal):
    """The practice does not know the date of birth that would have to be asked for."""

    reason = "birth_date"


class LinkRevoked(Refusal):
    """A message that leads to what was withdrawn is not sent again."""

    reason = "link_revoked"


@dataclass(frozen=True)
class Content:
    """What is to be sent, as it was checked (files.require_fit)."""

    title: str
    filename: str
    mime_type: str
    pieces: Iterable[bytes]


@dataclass(frozen=True, kw_only=True)
class Sending:
    """To whom and how. `client_id` is made by the form, so that two clicks are one document; `after` as in send_text.

    `greeting`, `visit` and `what` as in notices.Notice.
    """

    conversation: Conversation
    patient: Patient | None
    client_id: UUID
    after: UUID | None = None
    greeting: str = ""
    visit: str = ""
    what: str = ""


@dataclass(frozen=True)
class Sent:
    """The document, and its PIN if it was made a moment ago: it is said once and kept nowhere. `is_new_pin`: one that
    was said before holds no more."""

    document: ProtectedDocument
    pin: str = ""
    is_new_pin: bool = False


@transaction.atomic
def send_document(*, sending: Sending, content: Content, factor: Factor, kept_for: timedelta, by: Member) -> Sent:
    """Seal a file, open its door and queue the message that leads there. Raises a Refusal, and then stores no row.

    The same client_id twice is one document if it is the same one; else OtherVersionSent is raised. Whoever sent it
    then gets a new PIN as long as nobody has opened it: of two presses the browser shows the second answer alone.
    """
    contact = lock_contact(sending.conversation)
    if known := ProtectedDocument.objects.filter(message=_sent_before(sending)).exclude(message=None).first():
        _require_same(known, sending, content, factor)
        pin = _renewed_pin(known, by)
        return Sent(known, pin, is_new_pin=bool(pin))
    if factor == Factor.BIRTH_DATE and (sending.patient is None or born_on(sending.patient) is None):
        raise FactorUnknown(
            _("Für diese Person ist kein Geburtsdatum bekannt."), next_step=_("Wählen Sie stattdessen eine PIN.")
        )
    pin = _new_pin() if factor == Factor.PIN else ""
    document = ProtectedDocument(
        contact=contact,
        patient=sending.patient,
        factor=factor,
        pin_hash=make_password(pin) if pin else "",
        expires_at=timezone.now() + kept_for,
        created_by=by,
    )
    document.message = _announce(sending, document, Place.DOCUMENT, f"ready_{factor}", by)
    files.keep(document, content.pieces, title=content.title, filename=content.filename, mime_type=content.mime_type)
    document.save(force_insert=True)
    record("document_sent", about=document, by=by, factor=factor.value, days=kept_for.days)
    return Sent(document, pin)


@transaction.atomic
def invite_upload(*, sending: Sending, by: Member) -> UploadInvitation:
    """Open a door for files of the patient and queue the message that leads there. Raises a Refusal."""
    contact = lock_contact(sending.conversation)
    if known := UploadInvitation.objects.filter(message=_sent_before(sending)).exclude(message=None).first():
        return known
    invitation = UploadInvitation(
        conversation=sending.conversation,
        contact=contact,
        patient=sending.patient,
        expires_at=timezone.now() + INVITED_FOR,
        created_by=by,
    )
    invitation.message = _announce(sending, invitation, Place.UPLOAD, "asked", by)
    invitation.save(force_insert=True)
    record("upload_invited", about=invitation, by=by)
    return invitation


def _require_same(known: ProtectedDocument, sending: Sending, content: Content, factor: Factor) -> None:
    sent = known.details["title"], known.details["sha256"], known.patient_id, known.factor
    patient = sending.patient.pk if sending.patient else None
    if sent != (content.title, files.digest(content.pieces), patient, factor):
        raise OtherVersionSent


def _renewed_pin(known: ProtectedDocument, by: Member) -> str:
    """Empty where there is none to be had any more."""
    if known.factor != Factor.PIN:
        return ""
    pin = _new_pin()
    unopened = ProtectedDocument.objects.filter(pk=known.pk, created_by=by, opened_at=None, revoked_at=None)
    if not unopened.update(pin_hash=make_password(pin)):
        return ""
    record("document_pin_renewed", about=known, by=by)
    return pin


def _sent_before(sending: Sending) -> Message | None:
    return sending.conversation.messages.filter(client_id=sending.client_id).first()


def _new_pin() -> str:
    return f"{secrets.randbelow(10**PIN_DIGITS):0{PIN_DIGITS}d}"


def _announce(sending: Sending, guarded: Guarded, place: Place, sentence: str, by: Member) -> Message:
    """The door and the message with its token. The mark on the message lets the thread show what became of it."""
    token = doors.new_token()
    notice = Notice(
        place=place,
        token=token,
        sentence=sentence,
        until=guarded.expires_at,
        patient=sending.patient,
        what=sending.what,
        greeting=sending.greeting,
        visit=sending.visit,
    )
    message = announce(
        notice, conversation=sending.conversation, by=by, client_id=sending.client_id, after=sending.after
    )
    message.content = (message.content or {}) | {"leads_to": place.value}
    message.save(update_fields=["content"])
    doors.install(
        DOORS[place], token, leads_to=practice_in_scope(), object_id=guarded.pk, expires_at=guarded.expires_at
    )
    return message


@transaction.atomic
def revoke_document(*, document: ProtectedDocument, by: Member) -> None:
    """Nobody opens it any more, its file is destroyed, and a message that has not left yet never does. A second time
    changes nothing."""
    _hold_contact(document)
    held = ProtectedDocument.objects.select_for_update(no_key=True).get(pk=document.pk)
    if held.revoked_at is None:
        held.revoked_at = timezone.now()
        held.save(update_fields=["revoked_at"])
        destroy_file(held)
        doors.close(Door.Kind.DOCUMENT, held.pk)
        stopped = _stop_message(held)
        record("document_revoked", about=held, by=by, was_opened=held.opened_at is not None, stopped=stopped)
        tell_screens(held)


@transaction.atomic
def revoke_invitation(*, invitation: UploadInvitation, by: Member) -> None:
    """Nothing more can be handed in, and a message that has not left yet never does; what came stays. A second time
    changes nothing."""
    _hold_contact(invitation)
    held = UploadInvitation.objects.select_for_update(no_key=True).get(pk=invitation.pk)
    if held.revoked_at is None:
        held.revoked_at = timezone.now()
        held.save(update_fields=["revoked_at"])
        doors.close(Door.Kind.UPLOAD, held.pk)
        stopped = _stop_message(held)
        record("upload_invitation_revoked", about=held, by=by, uploads=held.uploads, stopped=stopped)
        tell_screens(held)


def _hold_contact(guarded: Guarded) -> None:
    """First of all (design: lock order): while it is held no message of this contact is being handed over."""
    Contact.objects.filter(pk=guarded.contact_id).locked().get()


def _stop_message(guarded: Guarded) -> bool:
    """Whether the message that was to lead there is stopped; what WhatsApp has been handed is not called back."""
    return guarded.message is not None and outbox.cancel([guarded.message], reason=REVOKED) > 0


def require_not_revoked(message: Message) -> None:
    """Before a message is sent once more: where it leads has not been withdrawn. Raises LinkRevoked."""
    if "leads_to" not in (message.content or {}):
        return
    for model in (ProtectedDocument, UploadInvitation):
        if model.objects.filter(message=message).exclude(revoked_at=None).exists():
            raise LinkRevoked(
                _("Der Link in dieser Nachricht wurde zurückgezogen."), next_step=_("Senden Sie einen neuen.")
            )


def follow_copy(message: Message, copy: Message) -> None:
    """A message that led to one of our pages was sent once more: what comes of it is shown there from now on."""
    place = (message.content or {}).get("leads_to")
    if place is None or copy.pk == message.pk:
        return
    copy.content = (copy.content or {}) | {"leads_to": place}
    copy.save(update_fields=["content"])
    for model in (ProtectedDocument, UploadInvitation):
        model.objects.filter(message=message).update(message=copy)


def destroy_file(document: ProtectedDocument) -> None:
    """Forget the key now, and take the file away once that is certain. The row stays as evidence."""
    path = files.path_of(document)
    ProtectedDocument.objects.filter(pk=document.pk).update(file_key=None)
    transaction.on_commit(lambda: path.unlink(missing_ok=True), robust=True)


def tell_screens(guarded: Guarded) -> None:
    """The message that led there shows what became of it, and the panel too."""
    if message := guarded.message:
        changed_many([("message", message.pk), ("conversation", message.conversation_id)])
