"""Who wrote, when, in answer to what: everything of a message but its content."""

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from messaging.whatsapp.payloads import (
    NOBODY,
    Context,
    Echo,
    InboundMessage,
    Peer,
    Referral,
    ReportedError,
    Text,
    UnknownContent,
    Unsupported,
    parse,
)
from tests.messaging.whatsapp.reading_webhooks import ERIKA, KIM, NUMBER, WABA, only
from tests.webhooks import recorded, recorded_json

SENT_AT = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)
QUOTED = "wamid.HBgMNDkxNzEzOTIwMDExFQIAERgSQjNBMkJENDcwQ0IyQzRGOTlFAA=="


def raw_message(name: str) -> dict[str, object]:
    message: dict[str, object] = recorded_json(name)["entry"][0]["changes"][0]["value"]["messages"][0]
    return message


def test_a_text_is_read_with_sender_time_and_number() -> None:
    message = only("text_message", InboundMessage)

    assert message == InboundMessage(
        phone_number_id=NUMBER,
        wamid=str(raw_message("text_message")["id"]),
        sender=replace(ERIKA, user_id=None),
        timestamp=SENT_AT,
        type="text",
        content=Text("Guten Morgen, haben Sie diese Woche noch einen Termin frei?"),
    )
    assert message.text == "Guten Morgen, haben Sie diese Woche noch einen Termin frei?"


def test_the_recorded_wamids_hold_the_digits_of_the_person_as_real_ones_do() -> None:
    wamid = only("text_message", InboundMessage).wamid

    assert base64.b64decode(wamid.removeprefix("wamid."))[3:15] == b"491713920011"


def test_an_entry_names_its_account_and_a_message_its_number() -> None:
    [entry] = parse(recorded("text_message")).entries

    assert (entry.waba_id, entry.at) == (WABA, None)
    assert entry.raw == recorded_json("text_message")["entry"][0]


def test_phone_user_id_and_username_come_together() -> None:
    message = only("text_message_with_user_id", InboundMessage)

    assert message.sender == replace(ERIKA, username="@erika")


def test_a_person_without_phone_is_known_by_user_id_alone() -> None:
    message = only("text_message_without_phone", InboundMessage)

    assert message.sender == replace(KIM, username="@kim.k")
    assert message.sender.is_identified


def test_a_parent_user_id_is_kept_beside_the_own_one() -> None:
    assert only("text_message_without_phone_with_parent", InboundMessage).sender == Peer(
        user_id=KIM.user_id, parent_user_id="DE.ENT.9500000000000000003", username="@kim.k", profile_name="Kim"
    )
    assert only("text_message_with_parent", InboundMessage).sender == replace(
        ERIKA, parent_user_id="DE.ENT.9500000000000000001"
    )


def test_a_user_id_where_the_phone_belongs_never_becomes_a_number() -> None:
    message = only("text_message_user_id_in_phone_fields", InboundMessage)

    assert message.sender == KIM


def test_a_message_that_names_nobody_has_an_unidentified_sender() -> None:
    message = only("message_from_unknown_sender", InboundMessage)

    assert message.sender == NOBODY
    assert not message.sender.is_identified


def test_a_reply_names_the_quoted_message() -> None:
    assert only("text_reply", InboundMessage).context == Context(quoted_wamid=QUOTED)


@pytest.mark.parametrize(
    ("name", "context"),
    [
        ("text_forwarded", Context(forwarded=True)),
        ("text_frequently_forwarded", Context(forwarded=True, frequently_forwarded=True)),
        ("text_about_product", Context(quoted_wamid=QUOTED, refers_to_product=True)),
        ("text_message", None),
    ],
)
def test_the_context_tells_where_a_message_comes_from(name: str, context: Context | None) -> None:
    assert only(name, InboundMessage).context == context


def test_an_ad_that_brought_the_person_is_kept() -> None:
    assert only("text_from_ad", InboundMessage).referral == Referral(
        source_type="ad",
        source_id="900000000000001",
        source_url="https://fb.example/anzeige",
        headline="Prophylaxe im November",
        body="Jetzt Termin vereinbaren",
        media_type="image",
        click_id="Aff-beispiel",
        welcome_text="Wie können wir helfen?",
    )


