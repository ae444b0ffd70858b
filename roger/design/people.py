"""Who appears on the page: the demo's invented people, never stored, and moments counted from now."""

from datetime import date, datetime, timedelta
from uuid import UUID

from django.utils import timezone

from messaging.inbox.pages import Head
from messaging.inbox.persons import Person
from messaging.inbox.team_head import TeamShown
from messaging.inbox.templatetags.inbox import ALWAYS
from patients.appointments import Visits
from practices.models import Member, Practice, Role, User

# One id does for all: each exhibit makes the ids of its page its own.
ID = UUID(int=1)
PRACTICE = Practice(
    pk=1,
    slug="muster",
    short_name="Praxis Dr. Morgenthal",
    phone="+493023125100",
    emergency_phone="+493023125999",
    email="praxis@morgenthal.example",
    answer_time="2 Stunden",
)


def _member(number: int, name: str, role: Role) -> Member:
    return Member(id=UUID(int=number), practice=PRACTICE, user=User(id=UUID(int=number), name=name), role=role)


OWNER = _member(11, "Dr. Henrike Morgenthal", Role.OWNER)
MELEK = _member(12, "Melek Yıldız", Role.RECEPTION)
JONAS = _member(13, "Jonas Fechner", Role.RECEPTION)
ANNIKA = _member(14, "Annika Roth", Role.PROPHYLAXIS)
TEAM = [MELEK, JONAS, ANNIKA]

JANA = Person("Vogt, Jana", date(1998, 12, 2), "+491713920009", "Jana V.", is_patient=True)
WINDOW = timedelta(hours=24)


def ago(minutes: int) -> datetime:
    return timezone.now() - timedelta(minutes=minutes)


def ahead(minutes: int) -> datetime:
    return ago(-minutes)


def head() -> Head:
    """Jana's conversation as Melek has it open."""
    return Head(
        pk=ID,
        name=JANA.name,
        birth_date=JANA.birth_date,
        age=JANA.age,
        phone=JANA.phone,
        profile_name=JANA.profile_name,
        waiting_since=ago(84),
        urgent="Schwellung",
        answer_minutes=120,
        hours=ALWAYS,
        is_done=False,
        can_close=True,
        can_settle=False,
        contact_id=ID,
        written_for=[],
        team=TeamShown(assigned=MELEK.user.name, initials=MELEK.user.initials, is_mine=True),
        owner="",
        is_unknown=False,
        is_blocked=False,
        visits=Visits(last_on=date(2026, 5, 4)),
        identity=None,
    )
