"""The shield over a screen: while it is up, the session answers with the shield alone, however a page is asked for.

Raised by a key, a button or the idle timer; lifted by PIN or password. The row says that it is up, so a reload or a
second tab does not lift it, and an answer that was under way when it went up takes nothing back.
"""

import re
from collections.abc import Mapping

from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from practices import logins, pins, sessions, workplace
from practices.access import ask_for_login, is_background, person_of, safe_path
from practices.models import User
from practices.pins import NoMoreTries
from practices.sessions import SessionStore

LOCKED = 423
MOST_WRONG_PINS = 5  # in the whole life of a session
# What somebody sees who works somewhere. Counts come through, and so does a tablet that stands in public.
COVERED = re.compile(r"^/(p/[^/]+/(?!kiosk/|inbox/alerts/$)|practices/)")


def is_up(session: SessionStore) -> bool:
    return session.shielded


def raise_over(request: HttpRequest) -> None:
    """Put the shield up; again is no difference."""
    sessions.change_row(sessions.store_of(request), shielded=True)


def lift(request: HttpRequest, person: User, *, pin: str, password: str) -> None:
    """Take the shield away by PIN, or by password. Raises WrongPin, WrongPassword, Paused, LimitsUnavailable, or
    NoMoreTries, and then the session is over."""
    session = sessions.store_of(request)
    if password:
        logins.check_password(request, person.email, password, is_known=True)
    else:
        try:
            pins.check_pin(request, person, pin, unlocks=sessions.rows_of(session), most=MOST_WRONG_PINS)
        except NoMoreTries:
            logins.end(request)
            raise
    sessions.change_row(session, shielded=False)
    sessions.note_deed(session)


def holds(session: SessionStore) -> bool:
    """Whether an idle session may stay behind its shield (M-2): its person has a PIN. Puts the shield up."""
    has_pin = User.objects.filter(pk=session[SESSION_KEY], is_active=True).exclude(pin="").exists()
    if has_pin and not session.shielded:
        sessions.change_row(session, shielded=True)
    return has_pin


def covers(request: HttpRequest) -> bool:
    """Whether the shield stands before what is asked for."""
    return (
        SESSION_KEY in request.session and is_up(sessions.store_of(request)) and bool(COVERED.match(request.path_info))
    )


def answer(
    request: HttpRequest,
    *,
    error: str = "",
    then: str = "",
    status: int = LOCKED,
    said: Mapping[str, object] | None = None,
) -> HttpResponse:
    """The shield as a page; a page that is open already only learns that it is up. `error` is about whoever lifts it;
    `said` is what _people_here.html says of a refused switch, else only who waits."""
    if is_background(request):
        return HttpResponse(status=LOCKED)
    person = person_of(request)
    if person is None:
        return ask_for_login(request)  # switched off, or the second factor is gone
    then = safe_path(then or (request.path if request.method == "GET" else ""))
    context = {"person": person, "error": error, "next": then, **(said or {"people": workplace.people_here(request)})}
    return render(request, "practices/shield.html", context, status=status)
