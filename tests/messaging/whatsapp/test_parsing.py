"""The door itself: batches, bad neighbours, bodies that are no JSON."""

import json

import pytest

from messaging.whatsapp.payloads import (
    Delivery,
    Entry,
    ErrorsReported,
    InboundMessage,
    ReportedError,
    StatusUpdate,
    TemplateStatus,
    Unknown,
    Unreadable,
    UnreadableBody,
    parse,
)
from tests.messaging.whatsapp.reading_webhooks import NUMBER, WABA, only
from tests.webhooks import NAMES, recorded, recorded_json

SAY_THAT_THEY_ARE_UNREADABLE = {
    "batch_with_bad_items",
    "empty_entry_list",
    "message_without_id",
    "messages_as_object",
    "status_without_id",
}


def words(delivery: Delivery) -> list[list[str]]:
    return [[event.text for event in entry.events if isinstance(event, InboundMessage)] for entry in delivery.entries]


@pytest.mark.parametrize("name", [name for name in NAMES if name not in SAY_THAT_THEY_ARE_UNREADABLE])
def test_every_recorded_webhook_is_read_without_an_unreadable_item(name: str) -> None:
    entries = parse(recorded(name)).entries

    assert entries
    for entry in entries:
        assert entry.events
        assert [event for event in entry.events if isinstance(event, Unreadable)] == []


def test_a_batch_keeps_its_entries_changes_and_messages_in_order() -> None:
    delivery = parse(recorded("batch"))

    assert [entry.waba_id for entry in delivery.entries] == [WABA, WABA, "200000000000202"]
    assert words(delivery) == [["Erste", "Zweite", "Dritte"], [], ["Vierte"]]
    assert [type(event) for event in delivery.entries[0].events[3:]] == [StatusUpdate, StatusUpdate]
    assert [type(event) for event in delivery.entries[1].events] == [TemplateStatus]


def test_two_people_in_one_change_keep_their_own_names() -> None:
    first, second, third = parse(recorded("batch")).entries[0].events[:3]

    assert isinstance(first, InboundMessage)
    assert isinstance(second, InboundMessage)
    assert isinstance(third, InboundMessage)
    assert (first.sender.profile_name, first.sender.phone) == ("Erika M.", "+491713920011")
    assert (second.sender.profile_name, second.sender.phone) == ("Jonas B.", "+4917604069012")
    assert third.sender == first.sender


def test_bad_items_spoil_none_of_their_neighbours() -> None:
    delivery = parse(recorded("batch_with_bad_items"))

    assert words(delivery) == [["Davor", "Danach"], [], [], ["Zuletzt"]]
    assert [
        (event.phone_number_id, event.reason, event.raw)
        for entry in delivery.entries
        for event in entry.events
        if isinstance(event, Unreadable)
    ] == [
        (NUMBER, "item is no object", None),
        (NUMBER, "item is no object", "kaputt"),
        (NUMBER, "message without id", {"type": "text"}),
        (NUMBER, "status without id", {"status": "sent"}),
        (None, "entry is no object", "kein Eintrag"),
        (None, "entry without changes", {"id": WABA}),
        (None, "change is no object", None),
        (None, "change without value", {"field": "messages"}),
    ]


def test_an_entry_without_changes_still_names_its_account() -> None:
    entry = parse(recorded("batch_with_bad_items")).entries[2]

    assert (entry.waba_id, entry.raw) == (WABA, {"id": WABA})


def test_a_message_without_id_is_kept_as_unreadable() -> None:
    unreadable = only("message_without_id", Unreadable)

    assert (unreadable.phone_number_id, unreadable.reason) == (NUMBER, "message without id")
    assert unreadable.raw["text"] == {"body": "Ohne Kennung"}


def test_messages_that_are_no_list_are_kept_as_one_unreadable_item() -> None:
    unreadable = only("messages_as_object", Unreadable)

    assert unreadable.reason == "item is no object"
    assert unreadable.raw == [recorded_json("messages_as_object")["entry"][0]["changes"][0]["value"]["messages"]]


