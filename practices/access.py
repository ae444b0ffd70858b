"""Who may come in: memberships, roles, and the decorators of which every page below /p/ wears one.

stranger or unknown practice  404, always the same page (practices/middleware.py)
member, role too low          403, noted in the trail
not logged in                 to the login; htmx and background requests get 401
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.base import SessionBase
from django.db import connection, models, transaction
from django.db.models import Exists, OuterRef
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import resolve_url
from django.utils.crypto import constant_time_compare
from django.utils.http import url_has_allowed_host_and_scheme
from django_otp import DEVICE_ID_SESSION_KEY

from practices.audit import record
from practices.error_pages import error_page
from practices.models import Member, Practice, Role, TotpDevice, User
from practices.scope import no_practice

P = ParamSpec("P")

LIVE = "X-Roger-Live"  # the header of requests that the stream causes, not a person

EVERYBODY = frozenset(Role)
SENDERS = EVERYBODY - {Role.TRAINEE}  # a trainee reads, and drafts for approval
LEADERS = frozenset({Role.OWNER, Role.PRACTICE_MANAGER})


class PracticeRequest(HttpRequest):
    """A request below /p/<practice>/; the practice's scope is open."""

    practice: Practice


class MemberRequest(PracticeRequest):
    """It comes from somebody who works there."""

    member: Member
    user: User


