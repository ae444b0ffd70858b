"""/p/<practice>/kiosk/: what a tablet at the desk shows. No login, no link, nothing to type but the code that pairs it.

The page stays without network (static/js/kiosk.js, templates/consent/kiosk_worker.js); it holds nothing of a person.
"""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from consent.doors import qr_url
from consent.kiosks import SHELL, code_on, kiosk_behind, note_seen, one_line_each, pair, screen_version
from consent.limits import MISSES_PER_ADDRESS, LimitsUnavailable, network_of
from consent.models import Kiosk
from consent.qr_images import qr_svg
from practices.access import PracticeRequest, for_no_member

COOKIE_SECONDS = 400 * 86400  # the longest browsers allow; each look at the page begins it anew
SHOWN = "X-Roger-Kiosk"  # tells the worker that this is the screen, to be kept for times without network


@require_http_methods(["GET", "HEAD", "POST"])
@for_no_member
def kiosk(request: PracticeRequest) -> HttpResponse:
    if request.method == "POST":
        return _pair(request)
    shown = _paired(request)
    return _screen(request, shown) if shown else _ask_for_code(request)


@csrf_exempt  # the tablet's own cookie is SameSite=Strict, and the deed is a time of day
@require_POST
@for_no_member
def state(request: PracticeRequest) -> HttpResponse:
    """Whether the screen is still the one to show: 204, or the version of another one, or 410 when it is over."""
    shown = _paired(request)
    if shown is None:
        return HttpResponse(status=410)
    note_seen(shown)
    version = screen_version(request.practice, code_on(shown), one_line_each())
    return HttpResponse(status=204) if request.POST.get("version") == version else JsonResponse({"version": version})


@require_safe
@for_no_member
def worker(request: PracticeRequest) -> HttpResponse:
    """The service worker. Its folder is its scope: it never sees another page."""
    page = _address(request)
    context = {"page": page, "files": [static(name) for name in SHELL], "header": SHOWN}
    answer = render(request, "consent/kiosk_worker.js", context, content_type="text/javascript; charset=utf-8")
    answer["Cache-Control"] = "no-cache"
    return answer


# ── the screen ──


def _paired(request: PracticeRequest) -> Kiosk | None:
    token = request.COOKIES.get(settings.KIOSK_COOKIE_NAME, "")
    return kiosk_behind(token, request.practice) if token else None


def _screen(request: PracticeRequest, shown: Kiosk) -> HttpResponse:
    """In German whatever the tablet prefers, with one line each for the others."""
    code, lines = code_on(shown), one_line_each()
    version = screen_version(request.practice, code, lines)
    context = {
        "practice": request.practice,
        "qr_svg": qr_svg(qr_url(code)) if code else "",
        "languages": lines,
        "version": version,
        "state_url": reverse("consent:kiosk_state", args=[request.practice.slug]),
        "worker_url": reverse("consent:kiosk_worker", args=[request.practice.slug]),
    }
    with override("de"):
        answer = render(request, "consent/kiosk.html", context)
    answer[SHOWN] = version
    _hand_cookie(request, answer, request.COOKIES[settings.KIOSK_COOKIE_NAME])
    return answer


# ── pairing ──


def _pair(request: PracticeRequest) -> HttpResponse:
    try:
        if MISSES_PER_ADDRESS.is_reached(network_of(request)):
            return _ask_for_code(request, _("Zu viele Versuche. Bitte warten Sie eine Minute."), status=429)
        token = pair(practice=request.practice, typed=request.POST.get("code", ""))
        if token is None:
            MISSES_PER_ADDRESS.allows(network_of(request))
    except LimitsUnavailable:
        return render(request, "503.html", status=503)
    if token is None:
        return _ask_for_code(request, _("Dieser Code stimmt nicht oder gilt nicht mehr."), status=422)
    answer = redirect("consent:kiosk", practice=request.practice.slug)
    _end_login(request)
    _hand_cookie(request, answer, token)
    return answer


def _ask_for_code(request: PracticeRequest, error: str = "", status: int = 200) -> HttpResponse:
    was_paired = settings.KIOSK_COOKIE_NAME in request.COOKIES
    context = {"practice": request.practice, "error": error, "was_paired": was_paired}
    answer = render(request, "consent/kiosk_pairing.html", context, status=status)
    if was_paired:
        answer.delete_cookie(settings.KIOSK_COOKIE_NAME, path=_cookie_path(request), samesite="Strict")
    return answer


def _end_login(request: HttpRequest) -> None:
    """Whoever paired the tablet may have logged in on it before; it will stand where anybody can touch it."""
    if request.session.session_key:
        request.session.flush()


def _hand_cookie(request: PracticeRequest, answer: HttpResponseBase, token: str) -> None:
    answer.set_cookie(
        settings.KIOSK_COOKIE_NAME,
        token,
        max_age=COOKIE_SECONDS,
        path=_cookie_path(request),
        secure=settings.IS_HTTPS,
        httponly=True,
        samesite="Strict",
    )


def _cookie_path(request: PracticeRequest) -> str:
    """A name with __Host- goes with the whole host only."""
    return "/" if settings.KIOSK_COOKIE_NAME.startswith("__Host-") else _address(request)


def _address(request: PracticeRequest) -> str:
    return reverse("consent:kiosk", args=[request.practice.slug])
