"""What a saved reply does to the conversation besides: label, hand over, put off, close. Said before, done after.

Putting off is offered once something knows how (`offer_snoozing`); labels, hand-over and closing are columns of ours.
"""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from messaging.actions import close_conversation
from messaging.models import Conversation, ConversationLabel, Label, SavedReply
from practices.audit import record
from practices.live import changed
from practices.models import Member, Role
from practices.scope import current_practice_id

ME = "me"


@dataclass(frozen=True)
class Snoozing:
    """`choices` are (code, words) pairs; `snooze(conversation, code, member)` does it."""

    choices: Callable[[], list[tuple[str, str]]]
    snooze: Callable[[Conversation, str, Member], None]


_snoozing: list[Snoozing] = []


def offer_snoozing(how: Snoozing) -> None:
    """Register what puts a conversation off; called once, from AppConfig.ready."""
    _snoozing[:] = [how]


def snooze_choices() -> list[tuple[str, str]]:
    return _snoozing[0].choices() if _snoozing else []


def assign_choices() -> list[tuple[str, str]]:
    """To whom a reply may hand the conversation: whoever sends it, or a role."""
    return [(ME, _("wer sie sendet")), *((role.value, str(role.label)) for role in Role)]


def effects_of(reply_id: UUID) -> list[str]:
    """What this saved reply does after sending, in words; nothing for one that is not there any more. Two queries."""
    reply = SavedReply.objects.filter(pk=reply_id, archived_at=None).first()
    return words_of(reply, labels_by_id()) if reply else []


def labels_by_id() -> dict[str, Label]:
    """The labels in use, by id."""
    return {str(one.pk): one for one in Label.objects.filter(archived_at=None).order_by("position", "pk")}


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

    `after` as in close_conversation: what the patient wrote meanwhile keeps the conversation open.
    """
    _hang(reply, conversation, by)
    if reply.assign in dict(assign_choices()):
        _assign(conversation, reply.assign, by)
    if reply.snooze in dict(snooze_choices()):
        _snoozing[0].snooze(conversation, reply.snooze, by)
    if reply.closes:
        close_conversation(conversation=conversation, by=by, after=after)
    record("saved_reply_used", about=reply, by=by, conversation=str(conversation.pk))


def _hang(reply: SavedReply, conversation: Conversation, by: Member) -> None:
    known = [UUID(one) for one in labels_by_id() if one in reply.labels]
    links = [ConversationLabel(conversation=conversation, label_id=one, set_by=by) for one in known]
    ConversationLabel.objects.bulk_create(links, ignore_conflicts=True)
    if links:
        changed("conversation", conversation.pk)


def _assign(conversation: Conversation, to: str, by: Member) -> None:
    columns = {"assigned_to": by, "assigned_role": ""} if to == ME else {"assigned_to": None, "assigned_role": to}
    Conversation.objects.filter(pk=conversation.pk, practice_id=current_practice_id()).update(**columns)
    record("conversation_assigned", about=conversation, by=by, to=to)
    changed("conversation", conversation.pk)
