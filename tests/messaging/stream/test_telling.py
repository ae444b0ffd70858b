"""What open browsers hear: at once by the bus, within five seconds without it, once, and only their own practice."""

import json
import os
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction

from messaging.stream import asgi
from practices.bus import bus, channel
from practices.live import CHANNEL
from practices.models import Change
from practices.scope import practice_scope
from practices.tenancy import uuid7
from tests.messaging.stream.conftest import Desk, Listen, hello
from tests.messaging.stream.listening import NOTHING_ELSE, Event, running


def changes(event: Event | None) -> list[tuple[str, str]]:
    assert event is not None
    assert event.name == "message"
    return event.changes


def unheard(desk: Desk) -> list[tuple[str, str]]:
    """A committed change that the bus dropped."""
    with practice_scope(desk.practice.pk), transaction.atomic():
        change = Change.objects.create(kind="message", ref=uuid7())
    return [("message", str(change.ref))]


def test_a_change_is_told_once_it_is_committed(anna: Desk, listen: Listen) -> None:
    browser = listen(anna)
    hello(browser)

    told = anna.change()

    assert changes(browser.event()) == told
    assert browser.event(NOTHING_ELSE) is None


def test_nobody_hears_of_another_practice(anna: Desk, clara: Desk, listen: Listen) -> None:
    at_anna, at_clara = listen(anna), listen(clara)
    since = hello(at_anna)
    hello(at_clara)

    of_clara = clara.change()
    dropped_of_clara = unheard(clara)
    of_anna = anna.change()

    assert changes(at_clara.event()) == of_clara
    assert changes(at_clara.event(seconds=8)) == dropped_of_clara  # by the look, which sees every practice
    assert changes(at_anna.event()) == of_anna
    assert at_anna.event(NOTHING_ELSE) is None
    assert changes(listen(anna, last_event_id=str(since)).event()) == of_anna


@pytest.mark.usefixtures("looked_often")
def test_what_the_bus_dropped_is_found_by_the_next_look(anna: Desk, listen: Listen) -> None:
    browser = listen(anna)
    hello(browser)

    dropped = unheard(anna)

    assert changes(browser.event(seconds=8)) == dropped


@pytest.mark.usefixtures("looked_often")
def test_who_comes_while_the_stream_starts_misses_nothing(anna: Desk, settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"  # as good as not subscribed yet
    for _ in range(5):
        with running() as stream:
            browser = stream.get(anna.path, session=anna.session)
            hello(browser)

            (told,) = anna.change()

            heard = changes(browser.event())
            while told not in heard:  # a transaction open elsewhere lets the first look reach further back
                heard = changes(browser.event())


@pytest.mark.usefixtures("looked_often")
def test_without_a_broker_the_look_tells_everything(anna: Desk, settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    with running() as stream:
        browser = stream.get(anna.path, session=anna.session)
        hello(browser)

        told = anna.change()

        assert changes(browser.event(seconds=8)) == told


@pytest.mark.usefixtures("looked_often")
def test_what_the_bus_told_is_not_told_again_by_the_look(anna: Desk, listen: Listen) -> None:
    browser = listen(anna)
    hello(browser)

    told = anna.change()

    assert changes(browser.event()) == told
    assert browser.event(NOTHING_ELSE) is None


def test_a_word_on_the_bus_that_makes_no_sense_silences_nobody(anna: Desk, listen: Listen) -> None:
    browser = listen(anna)
    hello(browser)
    bus().publish(channel(CHANNEL), "no JSON")
    bus().publish(channel(CHANNEL), json.dumps({"practice": anna.practice.pk}))

    told = anna.change()

    assert changes(browser.event(seconds=8)) == told
    later = anna.change()
    assert changes(browser.event(seconds=8)) == later


def test_changes_of_one_moment_come_in_one_event(anna: Desk, listen: Listen) -> None:
    browser = listen(anna)
    hello(browser)

    told = anna.change(*(uuid7() for _ in range(50)))

    assert changes(browser.event()) == told


def test_a_reader_too_slow_for_five_hundred_changes_gets_one_reload(anna: Desk, listen: Listen) -> None:
    browser, other = listen(anna), listen(anna)
    hello(browser)
    hello(other)
    browser.stop_reading()
    for _ in range(7):
        anna.change(*(uuid7() for _ in range(100)))
    heard = [change for _ in range(7) for change in changes(other.event())]
    browser.read_again()

    events = [browser.event() for _ in range(2)]

    assert len(heard) == 700
    assert [event.name for event in events if event] == ["message", "reload"]
    assert browser.event(NOTHING_ELSE) is None
    told = anna.change()
    assert changes(browser.event()) == told


def test_who_takes_nothing_at_all_is_let_go(anna: Desk, listen: Listen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asgi, "STUCK_SECONDS", 0.1)
    browser = listen(anna)
    hello(browser)
    browser.stop_reading()

    anna.change()

    browser.task.result(3)
    assert browser.event(0.1) is None


def test_a_quiet_stream_is_kept_alive(anna: Desk, listen: Listen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asgi, "KEEP_ALIVE_SECONDS", 0.1)
    browser = listen(anna)
    hello(browser)

    assert [browser.event(), browser.event()] == [Event(":"), Event(":")]


def test_a_browser_that_left_is_forgotten(anna: Desk, listen: Listen) -> None:
    browser = listen(anna)
    hello(browser)

    browser.leave()

    assert asgi.hub._all() == []


def test_the_end_of_the_process_says_goodbye(anna: Desk) -> None:
    with running() as stream:
        browser = stream.get(anna.path, session=anna.session)
        hello(browser)

    assert browser.has_ended()


@pytest.mark.usefixtures("looked_often")
def test_a_restarted_database_costs_no_change(anna: Desk, listen: Listen) -> None:
    browser = listen(anna)
    hello(browser)

    for _ in range(3):
        end_all_connections()
        dropped = unheard(anna)
        assert changes(browser.event()) == dropped
    assert listen(anna).status == 200


def end_all_connections() -> None:
    """As a restart of PostgreSQL does; the test's own included."""
    name = connection.settings_dict["NAME"]
    connection.close()
    with psycopg.connect(os.environ["ROGER_TEST_SUPERUSER_URL"], autocommit=True) as superuser:
        superuser.execute("select pg_terminate_backend(pid, 1000) from pg_stat_activity where datname = %s", [name])
