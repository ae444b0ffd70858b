"""The end of a shift: what is open, urgent, comes back tomorrow, is due; and one press to hand it on."""

from collections.abc import Sequence
from datetime import timedelta

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from messaging.inbox.beginnings import Beginning, beginning_of
from messaging.inbox.deeds import sender_required
from messaging.inbox.listing import Row, for_rows, rows_of
from messaging.inbox.team_answers import sentence_of
from messaging.inbox.team_deeds import READS, chosen_person, people_to_choose
from messaging.inbox.team_forms import AssignmentForm
from messaging.inbox.team_tasks import shown_with_names, with_people
from messaging.models import Conversation, ConversationQuerySet, Mention
from messaging.teamwork import todo
from messaging.teamwork.colleagues import Assignee
from messaging.teamwork.handover import Mine, hand_over_all, mine_of
from messaging.teamwork.openings import first_opening
from messaging.teamwork.undoing import ticket_for
from practices.access import MemberRequest, member_required
from practices.refusal import Refusal

MOST_SHOWN = (
    1_000  # of each part: beyond what anybody reads, so that a page can be made at all; it says if there are more
)


@require_http_methods(READS)
@sender_required
def handover(request: MemberRequest) -> HttpResponse:
    """The list to read or print; a POST gives all that is mine to somebody, with a word about it. It asks first, naming
    how much that is, and once more where it is another number by then."""
    if request.method != "POST":
        return _page(request)
    try:
        to, note = chosen_person(AssignmentForm(request.POST), request.member)
        if to.member == request.member or not to.name:
            return _page(request, errors=[_("Bitte wählen Sie, wer übernimmt.")])
        return _hand_over(request, to, note)
    except Refusal as refusal:
        return _page(request, errors=[sentence_of(refusal)])


def _hand_over(request: MemberRequest, to: Assignee, note: str) -> HttpResponse:
    """Asks, or does it and says so with the way back. Raises a Refusal."""
    mine = mine_of(request.member)
    sure = f"{mine.conversations}-{mine.tasks}"
    if request.POST.get("sure") != sure:
        asked = {"what": _in_words(mine), "to": request.POST["to"], "name": to.name, "note": note, "sure": sure}
        return _page(request, asked=asked)
    events = hand_over_all(to=to, by=request.member, note=note)
    handed = {"what": _in_words(mine), "name": to.name, "ticket": ticket_for(events, request.member)}
    return _page(request, handed=handed)


def _in_words(mine: Mine) -> str:
    """ "12 Unterhaltungen und 1 Aufgabe"; what there is none of is left out."""
    conversations = ngettext("%(count)d Unterhaltung", "%(count)d Unterhaltungen", mine.conversations)
    tasks = ngettext("%(count)d Aufgabe", "%(count)d Aufgaben", mine.tasks)
    told = [words % {"count": count} for words, count in ((conversations, mine.conversations), (tasks, mine.tasks))]
    if mine.conversations and mine.tasks:
        return _("%(conversations)s und %(tasks)s") % {"conversations": told[0], "tasks": told[1]}
    return told[0] if mine.conversations else told[1]


def _page(request: MemberRequest, *, errors: Sequence[str] = (), **said: dict[str, str]) -> HttpResponse:
    """`said`: `asked` before it is done, `handed` afterwards."""
    context = _open_work(request) | people_to_choose(request.member) | said
    context |= {"errors": errors, "at": timezone.now(), "team_page": "handover"}
    mine = mine_of(request.member)
    context["mine_in_words"] = _in_words(mine) if mine else ""
    return render(request, "messaging/team/handover.html", context, status=422 if errors else 200)


def _open_work(request: MemberRequest) -> dict[str, object]:
    member, now = request.member, timezone.now()
    still_open = Conversation.objects.open()
    back_by = first_opening(request.practice, timezone.localdate(now) + timedelta(days=1)) + timedelta(hours=12)
    shown = still_open.filter(Q(snoozed_until=None) | Q(snoozed_until__lte=now))
    waiting = shown.awaiting_reply().exclude(assigned_to=member)
    due = todo.open_tasks().filter(Q(due_at=None) | Q(due_at__lte=back_by))
    coming_back = still_open.filter(snoozed_until__gt=now, snoozed_until__lte=back_by)
    return {
        "urgent": _rows(shown.not_blocked().exclude(urgent_at=None).order_by("urgent_at", "pk")),
        "mine": _rows(still_open.filter(assigned_to=member).order_by("waiting_since", "pk")),
        "waiting": _rows(waiting.order_by("waiting_since", "pk")),
        "coming_back": _rows(coming_back.order_by("snoozed_until")),
        "tasks": beginning_of(with_people(due), shown_with_names, most=MOST_SHOWN),
    }


def _rows(chosen: ConversationQuerySet) -> Beginning[Row]:
    return beginning_of(for_rows(chosen), rows_of, most=MOST_SHOWN)


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
