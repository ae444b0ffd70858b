"""The inbox to look at: list, thread and the fragments the page asks for. GETs change nothing but the access log."""

from dataclasses import replace
from datetime import date
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from messaging import reading, templates
from messaging.inbox import listing, pages, searching, thread
from messaging.inbox.beginnings import page_number
from messaging.inbox.choosing import Tab, chosen
from messaging.inbox.composer import NOTHING_TYPED, OPEN, Typed
from messaging.inbox.persons import people_rows, person_of
from messaging.inbox.search_form import LONGEST_QUERY, Asked
from messaging.inbox.team_head import seen_by_another
from messaging.inbox.thread import Slice
from messaging.models import Conversation
from practices.access import MemberRequest, member_required
from practices.models import AccessLog
from practices.opening_hours import hours_of
from practices.sealed import warm


@require_safe
@member_required
def inbox(request: MemberRequest) -> HttpResponse:
    """The list with nothing chosen; with ?q= what a search finds."""
    query = request.GET.get("q", "").replace("\0", "").strip()[:LONGEST_QUERY]
    if query:
        return searching.results(request, Asked(query))
    context = pages.list_context(request, chosen(request), page_number(request))
    return render(request, "messaging/inbox.html", context)


@require_safe
@member_required
def rows(request: MemberRequest) -> HttpResponse:
    """The list alone; a later page of it comes to stand below the one before."""
    number = page_number(request)
    context = pages.rows_context(request, chosen(request), number)
    return render(request, f"messaging/{'_more_rows' if number > 1 else '_conversation_list'}.html", context)


@require_safe
@member_required
def row(request: MemberRequest, conversation_id: UUID) -> HttpResponse:
    conversation = get_object_or_404(listing.for_rows(Conversation.objects.all()), pk=conversation_id)
    [shown] = listing.rows_of([conversation], request.member)
    context = {
        "row": shown,
        "answer_minutes": listing.answer_minutes(request.practice),
        "hours": hours_of(request.practice),
        "opened": conversation_id if str(conversation_id) in request.headers.get("HX-Current-URL", "") else None,
    }
    return render(request, "messaging/_conversation_row.html", context)


@require_safe
@member_required
def seen_by(request: MemberRequest, conversation_id: UUID) -> HttpResponse:
    """Which colleague has seen what waits, for the head of an open thread: asked after each look, it reads little."""
    joined = Conversation.objects.select_related("contact", "seen_by__user")
    conversation = get_object_or_404(joined, pk=conversation_id)
    shown = {"pk": conversation_id, "team": {"seen": seen_by_another(conversation, request.member)}}
    return render(request, "messaging/team/_seen.html", {"conversation": shown})


@require_safe
@member_required
def tabs(request: MemberRequest) -> HttpResponse:
    """The counts, and the saved views with theirs, for whatever page shows them."""
    tab = request.GET.get("tab", "")
    views = pages.views_context(request, request.GET.get("view", ""))
    context = pages.tabs_context(request, tab if tab in Tab.values else "") | views
    return render(request, "messaging/_tabs.html", context)


@require_safe
@member_required
def open_thread(request: MemberRequest, conversation_id: UUID) -> HttpResponse:
    """A thread; asked by the list, only the pane. Who opened it is noted (Art. 5(2), peers 3.13)."""
    conversation = find(conversation_id)
    return show_thread(request, conversation, _asked_part(request, conversation))


def show_thread(
    request: MemberRequest,
    conversation: Conversation,
    part: Slice,
    typed: Typed = NOTHING_TYPED,
    *,
    status: int = 200,
    is_kept_open: bool = False,
) -> HttpResponse:
    """The pane with its panel for htmx, the whole page otherwise. `is_kept_open`: it was to be closed and is not.

    Every whole thread passes here: who sees it is noted, and an unusual look asks for its reason first.
    """
    rules = reading.rules_for(conversation, by=request.member)
    if rules:
        return ask_why(request, conversation, rules)
    reading.note(conversation, by=request.member)
    context = pages.thread_context(request, conversation, part, typed) | {"is_kept_open": is_kept_open}
    _read_templates(request, context)
    if is_fragment(request):
        return render(request, "messaging/_opened.html", context, status=status)
    whole = _around_thread(request, conversation) | context
    return render(request, "messaging/inbox.html", whole, status=status)


def ask_why(
    request: MemberRequest, conversation: Conversation, rules: list[reading.Rule], *, status: int = 200
) -> HttpResponse:
    """Nothing of the conversation but whose it is, and the reasons to press."""
    warm(people_rows(conversation.contact))
    asks = {
        "pk": conversation.pk,
        "name": person_of(conversation.contact).name,
        "rules": [str(rule) for rule in rules],
        "reasons": AccessLog.Reason.choices,
        "message": pages.asked_id(request, "message") or "",
    }
    if is_fragment(request):
        part = {"asks": asks, "conversation": None, "is_fragment": True}
        return render(request, "messaging/_asks_why.html", part, status=status)
    whole = _around_thread(request, conversation) | {"asks": asks}
    return render(request, "messaging/inbox.html", whole, status=status)


def kept_closed(request: MemberRequest, conversation_id: UUID, *, is_part: bool = True) -> HttpResponse | None:
    """For what belongs to a thread and is asked by itself: where to say why, if that is asked; None if it may be shown.

    Whoever asks for a part of a thread (`is_part`) without having opened it has opened it now.
    """
    if reading.was_opened(conversation_id, by=request.member):
        return None
    conversation = find(conversation_id)
    if not reading.rules_for(conversation, by=request.member):
        if is_part:
            reading.note(conversation, by=request.member)
        return None
    address = pages.thread_url(request, conversation_id)
    if is_fragment(request):
        return HttpResponse(status=409, headers={"HX-Redirect": address})
    return HttpResponseRedirect(address, status=303)


