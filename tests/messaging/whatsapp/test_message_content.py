"""Every kind of content of section 6, as recorded."""

import json
from datetime import UTC, datetime

import pytest

from messaging.whatsapp.payloads import (
    ButtonReply,
    CallPermissionReply,
    Content,
    Edit,
    ErrorsReported,
    FlowReply,
    InboundMessage,
    ListReply,
    Location,
    Media,
    Order,
    Reaction,
    ReportedError,
    RequestWelcome,
    Revoke,
    SharedContact,
    SharedContacts,
    SharedPhone,
    SystemChange,
    Text,
    UnknownContent,
    Unsupported,
    parse,
    words_of,
)
from tests.messaging.whatsapp.reading_webhooks import NUMBER, events, only
from tests.webhooks import recorded_json

QUOTED = "wamid.HBgMNDkxNzEzOTIwMDExFQIAERgSQjNBMkJENDcwQ0IyQzRGOTlFAA=="
FIRST_TEXT = "wamid.HBgMNDkxNzEzOTIwMDExFQIAEhgUM0E2MjhCNDlEOTZEQ0RFOTdBNDMA"
FIRST_IMAGE = "wamid.HBgMNDkxNzEzOTIwMDExFQIAEhgUM0FDQTBERjJDOTVBQTE0NEMxRDAA"
IMAGE_DIGEST = "ca0df2c95aa144c1d0ff2ff3c8f967fdc1de9ef0c4120b3726416701b519d619"
NOT_SUPPORTED = ReportedError(
    131051, "Message type unknown", "Message type unknown", "Message type is currently not supported."
)


def content_of(name: str) -> Content:
    return only(name, InboundMessage).content


def media_of(name: str) -> Media:
    content = content_of(name)
    assert isinstance(content, Media)
    return content


def content_with(name: str, kind: str, changes: dict[str, object]) -> Content:
    """The content of a recorded message after its body was changed."""
    body = recorded_json(name)
    body["entry"][0]["changes"][0]["value"]["messages"][0][kind].update(changes)
    message = parse(json.dumps(body).encode()).entries[0].events[0]
    assert isinstance(message, InboundMessage)
    return message.content


@pytest.mark.parametrize(
    ("name", "kind", "mime_type", "caption"),
    [
        ("image_message", "image", "image/jpeg", "Der Zahn unten links"),
        ("image_message_with_url", "image", "image/jpeg", None),
        ("video_message", "video", "video/mp4", "So bewegt er sich"),
        ("audio_message", "audio", "audio/mpeg", None),
        ("voice_message", "audio", "audio/ogg; codecs=opus", None),
        ("document_message", "document", "application/pdf", "vom Hausarzt"),
        ("sticker_message", "sticker", "image/webp", None),
    ],
)
def test_a_file_is_read_with_its_id_and_description(name: str, kind: str, mime_type: str, caption: str | None) -> None:
    media = media_of(name)

    assert media.id.isdecimal()
    assert (media.kind, media.mime_type, media.caption) == (kind, mime_type, caption)


def test_only_a_document_has_a_file_name() -> None:
    assert media_of("document_message").filename == "Überweisung.pdf"
    assert media_of("image_message").filename is None


def test_a_voice_note_is_audio_that_says_so() -> None:
    assert media_of("voice_message").voice
    assert not media_of("audio_message").voice


def test_a_moving_sticker_says_so() -> None:
    assert media_of("sticker_message").animated
    assert not media_of("image_message").animated


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("yg3yyVqhRMHQ/y/zyPln/cHenvDEEgs3JkFnAbUZ1hk=", IMAGE_DIGEST),
        (IMAGE_DIGEST, IMAGE_DIGEST),
        (IMAGE_DIGEST.upper(), IMAGE_DIGEST),
        ("4654+8g=", None),
        ("kein Digest", None),
        ("ü", None),
        (None, None),
        (7, None),
    ],
)
def test_the_digest_of_a_file_is_hex_however_whatsapp_writes_it(written: object, read: str | None) -> None:
    content = content_with("image_message", "image", {"sha256": written})

    assert isinstance(content, Media)
    assert content.sha256 == read


def test_a_file_without_id_is_kept_as_unknown_content() -> None:
    content = content_of("image_message_without_id")

    assert isinstance(content, UnknownContent)
    assert content.kind == "image"
    assert content.raw["image"] == {"mime_type": "image/jpeg"}