def test_a_group_message_says_so() -> None:
    assert only("text_in_group", InboundMessage).group_id == "Z3J1cHBlLTE="
    assert only("text_message", InboundMessage).group_id is None


def test_characters_that_postgresql_text_cannot_hold_are_replaced() -> None:
    message = only("text_with_unstorable_characters", InboundMessage)

    assert message.text == "vorher \ufffd und \ufffd nachher"


def test_errors_beside_a_message_are_read() -> None:
    message = only("unsupported_message", InboundMessage)

    assert message.errors == (
        ReportedError(
            131051, "Message type unknown", "Message type unknown", "Message type is currently not supported."
        ),
    )


def test_a_message_without_type_is_kept_as_unknown_content() -> None:
    message = only("message_without_type", InboundMessage)

    assert message.type is None
    assert message.content == UnknownContent(None, raw_message("message_without_type"))


def test_a_message_without_time_has_none() -> None:
    assert only("message_without_timestamp", InboundMessage).timestamp is None


@pytest.mark.parametrize("name", ["standby_message", "handover_message"])
def test_a_message_while_another_agent_holds_the_thread_is_marked(name: str) -> None:
    assert only(name, InboundMessage).standby
    assert not only("text_message", InboundMessage).standby


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("1795600800", SENT_AT),
        (1795600800, SENT_AT),
        (1795600800.9, SENT_AT),
        (" 1795600800 ", SENT_AT),
        ("1795600800000", None),  # milliseconds
        (0, None),
        (-1, None),
        ("gestern", None),
        ("", None),
        (None, None),
        (True, None),
        ("1" * 5000, None),
        (1e300, None),
        ([1795600800], None),
    ],
)
def test_a_timestamp_is_seconds_in_any_spelling_or_nothing(written: object, read: datetime | None) -> None:
    message = parsed_with(timestamp=written)

    assert message.timestamp == read


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("491713920011", "+491713920011"),
        ("+491713920011", "+491713920011"),
        (491713920011, "+491713920011"),
        ("491713920011 ", "+491713920011"),
        ("DE.9000000000000000001", None),
        ("0171 3920011", None),
        ("Erika 491713920011", None),
        ("1234567890123456", None),  # sixteen digits are no phone number
        ("٤٩١٧١٣٩٢٠٠١١", None),
        ("", None),
        (None, None),
    ],
)
def test_only_a_phone_number_is_read_as_one(written: object, read: str | None) -> None:
    body = recorded_json("message_from_unknown_sender")
    body["entry"][0]["changes"][0]["value"]["messages"][0]["from"] = written

    assert first_message(body).sender.phone == read


def test_the_echo_of_a_message_from_the_phone_app_names_its_recipient() -> None:
    echo = only("echo_text", Echo)

    assert echo == Echo(
        phone_number_id=NUMBER,
        wamid=echo.wamid,
        recipient=ERIKA,
        timestamp=SENT_AT,
        type="text",
        content=Text("Kommen Sie gern um 15 Uhr."),
    )
    assert echo.text == "Kommen Sie gern um 15 Uhr."


def test_an_echo_to_a_person_without_phone_names_the_user_id() -> None:
    assert only("echo_to_user_id", Echo).recipient == Peer(user_id=KIM.user_id)


def test_errors_instead_of_a_body_make_a_known_type_unsupported() -> None:
    message = parsed_with(type="image", errors=[{"code": 131051}])

    assert message.content == Unsupported("image", (ReportedError(131051),))


def parsed_with(**changes: object) -> InboundMessage:
    body = recorded_json("text_message")
    body["entry"][0]["changes"][0]["value"]["messages"][0].update(changes)
    return first_message(body)


def first_message(body: object) -> InboundMessage:
    message = parse(json.dumps(body).encode()).entries[0].events[0]
    assert isinstance(message, InboundMessage)
    return message
