"""What every request passes: headers, refusal of other sites, the idle lock, and the practice's scope."""

import re
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.middleware import SessionMiddleware
from django.db import models, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.shortcuts import render
from django.utils.cache import patch_vary_headers

from practices import doors, sessions, shield
from practices.access import LIVE, ask_for_login, member_by_session, membership_at, person_of
from practices.error_pages import error_page
from practices.models import ApiToken, Door, Practice
from practices.scope import no_practice, practice_scope

GetResponse = Callable[[HttpRequest], HttpResponseBase]

PRACTICE = re.compile(r"^/p/([-a-zA-Z0-9_]+)/")
# The one place below it without a login: a tablet that stands in public (consent/kiosk_screen.py).
KIOSK = re.compile(r"^/p/([-a-zA-Z0-9_]+)/kiosk/")
# What another site could embed or fetch with the member's cookie, although it could not read a page.
FETCHED = re.compile(r"^/p/[^/]+/(stream/|(.*/)?media/)")
API = "/api/v1/"
LARGEST_BODY = 3 * 2**20  # bytes; nothing larger is uploaded to a page
# Where people upload scans: far more than a file may have, so that the form can say which one was too large.
UPLOADS = re.compile(r"^/p/[^/]+/(consent/(intake|imports)|inbox/[^/]+/(files|documents))/")
LARGEST_UPLOAD = 25 * 2**20
# Patients' uploads: the page counts by itself and says in their language what is too much (messaging/documents/).
COUNTS_BY_ITSELF = re.compile(r"^/u/[^/]+$")
OF_PAGES = ("text/html", "application/json")  # a page, its parts, and what it asks for by itself
OWN = {"same-origin", "none"}  # a press on our page; an address that was typed or kept
SAFE_METHODS = ("GET", "HEAD", "OPTIONS", "TRACE")
# Voice notes are recorded in the inbox, by our own page alone; it asks when somebody presses the button.
PERMISSIONS = ", ".join(
    f"{feature}=({'self' if feature == 'microphone' else ''})"
    for feature in ("camera", "microphone", "geolocation", "payment", "usb", "serial", "browsing-topics")
)