def test_a_media_id_written_as_a_number_is_read() -> None:
    content = content_with("image_message", "image", {"id": 700000000000001})

    assert isinstance(content, Media)
    assert content.id == "700000000000001"


def test_a_location_is_read_with_and_without_a_name() -> None:
    assert content_of("location_message") == Location(
        52.5163, 13.3777, "Brandenburger Tor", "Pariser Platz, Berlin", "https://karte.example/tor"
    )
    assert content_of("location_message_without_name") == Location(48.1374, 11.5755)


@pytest.mark.parametrize("latitude", ["Nord", None, True, [52.5]])
def test_a_place_without_coordinates_is_unknown_content(latitude: object) -> None:
    assert type(content_with("location_message", "location", {"latitude": latitude})) is UnknownContent


def test_address_cards_are_read_with_their_numbers() -> None:
    assert content_of("contacts_message") == SharedContacts(
        contacts=(
            SharedContact(
                name="Jonas Beispiel",
                phones=(
                    SharedPhone("+49 171 3920015", "+491713920015", "CELL"),
                    SharedPhone("030 23125 099", None, "WORK"),
                ),
                organisation="Hausarztpraxis Beispiel",
            ),
            SharedContact(name="Mia Beispiel"),
        )
    )


@pytest.mark.parametrize("cards", [[], ["Jonas"], {}, None])
def test_address_cards_that_are_none_are_unknown_content(cards: object) -> None:
    body = recorded_json("contacts_message")
    body["entry"][0]["changes"][0]["value"]["messages"][0]["contacts"] = cards

    message = parse(json.dumps(body).encode()).entries[0].events[0]

    assert isinstance(message, InboundMessage)
    assert type(message.content) is UnknownContent


def test_the_answer_to_a_request_for_the_number_says_so() -> None:
    assert content_of("contacts_answer_to_request") == SharedContacts(
        contacts=(
            SharedContact(
                name="Kim",
                phones=(SharedPhone("+49 176 04069013", "+4917604069013", "CELL"),),
                user_id="DE.9Kq3ZZx0000000000003",
                vcard="BEGIN:VCARD\nVERSION:3.0\nFN:Kim\nEND:VCARD",
            ),
        ),
        answers_request=True,
    )


@pytest.mark.parametrize(
    ("name", "emoji"), [("reaction", "👍"), ("reaction_removed", None), ("reaction_removed_empty", None)]
)
def test_a_reaction_names_its_target_and_without_emoji_takes_back(name: str, emoji: str | None) -> None:
    assert content_of(name) == Reaction(QUOTED, emoji)


def test_a_tap_on_a_template_button_is_read_with_and_without_context() -> None:
    assert content_of("template_button_reply") == ButtonReply("CONFIRM:termin", "Termin bestätigen")
    assert content_of("template_button_reply_without_context") == ButtonReply("STOP", "Stopp")


def test_a_tap_on_an_interactive_button_gives_its_id_as_payload() -> None:
    assert content_of("interactive_button_reply") == ButtonReply("slot:2", "Mi 14:30")


def test_a_chosen_row_is_read_with_its_description() -> None:
    assert content_of("interactive_list_reply") == ListReply("grund:kontrolle", "Kontrolle", "etwa 20 Minuten")


def test_the_answers_of_a_flow_are_read_out_of_their_json_text() -> None:
    content = content_of("interactive_flow_reply")

    assert content == FlowReply(
        name="flow",
        body="Sent",
        answers={"flow_token": "beispiel", "allergie": "nein"},
        response_json='{"flow_token": "beispiel", "allergie": "nein"}',
    )


@pytest.mark.parametrize("response", ["kein JSON", "[1]", "[" * 5000, "", None, 7])
def test_a_flow_whose_answers_cannot_be_read_has_none(response: object) -> None:
    reply = {"name": "flow", "body": "Sent", "response_json": response}

    content = content_with("interactive_flow_reply", "interactive", {"nfm_reply": reply})

    assert isinstance(content, FlowReply)
    assert content.answers == {}


def test_a_call_permission_is_read_with_its_end() -> None:
    assert content_of("interactive_call_permission_reply") == CallPermissionReply(
        "accept", datetime(2026, 12, 2, 10, 0, tzinfo=UTC)
    )


def test_an_interactive_message_without_body_keeps_the_error_that_came_with_it() -> None:
    message, reported = events("interactive_without_body")

    assert isinstance(message, InboundMessage)
    assert type(message.content) is UnknownContent
    assert reported == ErrorsReported(
        NUMBER,
        (ReportedError(131000, "Something went wrong", "Something went wrong", "The reply could not be read."),),
    )


