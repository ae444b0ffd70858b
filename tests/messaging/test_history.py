"""History: what was said before Roger stands where it belongs, and nothing leaves."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from messaging import search
from messaging.history import Entry, record, uuid7_at
from messaging.models import Conversation, Message
from practices.models import Change
from practices.scope import practice_scope
from tests.messaging.inbox.desk import make_channel, make_contact, make_conversation
from tests.people import make_practice

NINE = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
IN, OUT = Message.Direction.INBOUND, Message.Direction.OUTBOUND


@pytest.fixture
def conversation(db: None) -> Iterator[Conversation]:
    with practice_scope(make_practice().pk):
        yield make_conversation(make_channel(), make_contact())


def said(direction: Message.Direction, body: str, minutes: int = 0, **fields: object) -> Entry:
    origin = Message.Origin.PATIENT if direction == IN else Message.Origin.STAFF
    given = {"direction": direction, "origin": origin, "body": body, "at": NINE + timedelta(minutes=minutes)}
    return Entry(**given | fields)  # type: ignore[arg-type]


def test_messages_keep_their_times_and_states(conversation: Conversation) -> None:
    record(conversation=conversation, entries=[said(IN, "Wann?"), said(OUT, "Um zehn.", 5)])

    question, reply = Message.objects.in_order()
    assert (question.at, question.provider_at, question.received_at, question.state) == (NINE, NINE, NINE, "received")
    assert (reply.at, reply.state, reply.direction) == (NINE + timedelta(minutes=5), "read", "out")


def test_nothing_is_queued_and_nobody_asked_the_gate(conversation: Conversation) -> None:
    record(conversation=conversation, entries=[said(OUT, "Ohne jede Einwilligung.")])

    assert Message.objects.filter(state__in=["queued", "sending"]).count() == 0


def test_the_thread_stands_where_the_last_message_left_it(conversation: Conversation) -> None:
    record(conversation=conversation, entries=[said(IN, "Wann?"), said(OUT, "Zehn.", 5), said(IN, "Gut", 7)])

    stands = Conversation.objects.get()
    assert stands.last_message is not None
    assert (stands.last_message.body, stands.last_message_at) == ("Gut", NINE + timedelta(minutes=7))
    assert (stands.last_inbound_at, stands.waiting_since) == (NINE + timedelta(minutes=7),) * 2
    assert stands.seen_at is None


def test_an_answer_ends_the_waiting_and_an_automatic_one_does_not(conversation: Conversation) -> None:
    automatic = said(OUT, "Wir sind gleich da.", 1, origin=Message.Origin.AUTOMATIC)

    record(conversation=conversation, entries=[said(IN, "Wann?"), automatic])
    waiting = Conversation.objects.get().waiting_since
    record(conversation=conversation, entries=[said(OUT, "Um zehn.", 2)])

    assert (waiting, Conversation.objects.get().waiting_since) == (NINE, None)


def test_thanks_that_owe_no_answer_do_not_wait(conversation: Conversation) -> None:
    record(conversation=conversation, entries=[said(IN, "Danke!", owes_answer=False)])

    assert Conversation.objects.get().waiting_since is None


def test_older_history_does_not_move_the_thread_back(conversation: Conversation) -> None:
    record(conversation=conversation, entries=[said(IN, "neu", 60)])
    record(conversation=conversation, entries=[said(IN, "alt")])

    stands = Conversation.objects.get()
    assert stands.last_message is not None
    assert (stands.last_message.body, stands.last_inbound_at) == ("neu", NINE + timedelta(minutes=60))


def test_the_same_wamid_is_stored_once(conversation: Conversation) -> None:
    record(conversation=conversation, entries=[said(IN, "eins", wamid="wamid.A")])

    with pytest.raises(IntegrityError), transaction.atomic():
        record(conversation=conversation, entries=[said(IN, "noch einmal", wamid="wamid.A")])

    assert [message.body for message in Message.objects.all()] == ["eins"]


def test_history_is_found_newest_first_whenever_it_was_written_down(conversation: Conversation) -> None:
    record(conversation=conversation, entries=[said(IN, "Prothese neu", 60)])
    record(conversation=conversation, entries=[said(IN, "Prothese alt")])

    assert [message.body for message in search.find("Prothese").messages] == ["Prothese neu", "Prothese alt"]


def test_screens_are_told(conversation: Conversation) -> None:
    record(conversation=conversation, entries=[said(IN, "Wann?")])

    assert [(change.kind, change.ref) for change in Change.objects.all()] == [("conversation", conversation.pk)]


def test_ids_of_a_time_are_uuids_of_version_seven_in_its_order() -> None:
    earlier, later = uuid7_at(NINE), uuid7_at(NINE + timedelta(microseconds=900))

    assert (earlier.version, earlier.int >> 80, earlier < later) == (7, int(NINE.timestamp() * 1000), True)