class Sessions(SessionMiddleware):
    """Django's, but a cookie is taken away by the request alone that ended its session. Another tab's request that was
    under way with the old one must not take away what the login has just given (the second step would be lost)."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        answer = super().process_response(request, response)
        cookie = answer.cookies.get(settings.SESSION_COOKIE_NAME)
        if cookie is not None and not cookie.value and not sessions.store_of(request).ended_here:
            del answer.cookies[settings.SESSION_COOKIE_NAME]
        return answer


def refuse_large_bodies(get_response: GetResponse) -> GetResponse:
    """413 by the announced length, before a byte is read; a body without a length is empty to Django."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        length = request.META.get("CONTENT_LENGTH") or "0"
        largest = LARGEST_UPLOAD if UPLOADS.match(request.path_info) else LARGEST_BODY
        if not length.isdigit() or (int(length) > largest and not COUNTS_BY_ITSELF.match(request.path_info)):
            return render(request, "413.html", {"megabytes": largest // 2**20}, status=413)
        return get_response(request)

    return middleware


def security_headers(get_response: GetResponse) -> GetResponse:
    """Nothing is kept by a browser or proxy, nobody else embeds it, no device is asked for but the microphone (ASVS
    3.4.8, 14.3.2)."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return response

    return middleware


def compress_own_pages(get_response: GetResponse) -> GetResponse:
    """A page, or what one asks for itself, is compressed if our own page or the person asked for it, never at another
    site's wish: nobody can make a browser ask again and again and learn from the lengths what stands beside their guess
    (BREACH). Django adds up to 100 random bytes, so that a message somebody writes to the practice tells its sender as
    little (ADR 0026)."""
    compress = GZipMiddleware(get_response).process_response

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        patch_vary_headers(response, ["Sec-Fetch-Site"])
        is_page = response.get("Content-Type", "").startswith(OF_PAGES) and not response.streaming
        is_wanted = is_page and not request.path_info.startswith(API)
        return compress(request, response) if is_wanted and request.headers.get("Sec-Fetch-Site") in OWN else response

    return middleware


def refuse_cross_site(get_response: GetResponse) -> GetResponse:
    """Refuse what another site makes a member's browser send. A browser that says nothing passes: the CSRF token
    and the cookie's SameSite stand behind this."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if request.headers.get("Sec-Fetch-Site") == "cross-site" and _is_for_us_alone(request):
            return error_page(request, 403)
        return get_response(request)

    return middleware


def _is_for_us_alone(request: HttpRequest) -> bool:
    if request.path_info.startswith(API):
        return False  # carries its own token, no cookie
    return request.method not in SAFE_METHODS or FETCHED.match(request.path_info) is not None


def end_idle_session(get_response: GetResponse) -> GetResponse:
    """After ten minutes without a deed the session ends, or stands behind the shield if its person has a PIN (M-2);
    the absolute limit is its expiry.

    What the stream makes a page fetch (X-Roger-Live) is no deed.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if SESSION_KEY in request.session:
            session = sessions.store_of(request)
            if sessions.is_idle(session) and not shield.holds(session):
                session.flush()
                request.ended = "idle"  # type: ignore[attr-defined]  # the login says why it asks again
            elif LIVE not in request.headers and not shield.is_up(session):
                sessions.note_activity(session)
        return get_response(request)

    return middleware


def keep_shield(get_response: GetResponse) -> GetResponse:
    """While the shield is up, nothing of a practice is answered and nothing done."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        return shield.answer(request) if shield.covers(request) else get_response(request)

    return middleware


def open_practice_scope(get_response: GetResponse) -> GetResponse:
    """/p/<practice>/… → who asks, do they work there, then the practice's scope around the rest of the request.

    Strangers and unknown practices get the same 404. On the API the bearer token leads to the practice. On a kiosk
    nobody logs in: its pages get the scope and never a member.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if kiosk := KIOSK.match(request.path_info):
            return _for_kiosk(get_response, request, kiosk.group(1))
        found = PRACTICE.match(request.path_info)
        if found:
            return _for_member(get_response, request, found.group(1))
        if request.path_info.startswith(API):
            return _for_token(get_response, request)
        return get_response(request)

    return middleware


def _for_member(get_response: GetResponse, request: HttpRequest, slug: str) -> HttpResponseBase:
    session: SessionBase | None = getattr(request, "session", None)
    member = member_by_session(session, slug) if session is not None else None
    if member is None:
        person = person_of(request)
        if person is None:
            return ask_for_login(request)
        member = membership_at(person.id, slug)
    if member is None:
        raise Http404
    request.member, request.practice = member, member.practice  # type: ignore[attr-defined]
    with practice_scope(member.practice.id):
        return get_response(request)


def _for_kiosk(get_response: GetResponse, request: HttpRequest, slug: str) -> HttpResponseBase:
    practice = Practice.objects.filter(slug=slug).first()
    if practice is None:
        raise Http404
    request.practice = practice  # type: ignore[attr-defined]
    with practice_scope(practice.pk):
        return get_response(request)


def _for_token(get_response: GetResponse, request: HttpRequest) -> HttpResponseBase:
    """Without a good token the request goes on without a scope; the API answers it with 401."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    api_token = _api_token(token.strip()) if scheme.lower() == "bearer" else None
    if api_token is None:
        return get_response(request)
    request.api_token, request.practice = api_token, api_token.practice  # type: ignore[attr-defined]
    with practice_scope(api_token.practice.id):
        return get_response(request)


def _api_token(token: str) -> ApiToken | None:
    with no_practice(), transaction.atomic(durable=True):
        door = doors.resolve(Door.Kind.API, token)
        if door is None:
            return None
        with practice_scope(door.leads_to_id):
            tokens: models.QuerySet[ApiToken] = ApiToken.objects.select_related("practice")
            return tokens.filter(pk=door.object_id, revoked_at=None).first()
