"""Lifting the block of a number: one page with one question. One that was taken for a wrong number begins anew."""

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from consent.naming import name_of, number_of, with_names
from consent.wrong_numbers import release_number
from patients.actions import unblock
from patients.models import BlockReason
from practices.access import LEADERS, MemberRequest, role_required, safe_path
from practices.audit import looked_at
from practices.told import leads_to

BLOCKED_BY_STAFF = frozenset(BlockReason) - {BlockReason.WRONG_NUMBER}


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(*LEADERS)
def release(request: MemberRequest, contact_id: UUID) -> HttpResponse:
    """Asks whether the block shall end, and what that means; a POST ends it. ?back= is the page one came from."""
    contact = with_names([contact_id]).get(contact_id)
    if contact is None:
        raise Http404
    person = reverse("consent:person", kwargs={"practice": request.practice.slug, "contact_id": contact.pk})
    if request.method == "POST":
        end_block = unblock if contact.blocked_reason in BLOCKED_BY_STAFF else release_number
        end_block(contact=contact, by=request.member)
        return leads_to(request, safe_path(request.POST.get("back", "")) or person, _("Sperre aufgehoben"))
    looked_at("number_release", about=contact, by=request.member)
    context = {
        "tab": "",
        "area": "consent",
        "section": "",
        "contact": contact,
        "name": name_of(contact),
        "number": number_of(contact),
        "keeps_consent": contact.blocked_reason in BLOCKED_BY_STAFF,
        "back": safe_path(request.GET.get("back", "")) or person,
    }
    return render(request, "consent/desk/release.html", context)
