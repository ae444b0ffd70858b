"""A batch of stored webhooks costs as many queries whatever it holds, and each row is as if it came alone."""

import json
from collections.abc import Sequence
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from messaging.inbound.drain import drain
from messaging.models import Conversation, Message, MessageStatus
from messaging.webhook import LIMIT
from practices.scope import practice_scope
from tests.messaging.factories import SENT_AT, Line, envelope, message, status, wamid

pytestmark = pytest.mark.django_db

PEOPLE = [f"+4930231251{number}" for number in range(10, 18)]


def echo(name: str, phone: str, line: Line) -> dict[str, Any]:
    """What staff wrote in the phone's own app."""
    content = {
        "id": wamid(name, phone),
        "from": "493023125101",
        "to": phone.removeprefix("+"),
        "timestamp": str(SENT_AT),
        "type": "text",
        "text": {"body": name},
    }
    return envelope({"message_echoes": [content]}, line=line, field="smb_message_echoes")


def queries_of_draining(line: Line, events: Sequence[dict[str, Any]]) -> int:
    """How many questions Django asks to drain these webhooks in one batch."""
    for event in events:
        assert line.post(json.dumps(event).encode()) == "200 OK"
    with practice_scope(line.practice.pk), CaptureQueriesContext(connection) as asked:
        drain(1)
    return len(asked)


def test_many_messages_of_known_people_cost_no_more_queries_than_one(line: Line) -> None:
    line.deliver(*[message("Hallo", phone=phone) for phone in PEOPLE])

    one = queries_of_draining(line, [message("Eins", phone=PEOPLE[0])])
    many = queries_of_draining(line, [message("Viele", phone=phone) for phone in PEOPLE * 2])

    assert many == one
    with practice_scope(line.practice.pk):
        assert Message.objects.filter(direction="in").count() == len(PEOPLE) * 3 + 1


def test_many_statuses_cost_no_more_queries_than_one(line: Line) -> None:
    line.deliver(*[echo(f"Brief {phone}", phone, line) for phone in PEOPLE])

    one = queries_of_draining(line, [status(wamid(f"Brief {PEOPLE[0]}", PEOPLE[0]), "delivered", line=line)])
    many = queries_of_draining(
        line, [status(wamid(f"Brief {phone}", phone), word, line=line) for phone in PEOPLE for word in ("sent", "read")]
    )

    assert many == one
    with practice_scope(line.practice.pk):
        assert list(Message.objects.values_list("state", flat=True).distinct()) == ["read"]
        assert MessageStatus.objects.count() == len(PEOPLE) * 2 + 1


def test_people_known_and_new_in_one_batch_each_find_their_own_conversation(line: Line) -> None:
    line.deliver(message("Hallo", phone=PEOPLE[0]), message("Hallo", phone=PEOPLE[1]))

    queries_of_draining(line, [message(f"Von {phone}", phone=phone) for phone in reversed(PEOPLE)])

    with practice_scope(line.practice.pk):
        conversations = Conversation.objects.with_people()
        last = {
            next(one.value for one in conversation.contact.identities.all() if one.kind == "phone"): [
                one.body for one in conversation.messages.filter(direction="in").in_order()
            ]
            for conversation in conversations
        }
    assert last == {phone: [*(["Hallo"] if phone in PEOPLE[:2] else []), f"Von {phone}"] for phone in PEOPLE}


def test_large_bodies_are_read_a_few_at_a_time(line: Line) -> None:
    for name in ("eins", "zwei", "drei", "vier"):
        large = message(name) | {"ballast": "x" * (LIMIT - 2000)}
        assert line.post(json.dumps(large).encode()) == "200 OK"

    with practice_scope(line.practice.pk):
        drain(1)
        after_one = [one.body for one in Message.objects.inbound().order_by("pk")]
        drain()

        assert after_one == ["eins", "zwei"]
        assert Message.objects.inbound().count() == 4
