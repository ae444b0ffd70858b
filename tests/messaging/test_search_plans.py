"""What PostgreSQL does for a search: a stretch of an index, under the policies, however many messages there are."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from messaging import search
from messaging.models import Conversation, Message
from messaging.search_within import Within
from practices.scope import practice_scope
from tests.factories import make_practice
from tests.messaging.inbox.desk import make_channel, make_contact, make_conversation

pytestmark = pytest.mark.django_db
MESSAGES = 2_400
RARE = "Prothesenreparatur"


@pytest.fixture(scope="module")
def written(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Conversation]:
    """Two people with many messages, of which every sixtieth holds the rare word; each test is rolled back to it."""
    with django_db_blocker.unblock(), transaction.atomic():
        with practice_scope(make_practice().pk):
            conversation = with_many_messages()
        yield conversation
        transaction.set_rollback(True)


@pytest.fixture
def conversation(written: Conversation, db: None) -> Iterator[Conversation]:
    assert written.practice_id
    with practice_scope(written.practice_id):
        yield written


def with_many_messages() -> Conversation:
    channel = make_channel()
    conversation, other = make_conversation(channel, make_contact()), make_conversation(channel, make_contact())
    messages = [message(other if number % 3 else conversation, number) for number in range(MESSAGES)]
    Message.objects.bulk_create(messages)
    search.index(messages, are_new=True)
    return conversation


def message(conversation: Conversation, number: int) -> Message:
    return Message(
        conversation=conversation,
        contact_id=conversation.contact_id,
        channel_id=conversation.channel_id,
        direction="in",
        origin="patient",
        state="received",
        type="text",
        body=f"{RARE} Nummer {number}" if number % 60 == 0 else f"Terminanfrage Nummer {number}",
        at=timezone.now() - timedelta(minutes=MESSAGES - number),
    )


def statements(run: Callable[[], object]) -> list[str]:
    with CaptureQueriesContext(connection) as queries:
        run()
    return [
        query["sql"] for query in queries if "message" in query["sql"] and query["sql"].lower().startswith("select")
    ]


def rows_read(statement: str) -> int:
    """How many rows any one step of the plan touched, those thrown away included."""
    with connection.cursor() as cursor:
        cursor.execute(
            "set local enable_seqscan = off; set local enable_sort = off"
        )  # a test's table has no statistics
        cursor.execute(f"explain (analyze, format json) {statement}")
        found = cursor.fetchone()[0]
    plan = (json.loads(found) if isinstance(found, str) else found)[0]["Plan"]
    return max(_rows(plan))


def _rows(plan: dict[str, Any]) -> list[int]:
    removed = plan.get("Rows Removed by Filter", 0) + plan.get("Rows Removed by Join Filter", 0)
    own = int((plan["Actual Rows"] + removed) * plan["Actual Loops"])
    return [own, *(rows for inner in plan.get("Plans", []) for rows in _rows(inner))]


@pytest.mark.parametrize(
    "within",
    [
        Within(),
        Within(direction="out"),
        Within(since=datetime(2030, 1, 1, tzinfo=UTC)),
        Within(has_file=True),
    ],
)
def test_a_word_reads_no_more_than_its_own_messages(conversation: Conversation, within: Within) -> None:
    for statement in statements(lambda: search.find(RARE, within=within)):
        assert rows_read(statement) <= MESSAGES // 60


def test_a_scan_that_finds_nothing_ends_where_it_was_told(conversation: Conversation) -> None:
    within = Within(since=datetime(2030, 1, 1, tzinfo=UTC), has_file=True)

    found = search.scan("gibtesnicht", most=500, within=within)

    assert (found.messages, found.searched, found.before is not None) == ([], 500, True)
    for statement in statements(lambda: search.scan("gibtesnicht", most=500, within=within)):
        assert rows_read(statement) <= 500


def test_a_persons_messages_are_looked_through_by_themselves(conversation: Conversation) -> None:
    within = Within(contacts=frozenset([conversation.contact_id]))

    first = search.scan("nummer", within=within)
    rest = search.scan("gibtesnicht", within=within)

    assert (len(first.messages), first.searched) == (50, 50)
    assert (rest.searched, rest.before) == (MESSAGES // 3, None)
