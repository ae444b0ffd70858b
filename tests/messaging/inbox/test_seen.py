"""What somebody of the team has seen: exactly the messages that stood on a screen."""

from datetime import timedelta

import pytest
from django.test import Client

from messaging.models import Channel, Conversation
from tests.messaging.inbox.desk import grant, make_conversation, receive


@pytest.fixture
def conversation(channel: Channel) -> Conversation:
    conversation = make_conversation(channel)
    grant(conversation.contact)
    return conversation


def address(conversation: Conversation, path: str = "") -> str:
    return f"/p/morgenthal/inbox/{conversation.pk}/{path}"


def test_looking_is_said_by_a_post_and_the_patients_ticks_follow(desk: Client, conversation: Conversation) -> None:
    message = receive(conversation)
    desk.get(address(conversation))
    unseen = Conversation.objects.get().seen_at

    response = desk.post(address(conversation, "seen/"), {"message": message.pk})

    seen = Conversation.objects.get()
    assert (unseen, response.status_code, seen.receipt_up_to) == (None, 204, message)
    assert seen.seen_at is not None


def test_only_what_was_shown_is_seen(desk: Client, conversation: Conversation) -> None:
    shown = [receive(conversation, "eins", ago=timedelta(minutes=3)), receive(conversation, "zwei")]
    below = receive(conversation, "weiter unten")

    desk.post(address(conversation, "seen/"), {"message": [shown[1].pk, shown[0].pk]})
    first = Conversation.objects.get()
    desk.post(address(conversation, "seen/"), {"message": below.pk})
    then = Conversation.objects.get()

    assert (first.seen_at, first.receipt_up_to) == (None, shown[1])
    assert (then.seen_at is None, then.receipt_up_to) == (False, below)


@pytest.mark.parametrize("said", [{}, {"message": ""}, {"message": "x"}, {"message": "0" * 32}])
def test_whoever_names_no_message_has_seen_none(desk: Client, conversation: Conversation, said: dict[str, str]) -> None:
    receive(conversation)

    response = desk.post(address(conversation, "seen/"), said)

    stands = Conversation.objects.get()
    assert (response.status_code, stands.seen_at, stands.receipt_up_to) == (204, None, None)


def test_a_line_of_whatsapps_own_can_be_seen_too(desk: Client, conversation: Conversation) -> None:
    line = receive(conversation, None, type="request_welcome")

    page = desk.get(address(conversation)).text

    assert f'id="message-{line.pk}" data-unseen="{line.pk}"' in page