def role_required(
    *roles: Role,
) -> Callable[[Callable[Concatenate[MemberRequest, P], HttpResponseBase]], Callable[..., HttpResponseBase]]:
    """Let members with one of these roles in; others get 403 and a line in the trail.

    The URL's `practice` is taken out of the view's arguments: request.practice is the checked one.
    """
    allowed = frozenset(roles)

    def decorate(view: Callable[Concatenate[MemberRequest, P], HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def checked(request: HttpRequest, *args: Any, practice: str, **kwargs: Any) -> HttpResponseBase:  # noqa: ARG001
            member: Member | None = getattr(request, "member", None)
            if member is None:
                raise Http404
            if member.role not in allowed:
                return refuse(cast(MemberRequest, request))
            return view(cast(MemberRequest, request), *args, **kwargs)

        checked.allowed_roles = allowed  # type: ignore[attr-defined]
        return checked

    return decorate


# Every page below /p/ wears this, or role_required with fewer roles.
member_required = role_required(*EVERYBODY)


def for_no_member(
    view: Callable[Concatenate[PracticeRequest, P], HttpResponseBase],
) -> Callable[..., HttpResponseBase]:
    """For what stands in public below /p/<practice>/kiosk/: nobody has logged in, and whoever has is nobody here."""

    @wraps(view)
    def checked(request: HttpRequest, *args: Any, practice: str, **kwargs: Any) -> HttpResponseBase:  # noqa: ARG001
        return view(cast(PracticeRequest, request), *args, **kwargs)

    checked.allowed_roles = frozenset[Role]()  # type: ignore[attr-defined]
    return checked


def refuse(request: MemberRequest) -> HttpResponse:
    """403 for a member whose role is too low. No exception: the request's transaction must keep the trail's line."""
    route = request.resolver_match.view_name if request.resolver_match else ""
    with transaction.atomic():
        record("access_refused", about=request.member, by=request.member, route=route)
    return error_page(request, 403)


# ── memberships, looked up before a practice is in scope ──


def memberships_of(user_id: UUID) -> list[Member]:
    """Where somebody works, by the practice's name. Opens its own short transaction outside every scope."""
    with _announced(user_id):
        return list(_memberships(user_id).order_by("practice__name"))


def membership_at(user_id: UUID, slug: str) -> Member | None:
    """Somebody's membership of a practice, None if there is none (or no such practice). Own short transaction."""
    with _announced(user_id):
        return _memberships(user_id).filter(practice__slug=slug).first()


def member_by_session(session: SessionBase, slug: str) -> Member | None:
    """The member who gave password and second factor in this session, if they work at this practice: one query for
    person, practice and device where Django's and django-otp's middlewares take three.

    None where anything is out of the ordinary; `person_of` and `membership_at` then find out what.
    """
    user_id, device_id = session.get(SESSION_KEY), _device_id(session.get(DEVICE_ID_SESSION_KEY, ""))
    if user_id is None or device_id is None or session.get(BACKEND_SESSION_KEY) not in settings.AUTHENTICATION_BACKENDS:
        return None
    with _announced(UUID(user_id)):
        devices = TotpDevice.objects.filter(pk=device_id, user_id=OuterRef("user_id"), confirmed=True)
        found = _memberships(UUID(user_id)).filter(Exists(devices), practice__slug=slug, user__is_active=True)
        member = found.first()
    if member is None:
        return None
    # A changed password ends the sessions of before: their hash is no longer this one.
    is_current = constant_time_compare(session.get(HASH_SESSION_KEY, ""), member.user.get_session_auth_hash())
    return member if is_current else None


def _device_id(persistent_id: str) -> UUID | None:
    """The id behind django-otp's name of a device in the session (TimeCodeDevice.persistent_id)."""
    label, _slash, number = persistent_id.rpartition("/")
    return UUID(int=int(number)) if label == TotpDevice.model_label() and number.isdecimal() else None


def _memberships(user_id: UUID) -> "models.QuerySet[Member]":
    return Member.objects.filter(user_id=user_id, left_at=None).select_related("practice", "user")


@contextmanager
def _announced(user_id: UUID) -> Iterator[None]:
    """Show PostgreSQL's second policy on Member who asks; never beside a practice in scope (design: global tables)."""
    with no_practice(), transaction.atomic(durable=True):
        _announce(str(user_id))
        yield
        if len(connection.savepoint_ids):
            _announce("")  # inside a test's transaction the setting would outlive this one


def _announce(user_id: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select set_config('app.user_id', %s, true)", [user_id])


# ── the login ──


def person_of(request: HttpRequest) -> User | None:
    """Who gave password and second factor in this session; None for everybody else."""
    user = request.user
    if isinstance(user, User) and user.is_verified():  # type: ignore[attr-defined]  # added by django-otp
        return user
    return None


def login_required(
    view: Callable[[HttpRequest, User], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """For the few pages of people outside /p/; hands them the person."""

    @wraps(view)
    def checked(request: HttpRequest) -> HttpResponseBase:
        person = person_of(request)
        return view(request, person) if person else ask_for_login(request)

    return checked


def ask_for_login(request: HttpRequest) -> HttpResponse:
    """Send a person to the login and back afterwards; requests of a page that is already open get 401."""
    if is_background(request):
        current = urlsplit(request.headers.get("HX-Current-URL", "")).path
        return HttpResponse(status=401, headers={"HX-Redirect": _login_address(request, then=current)})
    return HttpResponseRedirect(_login_address(request, then=request.path if request.method == "GET" else ""))


def is_background(request: HttpRequest) -> bool:
    """Whether an open page asks, not a person who opens one."""
    return "HX-Request" in request.headers or LIVE in request.headers


def safe_path(path: str) -> str:
    """A path of ours to go on to; "" for what leads elsewhere. Without its query, which may hold what was searched."""
    kept = urlsplit(path).path if _is_ours(path) else ""
    return kept if _is_ours(kept) else ""  # without the tabs that urlsplit takes out it may name a host


def _is_ours(path: str) -> bool:
    return path.startswith("/") and url_has_allowed_host_and_scheme(path, allowed_hosts=None)


def _login_address(request: HttpRequest, *, then: str) -> str:
    query = {"next": safe_path(then)} if safe_path(then) else {}
    if ended := getattr(request, "ended", ""):
        query[ended] = "1"
    return f"{resolve_url(settings.LOGIN_URL)}?{urlencode(query)}".rstrip("?")
