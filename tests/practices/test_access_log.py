"""How the log of who looked is read, and how long it is kept."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from practices.access_log import KEPT, entries_between, first_id_at, forget_old
from practices.models import AccessLog, Practice
from practices.scope import practice_scope
from practices.tasks import tidy
from practices.tenancy import uuid7
from tests.factories import make_practice

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)


def look(at: datetime) -> AccessLog:
    with time_machine.travel(at, tick=False):
        return AccessLog.objects.create(kind="conversation", about_id=uuid7())


def test_a_stretch_of_time_begins_with_its_first_moment_and_ends_before_its_last(practice: Practice) -> None:
    start, end = NOW - timedelta(days=1), NOW
    looks = [look(at) for at in (start - timedelta(seconds=1), start, end - timedelta(seconds=1), end)]

    assert list(entries_between(start, end).order_by("pk")) == looks[1:3]


def test_after_two_years_an_entry_is_forgotten(practice: Practice) -> None:
    look(NOW - KEPT - timedelta(days=1))
    kept = look(NOW - KEPT + timedelta(days=1))

    assert forget_old(now=NOW) == 1
    assert list(AccessLog.objects.all()) == [kept]


def test_the_night_forgets_in_each_practice_its_own(practice: Practice) -> None:
    look(NOW - KEPT - timedelta(days=1))
    other = make_practice("ostufer")
    with practice_scope(other.pk):
        look(NOW - KEPT - timedelta(days=1))

    with time_machine.travel(NOW):
        tidy(practice_id=practice.pk)

    with practice_scope(other.pk):
        assert AccessLog.objects.count() == 1
    assert AccessLog.objects.count() == 0


def test_an_id_is_never_smaller_than_the_first_of_its_moment() -> None:
    with time_machine.travel(NOW, tick=False):
        made = uuid7()

    assert first_id_at(NOW) <= made < first_id_at(NOW + timedelta(milliseconds=1))
