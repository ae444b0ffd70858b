"""What colleagues have lately given somebody: named them in a note, handed a conversation over, set them a task."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, Q, QuerySet, Subquery

from messaging.models import Conversation, Mention, Task
from practices.models import AuditEvent, Member


@dataclass(frozen=True)
class Given:
    """One deed, by an id of its own, and the conversation it is about."""

    id: UUID
    at: datetime
    conversation_id: UUID


def given_since(member: Member, since: datetime) -> list[Given]:
    """The newest first; one query. What the person has seen, done or handed on meanwhile is none of theirs any more."""
    named = Mention.objects.filter(member=member, seen_at=None, note__at__gt=since)
    handed_over = Q(kind="conversation_assigned", codes__after__assigned_to_id=str(member.pk))
    set_as_task = Q(kind__in=("task_created", "task_handed_over"))
    mine = Conversation.objects.open().filter(assigned_to=member)
    to_do = Task.objects.filter(assigned_to=member, done_at=None)
    found = named.values_list("pk", "note__at", "note__conversation_id").union(
        _by_others(mine, handed_over, member, since).values_list("deed", "deed_at", "pk"),
        _by_others(to_do, set_as_task, member, since).values_list("deed", "deed_at", "conversation_id"),
    )
    return sorted((Given(*row) for row in found), key=lambda one: (one.at, one.id), reverse=True)


def _by_others(rows: "QuerySet[Any]", deed: Q, member: Member, since: datetime) -> "QuerySet[Any]":
    """Those of these rows with which a colleague did this since then."""
    deeds = AuditEvent.objects.filter(deed, about_id=OuterRef("pk"), at__gt=since).exclude(by=member).order_by("-at")
    told: QuerySet[Any] = rows.annotate(deed=Subquery(deeds.values("pk")[:1]), deed_at=Subquery(deeds.values("at")[:1]))
    return told.filter(deed__isnull=False)
