"""The owner's page: consent in figures, and whether the register is whole."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from consent.checkpoints import fingerprint
from consent.ledger_status import ledger_status
from consent.overview import overview_of
from practices.access import LEADERS, MemberRequest, member_required


@require_safe
@member_required
def overview(request: MemberRequest) -> HttpResponse:
    status = ledger_status(request.practice)
    public = status.checkpoint.public_key if status.checkpoint else None
    context = {
        "tab": "",
        "area": "consent",
        "section": "overview",
        "overview": overview_of(timezone.now()),
        "ledger": status,
        "fingerprint": fingerprint(bytes(public)) if public else "",
        "may_look": request.member.role in LEADERS,
    }
    return render(request, "consent/desk/overview.html", context)
