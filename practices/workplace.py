"""A shared computer: whoever has logged in there with password and code may come back by PIN, for twelve hours.

Each person has a session of their own. One of them is in the browser's cookie, the others wait behind their shield.
What ties them together is a token of the browser, in a cookie of its own; the rows hold its hash. It is made anew at
every login and every switch, so that a token somebody brought along or copied earlier leads nowhere.

Refusal
└── NotHere    nobody waits here who can be switched to
"""

import secrets
from hashlib import sha256
from uuid import UUID

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import rotate_token
from django.utils import timezone
from django.utils.translation import gettext as _

from practices import pins, sessions
from practices.access import memberships_of
from practices.login_events import note
from practices.models import LoginEvent, LoginSession, User
from practices.pins import NoMoreTries
from practices.refusal import Refusal
from practices.sessions import SessionStore

MOST_PEOPLE = 8
MOST_WRONG_PINS = 10  # at a session that waits: a colleague who mistypes ends it less easily than its person


class NotHere(Refusal):
    reason = "not_here"


def remember(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Note that this session was begun in this browser, beside those that were before; the answer brings the token."""
    token = secrets.token_urlsafe(16)
    before, mine = _hash_of(request), sessions.store_of(request)
    sessions.change_row(mine, workplace=_hash(token))
    if before:
        waiting = LoginSession.objects.filter(workplace=before)
        waiting.filter(user_id=mine[SESSION_KEY]).delete()  # an earlier login of the same person
        waiting.update(workplace=_hash(token))
    response.set_cookie(
        settings.WORKPLACE_COOKIE_NAME,
        token,
        max_age=settings.SESSION_COOKIE_AGE,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Strict",
    )
    return response


def people_here(request: HttpRequest) -> list[User]:
    """Who may come back by PIN in this browser, by name, without whoever has the screen now. Who left is not among
    them."""
    waiting = _waiting(request).values_list("user_id", flat=True)
    found = User.objects.filter(pk__in=list(waiting), is_active=True).exclude(pin="").order_by("name", "pk")
    return [user for user in found[:MOST_PEOPLE] if memberships_of(user.pk)]


def switch(request: HttpRequest, user_id: UUID, pin: str) -> User:
    """Give the screen to somebody who waits here; whoever had it waits behind their shield.

    Raises NotHere, WrongPin, NoMoreTries (their waiting session is over then) or LimitsUnavailable.
    """
    user = next((one for one in people_here(request) if one.pk == user_id), None)
    if user is None:
        raise _not_here()
    waiting = _waiting(request).filter(user_id=user_id)
    try:
        pins.check_pin(request, user, pin, unlocks=waiting, most=MOST_WRONG_PINS)
    except NoMoreTries:
        waiting.delete()
        raise
    session = _under_a_new_key(waiting)
    sessions.note_deed(session)
    set_aside(request)
    request.session = session
    rotate_token(request)
    note(request, LoginEvent.Kind.SWITCHED, user.pk)
    return user


@transaction.atomic
def _under_a_new_key(waiting: "QuerySet[LoginSession]") -> SessionStore:
    """The session that waits, in a row anew and without shield. It is the same session all the same, and keeps the
    wrong PINs of its life: else every switch would give as many guesses again. Raises NotHere."""
    row = waiting.select_for_update().first()
    session = SessionStore(row.session_key if row else None)
    if row is None or SESSION_KEY not in session:
        raise _not_here()  # logged out elsewhere meanwhile
    session.cycle_key()
    session.shielded = False
    sessions.rows_of(session).update(wrong_pins=row.wrong_pins)
    return session


def set_aside(request: HttpRequest) -> None:
    """Take the session out of the browser: it waits if a PIN can bring it back, else it ends."""
    session = sessions.store_of(request)
    if not (session.workplace and _has_pin(session[SESSION_KEY])):
        session.flush()
        return
    sessions.change_row(session, shielded=True)
    request.session = SessionStore()


def _has_pin(user_id: str) -> bool:
    return User.objects.filter(pk=user_id, is_active=True).exclude(pin="").exists()


def is_shared(request: HttpRequest) -> bool:
    """Whether others wait here, whose way back the browser must not forget."""
    return _waiting(request).exists()


def _waiting(request: HttpRequest) -> "QuerySet[LoginSession]":
    """Sessions of this browser that somebody can come back to, without the one in use."""
    here = _hash_of(request)
    if not here:
        return LoginSession.objects.none()
    rows = LoginSession.objects.filter(workplace=here, verified=True, shielded=True, expire_date__gt=timezone.now())
    return rows.exclude(session_key=request.session.session_key or "").order_by("-started_at")


def _hash_of(request: HttpRequest) -> str:
    token = request.COOKIES.get(settings.WORKPLACE_COOKIE_NAME, "")
    return _hash(token) if token else ""


def _hash(token: str) -> str:
    return sha256(token.encode()).hexdigest()


def _not_here() -> NotHere:
    return NotHere(_("Diese Person ist hier nicht mehr angemeldet. Bitte melden Sie sich mit Passwort und Code an."))
