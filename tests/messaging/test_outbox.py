"""The way out: gate, claim, hand over, record; every outcome leaves one honest state and nothing goes twice."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from django.utils import timezone

from consent.actions import withdraw
from consent.gate import ChannelState
from consent.models import Channel as ConsentChannel
from consent.purposes import Purpose
from messaging import outbox
from messaging.actions import close_conversation, send_text, settle_unconfirmed
from messaging.dispatch import SendingRefused
from messaging.models import Channel, Conversation, Message, MessageStatus, SendAttempt
from messaging.resending import NotToBeSentAgain, resend
from messaging.whatsapp.answers import Accepted
from patients.models import Contact
from practices.models import Change, Member
from practices.postgres import holds
from practices.scope import practice_scope
from practices.tenancy import uuid7
from tests.consent_factories import opt_in
from tests.fakes import FakeWhatsApp
from tests.messaging.factories import PATIENT, Line, envelope, message, now, status, wamid

pytestmark = pytest.mark.django_db


@pytest.fixture
def conversation(line: Line, whatsapp: FakeWhatsApp, anna: Member) -> Conversation:
    """A patient who agreed and wrote just now, at the stand-in and here."""
    whatsapp.control("POST", "people", json={"phone": PATIENT, "name": "Erika"})
    whatsapp.control(
        "POST", "messages", json={"from": PATIENT, "to": line.channel.phone, "type": "text", "text": "Hallo"}
    )
    whatsapp.bag.take()
    line.deliver(message("Hallo", timestamp=now()))
    with practice_scope(line.practice.pk):
        opt_in(Contact.objects.get())
        Message.objects.filter(direction="out").delete()
        return Conversation.objects.with_people().get()


@pytest.fixture
def reply(line: Line, conversation: Conversation, anna: Member) -> Message:
    """What reception answered, queued."""
    with practice_scope(line.practice.pk):
        return write(conversation, anna)


def forget_changes(line: Line) -> None:
    """What screens were told until now."""
    with practice_scope(line.practice.pk):
        Change.objects.all().delete()


def row_is_shown_anew(line: Line, message: Message) -> bool:
    """Whether screens were told: the list says of whom it is not known whether our answer left."""
    with practice_scope(line.practice.pk):
        return Change.objects.filter(kind="conversation", ref=message.conversation_id).exists()


@pytest.fixture
def wamid_of_reply(line: Line, reply: Message) -> str:
    """The reply was handed over: its id at WhatsApp."""
    drain(line)
    with practice_scope(line.practice.pk):
        return Message.objects.get(pk=reply.pk).wamid or ""


def write(conversation: Conversation, anna: Member, body: str = "Gern, 9 Uhr?", **fields: Any) -> Message:
    return send_text(conversation=conversation, body=body, purpose=Purpose.ORGANISATION, by=anna, **fields)


def drain(line: Line) -> None:
    with practice_scope(line.practice.pk):
        outbox.drain()


def state(line: Line, sent: Message) -> str:
    with practice_scope(line.practice.pk):
        return Message.objects.get(pk=sent.pk).state


def test_a_reply_reaches_the_patient_and_its_ticks_come_back(
    line: Line,
    reply: Message,
    whatsapp: FakeWhatsApp,
) -> None:
    drain(line)

    [body] = whatsapp.sent()
    assert (body["text"]["body"], body["to"]) == ("Gern, 9 Uhr?", PATIENT)
    whatsapp.deliver()
    assert state(line, reply) == "delivered"
    with practice_scope(line.practice.pk):
        assert [one.status for one in MessageStatus.objects.order_by("received_at", "pk")] == ["sent", "delivered"]
        assert SendAttempt.objects.get().outcome == "accepted"


def test_an_answer_ends_the_waiting(line: Line, conversation: Conversation, anna: Member) -> None:
    assert conversation.waiting_since is not None

    with practice_scope(line.practice.pk):
        write(conversation, anna)
        assert Conversation.objects.get().waiting_since is None


def test_two_browsers_sending_the_same_reply_send_one(
    line: Line,
    conversation: Conversation,
    anna: Member,
    whatsapp: FakeWhatsApp,
) -> None:
    once = uuid7()
    with practice_scope(line.practice.pk):
        assert write(conversation, anna, client_id=once) == write(conversation, anna, client_id=once)

    drain(line)

    assert len(whatsapp.sent()) == 1


def test_messages_to_one_person_leave_in_order(
    line: Line,
    conversation: Conversation,
    anna: Member,
    whatsapp: FakeWhatsApp,
) -> None:
    with practice_scope(line.practice.pk):
        for number in range(5):
            write(conversation, anna, body=str(number))

    drain(line)

    assert [body["text"]["body"] for body in whatsapp.sent()] == ["0", "1", "2", "3", "4"]


def test_without_consent_nothing_is_stored(line: Line, anna: Member) -> None:
    line.deliver(message("Hallo", timestamp=now()))

    with practice_scope(line.practice.pk), pytest.raises(SendingRefused) as refused:
        write(Conversation.objects.with_people().get(), anna)

    assert refused.value.reason == "consent"
    with practice_scope(line.practice.pk):
        assert not Message.objects.filter(origin="staff").exists()


def test_a_closed_window_refuses_free_text(line: Line, conversation: Conversation, anna: Member) -> None:
    conversation.last_inbound_at = timezone.now() - timedelta(hours=25)

    with practice_scope(line.practice.pk), pytest.raises(SendingRefused) as refused:
        write(conversation, anna)

    assert refused.value.reason == "window"


def test_a_blocked_number_gets_nothing(line: Line, conversation: Conversation, anna: Member) -> None:
    with practice_scope(line.practice.pk):
        Contact.objects.update(blocked_at=timezone.now())
        with pytest.raises(SendingRefused) as refused:
            write(conversation, anna)

    assert refused.value.reason == "blocked"


def test_a_withdrawal_after_queueing_cancels_the_message(
    line: Line,
    reply: Message,
    conversation: Conversation,
    anna: Member,
    whatsapp: FakeWhatsApp,
) -> None:
    with practice_scope(line.practice.pk):
        withdrawal = withdraw(
            contact=conversation.contact,
            channel=ConsentChannel.STAFF_PHONE,
            act={"note": "am Telefon"},
            occurred_at=timezone.now(),
            by=anna,
        )

    drain(line)

    assert (withdrawal.cancelled, withdrawal.already_handed_over) == (1, 0)
    assert (state(line, reply), whatsapp.sent()) == ("cancelled", [])


def test_the_gate_is_asked_again_at_the_claim(
    line: Line,
    reply: Message,
    whatsapp: FakeWhatsApp,
) -> None:
    with practice_scope(line.practice.pk):
        Contact.objects.update(identity_changed_at=timezone.now())

    drain(line)

    with practice_scope(line.practice.pk):
        cancelled = Message.objects.get(pk=reply.pk)
    assert (cancelled.state, cancelled.refusal, whatsapp.sent()) == ("cancelled", "identity", [])


def test_a_revoked_key_stops_the_channel_and_keeps_the_message(line: Line, reply: Message) -> None:
    with practice_scope(line.practice.pk):
        channel = Channel.objects.get()
        channel.api_key = "revoked"
        channel.save(update_fields=["api_key"])

    drain(line)

    with practice_scope(line.practice.pk):
        assert Channel.objects.get().state == ChannelState.DISCONNECTED
    assert state(line, reply) == "queued"


def test_a_lost_answer_leaves_the_message_unconfirmed_and_it_never_goes_twice(
    line: Line,
    reply: Message,
    whatsapp: FakeWhatsApp,
    settings: Any,
) -> None:
    settings.D360_TRANSPORT = LosesAnswers(whatsapp)

    forget_changes(line)

    drain(line)
    drain(line)

    assert len(whatsapp.sent()) == 1
    assert state(line, reply) == "unconfirmed"
    assert row_is_shown_anew(line, reply)


def test_ticks_as_they_usually_come_show_no_row_anew(line: Line, reply: Message, whatsapp: FakeWhatsApp) -> None:
    drain(line)
    forget_changes(line)

    whatsapp.deliver()

    assert state(line, reply) == "delivered"
    assert not row_is_shown_anew(line, reply)


def test_a_status_with_our_attempt_settles_what_was_unconfirmed(
    line: Line,
    reply: Message,
    whatsapp: FakeWhatsApp,
    settings: Any,
) -> None:
    settings.D360_TRANSPORT = LosesAnswers(whatsapp)
    drain(line)
    forget_changes(line)

    whatsapp.deliver()

    assert state(line, reply) == "delivered"
    assert row_is_shown_anew(line, reply)


@pytest.mark.parametrize(("arrived", "then"), [(True, "sent"), (False, "failed")])
def test_a_person_settles_what_nothing_else_does(
    line: Line, reply: Message, anna: Member, arrived: bool, then: str
) -> None:
    with practice_scope(line.practice.pk):
        Message.objects.filter(pk=reply.pk).update(state="unconfirmed")
        forget_changes(line)
        settle_unconfirmed(message=reply, arrived=arrived, by=anna)

    assert state(line, reply) == then
    assert row_is_shown_anew(line, reply)


def test_a_claim_whose_worker_died_is_unconfirmed(
    line: Line,
    reply: Message,
    whatsapp: FakeWhatsApp,
) -> None:
    with practice_scope(line.practice.pk):
        outbox.claim()
        assert outbox.give_up_stale_claims() == 0
        holds.let_go()  # as the server does when a worker's connection ends
        forget_changes(line)
        assert outbox.give_up_stale_claims() == 1
        assert SendAttempt.objects.get().outcome == "unknown"

    drain(line)

    assert (state(line, reply), whatsapp.sent()) == ("unconfirmed", [])
    assert row_is_shown_anew(line, reply)


@pytest.mark.parametrize("order", [["sent", "delivered", "read"], ["read", "delivered", "sent"], ["delivered", "read"]])
def test_statuses_only_move_forward_in_whatever_order_they_come(
    line: Line, reply: Message, wamid_of_reply: str, order: list[str]
) -> None:
    line.deliver(*(status(wamid_of_reply, word) for word in order))

    assert state(line, reply) == "read"


def test_a_status_before_the_answer_waits_for_its_message(line: Line, conversation: Conversation, anna: Member) -> None:
    early = wamid("early")
    line.deliver(status(early, "delivered"))
    with practice_scope(line.practice.pk):
        sent = write(conversation, anna)
        [claim] = outbox.claim() or []

        outbox.record(claim, Accepted(wamid=early))

    assert state(line, sent) == "delivered"


def test_failed_keeps_its_code_and_a_later_read_lifts_it(line: Line, reply: Message, wamid_of_reply: str) -> None:
    line.deliver(status(wamid_of_reply, "failed", errors=[{"code": 131026, "title": "undeliverable"}]))
    with practice_scope(line.practice.pk):
        failed = Message.objects.get(pk=reply.pk)
    line.deliver(status(wamid_of_reply, "read"))
    with practice_scope(line.practice.pk):
        lifted = Message.objects.get(pk=reply.pk)

    assert (failed.state, failed.error_code) == ("failed", 131026)
    assert (lifted.state, lifted.lifted) == ("read", True)


def test_a_new_message_opens_a_closed_conversation(line: Line, conversation: Conversation, anna: Member) -> None:
    with practice_scope(line.practice.pk):
        close_conversation(conversation=conversation, by=anna)

    line.deliver(message("Noch etwas", timestamp=now()))

    assert line.conversation().closed_at is None


class LosesAnswers(FakeWhatsApp):
    """Takes the request and breaks the line before the answer."""

    def __init__(self, behind: FakeWhatsApp) -> None:
        self._behind = behind

    def handle_request(self, request: Any) -> Any:
        self._behind.handle_request(request)
        raise httpx.ReadError("connection reset", request=request)


def test_what_arrived_meanwhile_is_not_sent_again(line: Line, reply: Message, anna: Member) -> None:
    with practice_scope(line.practice.pk):
        Message.objects.filter(pk=reply.pk).update(state="delivered")

        with pytest.raises(NotToBeSentAgain):
            resend(message=reply, by=anna, client_id=uuid7())
        assert Message.objects.filter(direction="out").count() == 1


def test_one_message_that_cannot_be_handed_over_spoils_no_neighbour(
    line: Line, reply: Message, whatsapp: FakeWhatsApp, settings: Any
) -> None:
    settings.D360_TRANSPORT = Breaks(whatsapp)

    drain(line)

    assert state(line, reply) == "unconfirmed"


def test_a_status_before_its_echo_waits_for_it(line: Line, conversation: Conversation) -> None:
    echoed = wamid("echo")
    line.deliver(status(echoed, "read"))
    body = envelope(
        {"message_echoes": [{"id": echoed, "to": PATIENT.removeprefix("+"), "timestamp": now(), "type": "text"}]},
        field="smb_message_echoes",
    )

    line.deliver(body)

    with practice_scope(line.practice.pk):
        assert Message.objects.get(origin="phone_app").state == "read"


def test_a_late_echo_answers_only_what_was_written_before_it(line: Line, conversation: Conversation) -> None:
    earlier = str(int(now()) - 600)
    echo = {
        "id": wamid(),
        "to": PATIENT.removeprefix("+"),
        "timestamp": earlier,
        "type": "text",
        "text": {"body": "Ja"},
    }

    line.deliver(envelope({"message_echoes": [echo]}, field="smb_message_echoes"))

    assert line.conversation().waiting_since is not None


def test_an_emoji_from_the_practices_phone_answers_nobody_and_takes_no_row(
    line: Line, conversation: Conversation
) -> None:
    with practice_scope(line.practice.pk):
        asked = conversation.messages.inbound().in_order().last()
        assert asked is not None
        emoji = {"message_id": asked.wamid, "emoji": "❤️"}
    echo = {"id": wamid(), "to": PATIENT.removeprefix("+"), "timestamp": now(), "type": "reaction", "reaction": emoji}
    before = line.conversation()

    line.deliver(envelope({"message_echoes": [echo]}, field="smb_message_echoes"))

    after = line.conversation()
    assert before.waiting_since is not None
    assert (after.waiting_since, after.last_message_id) == (before.waiting_since, before.last_message_id)


class Breaks(LosesAnswers):
    """Fails in a way nobody has foreseen."""

    def handle_request(self, request: Any) -> Any:
        raise RuntimeError("not foreseen")
