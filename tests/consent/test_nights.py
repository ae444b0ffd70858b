"""The night's work goes in small steps, so that no STOP waits for it and one that breaks off goes on (C-08, C-11)."""

from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice

import pytest
import time_machine
from django.db import connection, transaction
from django.utils import timezone

from consent import tasks
from consent.actions import withdraw
from consent.birthdays import ending_at_birthdays
from consent.gate import Consent
from consent.models import Channel, ConsentEvent, ConsentState, PendingOptIn
from consent.opt_ins import expiring
from consent.purposes import Purpose
from consent.tasks import tidy
from patients.models import Contact
from practices.models import Practice
from practices.scope import practice_scope
from tests.at_once import at_once
from tests.consent.intakes import MOTHER, agree
from tests.consent_factories import make_contact, make_patient, send_form, states_of
from tests.factories import make_member, make_practice

PHONES = [f"+49171392004{number}" for number in range(5)]
NOON = datetime(2026, 6, 1, 10, 0, tzinfo=UTC)
ORGANISATION = Purpose.ORGANISATION
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def practice() -> Practice:
    return make_practice()


def unconfirmed(practice: Practice, birth_date: str | None = "1984-05-02") -> list[Contact]:
    """Five people for whom the desk took something down that their numbers never confirmed, in id order."""
    with practice_scope(practice.pk), transaction.atomic():
        anna, found = make_member(practice), []
        for number, phone in enumerate(PHONES):
            contact = make_contact(phone)
            patient = make_patient(f"Mia{number}", birth_date=birth_date)
            agree(contact, patient, anna, *([MOTHER] if birth_date != "1984-05-02" else []))
            found.append(contact)
        return sorted(found, key=lambda contact: contact.pk)


def after_two_weeks() -> datetime:
    return timezone.now() + timedelta(days=15)


def still_pending(practice: Practice) -> int:
    with practice_scope(practice.pk), transaction.atomic():
        return ConsentState.objects.filter(state=Consent.PENDING).values("contact").distinct().count()


def test_c_08_a_night_that_broke_off_keeps_what_it_did_and_the_next_one_does_the_rest(practice: Practice) -> None:
    unconfirmed(practice)

    with practice_scope(practice.pk):
        first = list(islice(expiring(now=after_two_weeks(), limit=2), 1))  # then the worker dies
        left = still_pending(practice)
        rest = list(expiring(now=after_two_weeks(), limit=2))

    assert (first, left, rest) == ([2], 3, [2, 1])
    with practice_scope(practice.pk), transaction.atomic():
        assert ConsentEvent.objects.filter(type="expired").count() == 5


def test_c_11_between_two_steps_of_a_night_nobody_is_held_and_a_stop_goes_through(practice: Practice) -> None:
    *_others, last = unconfirmed(practice)
    errors: list[Exception] = []

    with practice_scope(practice.pk):
        steps = expiring(now=after_two_weeks(), limit=2)
        next(steps)
        is_open = connection.in_atomic_block
        errors = at_once(practice, [partial(_stop, last)])
        rest = list(steps)

    assert (is_open, errors, rest) == (False, [], [2])
    with practice_scope(practice.pk), transaction.atomic():
        assert states_of(last)[ORGANISATION] == Consent.WITHDRAWN


def _stop(contact: Contact) -> None:
    withdraw(contact=contact, channel=Channel.STAFF_DESK, act={"note": "x"}, occurred_at=timezone.now())


def test_c_08_two_nights_at_once_let_each_consent_expire_once(practice: Practice) -> None:
    unconfirmed(practice)
    now = after_two_weeks()

    errors = at_once(practice, [lambda: list(expiring(now=now, limit=2))] * 3)

    assert errors == []
    with practice_scope(practice.pk), transaction.atomic():
        assert ConsentEvent.objects.filter(type="expired").count() == 5


def test_c_08_forms_expire_in_steps_as_well(practice: Practice) -> None:
    with practice_scope(practice.pk), transaction.atomic():
        for _ in range(5):
            send_form()

    with practice_scope(practice.pk):
        steps = list(expiring(now=after_two_weeks(), limit=2))

    assert steps == [2, 2, 1]
    with practice_scope(practice.pk), transaction.atomic():
        assert PendingOptIn.objects.count() == 0


def test_c_20_birthdays_go_in_steps_and_nobody_is_ended_twice(practice: Practice) -> None:
    with time_machine.travel(NOON, tick=False):
        unconfirmed(practice, birth_date="2010-06-02")
    night = {"practice": practice, "now": NOON + timedelta(days=1), "limit": 2}

    with practice_scope(practice.pk):
        first = list(islice(ending_at_birthdays(**night), 1))  # type: ignore[arg-type]
        rest = list(ending_at_birthdays(**night))  # type: ignore[arg-type]

    assert (first, rest) == ([2], [2, 1])
    with practice_scope(practice.pk), transaction.atomic():
        assert ConsentEvent.objects.filter(type="guardian_changed").count() == 5


def test_a_guardian_who_withdrew_while_the_night_ran_is_let_be(practice: Practice) -> None:
    with time_machine.travel(NOON, tick=False):
        first, *_others = unconfirmed(practice, birth_date="2010-06-02")
    with practice_scope(practice.pk):
        steps = ending_at_birthdays(practice=practice, now=NOON + timedelta(days=1), limit=1)
        next(steps)
        with transaction.atomic():
            withdrew = ConsentState.objects.exclude(contact=first).order_by("contact_id").first()
            assert withdrew
            ConsentState.objects.filter(contact=withdrew.contact_id).update(state=Consent.WITHDRAWN)

        rest = list(steps)

    assert rest == [0, 1, 1, 1]


def test_a_night_that_was_too_short_rings_for_itself_until_nothing_is_left(
    practice: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    unconfirmed(practice)
    rung: list[str] = []
    monkeypatch.setattr(tasks, "LONGEST_RUN", 0.0)
    monkeypatch.setattr(tasks, "wake", lambda name, **_practice: rung.append(name))

    with time_machine.travel(after_two_weeks()):
        tidy(practice_id=practice.pk)
        left = still_pending(practice)
        tidy(practice_id=practice.pk)

    assert (left, rung) == (0, [tidy.name])