def test_an_unknown_field_is_kept_whole() -> None:
    value = recorded_json("unknown_field")["entry"][0]["changes"][0]["value"]

    assert only("unknown_field", Unknown) == Unknown(NUMBER, "weather_forecast", value)


def test_messages_under_an_unknown_field_are_nobodys_messages() -> None:
    body = recorded_json("text_message")
    body["entry"][0]["changes"][0]["field"] = "message_drafts"

    [event] = parse(json.dumps(body).encode()).entries[0].events

    assert isinstance(event, Unknown)
    assert event.field == "message_drafts"


def test_a_handover_without_message_is_unknown() -> None:
    assert only("handover_without_message", Unknown).field == "messaging_handovers"


def test_errors_of_a_whole_change_are_told() -> None:
    assert only("errors_alone", ErrorsReported) == ErrorsReported(
        NUMBER,
        (ReportedError(130429, "Rate limit hit", "Rate limit hit", "Cloud API message throughput has been reached."),),
    )


@pytest.mark.parametrize("body", [b"{}", b'{"entry": []}', b'{"entry": {}}', b'{"event": "x"}', b'{"entry": null}'])
def test_an_object_without_entries_becomes_one_entry_that_says_so(body: bytes) -> None:
    raw = json.loads(body)

    [entry] = parse(body).entries

    assert (entry.waba_id, entry.at, entry.raw) == (None, None, raw)
    [event] = entry.events
    assert isinstance(event, Unreadable)
    assert (event.reason, event.raw) == ("no entry", raw)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"   ",
        b"<html>502 Bad Gateway</html>",
        b"null",
        b"[]",
        b'"text"',
        b"7",
        b'{"entry": [',
        b"{'entry': []}",
        b"[" * 200_000,
        b'{"a":' * 200_000,
        b"\xff\xfe{\x00}\x00",
        b"\x00",
    ],
)
def test_what_is_no_json_object_is_an_unreadable_body(body: bytes) -> None:
    with pytest.raises(UnreadableBody):
        parse(body)


def nested(levels: int) -> bytes:
    return b'{"entry": ' + b"[" * levels + b"]" * levels + b"}"


def test_a_hundred_levels_are_read_and_one_more_is_not() -> None:
    [entry] = parse(nested(99)).entries
    assert isinstance(entry, Entry)

    with pytest.raises(UnreadableBody):
        parse(nested(100))


def test_an_unreadable_body_is_not_quoted_in_the_error() -> None:
    with pytest.raises(UnreadableBody) as raised:
        parse(b'{"entry": [{"name": "Erika"')

    assert str(raised.value) == "no JSON"
    assert raised.value.__cause__ is None


def test_bytes_that_are_no_utf8_spoil_only_the_characters_they_stand_for() -> None:
    body = recorded("text_message").replace(b"Woche", b"W\xf6che")

    [event] = parse(body).entries[0].events

    assert isinstance(event, InboundMessage)
    assert event.text == "Guten Morgen, haben Sie diese W\ufffdche noch einen Termin frei?"


def test_a_byte_order_mark_is_no_obstacle() -> None:
    assert words(parse(b"\xef\xbb\xbf" + recorded("text_message"))) == words(parse(recorded("text_message")))


@pytest.mark.parametrize("number", [b"NaN", b"Infinity", b"-Infinity", b"1e999", b"9" * 5000, b"-" + b"9" * 5000])
def test_numbers_beyond_reason_spoil_no_message(number: bytes) -> None:
    body = recorded("text_message").replace(b'"timestamp": "1795600800"', b'"timestamp": ' + number)

    [event] = parse(body).entries[0].events

    assert isinstance(event, InboundMessage)
    assert event.timestamp is None


def test_what_comes_out_can_be_written_as_json_that_postgresql_takes() -> None:
    body = recorded("unknown_field").replace(b'"sunny"', b'["\\u0000\\ud83d", NaN, 1e999]')

    [event] = parse(body).entries[0].events

    assert isinstance(event, Unknown)
    assert event.raw["outlook"] == ["\ufffd\ufffd", None, None]
    json.dumps(event.raw, allow_nan=False).encode()
