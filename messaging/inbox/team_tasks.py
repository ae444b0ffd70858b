"""Tasks: made in a thread, listed for the team, shown in the patient panel."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from messaging.inbox import thread
from messaging.inbox.beginnings import beginning_of, page_number
from messaging.inbox.deeds import sender_required
from messaging.inbox.persons import Name, names_of
from messaging.inbox.team_answers import part, said, sentence_of
from messaging.inbox.team_deeds import READS, moments_to_choose, people_to_choose
from messaging.inbox.team_forms import TaskForm
from messaging.inbox.views import find, is_fragment
from messaging.models import Conversation, Task
from messaging.teamwork import snoozing, todo
from messaging.teamwork.colleagues import assignee_for
from practices.access import SENDERS, MemberRequest, member_required
from practices.models import Member, Role
from practices.refusal import Refusal
from practices.sealed import warm

TITLE = gettext_lazy("Aufgaben")
MOST_SHOWN = 200  # at first, and with each press on "Weitere"
OVERDUE_AFTER = timedelta(hours=1)  # "as soon as possible" is due at once, and late an hour later
MINE, ALL = "mine", "all"


@dataclass(frozen=True)
class Shown:
    """One task as lists and the panel show it. Times are UTC."""

    pk: UUID
    conversation_id: UUID
    person: Name | None
    kind: str
    words: str
    due_at: datetime | None
    is_due: bool
    is_overdue: bool
    assigned: str
    is_done: bool


@require_safe
@member_required
def tasks(request: MemberRequest) -> HttpResponse:
    """What is to be done: one's own, or with ?whose=all everybody's; with ?page=2 twice as much of it."""
    whose = ALL if request.GET.get("whose") == ALL else MINE
    chosen = todo.open_tasks() if whose == ALL else todo.for_member(todo.open_tasks(), request.member)
    found = beginning_of(with_people(chosen), shown_with_names, most=MOST_SHOWN, page=page_number(request))
    template = "messaging/team/_tasks.html" if is_fragment(request) else "messaging/team/tasks.html"
    context = {"tasks": found, "whose": whose, "team_page": "tasks"}
    return render(request, template, context | {"may_act": request.member.role in SENDERS})


@require_http_methods(READS)
@sender_required
def create(request: MemberRequest, conversation_id: UUID) -> HttpResponse:
    """The form for a new task; a POST makes it."""
    conversation = find(conversation_id)
    if request.method != "POST":
        return part(request, conversation, "task_form", _choices(request))
    form = TaskForm(request.POST)
    try:
        is_new = _make(request, conversation, form)
    except Refusal as refusal:
        form.add_error(None, sentence_of(refusal))
    if form.errors:
        context = _choices(request) | {"form": form, "errors": [text for each in form.errors.values() for text in each]}
        return part(request, conversation, "task_form", context, status=422)
    words = _("Aufgabe angelegt") if is_new else _("Diese Aufgabe gibt es schon")
    return said(request, words, conversation=conversation)


def _choices(request: MemberRequest) -> dict[str, object]:
    kinds: dict[str, object] = {"kinds": Task.Kind.choices}
    return kinds | people_to_choose(request.member) | moments_to_choose(request)


def _make(request: MemberRequest, conversation: Conversation, form: TaskForm) -> bool:
    """Whether a task was made; none where the form has errors. Raises a Refusal."""
    if not form.is_valid():
        return False
    given, now = form.cleaned_data, timezone.now()
    due = (
        snoozing.moment_of(snoozing.Choice(given["due"]), request.practice, now, given["day"]) if given["due"] else now
    )
    _task, is_new = todo.create_task(
        conversation=conversation,
        kind=given["kind"],
        words=given["words"],
        due_at=due,
        to=assignee_for(given["to"], by=request.member),
        by=request.member,
        message=thread.one(conversation, given["message"]) if given["message"] else None,
    )
    return is_new


@require_http_methods(["POST", "DELETE"])
@sender_required
def completion(request: MemberRequest, task_id: UUID) -> HttpResponse:
    """POST is done, DELETE (a form without a script says reopen=1) still to be done."""
    task: Task = get_object_or_404(Task, pk=task_id)
    back = reverse("inbox:tasks", kwargs={"practice": request.practice.slug})
    if request.method == "DELETE" or "reopen" in request.POST:
        events = todo.reopen_task(task=task, by=request.member)
        return said(request, _("Aufgabe wieder offen"), events, conversation=task.conversation, then=back)
    events = todo.finish_task(task=task, by=request.member)
    return said(request, _("Aufgabe erledigt"), events, conversation=task.conversation, then=back)


def with_people(chosen: Any) -> Any:
    """With what a list of tasks shows, in one query."""
    return chosen.select_related("contact", "conversation", "assigned_to__user")


def shown_with_names(found: Iterable[Task]) -> list[Shown]:
    """Tasks that were read `with_people`, with whom they concern; a fixed number of queries."""
    listed = list(found)
    names = names_of([task.contact for task in listed], beside=listed)
    return [shown(task, names[task.contact_id]) for task in listed]


def shown(task: Task, person: Name | None = None) -> Shown:
    return Shown(
        pk=task.pk,
        conversation_id=task.conversation_id,
        person=person,
        kind=task.kind,
        words=task.words or "",
        due_at=task.due_at,
        is_due=task.due_at is not None and task.due_at <= timezone.now(),
        is_overdue=task.due_at is not None and task.due_at < timezone.now() - OVERDUE_AFTER,
        assigned=task.assigned_to.user.name if task.assigned_to else _role(task),
        is_done=task.done_at is not None,
    )


def _role(task: Task) -> str:
    return str(Role(task.assigned_role).label) if task.assigned_role else ""


def panel_section(conversation: Conversation, member: Member) -> dict[str, Any] | None:
    """What is still to be done for this person (templates/messaging/team/_panel_tasks.html); one query."""
    found = list(todo.open_tasks().filter(conversation=conversation).select_related("assigned_to__user"))
    warm(found)
    may_act = member.role in SENDERS
    return {"tasks": [shown(task) for task in found], "may_act": may_act} if found else None
