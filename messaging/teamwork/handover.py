"""The end of a shift: everything that is one person's goes to a colleague or to a role, with a word about it."""

from dataclasses import dataclass

from django.db import transaction

from messaging.models import Conversation
from messaging.teamwork import todo
from messaging.teamwork.assigning import assign
from messaging.teamwork.colleagues import Assignee
from practices.models import AuditEvent, Member


@dataclass(frozen=True)
class Mine:
    """How much somebody has to hand over."""

    conversations: int
    tasks: int

    def __bool__(self) -> bool:
        return bool(self.conversations or self.tasks)


def mine_of(member: Member) -> Mine:
    """Two queries."""
    tasks = todo.open_tasks().filter(assigned_to=member)
    return Mine(Conversation.objects.open().filter(assigned_to=member).count(), tasks.count())


@transaction.atomic
def hand_over_all(*, to: Assignee, by: Member, note: str = "") -> list[AuditEvent]:
    """Give away all open conversations and tasks of whoever asks; answers the events of both, by which it can be taken
    back."""
    mine = list(Conversation.objects.open().filter(assigned_to=by).order_by("pk"))
    return [*assign(conversations=mine, to=to, by=by, note=note), *todo.hand_over(to=to, by=by)]
