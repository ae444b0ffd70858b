"""Logging in, in two steps: password, then code. Between them nobody is logged in, the session only remembers who.

Refusal
├── WrongPassword    also for an account that does not exist
├── NoSecondFactor   nobody gets in by the password alone
├── WrongCode
└── Paused           too many wrong ones
"""

from uuid import UUID

from django.contrib import auth
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from practices import lockout, sessions, workplace
from practices.access import memberships_of
from practices.login_events import note
from practices.models import LoginEvent, TotpDevice, User
from practices.refusal import Refusal

BETWEEN_STEPS_SECONDS = 300
WHO, PASSWORD_AS_OF, THEN = "login_user", "login_password_as_of", "login_then"
BACKEND = "django.contrib.auth.backends.ModelBackend"
Kind = LoginEvent.Kind


class WrongPassword(Refusal):
    reason = "wrong_password"


class NoSecondFactor(Refusal):
    reason = "no_second_factor"


class WrongCode(Refusal):
    reason = "wrong_code"


class Paused(Refusal):
    reason = "paused"


def check_password(request: HttpRequest, username: str, password: str, *, is_known: bool = False) -> User:
    """The user behind an e-mail and password; a page that knows who it is (`is_known`) asked for the password alone.
    Raises WrongPassword, NoSecondFactor, Paused or LimitsUnavailable."""
    user = auth.authenticate(request, username=username, password=password)
    if not isinstance(user, User):
        raise _refused(request, username, is_known=is_known)
    lockout.take_back(request, username)
    note(request, Kind.PASSWORD_ACCEPTED, user.id)
    if not _devices(user).exists():
        raise NoSecondFactor(
            _("Für dieses Konto fehlt der zweite Faktor. Bitte wenden Sie sich an die Leitung Ihrer Praxis.")
        )
    return user


def _refused(request: HttpRequest, username: str, *, is_known: bool) -> Refusal:
    claimed = User.objects.filter(email=username).values_list("pk", flat=True).first()
    if getattr(request, "axes_locked_out", False):
        _note_pause(request, claimed)
        return Paused(_("Zu viele Versuche. Bitte warten Sie 15 Minuten."))
    note(request, Kind.PASSWORD_REFUSED, claimed)
    left = lockout.attempts_left(request, username)
    what = _("Das Passwort stimmt nicht.") if is_known else _("E-Mail oder Passwort stimmt nicht.")
    return WrongPassword(f"{what} {_what_is_left(left)}")


def _what_is_left(left: int) -> str:
    if left == 0:
        return _("Jetzt ist 15 Minuten Pause.")
    sentence = ngettext(
        "Noch %(left)d Versuch, dann eine Pause von 15 Minuten.",
        "Noch %(left)d Versuche, dann eine Pause von 15 Minuten.",
        left,
    )
    return sentence % {"left": left}


def begin(request: HttpRequest, user: User, *, then: str) -> None:
    """Remember in a new session who gave the right password, for five minutes; nobody is logged in by it.

    Whoever was logged in here before and has a PIN stays, behind the shield.
    """
    workplace.set_aside(request)
    request.session[WHO] = str(user.id)
    request.session[PASSWORD_AS_OF] = user.get_session_auth_hash()
    request.session[THEN] = then
    request.session.set_expiry(BETWEEN_STEPS_SECONDS)


def halfway(request: HttpRequest) -> User | None:
    """Who gave the right password in this session and has not logged in yet; None after a change of it."""
    who = request.session.get(WHO)
    user = User.objects.filter(pk=who, is_active=True).first() if who else None
    if user and constant_time_compare(request.session[PASSWORD_AS_OF], user.get_session_auth_hash()):
        return user
    return None


def check_code(request: HttpRequest, user: User, code: str) -> TotpDevice:
    """The device that accepts this code, each code once. Raises WrongCode, Paused from the fifth wrong one on,
    or LimitsUnavailable."""
    devices = list(_devices(user))
    for device in devices:
        if device.verify_token(code):
            return device
    if devices and all(device.locked_until for device in devices):
        _note_pause(request, user.id)
        raise Paused(_("Zu viele falsche Codes. Bitte warten Sie 15 Minuten."))
    note(request, Kind.CODE_REFUSED, user.id)
    raise WrongCode(_("Der Code stimmt nicht oder wurde schon benutzt. Bitte nehmen Sie den nächsten."))


def finish(request: HttpRequest, user: User, device: TotpDevice) -> str:
    """Log in, in a new session; answers the path to go on to. Raises LimitsUnavailable."""
    then = str(request.session.get(THEN, ""))
    request.session.flush()
    user.otp_device = device  # type: ignore[attr-defined]  # django-otp notes it in the session
    auth.login(request, user, backend=BACKEND)
    sessions.start(request.session)
    note(request, Kind.LOGGED_IN, user.id)
    return then or home_of(user.id)


def end(request: HttpRequest) -> None:
    """Log out: the session is gone from the database, and so is its stream."""
    user_id = request.user.id if request.user.is_authenticated else None
    auth.logout(request)
    if user_id:
        note(request, Kind.LOGGED_OUT, user_id)
        sessions.close_streams_on_commit(user_id)


def home_of(user_id: UUID) -> str:
    """Where somebody's work is: the inbox of their only practice, else the page that lets them choose."""
    memberships = memberships_of(user_id)
    return f"/p/{memberships[0].practice.slug}/inbox/" if len(memberships) == 1 else "/practices/"


def _devices(user: User) -> "QuerySet[TotpDevice]":
    devices: QuerySet[TotpDevice] = TotpDevice.objects.filter(user=user, confirmed=True)
    return devices


def _note_pause(request: HttpRequest, user_id: UUID | None) -> None:
    if lockout.is_first_in_pause(request, str(user_id)):
        note(request, Kind.LOCKED_OUT, user_id)
