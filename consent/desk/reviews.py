"""What somebody should look at about consent (consent/reviews.py)."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from consent.reviews import reviews_of
from practices.access import SENDERS, MemberRequest, role_required
from practices.audit import looked_at


@require_safe
@role_required(*SENDERS)
def reviews(request: MemberRequest) -> HttpResponse:
    looked_at("consent_reviews", about=request.member, by=request.member)
    context = {"tab": "", "area": "consent", "section": "reviews", "reviews": reviews_of(timezone.now())}
    return render(request, "consent/desk/reviews.html", context)
