"""What one press of "Senden" queues: a text, files with the text beneath the first; and what a saved reply does."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any
from uuid import uuid5

from django.db import transaction

from messaging import actions
from messaging.attachments import FileGone
from messaging.drafts import discard_draft
from messaging.models import Conversation, MediaFile, Message, SavedReply
from messaging.saved_replies.effects import apply_effects
from messaging.waiting_files import chosen
from messaging.whatsapp.outgoing.free_form import LONGEST_CAPTION
from patients.models import Patient
from practices.models import Member
from practices.preferences import preferences_of

WITH_CAPTION = frozenset({"image", "document"})


def hold_of(member: Member) -> timedelta:
    """How long this person's messages can be taken back before they are handed over."""
    return timedelta(seconds=preferences_of(member).undo_seconds)


@transaction.atomic
def send_reply(
    *, conversation: Conversation, said: Mapping[str, Any], by: Member, patient: Patient | None, quoted: Message | None
) -> list[Message]:
    """Queue everything or nothing; `said` is what ReplyForm read. Raises a Refusal. The draft is gone afterwards.

    The same client_id twice is one reply, with its effects done once; OtherVersionSent as in messaging.actions.
    """
    actions.lock_contact(conversation)
    first, most = said["client_id"], 1 + len(said["files"])
    client_ids = [first, *(uuid5(first, str(number)) for number in range(1, most))]
    if sent := list(conversation.messages.filter(client_id__in=client_ids).order_by("pk")):
        _require_same(sent, said, patient)
        return sent
    files = chosen(conversation, by, said["files"])
    if len(files) < len(set(said["files"])):
        raise FileGone
    common = {
        "conversation": conversation,
        "purpose": said["purpose"],
        "by": by,
        "after": said["after"],
        "patient": patient,
        "hold": hold_of(by),
    }
    for number, (file, words) in enumerate(_parts(said["body"], files)):
        given = common | {
            "client_id": client_ids[number],
            "quoted": None if number else quoted,
        }
        sent.append(
            actions.send_stored_file(file=file, caption=words, **given)
            if file
            else actions.send_text(body=words, **given)
        )
    discard_draft(conversation=conversation, by=by, mark=said["mark"], body=said["body"])
    _follow(said, conversation, by, sent)
    return sent


def _require_same(sent: list[Message], said: Mapping[str, Any], patient: Patient | None) -> None:
    """Raises OtherVersionSent if it was another text, or other files, or for somebody else."""
    files = MediaFile.objects.filter(message__in=sent).order_by("message_id").values_list("pk", flat=True)
    known = "".join(one.body or "" for one in sent), list(files), sent[0].concerns_patient_id
    if known != (said["body"], list(dict.fromkeys(said["files"])), patient.pk if patient else None):
        raise actions.OtherVersionSent


def _parts(body: str, files: list[MediaFile]) -> Iterator[tuple[MediaFile | None, str]]:
    """One message for each file; the text stands beneath the first, or before it where that holds none."""
    has_caption = bool(files) and files[0].details["kind"] in WITH_CAPTION and len(body) <= LONGEST_CAPTION
    if body and not has_caption:
        yield None, body
    for number, file in enumerate(files):
        yield file, body if has_caption and number == 0 else ""


def _follow(said: Mapping[str, Any], conversation: Conversation, by: Member, sent: list[Message]) -> None:
    if said["saved_reply"] is None:
        return
    reply = SavedReply.objects.filter(pk=said["saved_reply"], archived_at=None).first()
    if reply is not None:
        apply_effects(reply=reply, conversation=conversation, by=by, sent=sent, after=said["after"])
