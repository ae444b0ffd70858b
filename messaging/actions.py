"""What people and rules do with conversations and messages. Each is atomic, says who acts, and may raise a Refusal."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import IO, Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from consent.gate import Kind
from consent.models import ConsentText
from consent.purposes import Purpose
from messaging import dispatch, search
from messaging.attachments import FileGone, attach, kind_of
from messaging.models import Conversation, MediaFile, Message, Template
from messaging.outcomes import ring
from messaging.teamwork.closing import close
from messaging.teamwork.standing import change, written
from patients.models import Contact, Patient
from practices.audit import record
from practices.background import AT_ONCE, wake_on_commit
from practices.live import changed, changed_many
from practices.models import Member
from practices.refusal import Refusal
from practices.scope import current_practice_id

OUTBOX = "messaging.drain_outbox"
NOT_ARRIVED = (Message.State.FAILED, Message.State.CANCELLED, Message.State.UNCONFIRMED)  # as far as anybody knows


class OtherVersionSent(Refusal):
    """Under this client_id something else has been queued: its answer was lost, and somebody has written on since."""

    reason = "other_version_sent"

    def __init__(self) -> None:
        super().__init__(
            _("Ihre vorige Fassung ist schon hinausgegangen."),
            next_step=_("Senden Sie diese nur, wenn sie zusätzlich hinausgehen soll."),
        )


@transaction.atomic
def send_text(
    *,
    conversation: Conversation,
    body: str,
    purpose: Purpose,
    by: Member | None,
    client_id: UUID | None = None,
    quoted: Message | None = None,
    origin: Message.Origin = Message.Origin.STAFF,
    after: UUID | None = None,
    patient: Patient | None = None,
    hold: timedelta = AT_ONCE,
) -> Message:
    """Queue a free-text reply. Raises a Refusal, and then stores nothing.

    The same client_id twice is one message if it says the same; else OtherVersionSent is raised, so that no text is
    taken for sent that was not.

    `after` is the newest message or note that whoever writes has seen: what the patient wrote later still waits.
    `patient` is whom it concerns; to be named where the contact writes for several people, or only for others (C-22).
    `hold` is how long it can be taken back before it is handed over (messaging/undoing.py).
    """
    return _send(
        conversation,
        Kind.FREE_TEXT,
        purpose,
        by=by,
        client_id=client_id,
        origin=origin,
        type="text",
        body=body,
        quoted=quoted,
        quoted_wamid=quoted.wamid if quoted else None,
        after=after,
        patient=patient,
        hold=hold,
    )


@transaction.atomic
def send_file(
    *,
    conversation: Conversation,
    content: IO[bytes],
    mime_type: str,
    filename: str,
    size: int,
    caption: str,
    purpose: Purpose,
    by: Member | None,
    client_id: UUID | None = None,
    voice: bool = False,
    after: UUID | None = None,
    patient: Patient | None = None,
) -> Message:
    """Queue a picture, document, sound or film; `size` in bytes. Raises a Refusal, and then stores nothing.

    `after` and `patient` as in send_text.
    """
    message = _send(
        conversation,
        Kind.MEDIA,
        purpose,
        by=by,
        client_id=client_id,
        origin=Message.Origin.STAFF,
        type=kind_of(mime_type, size),
        body=caption or None,
        content={"kind": "media", "filename": filename, "voice": voice},
        after=after,
        patient=patient,
    )
    if not message.media.exists():
        attach(message, content, mime_type=mime_type, filename=filename)
    return message


@transaction.atomic
def send_stored_file(
    *,
    conversation: Conversation,
    file: MediaFile,
    caption: str,
    purpose: Purpose,
    by: Member,
    client_id: UUID | None = None,
    after: UUID | None = None,
    patient: Patient | None = None,
    quoted: Message | None = None,
    hold: timedelta = AT_ONCE,
) -> Message:
    """Queue a file that was sealed when it was chosen (messaging/waiting_files.py). Raises a Refusal: FileGone if it
    was sent or removed meanwhile.

    The rest as in send_text.
    """
    message = _send(
        conversation,
        Kind.MEDIA,
        purpose,
        by=by,
        client_id=client_id,
        origin=Message.Origin.STAFF,
        type=file.details["kind"],
        body=caption or None,
        content={
            "kind": "media",
            "filename": file.details["filename"],
            "voice": file.details.get("voice", False),
        },
        quoted=quoted,
        quoted_wamid=quoted.wamid if quoted else None,
        after=after,
        patient=patient,
        hold=hold,
    )
    free = MediaFile.objects.filter(Q(message=None) | Q(message=message), pk=file.pk)
    if not free.update(message=message):
        raise FileGone
    return message


@transaction.atomic
def send_reaction(
    *,
    conversation: Conversation,
    target: Message,
    emoji: str | None,
    purpose: Purpose,
    by: Member,
    patient: Patient | None = None,
) -> Message:
    """Queue an emoji on one of the patient's messages; None takes it back. What stands there already is not sent again:
    answers that one. Raises a Refusal.

    Whoever waits goes on waiting (ADR 33). `patient` as in send_text, but an emoji need not name anybody.
    """
    lock_contact(conversation)
    ours = conversation.messages.filter(target=target, type="reaction", direction=Message.Direction.OUTBOUND)
    newest = ours.exclude(state__in=NOT_ARRIVED).order_by("-pk").first()
    if newest and (newest.content or {}).get("emoji") == emoji:
        return newest  # two clicks
    return _send(
        conversation,
        Kind.REACTION,
        purpose,
        by=by,
        client_id=None,
        origin=Message.Origin.STAFF,
        type="reaction",
        content={"kind": "reaction", "target": target.wamid, "emoji": emoji},
        target=target,
        target_wamid_hash=target.wamid_hash,
        patient=patient,
    )


@transaction.atomic
def send_template(
    *,
    conversation: Conversation,
    template: Template,
    rendered: str,
    components: list[dict[str, Any]],
    by: Member | None,
    client_id: UUID | None = None,
    origin: Message.Origin = Message.Origin.STAFF,
    after: UUID | None = None,
    patient: Patient | None = None,
    kind: Kind = Kind.TEMPLATE,
    hold: timedelta = AT_ONCE,
) -> Message:
    """Queue a template; `rendered` is what the patient will read and stays as it was (peers 7). Raises a Refusal.

    `after`, `patient` and `hold` as in send_text. `kind` is BULK for one of many, NUMBER_CHECK for T-15, which has no
    purpose.
    """
    return _send(
        conversation,
        kind,
        None if kind == Kind.NUMBER_CHECK else Purpose(template.purpose),
        by=by,
        client_id=client_id,
        origin=origin,
        template=template,
        type="template",
        body=rendered,
        content={"kind": "template", "components": components, "definition": template.components},
        after=after,
        patient=patient,
        hold=hold,
    )


@transaction.atomic
def send_number_request(
    *,
    conversation: Conversation,
    body: str,
    by: Member,
    client_id: UUID,
    after: UUID | None = None,
    patient: Patient | None = None,
    hold: timedelta = AT_ONCE,
) -> Message:
    """Queue WhatsApp's own request for the person's number (messaging/number_requests.py). Raises a Refusal.

    The rest as in send_text.
    """
    return _send(
        conversation,
        Kind.FREE_TEXT,
        Purpose.ORGANISATION,
        by=by,
        client_id=client_id,
        origin=Message.Origin.STAFF,
        type=Message.NUMBER_REQUEST,
        body=body,
        after=after,
        patient=patient,
        hold=hold,
    )


@transaction.atomic
def send_number_check(
    *,
    conversation: Conversation,
    template: Template,
    rendered: str,
    components: list[dict[str, Any]],
    by: Member | None,
) -> Message:
    """Queue T-15, with our payloads on its buttons (messaging/number_checks.py). Raises a Refusal."""
    return _send(
        conversation,
        Kind.NUMBER_CHECK,
        None,
        by=by,
        client_id=None,
        origin=Message.Origin.AUTOMATIC,
        template=template,
        type="template",
        body=rendered,
        content={"kind": "template", "components": components, "definition": template.components},
    )


@transaction.atomic
def send_automatic(
    *,
    conversation: Conversation,
    kind: Kind,
    body: str,
    purpose: Purpose | None = None,
    buttons: list[tuple[str, str]] | None = None,
    asked_by_person: bool = False,
    patient: Patient | None = None,
    by: Member | None = None,
    client_id: UUID | None = None,
    origin: Message.Origin = Message.Origin.AUTOMATIC,
    text: ConsentText | None = None,
) -> Message:
    """Queue what a rule sends: a confirmation, the question for consent, a neutral reply. Raises a Refusal.

    `buttons` are (payload, title) pairs and make the message interactive. `patient` as in send_text. `by` is who
    pressed the button where a person wanted it; with the origin STAFF it counts as an answer. `text` is the version of
    text C that stands in it, so that a tap can name what was read (C-05).
    """
    choices = [{"id": payload, "title": title} for payload, title in buttons or ()]
    return _send(
        conversation,
        kind,
        purpose,
        by=by,
        client_id=client_id,
        origin=origin,
        asked_by_person=asked_by_person,
        type="interactive" if choices else "text",
        body=body,
        content={"kind": "buttons", "buttons": choices, "text": str(text.pk) if text else None} if choices else None,
        patient=patient,
    )


def _send(
    conversation: Conversation,
    kind: Kind,
    purpose: Purpose | None,
    *,
    by: Member | None,
    client_id: UUID | None,
    asked_by_person: bool = False,
    after: UUID | None = None,
    patient: Patient | None = None,
    hold: timedelta = AT_ONCE,
    **columns: Any,
) -> Message:
    contact = lock_contact(conversation)
    if client_id and (sent := conversation.messages.filter(client_id=client_id).first()):
        _require_same(sent, columns.get("body"), patient)
        return sent  # two clicks, two tabs, or a repeated request
    sending = dispatch.Sending(
        conversation=conversation,
        kind=kind,
        purpose=purpose,
        patient_id=patient.pk if patient else None,
        template=columns.get("template"),
        by_rule=columns.get("origin") == Message.Origin.AUTOMATIC,
        asked_by_person=asked_by_person,
    )
    dispatch.require_permission(sending)
    now = timezone.now()
    message = Message.objects.create(
        conversation=conversation,
        contact=contact,
        channel_id=conversation.channel_id,
        concerns_patient=patient,
        direction=Message.Direction.OUTBOUND,
        state=Message.State.QUEUED,
        kind=kind,
        purpose=purpose or "",
        client_id=client_id,
        sent_by=by,
        at=now,
        run_after=now + hold,
        **columns,
    )
    search.index([message])
    waited_since = _note_sent(conversation, message, after)
    record("message_queued", about=message, by=by, kind=str(kind), waited_since=written(waited_since))
    changed_many([("message", message.pk), ("conversation", conversation.pk)])
    wake_on_commit(OUTBOX, practice_id=current_practice_id(), after=hold)
    return message


def _require_same(sent: Message, body: str | None, patient: Patient | None) -> None:
    if (sent.body or "", sent.concerns_patient_id) != (body or "", patient.pk if patient else None):
        raise OtherVersionSent


def lock_contact(conversation: Conversation) -> Contact:
    """Take the contact's row, the first lock of whoever touches consent or messages (design: lock order)."""
    conversation.contact = Contact.objects.filter(pk=conversation.contact_id).locked().get()
    return conversation.contact


