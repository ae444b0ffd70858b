"""What the team has done with the conversations that wait: labels, whose they are, notes, tasks, views (desk.json).

All of it by the deeds the desk itself has, so that the trail, the mentions and the queue hold what they would.
"""

from datetime import datetime

from messaging.inbox.choosing import Order, Tab
from messaging.models import Conversation, Label, Task
from messaging.saved_views import save_view
from messaging.teamwork.assigning import assign
from messaging.teamwork.colleagues import Assignee
from messaging.teamwork.labels import create_label, hang
from messaging.teamwork.notes import write_note
from messaging.teamwork.snoozing import Choice, moment_of, snooze
from messaging.teamwork.todo import create_task, finish_task
from practices.models import Member, Role
from roger.demo import material
from roger.demo.material import Json
from roger.demo.people import Somebody
from roger.demo.practices import Demo


def lay_out(demo: Demo, everybody: dict[str, Somebody], now: datetime) -> None:
    """As the desk looks on an ordinary day, after the dialogues have been told."""
    written = material.desk(demo.written)
    leader = next(member for member in demo.staff.values() if member.role == Role.PRACTICE_MANAGER)
    labels = {one["name"]: create_label(**one, by=leader) for one in written["labels"]}
    for one in written["conversations"]:
        if conversation := everybody[one["patient"]].conversation:
            _treat(demo, one, conversation, labels, now)
    for one in written["views"]:
        chosen = {"tab": Tab.OPEN, "order": Order.LONGEST, "labels": [str(labels[name].pk) for name in one["labels"]]}
        save_view(name=one["name"], filters=chosen, shared=one["is_shared"], by=demo.staff[one["by"]])


def _treat(demo: Demo, written: Json, conversation: Conversation, labels: dict[str, Label], now: datetime) -> None:
    reception = front_desk(demo)
    for name in written.get("labels", []):
        hang(conversations=[conversation], label=labels[name], by=reception)
    if "to" in written:
        to = _whom(demo, written["to"])
        assign(conversations=[conversation], to=to, by=reception, note=written.get("handover", ""))
    if note := written.get("note"):
        write_note(conversation=conversation, body=note["body"], by=demo.staff[note["by"]])
    for task in written.get("tasks", []):
        _give(demo, task, conversation, now)
    if written.get("is_put_off"):
        snooze(conversations=[conversation], until=moment_of(Choice.TOMORROW, demo.practice, now), by=reception)


def _give(demo: Demo, written: Json, conversation: Conversation, now: datetime) -> None:
    reception = front_desk(demo)
    task, _is_new = create_task(
        conversation=conversation,
        kind=Task.Kind(written["kind"]),
        words=written["words"],
        due_at=moment_of(Choice.HOUR, demo.practice, now) if written["is_due"] else None,
        to=_whom(demo, written["to"]),
        by=reception,
    )
    if written.get("is_done"):
        finish_task(task=task, by=reception)


def front_desk(demo: Demo) -> Member:
    return next(member for member in demo.staff.values() if member.role == Role.RECEPTION)


def _whom(demo: Demo, written: str) -> Assignee:
    """A person of the files, or everybody of a role."""
    return Assignee(demo.staff[written]) if written in demo.staff else Assignee(role=Role(written))
