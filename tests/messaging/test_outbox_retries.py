"""How long and how often a message is tried again, and what is never tried by itself."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from django.utils import timezone

from messaging import outbox, receipts
from messaging.actions import mark_seen, send_text
from messaging.inbox.reasons import hint_of
from messaging.models import Channel, Conversation, Message, SendAttempt
from messaging.requests import connect
from messaging.whatsapp.errors import ChannelBlocked
from patients.models import Contact
from practices.models import Member
from practices.scope import practice_scope
from tests.consent_factories import opt_in
from tests.messaging.factories import Line, message, now

pytestmark = pytest.mark.django_db


class Answers(httpx.BaseTransport):
    """360dialog as it is when it is ill: the same answer to every call."""

    def __init__(self, status: int, code: int | None = None) -> None:
        self.status, self.code, self.calls = status, code, 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.calls += 1
        body = {} if self.code is None else {"error": {"code": self.code, "message": "no"}}
        return httpx.Response(self.status, json=body)


@pytest.fixture
def reply(line: Line, anna: Member) -> Message:
    line.deliver(message("Hallo", timestamp=now()))
    with practice_scope(line.practice.pk):
        opt_in(Contact.objects.get())
        Message.objects.filter(direction="out").delete()
        conversation = Conversation.objects.with_people().get()
        return send_text(conversation=conversation, body="Gern, 9 Uhr?", purpose="organisation", by=anna)  # type: ignore[arg-type]


def drain(line: Line, *, after: timedelta = timedelta()) -> Message:
    """One drain, as if the message had been written so long ago; answers the message as it stands then."""
    with practice_scope(line.practice.pk):
        Message.objects.filter(state="queued").update(run_after=timezone.now(), at=timezone.now() - after)
        Channel.objects.update(paused_until=None)
        outbox.drain()
        return Message.objects.filter(direction="out").get()


def test_an_outage_of_hours_ends_no_message(line: Line, reply: Message, settings: Any) -> None:
    settings.D360_TRANSPORT = Answers(503)

    for hours in range(6):
        waiting = drain(line, after=timedelta(hours=hours))

    assert (waiting.state, waiting.attempts) == ("queued", 6)


def test_after_six_hours_an_answer_is_none_any_more(line: Line, reply: Message, settings: Any) -> None:
    settings.D360_TRANSPORT = Answers(503)

    failed = drain(line, after=timedelta(hours=6, minutes=1))

    assert failed.state == "failed"


def test_what_whatsapp_may_have_is_unclear_however_often_it_was_tried(
    line: Line, reply: Message, settings: Any
) -> None:
    settings.D360_TRANSPORT = Answers(500)
    with practice_scope(line.practice.pk):
        Message.objects.filter(pk=reply.pk).update(attempts=20)

    unclear = drain(line, after=timedelta(hours=7))

    with practice_scope(line.practice.pk):
        outcomes = list(SendAttempt.objects.values_list("outcome", flat=True))
    assert (unclear.state, outcomes) == ("unconfirmed", ["unknown"])


def test_a_request_whatsapp_does_not_understand_is_tried_once_more_and_not_twice(
    line: Line, reply: Message, settings: Any
) -> None:
    settings.D360_TRANSPORT = Answers(400, 1)

    states = [drain(line).state for _ in range(2)]

    assert states == ["queued", "failed"]
    assert settings.D360_TRANSPORT.calls == 2


def test_a_message_that_waits_says_why(line: Line, reply: Message, settings: Any) -> None:
    settings.D360_TRANSPORT = Answers(429, 130429)

    waiting = drain(line)

    assert waiting.error_code == 130429
    assert hint_of(waiting) == (
        "WhatsApp nimmt gerade nichts an. Die Nachricht ist noch nicht verschickt und wird automatisch versucht."
    )


def test_a_rate_that_is_exceeded_pauses_the_whole_number(line: Line, reply: Message, settings: Any) -> None:
    settings.D360_TRANSPORT = Answers(429)

    with practice_scope(line.practice.pk):
        outbox.drain()

        paused_until = Channel.objects.get().paused_until
        assert paused_until is not None and paused_until > timezone.now()


def test_what_cannot_be_a_key_stops_its_number_alone(line: Line, reply: Message) -> None:
    with practice_scope(line.practice.pk):
        channel = Channel.objects.get()
        channel.api_key = "über"
        channel.save(update_fields=["api_key"])

    assert drain(line).state == "queued"
    with practice_scope(line.practice.pk):
        assert Channel.objects.get().state == "disconnected"
        with pytest.raises(ChannelBlocked):
            connect("über")


def test_ticks_of_a_number_without_a_usable_key_are_forgotten_and_end_nothing(
    line: Line, reply: Message, anna: Member
) -> None:
    with practice_scope(line.practice.pk):
        conversation = Conversation.objects.get()
        mark_seen(conversation=conversation, shown=[Message.objects.inbound().get().pk], by=anna)
        channel = Channel.objects.get()
        channel.api_key = "über"
        channel.save(update_fields=["api_key"])

        assert receipts.send_due() == 0
        assert Conversation.objects.get().receipt_up_to is None
