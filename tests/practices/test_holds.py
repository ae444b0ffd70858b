"""What a process has in hand, and that it has nothing in hand any more once its session is over."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections, transaction

from practices.postgres import holds
from practices.tenancy import uuid7


@pytest.fixture
def elsewhere() -> Iterator[ThreadPoolExecutor]:
    """Another session of the database: its one thread has a connection of its own."""
    with ThreadPoolExecutor(1) as thread:
        yield thread
        thread.submit(connections.close_all).result()


@pytest.mark.django_db(transaction=True)
def test_what_another_session_holds_is_held_until_it_lets_go_or_ends(elsewhere: ThreadPoolExecutor) -> None:
    one, other, nobodys = uuid7(), uuid7(), uuid7()

    elsewhere.submit(holds.hold, [one, other]).result()
    assert holds.not_held([one, other, nobodys]) == {nobodys}

    elsewhere.submit(holds.let_go).result()
    assert holds.not_held([one, other]) == {one, other}

    elsewhere.submit(holds.hold, [one]).result()
    elsewhere.submit(connections.close_all).result()
    assert holds.not_held([one]) == {one}


@pytest.mark.django_db(transaction=True)
def test_a_commit_ends_no_hold() -> None:
    one = uuid7()

    with transaction.atomic():
        holds.hold([one])

    assert holds.not_held([one]) == set()
    holds.let_go()


@pytest.mark.django_db
def test_holding_nothing_asks_for_nothing() -> None:
    holds.hold([])

    assert holds.not_held([]) == set()
