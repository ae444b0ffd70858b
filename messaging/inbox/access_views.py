"""Who looked: the month's sheet for those who lead the practice, and the list about one person. Pages to print."""

from datetime import date
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from consent.naming import name_of, with_names
from messaging.inbox.beginnings import page_number
from messaging.looks import RULES, Month, looks_at, sheet_of
from practices.access import LEADERS, MemberRequest, role_required
from practices.access_log import KEPT
from practices.audit import looked_at

AROUND = {"tab": "", "area": "consent", "section": "access"}


@require_safe
@role_required(*LEADERS)
def month(request: MemberRequest) -> HttpResponse:
    """A month of the access log; ?month=2026-11, by default the current one."""
    chosen, oldest, current = _month(request), _month_of(_oldest()), _month_of(timezone.localdate())
    looked_at("access_sheet", about=request.member, by=request.member)
    context = {
        "month": chosen,
        "previous_month": chosen.before if chosen.first > oldest.first else None,
        "next_month": chosen.after if chosen.first < current.first else None,
        "sheet": sheet_of(request.practice, chosen),
        "rules": RULES.values(),
        "made_at": timezone.now(),
    }
    return render(request, "practices/access/month.html", AROUND | context)


@require_safe
@role_required(*LEADERS)
def who_looked(request: MemberRequest, contact_id: UUID) -> HttpResponse:
    """Everybody who looked at anything of this person, as long as the log is kept."""
    contact = with_names([contact_id]).get(contact_id)
    if contact is None:
        raise Http404
    page = page_number(request)
    looks, has_more = looks_at(contact, request.practice, page=page)
    looked_at("who_looked", about=contact, by=request.member)
    context = {
        "contact": contact,
        "name": name_of(contact),
        "looks": looks,
        "next_page": page + 1 if has_more else None,
        "made_at": timezone.now(),
    }
    return render(request, "practices/access/who_looked.html", AROUND | context)


def _month(request: HttpRequest) -> Month:
    """The month in the address, as far back as is kept; one that is none, or has not begun, is the current one."""
    today = timezone.localdate()
    try:
        first = date.fromisoformat(f"{request.GET.get('month', '')}-01")
    except ValueError:
        first = today
    return _month_of(max(_oldest(), min(first, today)))


def _oldest() -> date:
    return timezone.localdate() - KEPT


def _month_of(day: date) -> Month:
    return Month(day.replace(day=1))
