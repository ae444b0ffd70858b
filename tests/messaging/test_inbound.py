"""Stored webhooks become messages: once each, in order, whatever they hold."""

import json
from datetime import UTC, datetime

import pytest

from messaging.inbound import drain as drain_module
from messaging.models import Conversation, Message, MessageQuerySet, UnreadableEntry
from practices.models import Change
from practices.scope import practice_scope
from tests.messaging.factories import SENT_AT, Line, envelope, message, wamid

pytestmark = pytest.mark.django_db


def received() -> MessageQuerySet:
    """What patients wrote, without what Roger asks a stranger."""
    return Message.objects.filter(direction="in")


def messages(line: Line) -> list[Message]:
    with practice_scope(line.practice.pk):
        return list(received())


def test_a_text_becomes_a_message_in_a_new_conversation(line: Line) -> None:
    line.deliver(message("Kann ich morgen kommen?"))

    conversation = line.conversation()
    with practice_scope(line.practice.pk):
        stored = received().get()
        assert (stored.body, stored.type, stored.state, stored.direction) == (
            "Kann ich morgen kommen?",
            "text",
            "received",
            "in",
        )
        assert stored.provider_at == datetime.fromtimestamp(SENT_AT, UTC)
        assert conversation.waiting_since == stored.at
        assert conversation.contact.profile_name == "Erika"


def test_a_repeated_webhook_creates_no_second_message(line: Line) -> None:
    twice = message("Hallo")

    line.deliver(twice)
    twice["entry"][0]["id_of_redelivery"] = 2
    line.deliver(twice)

    assert len(messages(line)) == 1
    assert [delivery.state for delivery in line.deliveries()] == ["processed", "processed"]


def test_the_same_message_twice_in_one_batch_is_one_message(line: Line) -> None:
    twice = message("Hallo")
    twice["entry"].append(twice["entry"][0])

    line.deliver(twice)

    assert len(messages(line)) == 1


def test_messages_stand_in_the_order_they_were_written(line: Line) -> None:
    line.deliver(message("zwei", timestamp=str(SENT_AT + 20)), message("eins", timestamp=str(SENT_AT + 10)))

    with practice_scope(line.practice.pk):
        assert [one.body for one in received().in_order()] == ["eins", "zwei"]


def test_one_person_has_one_conversation_under_every_name_whatsapp_gives(line: Line) -> None:
    line.deliver(message("mit Nummer"))
    without_number = message("ohne Nummer", from_user_id="DE.4917139200110001")
    del without_number["entry"][0]["changes"][0]["value"]["messages"][0]["from"]
    without_number["entry"][0]["changes"][0]["value"]["contacts"] = [{"user_id": "DE.4917139200110001"}]
    line.deliver(without_number)

    with practice_scope(line.practice.pk):
        assert Conversation.objects.count() == 1
        assert received().count() == 2


def test_another_number_in_the_body_is_kept_for_the_operator_and_its_neighbours_go_on(line: Line) -> None:
    mixed = message("meins")
    foreign = envelope({"messages": [{"id": wamid(), "from": "4917139200" + "12", "type": "text"}]})
    foreign["entry"][0]["changes"][0]["value"]["metadata"]["phone_number_id"] = "999"
    mixed["entry"] += foreign["entry"]

    line.deliver(mixed)

    with practice_scope(line.practice.pk):
        assert [one.body for one in received()] == ["meins"]
        assert [one.reason for one in UnreadableEntry.objects.all()] == ["foreign_number"]


def test_a_time_from_years_ago_or_next_year_is_shown_as_sent_and_clamped_for_the_order(line: Line) -> None:
    line.deliver(message("alt", timestamp="1577836800"), message("neu", timestamp="1895370000"))

    with practice_scope(line.practice.pk):
        old, new = received().in_order()
        assert (old.body, new.body) == ("alt", "neu")
        assert (old.received_at - old.at).days == 8
        assert (new.at - new.received_at).total_seconds() == 300
        assert new.provider_at == datetime.fromtimestamp(1895370000, UTC)


def test_screens_hear_of_the_conversation_alone_where_a_message_is_new_and_can_stand_on_none(line: Line) -> None:
    line.deliver(message("Hallo"))

    with practice_scope(line.practice.pk):
        stored = received().get()
        told = set(Change.objects.values_list("kind", "ref"))
        assert ("conversation", stored.conversation_id) in told
        assert ("message", stored.pk) not in told


def test_screens_hear_of_the_message_that_a_reaction_decorates(line: Line) -> None:
    target = wamid()
    line.deliver(message("Passt 9 Uhr?", id=target))
    line.deliver(message("", type="reaction", reaction={"message_id": target, "emoji": "👍"}))

    with practice_scope(line.practice.pk):
        decorated = received().get(target=None)
        assert Change.objects.filter(kind="message", ref=decorated.pk).exists()


@pytest.mark.parametrize("reaction_first", [True, False])
def test_a_reaction_finds_its_message_in_any_order(line: Line, reaction_first: bool) -> None:
    target = wamid()
    text = message("Passt 9 Uhr?", id=target)
    reaction = message("", type="reaction", reaction={"message_id": target, "emoji": "👍"})

    line.deliver(*([reaction, text] if reaction_first else [text, reaction]))

    with practice_scope(line.practice.pk):
        shown = received().shown().get()
        assert (shown.body, [one.content["emoji"] for one in shown.decorations.all()]) == ("Passt 9 Uhr?", ["👍"])


def test_a_message_of_64000_characters_arrives_whole(line: Line) -> None:
    line.deliver(message("ä" * 64_000))

    with practice_scope(line.practice.pk):
        assert received().get().body == "ä" * 64_000


def test_surrogates_and_nul_bytes_are_replaced_and_nothing_breaks(line: Line) -> None:
    line.deliver(message("a\x00b\ud800c"))

    with practice_scope(line.practice.pk):
        assert received().get().body == "a�b�c"


def test_a_drain_stops_after_its_batches_so_that_other_practices_come_to_their_turn(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drain_module, "BATCH", 1)
    for words in ("eins", "zwei"):
        line.post(json.dumps(message(words)).encode())

    with practice_scope(line.practice.pk):
        assert drain_module.drain(1) is True
        assert received().count() == 1
        assert drain_module.drain(5) is False
        assert received().count() == 2
