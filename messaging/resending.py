"""The same message once more: always a new one, always by a person, never by itself (security.md 4.5)."""

from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from consent.purposes import Purpose
from messaging.actions import lock_contact, send_file, send_template, send_text, settle_unconfirmed
from messaging.attachments import WITH_FILE, FileGone, attachment_of
from messaging.documents.actions import follow_copy, require_not_revoked
from messaging.models import MediaFile, Message
from messaging.teamwork.standing import hold
from practices.audit import record
from practices.models import Member
from practices.refusal import Refusal

ENDED_BADLY = frozenset({Message.State.FAILED, Message.State.UNCONFIRMED, Message.State.CANCELLED})


class NotToBeSentAgain(Refusal):
    """The page was older than the message: it has arrived, or it is on its way."""

    reason = "already_sent"


@transaction.atomic
def resend(*, message: Message, by: Member, client_id: UUID) -> Message:
    """Queue a copy of a text, template or file that did not arrive, or of which nobody knows. Raises a Refusal.

    The copy passes the gate as it stands now. An unconfirmed message is settled as not arrived.
    """
    lock_contact(message.conversation)
    hold([message.conversation_id])
    sent_before = Message.objects.filter(conversation=message.conversation, client_id=client_id).exists()
    state = Message.objects.select_for_update(no_key=True).get(pk=message.pk).state
    if state not in ENDED_BADLY and not sent_before:
        raise NotToBeSentAgain(_("Diese Nachricht ist inzwischen angekommen. Sie wird nicht noch einmal gesendet."))
    require_not_revoked(message)
    copy = _copy(message, by, client_id)
    follow_copy(message, copy)
    settle_unconfirmed(message=message, arrived=False, by=by)
    record("message_resent", about=message, by=by, copy=str(copy.pk))
    return copy


def _copy(message: Message, by: Member, client_id: UUID) -> Message:
    """What the patient wrote after the first try is not answered by its repetition."""
    if message.template is not None:
        components = (message.content or {}).get("components", [])
        return send_template(
            conversation=message.conversation,
            template=message.template,
            rendered=message.body or "",
            components=components,
            by=by,
            client_id=client_id,
            after=message.pk,
            patient=message.concerns_patient,
        )
    if message.type in WITH_FILE:
        return _copy_of_file(message, by, client_id)
    return send_text(
        conversation=message.conversation,
        body=message.body or "",
        purpose=Purpose(message.purpose or Purpose.ORGANISATION),
        by=by,
        client_id=client_id,
        quoted=message.quoted,
        after=message.pk,
        patient=message.concerns_patient,
    )


def _copy_of_file(message: Message, by: Member, client_id: UUID) -> Message:
    """Sealed anew, since each message owns its file. Raises FileGone if it is not there any more."""
    try:
        attachment = attachment_of(message)
    except MediaFile.DoesNotExist:
        attachment = None
    if attachment is None or not attachment.file.path.exists():
        raise FileGone
    with attachment.file.reader() as content:
        return send_file(
            conversation=message.conversation,
            content=content,
            mime_type=attachment.mime_type,
            filename=attachment.filename,
            size=attachment.file.size,
            caption=message.body or "",
            purpose=Purpose(message.purpose or Purpose.ORGANISATION),
            by=by,
            client_id=client_id,
            voice=bool((message.content or {}).get("voice")),
            after=message.pk,
            patient=message.concerns_patient,
        )
