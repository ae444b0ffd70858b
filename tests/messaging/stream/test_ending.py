"""Who may listen no more is told goodbye: at once by the bus, within half a minute without it."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from messaging.stream import hub
from practices.actions import add_member, change_password, end_membership
from practices.models import LoginSession, Role
from practices.scope import practice_scope
from tests.messaging.stream.conftest import Desk, Listen, hello
from tests.messaging.stream.listening import NOTHING_ELSE
from tests.people import login, make_member, make_practice


@pytest.fixture
def checked_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """The stream's own check, without waiting half a minute for it."""
    monkeypatch.setattr(hub, "CHECK_SECONDS", 0.1)


def elsewhere(desk: Desk) -> Desk:
    """The same person in a second browser."""
    client = Client()
    login(client, desk.member)
    return Desk(desk.practice, desk.member, client)


def test_a_logout_ends_this_browsers_stream_at_once_and_no_other(anna: Desk, clara: Desk, listen: Listen) -> None:
    second = elsewhere(anna)
    here, there, at_clara = listen(anna), listen(second), listen(clara)
    for browser in (here, there, at_clara):
        hello(browser)

    anna.client.post("/logout/")

    assert here.has_ended()
    told = anna.change()
    event = there.event()
    assert event is not None
    assert event.changes == told
    assert at_clara.event(NOTHING_ELSE) is None


def test_a_new_password_ends_every_stream_of_the_person(anna: Desk, listen: Listen) -> None:
    second = elsewhere(anna)
    browsers = [listen(anna), listen(second)]
    for browser in browsers:
        hello(browser)

    change_password(user=anna.member.user, password="sieben-laute-Zahnbürsten")

    assert [browser.has_ended() for browser in browsers] == [True, True]


def test_who_leaves_a_practice_hears_no_more_of_it_and_still_of_the_other(anna: Desk, listen: Listen) -> None:
    other = make_practice("sommer")
    there = Desk(other, add_member(practice=other, user=anna.member.user, role=Role.RECEPTION), anna.client)
    olga = make_member(anna.practice, Role.OWNER, name="Olga Ohm")
    leaving, staying = listen(anna), listen(there)
    hello(leaving)
    hello(staying)

    with practice_scope(anna.practice.pk):
        end_membership(member=anna.member, by=olga)

    assert leaving.has_ended()
    told = there.change()
    event = staying.event()
    assert event is not None
    assert event.changes == told


def test_nothing_is_told_to_a_session_that_has_ended(anna: Desk, listen: Listen) -> None:
    browser = listen(anna)
    hello(browser)
    anna.client.post("/logout/")
    anna.change()

    assert browser.has_ended()


@pytest.mark.usefixtures("checked_often")
def test_a_session_that_vanished_without_a_word_ends_at_the_next_check(anna: Desk, listen: Listen) -> None:
    browser = listen(anna)
    hello(browser)

    LoginSession.objects.all().delete()

    assert browser.has_ended()


@pytest.mark.usefixtures("checked_often")
@pytest.mark.parametrize("column", ["active_at", "expire_date"])
def test_an_idle_or_expired_session_ends_at_the_next_check(anna: Desk, listen: Listen, column: str) -> None:
    browser = listen(anna)
    hello(browser)

    LoginSession.objects.update(**{column: timezone.now() - timedelta(minutes=11)})

    assert browser.has_ended()


@pytest.mark.usefixtures("checked_often")
def test_an_open_session_outlives_every_check(anna: Desk, listen: Listen) -> None:
    browser = listen(anna)
    hello(browser)

    assert browser.event(1) is None
    assert not browser.task.done()


def test_the_own_check_comes_every_thirty_seconds() -> None:
    assert hub.CHECK_SECONDS == 30