@require_safe
@member_required
def message(request: MemberRequest, conversation_id: UUID, message_id: UUID) -> HttpResponse:
    conversation = find(conversation_id)
    if closed := kept_closed(request, conversation_id):
        return closed
    found = thread.one(conversation, message_id)
    if found is None and is_fragment(request):
        return HttpResponse(headers={"HX-Reswap": "delete"})  # somebody took it back (messaging/undoing.py)
    if found is None:
        raise Http404
    context = pages.message_context(request, conversation, found, is_whole="whole" in request.GET)
    return render(request, "messaging/_message.html", context)


@require_safe
@member_required
def older(request: MemberRequest, conversation_id: UUID) -> HttpResponse:
    """What stands before ?before=, for the top of a thread that is open."""
    conversation = find(conversation_id)
    if closed := kept_closed(request, conversation_id):
        return closed
    cursor = pages.asked_id(request, "before")
    part = thread.before(conversation, cursor) if cursor else None
    if part is None:
        raise Http404
    return render(request, "messaging/_messages.html", pages.messages_context(request, conversation, part))


@require_safe
@member_required
def later(request: MemberRequest, conversation_id: UUID) -> HttpResponse:
    """What stands behind ?after=, for the bottom of a thread into whose middle somebody jumped."""
    conversation = find(conversation_id)
    if closed := kept_closed(request, conversation_id):
        return closed
    cursor = pages.asked_id(request, "after")
    part = thread.after(conversation, cursor) if cursor else None
    if part is None:
        raise Http404
    context = pages.messages_context(request, conversation, part)
    context |= {"latest_url": pages.thread_url(request, conversation.pk), "last_message": _furthest(part, cursor)}
    return render(request, "messaging/_later.html", context)


@require_safe
@member_required
def newer(request: MemberRequest, conversation_id: UUID) -> HttpResponse:
    """What came after ?after=, and what changed with it: head, and the composer if its gate is another. The panel is
    asked for once the page shows this: the message comes first."""
    conversation = find(conversation_id)
    if closed := kept_closed(request, conversation_id):
        return closed
    cursor = pages.asked_id(request, "after")
    part = thread.newer_than(conversation, cursor)
    context = pages.newer_context(request, conversation, part)
    context["last_message"] = _furthest(part, cursor)
    context["composer_changed"] = _is_another(request.GET.get("gate", ""), context["composer"].gate, conversation)
    if context["composer_changed"]:
        _read_templates(request, context)
    response = render(request, "messaging/_newer.html", context)
    next_part = "beside" if part.reaches_end else "conversation"
    response.headers["HX-Trigger-After-Settle"] = f"roger:{next_part}-{conversation.pk}"
    return response


@require_safe
@member_required
def beside(request: MemberRequest, conversation_id: UUID) -> HttpResponse:
    """The panel as it stands now."""
    conversation = find(conversation_id)
    if closed := kept_closed(request, conversation_id):
        return closed
    return render(request, "messaging/_beside.html", pages.beside_context(request, conversation))


def _is_another(shown: str, gate: str, conversation: Conversation) -> bool:
    """Whether the page shows another composer than it should: another gate, or one where a number was rung that may
    since be another's. At `identity` none is rung (_gate_ways.html)."""
    may_ring = gate not in OPEN and gate != "identity"
    return shown != gate or (may_ring and conversation.contact.identity_changed_at is not None)


def _read_templates(request: MemberRequest, context: pages.Context) -> None:
    """Whoever sees the template picker chooses among what WhatsApp says now (peers, pain 45).

    A GET may do this: it changes no row, it wakes the worker that would look at night anyway.
    """
    if context["composer"].gate == "window":
        templates.read_again_soon(request.practice.pk)


def find(conversation_id: UUID) -> Conversation:
    """A conversation of the practice in scope with the people in it. Raises Http404."""
    found: Conversation = get_object_or_404(Conversation.objects.with_people(), pk=conversation_id)
    return found


def is_fragment(request: HttpRequest) -> bool:
    """Whether a page that is open asks for a part; when it goes back in its history it needs the whole."""
    return "HX-Request" in request.headers and "HX-History-Restore-Request" not in request.headers


def _around_thread(request: MemberRequest, conversation: Conversation) -> pages.Context:
    """The list beside an open thread: what was chosen, else the tab on which the conversation stands."""
    choice = chosen(request)
    if "tab" not in request.GET and choice.view is None:
        choice = replace(choice, tab=listing.tab_of(conversation))
    return pages.list_context(request, choice, page_number(request)) | {"opened": conversation.pk}


def _asked_part(request: HttpRequest, conversation: Conversation) -> Slice:
    """The newest part; around ?message= (a search hit), from ?date= on, before ?before= (older ones without a
    script)."""
    hit, cursor = pages.asked_id(request, "message"), pages.asked_id(request, "before")
    day = _day(request.GET.get("date", ""))
    part = None
    if hit:
        part = thread.around(conversation, hit)
    elif day:
        part = thread.from_day(conversation, day)
    elif cursor:
        part = thread.before(conversation, cursor)
    return part or thread.latest(conversation)


def _day(written: str) -> date | None:
    try:
        return date.fromisoformat(written)
    except ValueError:
        return None


def _furthest(part: Slice, cursor: UUID | None) -> object:
    """Where the page goes on next time: the overlap of `newer_than` must never move it back."""
    last = part.last_arrived
    if cursor is not None and (last is None or last.pk < cursor):
        return {"pk": cursor}
    return last
