"""A search that is narrowed: to a person, a time, a side, a label, what has a file."""

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.test import Client

from messaging.models import Channel, Conversation, ConversationLabel, Label, Message
from practices.models import Member
from tests.messaging.inbox.desk import answer, make_contact, make_conversation, receive
from tests.messaging.inbox.searches import found, hits, make_somebody_to_find, people, search, store_photo

A_SUNDAY = "2026-11-29 12:00+01:00"


@pytest.fixture
def conversation(channel: Channel) -> Conversation:
    return make_somebody_to_find(channel)


@pytest.fixture
@time_machine.travel(A_SUNDAY, tick=True)
def two(channel: Channel, conversation: Conversation, anna: Member) -> tuple[Message, Message, Message]:
    """Jana asks and is answered; somebody else asked the same a year ago."""
    other = make_conversation(channel, make_contact(profile_name="Zweiter"))
    old = receive(other, "Alte Prothese", ago=timedelta(days=400))
    asked = receive(conversation, "Neue Prothese")
    return old, asked, answer(conversation, "Ihre Prothese ist da", by=anna)


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, [2, 1, 0]),
        ({"person": "vogt"}, [2, 1]),
        ({"person": "2.12.1998"}, [2, 1]),
        ({"person": "Niemandsen"}, []),
        ({"direction": "in"}, [1, 0]),
        ({"direction": "out"}, [2]),
        ({"direction": "sideways"}, [2, 1, 0]),
        ({"since": "2026-11-01"}, [2, 1]),
        ({"until": "2026-11-01"}, [0]),
        ({"since": "2026-11-29", "until": "2026-11-29"}, [2, 1]),
        ({"since": "2026-11-30"}, []),
        ({"until": "9999-12-31"}, [2, 1, 0]),
        ({"label": str(uuid4())}, []),
        ({"label": "none"}, [2, 1, 0]),
    ],
)
@pytest.mark.parametrize("parts", [{}, {"parts": "1"}])
@time_machine.travel(A_SUNDAY, tick=True)
def test_a_filter_leaves(
    desk: Client,
    two: tuple[Message, ...],
    filters: dict[str, str],
    expected: list[int],
    parts: dict[str, str],
) -> None:
    page = search(desk, "prothese", **filters, **parts)

    assert {hit.message_pk for hit in hits(page)} == {two[number].pk for number in expected}


def test_a_date_that_is_none_is_named_and_left_out(desk: Client, two: tuple[Message, ...]) -> None:
    page = search(desk, "prothese", since="morgen")

    assert (len(hits(page)), page.context["asked"].errors) == (3, ["Bitte ein Datum: TT.MM.JJJJ"])


def test_a_label_leaves_the_conversations_it_hangs_on(desk: Client, two: tuple[Message, ...]) -> None:
    label = Label.objects.create(name="Labor")
    ConversationLabel.objects.create(conversation_id=two[0].conversation_id, label=label)

    page = search(desk, "prothese", label=str(label.pk))

    assert ([hit.message_pk for hit in hits(page)], "Label „Labor“" in page.content.decode()) == ([two[0].pk], True)


def test_only_messages_with_a_file(desk: Client, two: tuple[Message, ...]) -> None:
    store_photo(two[1])

    assert [hit.message_pk for hit in hits(search(desk, "prothese", has_file="1"))] == [two[1].pk]


def test_filters_alone_show_everything_they_leave(desk: Client, two: tuple[Message, ...]) -> None:
    photo = receive(two[1].conversation, None, type="image")
    store_photo(photo)

    assert found(search(desk, "", person="vogt", has_file="1")) == ["Foto"]
    assert len(hits(search(desk, "", person="vogt"))) == 3  # the greeting, the question, the answer


def test_filters_are_about_messages_and_show_no_people(desk: Client, two: tuple[Message, ...]) -> None:
    assert (len(people(desk, "vogt")), search(desk, "vogt", direction="in").context["people"]) == (1, [])
