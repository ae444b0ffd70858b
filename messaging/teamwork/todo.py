"""What somebody has to do outside the chat, such as calling a patient."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from messaging.models import Conversation, Message, Task
from messaging.teamwork.colleagues import Assignee
from messaging.teamwork.standing import hold, written
from practices.audit import record, record_each
from practices.live import changed_many
from practices.models import AuditEvent, Member

DONE, REOPENED, HANDED_OVER = "task_done", "task_reopened", "task_handed_over"
PRESSED_TWICE = timedelta(minutes=1)


def open_tasks() -> "QuerySet[Task]":
    """What is still to be done, the most pressing first; what has no time comes last."""
    return Task.objects.filter(done_at=None).order_by(F("due_at").asc(nulls_last=True), "pk")


def for_member(tasks: "QuerySet[Task]", member: Member) -> "QuerySet[Task]":
    """What is this person's: given to them, to their role, or to nobody."""
    return tasks.filter(Q(assigned_to=member) | Q(assigned_to=None, assigned_role__in=["", member.role]))


@transaction.atomic
def create_task(
    *,
    conversation: Conversation,
    kind: Task.Kind,
    words: str,
    due_at: datetime | None,
    to: Assignee,
    by: Member,
    message: Message | None = None,
) -> tuple[Task, bool]:
    """A task, and whether it is new: a message that did not arrive makes one, however often somebody presses, and so
    do two presses for the same thing."""
    hold([conversation.pk])
    if message is not None and (known := Task.objects.filter(message=message, done_at=None).first()):
        return known, False
    if known := _same(conversation, kind, words, due_at, to):
        return known, False
    task = Task.objects.create(
        kind=kind,
        conversation=conversation,
        contact_id=conversation.contact_id,
        message=message,
        words=words or None,
        due_at=due_at,
        created_by=by,
        **to.columns,
    )
    record("task_created", about=task, by=by, kind=str(kind))
    _show(task)
    return task, True


def _same(
    conversation: Conversation, kind: Task.Kind, words: str, due_at: datetime | None, to: Assignee
) -> Task | None:
    """What is to be done already, in the same words, by the same people and at the same time."""
    still = Task.objects.filter(conversation=conversation, kind=kind, message=None, done_at=None, **to.columns)
    if due_at is None:
        still = still.filter(due_at=None)
    else:  # "in an hour" is another moment at the second press
        still = still.filter(due_at__range=(due_at - PRESSED_TWICE, due_at + PRESSED_TWICE))
    return next((task for task in still if (task.words or "") == words), None)


@transaction.atomic
def finish_task(*, task: Task, by: Member) -> list[AuditEvent]:
    """Done; the second of two who press changes nothing."""
    finished = Task.objects.filter(pk=task.pk, done_at=None).update(done_at=timezone.now(), done_by=by)
    return _noted(DONE, task, by) if finished else []


@transaction.atomic
def reopen_task(*, task: Task, by: Member) -> list[AuditEvent]:
    """Still to be done after all."""
    reopened = Task.objects.filter(pk=task.pk, done_at__isnull=False).update(done_at=None, done_by=None)
    return _noted(REOPENED, task, by) if reopened else []


@transaction.atomic
def hand_over(*, to: Assignee, by: Member) -> list[AuditEvent]:
    """All of somebody's open tasks are another's from now on; one event for each, with whose it was."""
    tasks = list(Task.objects.filter(assigned_to=by, done_at=None).order_by("pk").select_for_update(no_key=True))
    Task.objects.filter(pk__in=[task.pk for task in tasks]).update(**to.columns)
    changed_many([("task", task.pk) for task in tasks])
    codes = {"before": _codes(Assignee(by)), "after": _codes(to)}
    return record_each(HANDED_OVER, about=[(task, codes) for task in tasks], by=by)


def _codes(whose: Assignee) -> dict[str, str | None]:
    return {name: written(value) for name, value in whose.columns.items()}


@transaction.atomic
def take_over_again(*, event: AuditEvent, by: Member) -> bool:
    """Whether a task that was handed over is its giver's again: not where it was done or given on since."""
    still = Task.objects.filter(pk=event.about_id, done_at=None, **event.codes["after"])
    if not still.update(**event.codes["before"]):
        return False
    changed_many([("task", event.about_id)])
    record_each("deed_undone", about=[(Task(pk=event.about_id), {"deed": event.kind, "event": str(event.pk)})], by=by)
    return True


def _noted(kind: str, task: Task, by: Member) -> list[AuditEvent]:
    _show(task)
    return record_each(kind, about=[(task, {})], by=by)


def _show(task: Task) -> None:
    changed_many([("task", task.pk), ("conversation", task.conversation_id)])
