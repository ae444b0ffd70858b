"""Sessions in the database (SESSION_ENGINE). What the stream must know lies beside the signed content, in columns."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from uuid import UUID

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.db import models, transaction
from django.http import HttpRequest
from django.utils import timezone
from django_otp import DEVICE_ID_SESSION_KEY

from practices import live
from practices.models import LoginSession, User

STARTED, ACTIVE = "started_at", "active_at"  # Unix seconds in the session
ACTIVITY_NOTED_EVERY = 30  # seconds


class SessionStore(DatabaseStore):
    """Django's sessions in LoginSession: who, both steps passed, since when, last active.

    `shielded` and `workplace` are as the row said when it was read; they are changed in the row alone. `ended_here`
    is whether this very request ended it.
    """

    shielded = False
    workplace = ""
    ended_here = False

    def flush(self) -> None:
        """What comes after is a session of nobody, tied to no browser."""
        super().flush()
        self.shielded, self.workplace = False, ""
        self.ended_here = True

    @classmethod
    def get_model_class(cls) -> type[LoginSession]:
        return LoginSession

    def create_model_instance(self, data: dict[str, Any]) -> LoginSession:
        row = cast(LoginSession, super().create_model_instance(data))
        row.user_id = UUID(data[SESSION_KEY]) if SESSION_KEY in data else None
        row.verified = SESSION_KEY in data and DEVICE_ID_SESSION_KEY in data
        row.started_at = moment(data, STARTED)
        row.active_at = moment(data, ACTIVE)
        return row

    def _get_session_from_db(self) -> LoginSession | None:
        row: LoginSession | None = super()._get_session_from_db()  # type: ignore[misc]  # not in django-stubs
        if row is not None:
            self.shielded, self.workplace = row.shielded, row.workplace
        return row


def moment(session: Mapping[str, Any], name: str) -> datetime | None:
    """A time in the session as a datetime (UTC), None if it holds none."""
    seconds = session.get(name)
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def start(session: SessionBase) -> None:
    """Begin the absolute limit (SESSION_COOKIE_AGE) and the idle time; called once both steps are passed."""
    now = timezone.now()
    session[STARTED] = session[ACTIVE] = int(now.timestamp())
    session.set_expiry(now + timedelta(seconds=settings.SESSION_COOKIE_AGE))


def is_idle(session: SessionBase) -> bool:
    """Whether nobody has done anything for SESSION_IDLE_SECONDS."""
    return _idle_seconds(session) >= settings.SESSION_IDLE_SECONDS


def note_activity(session: SessionBase) -> None:
    """Somebody did something. Written at most every 30 seconds, so that reading costs no write."""
    if _idle_seconds(session) >= ACTIVITY_NOTED_EVERY:
        note_deed(session)


def note_deed(session: SessionBase) -> None:
    """Somebody did something just now."""
    session[ACTIVE] = int(timezone.now().timestamp())


def store_of(request: HttpRequest) -> SessionStore:
    """The session of a request, read if it was not yet."""
    session = cast(SessionStore, request.session)
    session.get(SESSION_KEY)
    return session


def change_row(session: SessionStore, *, shielded: bool | None = None, workplace: str | None = None) -> None:
    """Put what a request's own saving leaves alone into the row of a session that has one."""
    changes = {name: value for name, value in (("shielded", shielded), ("workplace", workplace)) if value is not None}
    rows_of(session).update(**changes)
    for name, value in changes.items():
        setattr(session, name, value)


def rows_of(session: SessionStore) -> "models.QuerySet[LoginSession]":
    """The row of a session; none if it has ended meanwhile."""
    return LoginSession.objects.filter(session_key=session.session_key)


def _idle_seconds(session: SessionBase) -> float:
    return timezone.now().timestamp() - float(session.get(ACTIVE, 0))


def open_sessions() -> "models.QuerySet[LoginSession]":
    """Sessions of active people that count at this moment: both steps passed, neither idle nor past the limit.

    Behind the shield a session is not idle, if a PIN can lift it. For the stream, which holds no secret and reads
    columns only.
    """
    now = timezone.now()
    recently = now - timedelta(seconds=settings.SESSION_IDLE_SECONDS)
    active = User.objects.filter(is_active=True)
    is_held = models.Q(shielded=True, user_id__in=active.exclude(pin="").values("pk"))
    counting = LoginSession.objects.filter(verified=True, expire_date__gt=now)
    return counting.filter(models.Q(active_at__gt=recently) | is_held, user_id__in=active.values("pk"))


def end_sessions(user_id: UUID) -> int:
    """End every session of somebody and its stream (password changed, person gone); answers how many there were."""
    ended, _ = LoginSession.objects.filter(user_id=user_id).delete()
    close_streams_on_commit(user_id)
    return ended


def close_streams_on_commit(user_id: UUID) -> None:
    """Have the stream look at once who of somebody's open browsers may still listen; without this, within 30 s."""
    transaction.on_commit(lambda: live.sessions_ended(user_id), robust=True)
