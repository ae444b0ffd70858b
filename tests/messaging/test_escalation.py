"""Who waits too long: counted in opening time, told to every screen, then to the owners by mail without any name."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core import mail
from hypothesis import given
from hypothesis import strategies as st

from messaging import escalation
from messaging.escalation import latest_start, mail_owners, waits_too_long
from messaging.models import Channel, Conversation
from practices.models import AuditEvent, Practice, Role
from practices.opening_hours import hours_of
from practices.scope import practice_scope
from tests.factories import make_member
from tests.messaging.inbox.desk import make_channel, make_contact, make_conversation, make_patient
from tests.people import make_practice

BERLIN = ZoneInfo("Europe/Berlin")
WEEK = {day: [["08:00", "12:00"], ["14:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}


def berlin(day: int, hour: int, minute: int = 0) -> datetime:
    """In January 2027, whose 11th is a Monday."""
    return datetime(2027, 1, day, hour, minute, tzinfo=BERLIN)


@pytest.fixture
def practice(db: None) -> Iterator[Practice]:
    made = make_practice()
    made.opening_hours, made.escalate_after = WEEK, 60
    made.save(update_fields=["opening_hours", "escalate_after"])
    with practice_scope(made.pk):
        yield made


@pytest.fixture
def owner(practice: Practice) -> str:
    return make_member(practice, Role.OWNER, name="Olga Ostermann").user.email


def waiting(since: datetime, **columns: Any) -> Conversation:
    contact = make_contact()
    make_patient(contact)
    channel = Channel.objects.first() or make_channel()
    return make_conversation(channel, contact, waiting_since=since, last_message_at=since, **columns)


# ── how long is too long ──


@pytest.mark.parametrize(
    ("since", "now", "expected"),
    [
        (berlin(12, 9), berlin(12, 9, 59), 0),
        (berlin(12, 9), berlin(12, 10), 1),
        (berlin(12, 11, 30), berlin(12, 14, 29), 0),  # over lunch nobody is late
        (berlin(12, 11, 30), berlin(12, 14, 30), 1),
        (berlin(12, 17, 30), berlin(13, 8, 29), 0),  # nor over night
        (berlin(12, 17, 30), berlin(13, 8, 30), 1),
        (berlin(8, 17, 30), berlin(11, 8, 30), 1),  # a weekend is no waiting time
        (berlin(12, 9), berlin(12, 13), 0),  # closed: nobody could do anything about it
        (berlin(9, 9), berlin(9, 15), 0),
    ],
)
def test_waiting_is_counted_in_opening_time(practice: Practice, since: datetime, now: datetime, expected: int) -> None:
    waiting(since)

    assert waits_too_long(practice, now) == expected


def test_a_practice_without_a_limit_hears_nothing_and_asks_nothing(
    practice: Practice, django_assert_num_queries: Any
) -> None:
    waiting(berlin(11, 9))
    practice.escalate_after = 0

    with django_assert_num_queries(0):
        assert waits_too_long(practice, berlin(12, 10)) == 0


def test_what_is_done_or_put_off_is_not_late(practice: Practice) -> None:
    now = berlin(12, 17)
    waiting(berlin(12, 8), closed_at=now)
    waiting(berlin(12, 8), snoozed_until=now + timedelta(hours=1))
    back = waiting(berlin(12, 8), snoozed_until=now - timedelta(hours=1))

    assert waits_too_long(practice, now) == 1
    assert back.snoozed_until is not None


@given(st.integers(1, 40 * 60), st.integers(0, 13 * 24 * 60))
def test_between_the_latest_start_and_now_lie_exactly_so_many_opening_minutes(minutes: int, later: int) -> None:
    hours = hours_of(Practice(opening_hours=WEEK, state="Berlin", timezone="Europe/Berlin"))
    now = berlin(4, 10).astimezone(UTC) + timedelta(minutes=later)

    start = latest_start(hours, minutes, now)

    assert start is not None
    assert hours.minutes_between(start, now) == minutes


def test_who_never_opens_is_never_late_and_who_never_closes_goes_by_the_clock() -> None:
    now = berlin(12, 10)
    closed = hours_of(Practice(opening_hours={"mon": [["08:00", "08:10"]]}, state="Berlin", timezone="Europe/Berlin"))
    always = hours_of(Practice(opening_hours={}, state="Berlin", timezone="Europe/Berlin"))

    assert latest_start(closed, 60, now) is None
    assert latest_start(always, 60, now) == now - timedelta(minutes=60)


# ── the mail ──


def test_owners_hear_of_it_after_twice_the_time_without_any_name(practice: Practice, owner: str) -> None:
    conversation = waiting(berlin(12, 8))

    with time_machine.travel(berlin(12, 9, 59), tick=False):
        early = mail_owners(practice, berlin(12, 9, 59))
    with time_machine.travel(berlin(12, 10), tick=False):
        told = mail_owners(practice, berlin(12, 10))

    assert (early, told) == (0, 1)
    [letter] = mail.outbox
    assert letter.bcc == [owner]
    assert "wartet 1 Unterhaltung seit mehr als 120 Minuten Öffnungszeit" in letter.body
    assert "/p/morgenthal/inbox/" in letter.body
    for secret in ("Vogt", "Jana", "1998", str(conversation.pk)):
        assert secret not in f"{letter.subject} {letter.body}"
    assert list(AuditEvent.objects.filter(kind="escalated").values_list("about_id", "codes")) == [(conversation.pk, {})]


def test_nobody_is_told_twice_of_the_same_wait(practice: Practice, owner: str) -> None:
    conversation = waiting(berlin(12, 8))
    told = []
    for now in (berlin(12, 10), berlin(12, 10, 30), berlin(12, 11, 30)):
        with time_machine.travel(now, tick=False):
            told.append(mail_owners(practice, now))
    conversation.waiting_since = berlin(12, 11, 40)
    conversation.save(update_fields=["waiting_since"])
    with time_machine.travel(berlin(12, 16), tick=False):
        told.append(mail_owners(practice, berlin(12, 16)))

    assert told == [1, 0, 0, 1]


def test_at_most_one_mail_an_hour_and_the_rest_in_the_next(practice: Practice, owner: str) -> None:
    waiting(berlin(12, 8))
    waiting(berlin(12, 8, 30))
    waiting(berlin(12, 8, 40))
    told = []
    for now in (berlin(12, 10), berlin(12, 10, 50), berlin(12, 11, 1)):
        with time_machine.travel(now, tick=False):
            told.append(mail_owners(practice, now))

    assert told == [1, 0, 2]
    assert "warten 2 Unterhaltungen" in mail.outbox[-1].body


@pytest.mark.parametrize("role", [Role.RECEPTION, Role.DENTIST, Role.PRACTICE_MANAGER])
def test_only_owners_get_mail(practice: Practice, role: Role) -> None:
    make_member(practice, role, name="Rosa Rot")
    waiting(berlin(12, 8))

    assert mail_owners(practice, berlin(12, 10)) == 0
    assert mail.outbox == []


def test_a_mail_that_fails_is_tried_again(
    practice: Practice, owner: str, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    waiting(berlin(12, 8))
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    failed = mail_owners(practice, berlin(12, 10))
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"

    assert (failed, mail_owners(practice, berlin(12, 10))) == (0, 1)
    assert owner not in caplog.text


def test_another_practices_waiting_is_its_own(practice: Practice, owner: str) -> None:
    lindenhof = make_practice("lindenhof")
    with practice_scope(lindenhof.pk):
        waiting(berlin(12, 8))

    assert waits_too_long(practice, berlin(12, 10)) == 0
    assert escalation.mail_owners(practice, berlin(12, 10)) == 0
