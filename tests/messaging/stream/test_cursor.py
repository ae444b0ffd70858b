"""From which change on: nothing committed is skipped, a repeat is harmless, a gap nobody can name is a reload."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.utils import timezone

from messaging.stream import database
from practices.models import Change
from practices.scope import practice_scope
from practices.tasks import tidy
from practices.tenancy import uuid7
from tests.messaging.stream.conftest import Desk, Listen, hello
from tests.messaging.stream.listening import NOTHING_ELSE, Event
from tests.whole import of_whole


@contextmanager
def open_transaction(desk: Desk, ref: UUID) -> Iterator[None]:
    """A change whose transaction stays open until the block ends, then commits; the bus never hears of it."""
    written, may_commit = threading.Event(), threading.Event()

    def write() -> None:
        try:
            with practice_scope(desk.practice.pk), transaction.atomic():
                Change.objects.create(kind="message", ref=ref)
                written.set()
                may_commit.wait(10)
        finally:
            connection.close()

    writer = threading.Thread(target=write)
    writer.start()
    assert written.wait(5)
    yield
    may_commit.set()
    writer.join(10)


def age(desk: Desk, **ago: float) -> int:
    """A change that long ago; answers its transaction."""
    with practice_scope(desk.practice.pk), transaction.atomic():
        change = Change.objects.create(kind="message", ref=uuid7(), at=timezone.now() - timedelta(**ago))
        change.refresh_from_db()
        return int(change.transaction)


def test_a_new_browser_hears_only_where_the_stream_stands(anna: Desk, listen: Listen) -> None:
    anna.change()

    browser = listen(anna)

    hello(browser)
    assert browser.event(NOTHING_ELSE) is None


def test_who_comes_back_hears_what_was_missed(anna: Desk, listen: Listen) -> None:
    first = listen(anna)
    cursor = hello(first)
    first.leave()
    missed = anna.change() + anna.change(kind="conversation")

    event = listen(anna, last_event_id=str(cursor)).event()

    assert event is not None
    assert event.changes == missed


def test_a_transaction_that_commits_late_is_never_skipped(anna: Desk, listen: Listen) -> None:
    late = uuid7()
    with open_transaction(anna, late):
        early = anna.change()
        first = listen(anna)
        cursor = hello(first)
        first.leave()

    event = listen(anna, last_event_id=str(cursor)).event()

    assert event is not None
    assert event.changes == [("message", str(late)), *early]  # what it had seen comes once more, and is only an id


@pytest.mark.usefixtures("looked_often")
def test_a_transaction_that_commits_late_is_found_by_the_next_look(anna: Desk, listen: Listen) -> None:
    late = uuid7()
    browser = listen(anna)
    hello(browser)
    with open_transaction(anna, late):
        early = anna.change()
        told = browser.event()
        assert browser.event(NOTHING_ELSE) is None  # several looks have passed

    found = browser.event()

    assert told is not None
    assert found is not None
    assert (told.changes, found.changes) == (early, [("message", str(late))])
    assert browser.event(NOTHING_ELSE) is None


def test_coming_back_twice_with_one_cursor_tells_the_same_twice(anna: Desk, listen: Listen) -> None:
    cursor = hello(listen(anna))
    missed = anna.change()

    heard = [listen(anna, last_event_id=str(cursor)).event() for _ in range(2)]

    assert [event.changes for event in heard if event] == [missed, missed]


def test_each_event_moves_the_cursor_so_that_nothing_is_told_for_ever(anna: Desk, listen: Listen) -> None:
    cursor = hello(listen(anna))
    told = anna.change()

    repeats = [told]
    for _ in range(100):  # a cursor waits for the oldest transaction of the whole server, also of other tests
        event = listen(anna, last_event_id=str(cursor)).event()
        assert event is not None
        assert event.id is not None
        cursor, repeats = event.id, [*repeats, event.changes]
        if not event.changes:
            break
        time.sleep(0.1)

    assert repeats == [told] * (len(repeats) - 1) + [[]]


@pytest.mark.parametrize("cursor", ["999999999999999999", of_whole("1" * 40), "gestern", of_whole("-1")])
def test_a_cursor_that_cannot_be_ours_gets_one_reload(anna: Desk, listen: Listen, cursor: str) -> None:
    reload = listen(anna, last_event_id=cursor).event()

    assert reload is not None
    assert reload == Event("reload", "", reload.id)
    again = listen(anna, last_event_id=str(reload.id)).event()
    assert again is not None
    assert (again.name, again.changes) == ("message", [])


def test_who_slept_for_more_than_seven_days_gets_one_reload(anna: Desk, listen: Listen) -> None:
    cursor = age(anna, days=7.1)

    reload = listen(anna, last_event_id=str(cursor)).event()
    later = listen(anna, last_event_id=str(cursor + 1)).event()

    assert reload is not None
    assert later is not None
    assert (reload.name, later.name) == ("reload", "message")


def test_six_days_are_told_in_full(anna: Desk, listen: Listen) -> None:
    cursor = age(anna, days=6.9)

    event = listen(anna, last_event_id=str(cursor)).event()

    assert event is not None
    assert (event.name, len(event.changes)) == ("message", 1)


def test_what_was_tidied_away_is_still_known_to_be_missing(anna: Desk, listen: Listen) -> None:
    slept_at = age(anna, days=12)
    newest_of_the_old = age(anna, days=9)
    recent = age(anna, days=1)

    tidy(practice_id=anna.practice.pk)

    with practice_scope(anna.practice.pk), transaction.atomic():
        left = [change.transaction for change in Change.objects.order_by("at")]
    assert left == [newest_of_the_old, recent]
    reload = listen(anna, last_event_id=str(slept_at)).event()
    told = listen(anna, last_event_id=str(recent)).event()
    assert reload is not None
    assert told is not None
    assert (reload.name, told.name) == ("reload", "message")


def test_five_hundred_missed_changes_are_told_and_more_are_a_reload(anna: Desk, listen: Listen) -> None:
    cursor = hello(listen(anna))
    anna.change(*(uuid7() for _ in range(500)))
    told = listen(anna, last_event_id=str(cursor)).event()
    anna.change()

    reload = listen(anna, last_event_id=str(cursor)).event()

    assert told is not None
    assert reload is not None
    assert (told.name, len(told.changes), reload.name) == ("message", 500, "reload")


@pytest.mark.usefixtures("looked_often")
def test_a_look_that_cannot_see_everything_makes_everybody_look_again(
    anna: Desk, listen: Listen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "MOST_SEEN", 2)
    browser = listen(anna)
    hello(browser)
    with practice_scope(anna.practice.pk), transaction.atomic():
        Change.objects.bulk_create([Change(kind="message", ref=uuid7()) for _ in range(3)])

    event = browser.event(seconds=6)

    assert event is not None
    assert event.name == "reload"
