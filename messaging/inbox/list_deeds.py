"""What people set up for the list and beside it: its order, saved views, the words that lift a conversation, and
whether the panel is folded away."""

from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from messaging import saved_views
from messaging.inbox import list_pages
from messaging.inbox.choosing import Order, chosen, visible_views
from messaging.inbox.list_forms import UrgentWordsForm, ViewForm
from messaging.models import Conversation, SavedView
from messaging.urgency import change_urgent_words
from practices.access import LEADERS, MemberRequest, member_required, refuse, role_required
from practices.preferences import change_preferences
from practices.refusal import Refusal
from practices.told import leads_to

leader_required = role_required(*LEADERS)


@require_POST
@member_required
def order(request: MemberRequest) -> HttpResponse:
    """Sort the list from now on; back to the same choice, and to the thread that was open."""
    wanted = request.POST.get("order", "")
    if wanted in Order.values:
        change_preferences(member=request.member, order=wanted)
    return HttpResponseRedirect(f"{_page_of(request)}?{chosen(request, request.POST).query}", status=303)


@require_POST
@member_required
def panel(request: MemberRequest) -> HttpResponse:
    """Keep the patient panel folded away, or open, wherever this person works next."""
    change_preferences(member=request.member, panel_folded=request.POST.get("state") == "closed")
    return HttpResponse(status=204)


def _page_of(request: MemberRequest) -> str:
    """The thread the form stood beside, else the list."""
    here = {"practice": request.practice.slug}
    try:
        pk = UUID(request.POST.get("conversation", ""))
    except ValueError:
        return reverse("inbox:list", kwargs=here)
    conversation = get_object_or_404(Conversation, pk=pk)
    return reverse("inbox:thread", kwargs=here | {"conversation_id": conversation.pk})


# ── saved views ──


@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def views(request: MemberRequest) -> HttpResponse:
    """All views one may see, to tidy up; a POST keeps the choice that came along under a name, and shows it."""
    if request.method != "POST":
        return list_pages.views_page(request)
    form = ViewForm(request.POST)
    if not form.is_valid():
        return list_pages.views_page(request, form, status=422)
    said, choice = form.cleaned_data, chosen(request, request.POST)
    try:
        view = saved_views.save_view(
            name=said["name"], filters=choice.filters, shared=said["shared"], by=request.member
        )
    except Refusal as refusal:
        form.add_error("name", refusal.for_person)
        return list_pages.views_page(request, form, status=422)
    address = reverse("inbox:list", kwargs={"practice": request.practice.slug})
    return leads_to(request, f"{address}?{urlencode({'view': view.pk})}", _("Ansicht gespeichert"))


@require_POST
@member_required
def rename_view(request: MemberRequest, view_id: UUID) -> HttpResponse:
    view = _own_or_shared(request, view_id)
    if view.owner_id is None and request.member.role not in LEADERS:
        return refuse(request)
    form = ViewForm(request.POST, prefix=str(view.pk))
    if not form.is_valid():
        return list_pages.views_page(request, changing=form, status=422)
    saved_views.rename_view(view=view, name=form.cleaned_data["name"], by=request.member)
    return _back_to_views(request, _("Ansicht umbenannt"))


@require_POST
@member_required
def share_view(request: MemberRequest, view_id: UUID) -> HttpResponse:
    """One's own becomes everybody's."""
    view = get_object_or_404(SavedView, pk=view_id, owner=request.member)
    try:
        saved_views.share_view(view=view, by=request.member)
    except Refusal as refusal:
        form = ViewForm({f"{view.pk}-name": view.name}, prefix=str(view.pk))
        form.add_error("name", refusal.for_person)
        return list_pages.views_page(request, changing=form, status=422)
    return _back_to_views(request, _("Ansicht mit dem Team geteilt"))


@require_POST
@member_required
def delete_view(request: MemberRequest, view_id: UUID) -> HttpResponse:
    """One's own, or as somebody who leads the practice a shared one."""
    view = _own_or_shared(request, view_id)
    if view.owner_id is None and request.member.role not in LEADERS:
        return refuse(request)
    saved_views.delete_view(view=view, by=request.member)
    return _back_to_views(request, _("Ansicht gelöscht"))


def _own_or_shared(request: MemberRequest, view_id: UUID) -> SavedView:
    found: SavedView = get_object_or_404(visible_views(request.member), pk=view_id)
    return found


def _back_to_views(request: MemberRequest, words: str) -> HttpResponse:
    return leads_to(request, reverse("inbox:views", kwargs={"practice": request.practice.slug}), words)


# ── urgent words ──


@require_http_methods(["GET", "HEAD", "POST"])
@leader_required
def urgent_words(request: MemberRequest) -> HttpResponse:
    """The words that lift a conversation, with every version there was."""
    if request.method != "POST":
        return list_pages.urgent_words_page(request)
    form = UrgentWordsForm(request.POST)
    if not form.is_valid():
        return list_pages.urgent_words_page(request, form, status=422)
    version = change_urgent_words(words=form.cleaned_data["words"], by=request.member)
    words = _("Wörter gespeichert") if version else _("Nichts geändert: Diese Wörter gelten schon")
    return leads_to(request, reverse("inbox:urgent_words", kwargs={"practice": request.practice.slug}), words)