def test_an_order_counts_its_items() -> None:
    assert content_of("order_message") == Order("800000000000001", "Bitte zurücklegen", 2)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        (
            "system_changed_number",
            SystemChange(
                "user_changed_number",
                "Erika M. changed from 491713920011 to 491713920019",
                phone="+491713920019",
            ),
        ),
        (
            "system_changed_number_with_user_ids",
            SystemChange(
                "user_changed_number",
                "Erika M. changed from 491713920011 to 491713920019",
                phone="+491713920019",
                user_id="DE.9000000000000000019",
                previous_user_id="DE.9000000000000000001",
            ),
        ),
        (
            "system_changed_user_id",
            SystemChange(
                "user_changed_user_id",
                "Erika M. has a new id",
                user_id="DE.9000000000000000019",
                previous_user_id="DE.9000000000000000001",
                previous_parent_user_id="DE.ENT.9500000000000000001",
            ),
        ),
        (
            "system_changed_user_id_as_text",
            SystemChange(
                "user_changed_user_id",
                "User ID changed from DE.9000000000000000001 to DE.9000000000000000019",
            ),
        ),
        (
            "system_identity_changed",
            SystemChange("customer_identity_changed", "Erika M. uses a new phone", identity_hash="Sjvjlx8G6Z0="),
        ),
    ],
)
def test_a_change_of_number_id_or_phone_is_told(name: str, change: SystemChange) -> None:
    message = only(name, InboundMessage)

    assert message.sender.phone == "+491713920011"
    assert message.content == change


def test_an_edit_carries_the_new_content_and_the_original() -> None:
    assert content_of("edit_message") == Edit(FIRST_TEXT, Text("Ich meine nächste Woche."))


def test_an_edited_caption_is_an_edit_of_the_file() -> None:
    content = content_of("edit_message_image")

    assert isinstance(content, Edit)
    assert content.original == FIRST_IMAGE
    assert content.content == Media(
        "image",
        media_of("image_message").id,
        "image/jpeg",
        sha256=IMAGE_DIGEST,
        caption="Der Zahn unten rechts",
    )


def test_a_revoked_message_names_the_original() -> None:
    assert content_of("revoke_message") == Revoke(FIRST_TEXT)


@pytest.mark.parametrize(("name", "kind"), [("unsupported_message", None), ("unsupported_poll", "poll")])
def test_what_whatsapp_cannot_pass_on_is_unsupported(name: str, kind: str | None) -> None:
    assert content_of(name) == Unsupported(kind, (NOT_SUPPORTED,))


def test_a_first_opened_chat_has_no_words() -> None:
    assert content_of("request_welcome") == RequestWelcome()


def test_an_unknown_type_is_kept_whole() -> None:
    content = content_of("unknown_message_type")

    assert isinstance(content, UnknownContent)
    assert (content.kind, content.raw["hologram"]) == ("hologram", {"angle": 42})


@pytest.mark.parametrize(
    ("name", "kind", "changes"),
    [
        ("text_message", "text", {"body": 7}),
        ("reaction", "reaction", {"message_id": None}),
        ("template_button_reply", "button", {"payload": None, "text": None}),
        ("interactive_button_reply", "interactive", {"button_reply": "slot:2"}),
        ("edit_message", "edit", {"original_message_id": ""}),
        ("revoke_message", "revoke", {"original_message_id": 7}),
    ],
)
def test_a_known_type_with_a_broken_body_is_unknown_content(name: str, kind: str, changes: dict[str, object]) -> None:
    assert type(content_with(name, kind, changes)) is UnknownContent


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("text_message", "Guten Morgen, haben Sie diese Woche noch einen Termin frei?"),
        ("image_message", "Der Zahn unten links"),
        ("voice_message", ""),
        ("template_button_reply", "Termin bestätigen"),
        ("interactive_list_reply", "Kontrolle"),
        ("order_message", "Bitte zurücklegen"),
        ("edit_message", "Ich meine nächste Woche."),
        ("location_message", ""),
        ("reaction", ""),
        ("unsupported_message", ""),
    ],
)
def test_the_words_of_a_message_are_what_was_written_or_tapped(name: str, words: str) -> None:
    message = only(name, InboundMessage)

    assert message.text == words
    assert words_of(message.content) == words
