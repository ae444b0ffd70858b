"""What a saved reply does to the conversation besides: label, hand over, put off, close. Said before, done after."""

from collections.abc import Collection, Iterable
from uuid import UUID

from django.db import transaction
from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext as _

from messaging.actions import close_conversation
from messaging.models import Conversation, Label, Message, SavedReply
from messaging.teamwork.assigning import assign
from messaging.teamwork.colleagues import ME, assignee_for
from messaging.teamwork.labels import hang, living_labels
from messaging.teamwork.snoozing import Choice, moment_of, snooze
from messaging.teamwork.undoing import take_back
from practices.access import SENDERS
from practices.audit import record
from practices.models import AuditEvent, Member, Role

USED = "saved_reply_used"  # its codes: the reply, its messages, and which events of the trail it did besides
ALWAYS_AHEAD = (Choice.HOUR, Choice.TOMORROW, Choice.MONDAY)


def snooze_choices() -> list[tuple[str, str]]:
    """Until when a reply may put the conversation off: moments that lie ahead whenever it is used."""
    return [(choice.value, str(choice.label)) for choice in ALWAYS_AHEAD]


def assign_choices() -> list[tuple[str, str]]:
    """To whom a reply may hand the conversation: whoever sends it, or a role that may answer."""
    return [(ME, _("wer sie sendet")), *((role.value, str(role.label)) for role in Role if role in SENDERS)]


def effects_of(reply_id: UUID) -> list[str]:
    """What this saved reply does after sending, in words; nothing for one that is not there any more. Two queries."""
    reply = SavedReply.objects.filter(pk=reply_id, archived_at=None).first()
    return words_of(reply, labels_by_id()) if reply else []


def labels_by_id() -> dict[str, Label]:
    """The labels in use, by id."""
    return {str(one.pk): one for one in living_labels()}


def words_of(reply: SavedReply, labels: dict[str, Label]) -> list[str]:
    """ "Label „Termin“", "Übergabe an Empfang", "Erledigt"."""
    said = [_("Label „%(name)s“") % {"name": labels[one].name} for one in reply.labels if one in labels]
    if who := dict(assign_choices()).get(reply.assign):
        said.append(_("Übergabe an: %(who)s") % {"who": who})
    if until := dict(snooze_choices()).get(reply.snooze):
        said.append(_("Zurückstellen: %(until)s") % {"until": until})
    return [*said, _("Erledigt")] if reply.closes else said


@transaction.atomic
def apply_effects(
    *, reply: SavedReply, conversation: Conversation, by: Member, sent: Collection[Message], after: UUID | None = None
) -> None:
    """Do what the reply does; its messages (`sent`) are queued in the same transaction, so the contact is held already.

    `after` as in close_conversation: what the patient wrote meanwhile keeps the conversation open, and on the list.
    """
    deeds: list[AuditEvent] = []
    for pk, label in labels_by_id().items():
        if pk in reply.labels:
            deeds += hang(conversations=[conversation], label=label, by=by)
    if reply.assign in dict(assign_choices()):
        deeds += assign(conversations=[conversation], to=assignee_for(reply.assign, by=by), by=by)
    if reply.snooze in dict(snooze_choices()):
        answered = list(Conversation.objects.filter(pk=conversation.pk, waiting_since=None))
        snooze(conversations=answered, until=moment_of(Choice(reply.snooze), by.practice, timezone.now()), by=by)
    if reply.closes:
        close_conversation(conversation=conversation, by=by, after=after)
    record(USED, about=conversation, by=by, reply=str(reply.pk), messages=_ids(sent), deeds=_ids(deeds))


def take_effects_back(*, conversation: Conversation, messages: Collection[Message], by: Member) -> None:
    """Label and hand-over that came with these messages, as they were before, where nobody has changed them since.

    Whoever closed or put off after sending did that for the answer, by a reply or by hand: messaging/undoing.py.
    """
    first = min(message.at for message in messages)
    used = AuditEvent.objects.filter(about_id=conversation.pk, kind=USED, by=by, at__gte=first).order_by("-at", "-pk")
    with_them = [one.codes for one in used if not set(_ids(messages)).isdisjoint(one.codes["messages"])]
    deeds = AuditEvent.objects.filter(pk__in=[deed for codes in with_them for deed in codes["deeds"]])
    take_back(deeds.order_by("-at", "-pk"), by=by)


def _ids(rows: Iterable[Model]) -> list[str]:
    return [str(row.pk) for row in rows]