def _note_sent(conversation: Conversation, message: Message, after: UUID | None) -> datetime | None:
    """Answers since when somebody waited for this message, which is given back with it (messaging/undoing.py).

    A reaction stands at its message and answers nobody (ADR 33).
    """
    if message.type == "reaction":
        return None
    conversation.last_message, conversation.last_message_at = message, message.at
    fields, waited_since = ["last_message", "last_message_at"], None
    if message.answers:
        held = _hold(conversation)
        waited_since = held.waiting_since
        conversation.waiting_since = _still_waiting_since(held, after)
        fields.append("waiting_since")
        if conversation.waiting_since is None:
            conversation.urgent_at, conversation.urgent_words = None, None
            fields += ["urgent_at", "urgent_words"]
    conversation.save(update_fields=fields)
    return waited_since


def _hold(conversation: Conversation) -> Conversation:
    """The row as it stands now, held until the end: what arrives meanwhile waits for us, or we have waited for it."""
    held: Conversation = Conversation.objects.select_for_update(no_key=True).get(pk=conversation.pk)
    return held


def _still_waiting_since(held: Conversation, after: UUID | None) -> datetime | None:
    """When the patient wrote what nobody had seen who had seen everything up to `after`; None if there is nothing.

    Messages are newer by their ids, whose order is that of the commits: they are made while the contact is locked.
    Without `after` whoever acts is taken to know all.
    """
    since = held.waiting_since
    if after is None or since is None:
        return None
    return held.messages.owed_since(since).filter(pk__gt=after).in_order().values_list("at", flat=True).first()


