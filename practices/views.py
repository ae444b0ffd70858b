"""Logging in and out. ATOMIC_REQUESTS is off here: what was refused is recorded although nothing else happens."""

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from practices import logins, pins, sessions, shield, workplace
from practices.access import login_required, memberships_of, person_of, safe_path
from practices.forms import CodeForm, LoginForm
from practices.lockout import PAUSE_SECONDS, LimitsUnavailable
from practices.logins import Paused
from practices.models import User
from practices.refusal import Refusal

CLEAR_SITE_DATA = '"cache", "cookies", "storage"'
CLEAR_BESIDE_COOKIES = '"cache", "storage"'


@require_GET
@transaction.non_atomic_requests
def home(request: HttpRequest) -> HttpResponse:
    person = person_of(request)
    return redirect(logins.home_of(person.id) if person else "practices:login")


@sensitive_post_parameters("password", "otp_token")
@require_http_methods(["GET", "POST"])
@transaction.non_atomic_requests
def login(request: HttpRequest) -> HttpResponse:
    """Takes the post of both steps; browsers are led to /login/code/ for the second."""
    if request.method == "POST":
        return enter_code(request) if "otp_token" in request.POST else enter_password(request)
    person = person_of(request)
    if person and not shield.is_up(sessions.store_of(request)):
        return redirect(logins.home_of(person.id))
    return _password_page(request, LoginForm())


@sensitive_post_parameters("otp_token")
@require_http_methods(["GET", "POST"])
@transaction.non_atomic_requests
def login_code(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        return enter_code(request)
    if logins.halfway(request) is None:
        return redirect("practices:login")
    return _code_page(request, CodeForm())


def enter_password(request: HttpRequest) -> HttpResponse:
    """The first step: the same answers, after the same work, for accounts that exist and that do not."""
    form = LoginForm(request.POST)
    if not form.is_valid():
        return _password_page(request, form, status=422)
    try:
        user = logins.check_password(request, form.cleaned_data["username"], form.cleaned_data["password"])
    except Refusal as refusal:
        form.add_error(None, refusal.for_person)
        return _password_page(request, form, status=_status_of(refusal))
    except LimitsUnavailable:
        return render(request, "503.html", status=503)
    logins.begin(request, user, then=safe_path(request.POST.get("next", "")))
    return redirect("practices:login_code")


def enter_code(request: HttpRequest) -> HttpResponse:
    """The second step, within five minutes of the first."""
    user = logins.halfway(request)
    if user is None:
        return redirect("practices:login")
    form = CodeForm(request.POST)
    if not form.is_valid():
        return _code_page(request, form, status=422)
    try:
        device = logins.check_code(request, user, form.cleaned_data["otp_token"])
        return workplace.remember(request, redirect(logins.finish(request, user, device)))
    except Refusal as refusal:
        form.add_error(None, refusal.for_person)
        return _code_page(request, form, status=_status_of(refusal))
    except LimitsUnavailable:
        return render(request, "503.html", status=503)


@require_POST
@transaction.non_atomic_requests
def logout(request: HttpRequest) -> HttpResponse:
    """End the session and let the browser forget what it holds of us (ASVS 14.3.1), but not the way back of others."""
    logins.end(request)
    response = redirect("practices:login")
    response.headers["Clear-Site-Data"] = CLEAR_BESIDE_COOKIES if workplace.is_shared(request) else CLEAR_SITE_DATA
    return response


@require_GET
@login_required
@transaction.non_atomic_requests
def choose_practice(request: HttpRequest, person: User) -> HttpResponse:
    return render(request, "practices/choose_practice.html", {"memberships": memberships_of(person.id)})


def _password_page(request: HttpRequest, form: LoginForm, *, status: int = 200) -> HttpResponse:
    asked = request.POST if request.method == "POST" else request.GET
    context: dict[str, object] = {"form": form, "next": safe_path(asked.get("next", ""))}
    context["people"] = workplace.people_here(request)
    if "idle" in request.GET:
        context["note"] = _("Sie waren zehn Minuten nicht aktiv. Bitte melden Sie sich wieder an.")
    elif "pin" in request.GET:
        context["note"] = pins.no_more_tries().for_person
    return _page(request, "practices/login.html", context, status)


def _code_page(request: HttpRequest, form: CodeForm, *, status: int = 200) -> HttpResponse:
    return _page(request, "practices/login_code.html", {"form": form}, status)


def _page(request: HttpRequest, template: str, context: dict[str, object], status: int) -> HttpResponse:
    response = render(request, template, context, status=status)
    if status == 429:
        response.headers["Retry-After"] = str(PAUSE_SECONDS)
    return response


def _status_of(refusal: Refusal) -> int:
    return 429 if isinstance(refusal, Paused) else 422
