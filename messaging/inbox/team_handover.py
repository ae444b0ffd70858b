"""The end of a shift: what is open, urgent, comes back tomorrow, is due; and one press to hand it on."""

from datetime import timedelta

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from messaging.inbox.deeds import sender_required
from messaging.inbox.listing import Row, for_rows, rows_of
from messaging.inbox.team_answers import said, sentence_of
from messaging.inbox.team_deeds import READS, chosen_person, people_to_choose
from messaging.inbox.team_forms import AssignmentForm
from messaging.inbox.team_tasks import shown_with_names, with_people
from messaging.models import Conversation, ConversationQuerySet, Mention
from messaging.teamwork import todo
from messaging.teamwork.handover import hand_over_all
from messaging.teamwork.openings import first_opening
from practices.access import MemberRequest, member_required
from practices.refusal import Refusal

MOST_SHOWN = 50


@require_http_methods(READS)
@sender_required
def handover(request: MemberRequest) -> HttpResponse:
    """The list to read or print; a POST gives all that is mine to somebody, with a word about it."""
    if request.method != "POST":
        return _page(request)
    try:
        to, note = chosen_person(AssignmentForm(request.POST), request.member)
        if to.member == request.member or not to.name:
            return _page(request, [_("Bitte wählen Sie, wer übernimmt.")])
        events = hand_over_all(to=to, by=request.member, note=note)
    except Refusal as refusal:
        return _page(request, [sentence_of(refusal)])
    words = ngettext("%(count)d Unterhaltung übergeben", "%(count)d Unterhaltungen übergeben", len(events))
    then = reverse("inbox:handover", kwargs={"practice": request.practice.slug})
    return said(request, words % {"count": len(events)}, events, then=then)


def _page(request: MemberRequest, errors: list[str] | None = None) -> HttpResponse:
    member, now = request.member, timezone.now()
    still_open = Conversation.objects.open()
    back_by = first_opening(request.practice, timezone.localdate(now) + timedelta(days=1)) + timedelta(hours=12)
    shown = still_open.filter(Q(snoozed_until=None) | Q(snoozed_until__lte=now))
    waiting = shown.awaiting_reply().exclude(assigned_to=member)
    mine = still_open.filter(assigned_to=member)
    due = todo.open_tasks().filter(Q(due_at=None) | Q(due_at__lte=back_by))
    context = {
        "urgent": _rows(shown.not_blocked().exclude(urgent_at=None).order_by("urgent_at", "pk")),
        "mine": _rows(mine.order_by("waiting_since", "pk")),
        "waiting": _rows(waiting.order_by("waiting_since", "pk")),
        "coming_back": _rows(
            still_open.filter(snoozed_until__gt=now, snoozed_until__lte=back_by).order_by("snoozed_until")
        ),
        "tasks": shown_with_names(with_people(due)[:MOST_SHOWN]),
        "has_mine": mine.exists() or todo.open_tasks().filter(assigned_to=member).exists(),
        "at": now,
        "errors": errors or [],
        "team_page": "handover",
    }
    status = 422 if errors else 200
    return render(request, "messaging/team/handover.html", context | people_to_choose(member), status=status)


def _rows(chosen: ConversationQuerySet) -> list[Row]:
    return rows_of(for_rows(chosen)[:MOST_SHOWN])


@require_safe
@member_required
def counts(request: MemberRequest) -> HttpResponse:
    """How many tasks and mentions are mine, for the rail of every page."""
    context = {
        "open_tasks": todo.for_member(todo.open_tasks(), request.member).count(),
        "unseen": Mention.objects.filter(member=request.member, seen_at=None).count(),
        "team_page": request.GET.get("page", ""),
    }
    return render(request, "messaging/team/_rail.html", context)
