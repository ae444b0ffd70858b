"""Whose a conversation is: a person's, everybody's of a role, or nobody's yet."""

from collections.abc import Collection

from django.db import transaction

from messaging.models import Conversation, Note, Task
from messaging.teamwork import notes
from messaging.teamwork.colleagues import NOBODY, Assignee
from messaging.teamwork.standing import change, hold
from patients.models import Contact
from practices.audit import record_many
from practices.live import changed_many
from practices.models import AuditEvent, Member


@transaction.atomic
def assign(*, conversations: Collection[Conversation], to: Assignee, by: Member, note: str = "") -> list[AuditEvent]:
    """Give these to a person or a role, or to nobody. A note goes along into each that changes hands.

    A new message of the patient leaves it as it is; so does closing.
    """
    if note:  # notes are written while the contacts are held, and those come first (design: lock order)
        list(Contact.objects.filter(pk__in=[one.contact_id for one in conversations]).locked().values("pk"))
    held = hold([one.pk for one in conversations])
    kind = "conversation_unassigned" if to == NOBODY else "conversation_assigned"
    events = change(kind, held=held, by=by, **to.columns)
    if note:
        given = {event.about_id for event in events}
        notes.add([one for one in held if one.pk in given], note, kind=Note.Kind.HANDOVER, by=by, to=to.member)
    return events


@transaction.atomic
def take_on_reply(*, conversation: Conversation, by: Member) -> list[AuditEvent]:
    """Whoever answers a conversation that is nobody's takes it; one that is somebody's stays theirs."""
    [held] = hold([conversation.pk])
    if held.assigned_to_id or held.assigned_role:
        return []
    return change("conversation_assigned", held=[held], by=by, **Assignee(by).columns)


def release_all(member: Member) -> None:
    """Somebody leaves the practice: what was theirs is nobody's, so that it is not overlooked."""
    theirs = Conversation.objects.filter(assigned_to=member).values_list("pk", flat=True)
    change("conversation_unassigned", held=hold(list(theirs)), by=None, **NOBODY.columns)
    tasks = list(Task.objects.filter(assigned_to=member, done_at=None).order_by("pk").select_for_update(no_key=True))
    Task.objects.filter(pk__in=[task.pk for task in tasks]).update(**NOBODY.columns)
    record_many("task_unassigned", about=tasks, by=None)
    changed_many([("task", task.pk) for task in tasks])
