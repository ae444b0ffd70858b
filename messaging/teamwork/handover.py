"""The end of a shift: everything that is one person's goes to a colleague or to a role, with a word about it."""

from django.db import transaction

from messaging.models import Conversation, Task
from messaging.teamwork.assigning import assign
from messaging.teamwork.colleagues import Assignee
from practices.audit import record_many
from practices.live import changed_many
from practices.models import AuditEvent, Member


@transaction.atomic
def hand_over_all(*, to: Assignee, by: Member, note: str = "") -> list[AuditEvent]:
    """Give away all open conversations and tasks of whoever asks; answers the events of the conversations."""
    mine = list(Conversation.objects.open().filter(assigned_to=by).order_by("pk"))
    events = assign(conversations=mine, to=to, by=by, note=note)
    tasks = list(Task.objects.filter(assigned_to=by, done_at=None).order_by("pk").select_for_update(no_key=True))
    Task.objects.filter(pk__in=[task.pk for task in tasks]).update(**to.columns)
    record_many("task_handed_over", about=tasks, by=by)
    changed_many([("task", task.pk) for task in tasks])
    return events
