"""Waking: one ring per practice, task and moment; after the commit; and never a broken request for a dead broker."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from celery import shared_task
from django.db import transaction
from pytest_django import Settings

from practices.background import wake, wake_again_after, wake_on_commit, woken
from practices.bus import bus

pytestmark = pytest.mark.django_db
really_commits = pytest.mark.django_db(transaction=True)

DRAIN, OTHER = "tests.drain", "tests.other_drain"


@shared_task(name=DRAIN)
def drain(*, practice_id: int) -> None:
    """Never runs: these tests look at what waits for a worker."""


@shared_task(name=OTHER)
def other_drain(*, practice_id: int) -> None:
    """As above."""


@pytest.fixture
def broker_away(settings: Settings) -> Iterator[None]:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    bus.cache_clear()
    yield
    bus.cache_clear()


def rings() -> list[tuple[str, dict[str, int]]]:
    """What waits in the broker, oldest first: the tasks' names and arguments."""
    waiting = [json.loads(message) for message in reversed(bus().lrange("background", 0, -1))]
    return [(message["headers"]["task"], eval_arguments(message["headers"]["kwargsrepr"])) for message in waiting]


def eval_arguments(written: str) -> dict[str, int]:
    return dict(json.loads(written.replace("'", '"')))


def test_a_ring_says_which_practice_and_nothing_else() -> None:
    wake(DRAIN, practice_id=1)

    assert rings() == [(DRAIN, {"practice_id": 1})]


def test_many_rings_at_once_are_one() -> None:
    for _ in range(20):
        wake(DRAIN, practice_id=1)

    assert rings() == [(DRAIN, {"practice_id": 1})]


def test_practices_and_tasks_ring_apart() -> None:
    wake(DRAIN, practice_id=1)
    wake(DRAIN, practice_id=2)
    wake(OTHER, practice_id=1)

    assert rings() == [(DRAIN, {"practice_id": 1}), (DRAIN, {"practice_id": 2}), (OTHER, {"practice_id": 1})]


def test_work_that_comes_after_the_drain_has_started_rings_again() -> None:
    wake(DRAIN, practice_id=1)
    woken(DRAIN, practice_id=1)

    wake(DRAIN, practice_id=1)

    assert rings() == [(DRAIN, {"practice_id": 1})] * 2


def test_one_drain_starting_silences_no_other() -> None:
    wake(DRAIN, practice_id=1)
    wake(DRAIN, practice_id=2)
    woken(DRAIN, practice_id=1)

    wake(DRAIN, practice_id=2)

    assert rings() == [(DRAIN, {"practice_id": 1}), (DRAIN, {"practice_id": 2})]


def test_the_flag_ends_by_itself_after_200_milliseconds() -> None:
    wake(DRAIN, practice_id=1)

    (flag,) = bus().keys("roger:wake:*")

    assert flag == b"roger:wake:tests.drain:1"
    assert 0 < bus().pttl(flag) <= 200


def test_another_look_is_rung_for_once_in_its_time_and_practice() -> None:
    for practice_id in (1, 1, 2):
        wake_again_after(DRAIN, practice_id=practice_id, every=timedelta(minutes=5))
        woken(DRAIN, practice_id=practice_id)

    assert rings() == [(DRAIN, {"practice_id": 1}), (DRAIN, {"practice_id": 2})]
    assert 299 <= bus().ttl(f"roger:again:{DRAIN}:1") <= 300


def test_without_a_broker_nobody_looks_again_and_nothing_breaks(
    broker_away: None, caplog: pytest.LogCaptureFixture
) -> None:
    wake_again_after(DRAIN, practice_id=1, every=timedelta(minutes=5))

    assert [record.message for record in caplog.records] == ["broker away, nobody looks again"]


@really_commits
def test_nobody_is_woken_before_the_commit() -> None:
    with transaction.atomic():
        wake_on_commit(DRAIN, practice_id=1)
        before_the_commit = rings()

    assert (before_the_commit, rings()) == ([], [(DRAIN, {"practice_id": 1})])


@really_commits
def test_nobody_is_woken_for_what_was_rolled_back() -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        wake_on_commit(DRAIN, practice_id=1)
        raise ZeroDivisionError

    assert rings() == []


@really_commits
def test_a_dead_broker_breaks_no_commit(broker_away: None, caplog: pytest.LogCaptureFixture) -> None:
    with transaction.atomic():
        wake_on_commit(DRAIN, practice_id=1)
    woken(DRAIN, practice_id=1)

    assert [record.message for record in caplog.records] == ["broker away, the sweep will find the work"] * 2


def test_an_unknown_task_is_a_mistake_in_the_code() -> None:
    with pytest.raises(KeyError):
        wake("tests.no_such_task", practice_id=1)