@transaction.atomic
def mark_seen(*, conversation: Conversation, shown: Collection[UUID], by: Member) -> None:
    """These messages of the patient stood on a screen that somebody of the team looks at; blue ticks follow up to the
    newest of them. The conversation counts as seen, and by whom, when nothing newer came."""
    held = _hold(conversation)
    looked_at = list(held.messages.inbound().filter(pk__in=shown).in_order().only("at", "type", "wamid_hash"))
    if held.seen_at is not None or not looked_at:
        return
    newest = looked_at[-1]
    later = Q(at__gt=newest.at) | Q(at=newest.at, pk__gt=newest.pk) | Q(pk__gt=max(one.pk for one in looked_at))
    if not _has_later_emoji(held, newest) and not held.messages.inbound().shown().filter(later).exists():
        held.seen_at, held.seen_by = timezone.now(), by
    # To WhatsApp: not what came by our page, and no emoji, which nobody waits to see read.
    known = next((one for one in reversed(looked_at) if one.wamid_hash and one.type != "reaction"), None)
    if known and (held.receipt_up_to is None or _place(held.receipt_up_to) < _place(known)):
        held.receipt_up_to, held.receipt_after = known, timezone.now()
    held.save(update_fields=["seen_at", "seen_by", "receipt_up_to", "receipt_after"])
    if held.seen_at is not None:
        changed("seen", conversation.pk)
    wake_on_commit(OUTBOX, practice_id=current_practice_id())


