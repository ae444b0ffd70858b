"""The pages behind the list: saved views, and the practice's urgent words."""

from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from django.http import HttpResponse
from django.shortcuts import render

from messaging.inbox.choosing import chosen, views_of
from messaging.inbox.list_forms import UrgentWordsForm, ViewForm
from messaging.models import SavedView, UrgencyList
from messaging.urgency import HOUSE_LIST, current_words
from practices.access import LEADERS, MemberRequest
from practices.sealed import warm

VERSIONS = 50  # that the page tells of; the trail has all


@dataclass(frozen=True)
class ShownView:
    """One view on the page of all (templates/messaging/saved_views.html)."""

    view: SavedView
    form: ViewForm
    is_mine: bool
    can_change: bool


@dataclass(frozen=True)
class ShownVersion:
    """One version of the urgent words: who, when, and what was different from the one before."""

    number: int
    at: datetime
    by: str
    added: list[str]
    removed: list[str]


def views_page(
    request: MemberRequest, form: ViewForm | None = None, *, changing: ViewForm | None = None, status: int = 200
) -> HttpResponse:
    """With `form` the choice of the request could not be kept; with `changing` that one view's new name."""
    views = views_of(request.member)
    warm(views)
    context = {
        "tab": "",
        "views": [_shown_view(view, request, changing) for view in views],
        "form": form,
        "choice": chosen(request, request.POST) if form else None,
    }
    return render(request, "messaging/saved_views.html", context, status=status)


def _shown_view(view: SavedView, request: MemberRequest, changing: ViewForm | None) -> ShownView:
    prefix, is_mine = str(view.pk), view.owner_id == request.member.pk
    form = changing if changing and changing.prefix == prefix else ViewForm(prefix=prefix, initial={"name": view.name})
    return ShownView(view, form, is_mine, is_mine or request.member.role in LEADERS)


def urgent_words_page(
    request: MemberRequest, form: UrgentWordsForm | None = None, *, status: int = 200
) -> HttpResponse:
    """The list that holds, to be changed, and the versions before it."""
    words = current_words()
    context = {
        "tab": "",
        "form": form or UrgentWordsForm(initial={"words": "\n".join(words.listed)}),
        "version": words.version,
        "versions": _versions(),
        "house_list": "\n".join(HOUSE_LIST),
        "is_house_list": words.listed == HOUSE_LIST,
    }
    return render(request, "messaging/urgent_words.html", context, status=status)


def _versions() -> list[ShownVersion]:
    """The newest first, each compared with the one before it; the first with the house list."""
    rows = list(UrgencyList.objects.select_related("changed_by__user").order_by("-version")[: VERSIONS + 1])
    before_all = [] if len(rows) > VERSIONS else [UrgencyList(version=0, words=list(HOUSE_LIST))]
    return [_shown_version(newer, older) for newer, older in pairwise([*rows, *before_all])]


def _shown_version(newer: UrgencyList, older: UrgencyList) -> ShownVersion:
    return ShownVersion(
        number=newer.version,
        at=newer.created_at,
        by=newer.changed_by.user.name if newer.changed_by else "",
        added=[word for word in newer.words if word not in older.words],
        removed=[word for word in older.words if word not in newer.words],
    )
