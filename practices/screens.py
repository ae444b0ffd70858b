"""Shield and quick switch: who has the screen. Outside /p/, since they belong to the session and not to a practice."""

from uuid import UUID

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from practices import logins, shield, workplace
from practices.access import ask_for_login, is_background, login_required, memberships_of, person_of, safe_path
from practices.forms import LoginForm
from practices.lockout import LimitsUnavailable
from practices.logins import Paused
from practices.models import User
from practices.pins import NoMoreTries
from practices.refusal import Refusal


@require_POST
@login_required
@transaction.non_atomic_requests
def raised(request: HttpRequest, person: User) -> HttpResponse:  # noqa: ARG001  login_required hands it over
    """Put the shield up. A browser without scripts sees it instead of the page it stood on."""
    shield.raise_over(request)
    if is_background(request):
        return HttpResponse(status=204)
    return redirect(_then(request, "/practices/"))


@sensitive_post_parameters("pin", "password")
@require_POST
@login_required
@transaction.non_atomic_requests
def lifted(request: HttpRequest, person: User) -> HttpResponse:
    """Take the shield away by PIN or password, and go on where one was."""
    try:
        shield.lift(request, person, pin=request.POST.get("pin", ""), password=request.POST.get("password", ""))
    except NoMoreTries:
        request.ended = "pin"  # type: ignore[attr-defined]  # the login says why it asks again
        return ask_for_login(request)
    except Refusal as refusal:
        return _not_lifted(request, person, refusal)
    except LimitsUnavailable:
        return render(request, "503.html", status=503)
    if is_background(request):
        return HttpResponse(status=204, headers={"HX-Trigger": "roger:shield-lifted"})
    return redirect(_then(request, logins.home_of(person.pk)))


@sensitive_post_parameters("pin", "password")
@require_http_methods(["GET", "POST"])
@transaction.non_atomic_requests
def people(request: HttpRequest) -> HttpResponse:
    """Who waits in this browser; a post gives one of them the screen by PIN."""
    if request.method == "GET":
        context = {"people": workplace.people_here(request), "next": safe_path(request.GET.get("next", ""))}
        return render(request, "practices/_people_here.html", context)
    wanted = _person_id(request)
    try:
        person = workplace.switch(request, wanted, request.POST.get("pin", ""))
    except Refusal as refusal:
        return _not_switched(request, wanted, refusal)
    except LimitsUnavailable:
        return render(request, "503.html", status=503)
    return workplace.remember(request, redirect(_theirs(person, _then(request, ""))))


def _person_id(request: HttpRequest) -> UUID:
    try:
        return UUID(request.POST.get("person", ""))
    except ValueError:
        return UUID(int=0)  # nobody's


def _not_lifted(request: HttpRequest, person: User, refusal: Refusal) -> HttpResponse:
    """The shield anew, with the reason."""
    if is_background(request):
        context = {"person": person, "error": refusal.for_person, "next": _then(request, "")}
        return render(request, "practices/_shield_form.html", context, status=422)
    status = 429 if isinstance(refusal, Paused) else 422
    return shield.answer(request, error=refusal.for_person, then=_then(request, ""), status=status)


def _not_switched(request: HttpRequest, wanted: UUID, refusal: Refusal) -> HttpResponse:
    """The page anew, with the reason at the person who was wanted: a PIN typed where the error shows is theirs. The
    shield for who is logged in, else the login."""
    people = workplace.people_here(request)
    wanted_here = next((one for one in people if one.pk == wanted), None)
    said = {"people": people, "people_error": refusal.for_person, "wanted": wanted_here}
    then = _then(request, "")
    if person_of(request) is None:
        return render(request, "practices/login.html", {"form": LoginForm(), "next": then, **said}, status=422)
    return shield.answer(request, then=then, status=422, said=said)


def _then(request: HttpRequest, otherwise: str) -> str:
    return safe_path(request.POST.get("next", "")) or otherwise


def _theirs(person: User, path: str) -> str:
    """Where somebody goes on who takes over the screen: where it was, if they work there too."""
    slugs = [membership.practice.slug for membership in memberships_of(person.pk)]
    is_theirs = any(path.startswith(f"/p/{slug}/") for slug in slugs)
    return path if is_theirs else logins.home_of(person.pk)
