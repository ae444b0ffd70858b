"""Changes: the row is the truth, the bus only carries its id, and only once it is committed."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, transaction
from pytest_django import Settings

from practices.bus import bus, channel
from practices.live import CHANNEL, ENDED, changed, changed_many, sessions_ended
from practices.models import Change, Practice
from practices.scope import NoPracticeInScope, practice_scope
from practices.tenancy import uuid7
from tests.factories import make_practice

pytestmark = pytest.mark.django_db
really_commits = pytest.mark.django_db(transaction=True)


@pytest.fixture
def practice() -> Iterator[Practice]:
    made = make_practice()
    with practice_scope(made.pk):
        yield made


class Listener:
    """A stream that hears the bus."""

    def __init__(self, name: str) -> None:
        self.heard: Any = bus().pubsub(ignore_subscribe_messages=True)  # type: ignore[no-untyped-call]
        self.heard.subscribe(channel(name))
        self.heard.get_message(timeout=5)  # the subscription itself

    def next(self, seconds: float = 5) -> Any:
        """The next message, or None when there is none within that time."""
        message = self.heard.get_message(timeout=seconds)
        return json.loads(message["data"]) if message else None


@pytest.fixture
def stream() -> Iterator[Listener]:
    listener = Listener(CHANNEL)
    yield listener
    listener.heard.close()


def test_a_change_is_a_row_with_the_transactions_id(practice: Practice) -> None:
    ref = uuid7()

    changed("message", ref)

    with connection.cursor() as cursor:
        cursor.execute("select pg_current_xact_id()")
        transaction_id = int(cursor.fetchone()[0])
    assert [(row.kind, row.ref, row.transaction) for row in Change.objects.all()] == [("message", ref, transaction_id)]


def test_a_change_told_twice_in_one_go_is_one_row(practice: Practice) -> None:
    message, conversation = uuid7(), uuid7()

    changed_many([("message", message), ("conversation", conversation), ("message", message)])

    assert [(row.kind, row.ref) for row in Change.objects.order_by("pk")] == [
        ("message", message),
        ("conversation", conversation),
    ]


def test_no_change_is_no_row(practice: Practice) -> None:
    changed_many([])

    assert Change.objects.count() == 0


def test_a_change_belongs_to_a_practice() -> None:
    with pytest.raises(NoPracticeInScope):
        changed("message", uuid7())


@really_commits
def test_ids_go_out_once_the_transaction_is_committed(practice: Practice, stream: Listener) -> None:
    ref = uuid7()
    with transaction.atomic():
        changed("message", ref)
        change = Change.objects.get()
        before_the_commit = stream.next(0.05)

    assert before_the_commit is None
    assert stream.next() == {"practice": practice.pk, "changes": [[str(change.pk), "message", str(ref)]]}


@really_commits
def test_nothing_goes_out_for_what_was_rolled_back(practice: Practice, stream: Listener) -> None:
    kept = uuid7()
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        changed("message", uuid7())
        raise ZeroDivisionError
    with transaction.atomic():
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            changed("message", uuid7())
            raise ZeroDivisionError
        changed("message", kept)

    heard = stream.next()

    assert [ref for _, _, ref in heard["changes"]] == [str(kept)]
    assert stream.next(0.05) is None


@really_commits
def test_a_dead_broker_costs_no_change(practice: Practice, settings: Settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    bus.cache_clear()

    with transaction.atomic():
        changed("message", uuid7())
    sessions_ended(uuid7())
    bus.cache_clear()

    with transaction.atomic():
        assert Change.objects.count() == 1


def test_the_end_of_somebodys_sessions_names_the_user_only() -> None:
    listener, user_id = Listener(ENDED), uuid7()

    sessions_ended(user_id)

    assert listener.next() == {"user": str(user_id)}
    listener.heard.close()
