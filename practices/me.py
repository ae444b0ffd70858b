"""What each person settles for themselves: how the screen works for them, and their PIN."""

import json
from dataclasses import asdict, fields
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from practices import logins, pins
from practices.access import LEADERS, MemberRequest, member_required, role_required
from practices.actions import change_escalation
from practices.forms import EscalationForm, PinForm, PreferencesForm
from practices.lockout import LimitsUnavailable
from practices.preferences import Preferences, change_preferences, preferences_of
from practices.refusal import Refusal

SAVED = "saved"
LOOK = ("theme", "contrast")


@require_http_methods(["GET", "POST"])
@member_required
def me(request: MemberRequest) -> HttpResponse:
    """The page of one's own settings; a post keeps them."""
    if request.method == "GET":
        return _page(request)
    form = PreferencesForm(request.POST)
    if not form.is_valid():
        return _page(request, form=form, status=422)
    names = {each.name for each in fields(Preferences)}
    change_preferences(member=request.member, **{k: v for k, v in form.cleaned_data.items() if k in names})
    return _saved(request)


@require_POST
@member_required
def look(request: MemberRequest) -> HttpResponse:
    """Other colours or another contrast by one press (static/js/palette.js); all else stays as it was chosen."""
    chosen = {name: request.POST[name] for name in LOOK if name in request.POST}
    try:
        now = change_preferences(member=request.member, **chosen)
    except ValueError:
        return HttpResponse(status=400)
    if "HX-Request" not in request.headers:
        return _saved(request)
    event = {"roger:look": {name: getattr(now, name) for name in LOOK}}
    return HttpResponse(status=204, headers={"HX-Trigger": json.dumps(event)})


@sensitive_post_parameters("password", "pin", "again")
@require_POST
@member_required
def pin(request: MemberRequest) -> HttpResponse:
    """A new PIN, or none. The password is asked for: else whoever passes an open screen could choose it."""
    form = PinForm(request.POST)
    if not form.is_valid():
        return _page(request, pin_form=form, status=422)
    try:
        logins.check_password(request, request.user.email, form.cleaned_data["password"], is_known=True)
        if form.cleaned_data["pin"]:
            pins.set_pin(member=request.member, pin=form.cleaned_data["pin"])
        else:
            pins.remove_pin(member=request.member)
    except Refusal as refusal:
        form.add_error(None, refusal.for_person)
        return _page(request, pin_form=form, status=422)
    except LimitsUnavailable:
        return render(request, "503.html", status=503)
    return _saved(request)


@require_POST
@role_required(*LEADERS)
def escalation(request: MemberRequest) -> HttpResponse:
    """After how many minutes without an answer everybody at the practice hears of it, and then its owners by mail."""
    form = EscalationForm(request.POST)
    if not form.is_valid():
        return _page(request, escalation_form=form, status=422)
    change_escalation(practice=request.practice, minutes=form.cleaned_data["escalate_after"], by=request.member)
    return _saved(request)


def _saved(request: MemberRequest) -> HttpResponse:
    address = redirect("me:page", practice=request.practice.slug)
    address["Location"] += f"?{SAVED}=1"
    return address


def _page(request: MemberRequest, status: int = 200, **forms: Any) -> HttpResponse:
    chosen = asdict(preferences_of(request.member))
    context = {
        "tab": "",
        "area": "me",
        "form": PreferencesForm(initial=chosen),
        "pin_form": PinForm(),
        "escalation_form": EscalationForm(initial={"escalate_after": request.practice.escalate_after}),
        "may_escalate": request.member.role in LEADERS,
        "note": _("Gespeichert.") if SAVED in request.GET else "",
    }
    return render(request, "practices/me.html", context | forms, status=status)
