"""What a saved reply does to the conversation besides: label, hand over, put off, close. Said before, done after."""

from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from messaging.actions import close_conversation
from messaging.models import Conversation, Label, SavedReply
from messaging.teamwork.assigning import assign
from messaging.teamwork.colleagues import ME, assignee_for
from messaging.teamwork.labels import hang, living_labels
from messaging.teamwork.snoozing import Choice, moment_of, snooze
from practices.access import SENDERS
from practices.audit import record
from practices.models import Member, Role

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
def apply_effects(*, reply: SavedReply, conversation: Conversation, by: Member, after: UUID | None = None) -> None:
    """Do what the reply does; the message is queued in the same transaction, so the contact is held already.

    `after` as in close_conversation: what the patient wrote meanwhile keeps the conversation open, and on the list.
    """
    for pk, label in labels_by_id().items():
        if pk in reply.labels:
            hang(conversations=[conversation], label=label, by=by)
    if reply.assign in dict(assign_choices()):
        assign(conversations=[conversation], to=assignee_for(reply.assign, by=by), by=by)
    if reply.snooze in dict(snooze_choices()):
        answered = list(Conversation.objects.filter(pk=conversation.pk, waiting_since=None))
        snooze(conversations=answered, until=moment_of(Choice(reply.snooze), by.practice, timezone.now()), by=by)
    if reply.closes:
        close_conversation(conversation=conversation, by=by, after=after)
    record("saved_reply_used", about=reply, by=by, conversation=str(conversation.pk))