def _has_later_emoji(held: Conversation, seen: Message) -> bool:
    """Whether what came last is an emoji that came after this one."""
    last = held.last_message
    return last is not None and last.sets_emoji and _place(last) > _place(seen)


def _place(message: Message) -> tuple[datetime, UUID]:
    return message.at, message.pk


@transaction.atomic
def close_conversation(*, conversation: Conversation, by: Member, after: UUID | None = None) -> bool:
    """Done; a new message opens it again. Answers whether it is closed.

    It is not if the patient wrote something newer than `after`, the newest message or note that the person has seen:
    then that one waits, and the conversation stays open.
    """
    held = _hold(conversation)
    waiting_since = _still_waiting_since(held, after)
    if waiting_since is None:
        close([held], by)
    else:
        Conversation.objects.filter(pk=conversation.pk).update(waiting_since=waiting_since)
        record("conversation_kept_open", about=conversation, by=by)
        changed("conversation", conversation.pk)
    return waiting_since is None


@transaction.atomic
def reopen_conversation(*, conversation: Conversation, by: Member) -> None:
    """Back into the open list."""
    change("conversation_reopened", held=[_hold(conversation)], by=by, closed_at=None, closed_by_id=None)


@transaction.atomic
def settle_unconfirmed(*, message: Message, arrived: bool, by: Member) -> None:
    """A person says whether an unconfirmed message arrived. If not, it has failed and may be sent again."""
    state = Message.State.SENT if arrived else Message.State.FAILED
    unsettled = Message.objects.filter(pk=message.pk, state=Message.State.UNCONFIRMED)
    if unsettled.update(state=state, turned=not arrived):
        ring()
        record("unconfirmed_settled", about=message, by=by, arrived=arrived)
        changed_many([("message", message.pk), ("conversation", message.conversation_id)])
