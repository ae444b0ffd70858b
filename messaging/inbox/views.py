"""The inbox to look at: list, thread and the fragments the page asks for. GETs change nothing but the access log."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from messaging.inbox import listing, pages, searching, thread
from messaging.inbox.composer import NOTHING_TYPED, Typed
from messaging.inbox.listing import Order, Tab
from messaging.inbox.thread import Slice
from messaging.models import Conversation
from practices.access import MemberRequest, member_required
from practices.audit import looked_at

MOST_PAGES = 200


@require_safe
@member_required
def inbox(request: MemberRequest) -> HttpResponse:
    """The list with nothing chosen; with ?q= what a search finds."""
    query = request.GET.get("q", "").strip()
    if query:
        return searching.results(request, query)
    context = pages.list_context(request, chosen_tab(request), chosen_order(request), page_number(request))
    return render(request, "messaging/inbox.html", context)


@require_safe
@member_required
def rows(request: MemberRequest) -> HttpResponse:
    """The list alone; a later page of it comes to stand below the one before."""
    number = page_number(request)
    context = pages.list_context(request, chosen_tab(request), chosen_order(request), number)
    return render(request, f"messaging/{'_more_rows' if number > 1 else '_conversation_list'}.html", context)


@require_safe
@member_required
def row(request: MemberRequest, conversation_id: UUID) -> HttpResponse:
    conversation = get_object_or_404(listing.for_rows(Conversation.objects.all()), pk=conversation_id)
    [shown] = listing.rows_of([conversation])
    opened = conversation_id if str(conversation_id) in request.headers.get("HX-Current-URL", "") else None
    context = {"row": shown, "answer_minutes": listing.answer_minutes(request.practice), "opened": opened}
    return render(request, "messaging/_conversation_row.html", context)


@require_safe
@member_required
def tabs(request: MemberRequest) -> HttpResponse:
    """The counts, for whatever page shows them."""
    chosen = request.GET.get("tab", "")
    context = pages.tabs_context(chosen if chosen in Tab.values else "")
    return render(request, "messaging/_tabs.html", context)


@require_safe
@member_required
def open_thread(request: MemberRequest, conversation_id: UUID) -> HttpResponse:
    """A thread; asked by the list, only the pane. Who opened it is noted (Art. 5(2), peers 3.13)."""
    conversation = find(conversation_id)
    part = _asked_part(request, conversation)
    looked_at("conversation", about=conversation, by=request.member)
    return show_thread(request, conversation, part)


def show_thread(
    request: MemberRequest,
    conversation: Conversation,
    part: Slice,
    typed: Typed = NOTHING_TYPED,
    *,
    status: int = 200,
    is_kept_open: bool = False,
) -> HttpResponse:
    """The pane with its panel for htmx, the whole page otherwise. `is_kept_open`: it was to be closed and is not."""
    context = pages.thread_context(request, conversation, part, typed) | {"is_kept_open": is_kept_open}
    if is_fragment(request):
        return render(request, "messaging/_opened.html", context, status=status)
    whole = _around_thread(request, conversation) | context
    return render(request, "messaging/inbox.html", whole, status=status)


@require_safe
@member_required
def message(request: MemberRequest, conversation_id: UUID, message_id: UUID) -> HttpResponse:
    conversation = find(conversation_id)
    found = thread.one(conversation, message_id)
    if found is None and is_fragment(request):
        return HttpResponse(headers={"HX-Reswap": "delete"})  # somebody took it back (messaging/undoing.py)
    if found is None:
        raise Http404
    return render(request, "messaging/_message.html", pages.message_context(request, conversation, found))


@require_safe
@member_required
def older(request: MemberRequest, conversation_id: UUID) -> HttpResponse:
    """What stands before ?before=, for the top of a thread that is open."""
    conversation = find(conversation_id)
    cursor = _uuid(request, "before")
    part = thread.before(conversation, cursor) if cursor else None
    if part is None:
        raise Http404
    return render(request, "messaging/_messages.html", pages.messages_context(request, conversation, part))


@require_safe
@member_required
def newer(request: MemberRequest, conversation_id: UUID) -> HttpResponse:
    """What came after ?after=, and what changed with it: head, panel, and the composer if its gate is another."""
    conversation = find(conversation_id)
    cursor = _uuid(request, "after")
    part = thread.newer_than(conversation, cursor)
    context = pages.thread_context(request, conversation, part)
    context["last_message"] = _furthest(part, cursor)
    context["composer_changed"] = request.GET.get("gate", "") != context["composer"].gate
    response = render(request, "messaging/_newer.html", context)
    if not part.reaches_end:  # the page asks for the rest once it shows this
        response.headers["HX-Trigger-After-Settle"] = f"roger:conversation-{conversation.pk}"
    return response


def find(conversation_id: UUID) -> Conversation:
    """A conversation of the practice in scope with the people in it. Raises Http404."""
    found: Conversation = get_object_or_404(Conversation.objects.with_people(), pk=conversation_id)
    return found


def is_fragment(request: HttpRequest) -> bool:
    """Whether a page that is open asks for a part; when it goes back in its history it needs the whole."""
    return "HX-Request" in request.headers and "HX-History-Restore-Request" not in request.headers


def chosen_tab(request: HttpRequest) -> Tab:
    wanted = request.GET.get("tab", "")
    return Tab(wanted) if wanted in Tab.values else Tab.WAITING


def chosen_order(request: HttpRequest) -> Order:
    wanted = request.GET.get("order", "")
    return Order(wanted) if wanted in Order.values else Order.LONGEST


def page_number(request: HttpRequest) -> int:
    wanted = request.GET.get("page", "")
    return min(max(1, int(wanted)), MOST_PAGES) if wanted.isascii() and wanted.isdigit() and len(wanted) < 6 else 1


def _around_thread(request: MemberRequest, conversation: Conversation) -> pages.Context:
    """The list beside an open thread: the tab that was chosen, else the one the conversation stands on."""
    tab = chosen_tab(request) if "tab" in request.GET else _tab_of(conversation)
    beside = pages.list_context(request, tab, chosen_order(request), page_number(request))
    return beside | {"opened": conversation.pk}


def _tab_of(conversation: Conversation) -> Tab:
    if conversation.closed_at is not None:
        return Tab.DONE
    return Tab.WAITING if conversation.waiting_since else Tab.OPEN


def _asked_part(request: HttpRequest, conversation: Conversation) -> Slice:
    """The newest part; around ?message= (a search hit), before ?before= (older ones without a script)."""
    hit, cursor = _uuid(request, "message"), _uuid(request, "before")
    part = thread.around(conversation, hit) if hit else thread.before(conversation, cursor) if cursor else None
    return part or thread.latest(conversation)


def _furthest(part: Slice, cursor: UUID | None) -> object:
    """Where the page goes on next time: the overlap of `newer_than` must never move it back."""
    last = part.last_arrived
    if cursor is not None and (last is None or last.pk < cursor):
        return {"pk": cursor}
    return last


def _uuid(request: HttpRequest, name: str) -> UUID | None:
    try:
        return UUID(request.GET.get(name, ""))
    except ValueError:
        return None
