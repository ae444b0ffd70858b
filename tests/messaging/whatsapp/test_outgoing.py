"""Request bodies as section 2 draws them, and what is refused before anything leaves."""

from typing import Any

import pytest

from messaging.whatsapp import outgoing
from messaging.whatsapp.outgoing import AddressCard, Button, ContentInvalid, Row, Section, media_kind

TO = "+491713920011"
USER = "DE.9000000000000000001"
ENVELOPE = {"messaging_product": "whatsapp", "recipient_type": "individual", "to": TO}


def refused(build: Any, *arguments: Any, **named: Any) -> str:
    """The sentence with which a builder refuses."""
    with pytest.raises(ContentInvalid) as raised:
        build(*arguments, **named)
    return raised.value.for_person


def test_a_text_has_the_common_envelope() -> None:
    assert outgoing.text("Guten Tag!", to=TO) == ENVELOPE | {
        "type": "text",
        "text": {"body": "Guten Tag!", "preview_url": False},
    }


def test_a_reply_quotes_and_carries_the_attempt() -> None:
    body = outgoing.text("Ja.", to=TO, quote="wamid.IN", attempt="0197f2a0-0000-7000-8000-000000000001")

    assert body["context"] == {"message_id": "wamid.IN"}
    assert body["biz_opaque_callback_data"] == "0197f2a0-0000-7000-8000-000000000001"


def test_a_missing_quote_or_attempt_leaves_no_trace() -> None:
    assert outgoing.text("Ja.", to=TO, quote=None, attempt=None) == outgoing.text("Ja.", to=TO)


@pytest.mark.parametrize(
    ("to", "address"),
    [
        (TO, {"to": TO}),
        ("491713920011", {"to": TO}),
        (USER, {"recipient": USER}),
        ("DE.ENT.9500000000000000001", {"recipient": "DE.ENT.9500000000000000001"}),
    ],
)
def test_a_phone_goes_to_to_and_a_user_id_to_recipient(to: str, address: dict[str, str]) -> None:
    body = outgoing.text("Ja.", to=to)

    assert {key: body[key] for key in ("to", "recipient") if key in body} == address


@pytest.mark.parametrize("to", ["", "Erika", "0171 3920011", "@erika", "DE.", "de.123", "+49-171-3920011"])
def test_nobody_is_no_recipient(to: str) -> None:
    assert refused(outgoing.text, "Ja.", to=to) == "Der Kontakt hat keine gültige Nummer. Bitte prüfen Sie ihn."


def test_a_text_of_4096_characters_goes_out_and_one_more_does_not() -> None:
    assert outgoing.text("ä" * 4096, to=TO)["text"]["body"] == "ä" * 4096

    assert refused(outgoing.text, "ä" * 4097, to=TO) == (
        "Der Text ist zu lang: höchstens 4096 Zeichen, jetzt sind es 4097."
    )


@pytest.mark.parametrize("blank", ["", " ", "\n\t "])
def test_a_blank_text_is_refused(blank: str) -> None:
    assert refused(outgoing.text, blank, to=TO) == "Der Text fehlt. Bitte ergänzen Sie das."


def test_a_refusal_quotes_nothing_of_the_text() -> None:
    assert "Erika" not in refused(outgoing.text, "Erika " * 1000, to=TO)


def test_an_attempt_longer_than_whatsapp_repeats_is_refused() -> None:
    assert outgoing.text("Ja.", to=TO, attempt="a" * 512)["biz_opaque_callback_data"] == "a" * 512
    assert "zu lang" in refused(outgoing.text, "Ja.", to=TO, attempt="a" * 513)


@pytest.mark.parametrize(
    ("kind", "named", "content"),
    [
        ("image", {}, {"id": "7"}),
        ("image", {"caption": "Anfahrt"}, {"id": "7", "caption": "Anfahrt"}),
        ("video", {"caption": "Putzen"}, {"id": "7", "caption": "Putzen"}),
        ("document", {"filename": "Rechnung.pdf"}, {"id": "7", "filename": "Rechnung.pdf"}),
        (
            "document",
            {"filename": "Rechnung.pdf", "caption": "Oktober"},
            {"id": "7", "filename": "Rechnung.pdf", "caption": "Oktober"},
        ),
        ("audio", {}, {"id": "7"}),
        ("audio", {"voice": True}, {"id": "7", "voice": True}),
        ("sticker", {}, {"id": "7"}),
    ],
)
def test_a_file_goes_out_by_its_id(kind: str, named: dict[str, Any], content: dict[str, Any]) -> None:
    assert outgoing.media(kind, "7", to=TO, **named) == ENVELOPE | {"type": kind, kind: content}


def test_a_file_is_refused_with_what_its_kind_does_not_take() -> None:
    assert refused(outgoing.media, "audio", "7", to=TO, caption="Hören Sie") == (
        "Sprachnachrichten und Sticker haben keinen Text. Bitte senden Sie ihn einzeln."
    )
    assert refused(outgoing.media, "document", "7", to=TO) == "Der Dateiname fehlt. Bitte ergänzen Sie das."
    assert "1025" in refused(outgoing.media, "image", "7", to=TO, caption="a" * 1025)
    assert refused(outgoing.media, "gif", "7", to=TO) == "Diese Art von Datei kann WhatsApp nicht senden."


@pytest.mark.parametrize(
    ("mime_type", "kind", "largest"),
    [
        ("image/jpeg", "image", 5_000_000),
        ("image/png", "image", 5_000_000),
        ("audio/ogg; codecs=opus", "audio", 16_000_000),
        ("audio/mpeg", "audio", 16_000_000),
        ("video/mp4", "video", 16_000_000),
        ("application/pdf", "document", 100_000_000),
        ("APPLICATION/PDF", "document", 100_000_000),
        ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "document", 100_000_000),
        ("image/webp", "sticker", 500_000),
    ],
)
def test_a_file_type_has_its_kind_up_to_its_largest_size(mime_type: str, kind: str, largest: int) -> None:
    assert media_kind(mime_type, largest) == kind
    assert "zu groß" in refused(media_kind, mime_type, largest + 1)


def test_the_size_limit_is_told_in_german() -> None:
    assert refused(media_kind, "image/webp", 600_000) == (
        "Die Datei ist zu groß: WhatsApp nimmt hier höchstens 0,5 MB an."
    )


@pytest.mark.parametrize("mime_type", ["", "image/tiff", "application/zip", "text/html", "image"])
def test_a_type_whatsapp_does_not_take_is_refused(mime_type: str) -> None:
    assert refused(media_kind, mime_type, 1) == (
        "WhatsApp nimmt dieses Dateiformat nicht an. Bitte senden Sie die Datei als PDF oder JPEG."
    )


@pytest.mark.parametrize(("emoji", "sent"), [("👍", "👍"), (None, ""), ("", "")])
def test_a_reaction_without_emoji_takes_it_back(emoji: str | None, sent: str) -> None:
    assert outgoing.reaction("wamid.IN", emoji, to=TO) == ENVELOPE | {
        "type": "reaction",
        "reaction": {"message_id": "wamid.IN", "emoji": sent},
    }


def test_a_place_goes_out_with_and_without_a_name() -> None:
    assert outgoing.location(52.5, 13.4, to=TO)["location"] == {"latitude": 52.5, "longitude": 13.4}
    assert outgoing.location(52.5, 13.4, name="Praxis", address="Musterweg 1", to=TO)["location"] == {
        "latitude": 52.5,
        "longitude": 13.4,
        "name": "Praxis",
        "address": "Musterweg 1",
    }


@pytest.mark.parametrize(("latitude", "longitude"), [(91, 0), (-91, 0), (0, 181), (0, -181), (float("nan"), 0)])
def test_a_place_on_no_map_is_refused(latitude: float, longitude: float) -> None:
    assert "Koordinaten" in refused(outgoing.location, latitude, longitude, to=TO)


def test_address_cards_go_out_as_a_list() -> None:
    cards = [
        AddressCard("Praxis Beispiel", "+49 30 23125 001", organisation="Praxis Beispiel GbR"),
        AddressCard("Labor", "+49 30 23125 002", phone_type="MAIN"),
    ]

    assert outgoing.contacts(cards, to=TO)["contacts"] == [
        {
            "name": {"formatted_name": "Praxis Beispiel"},
            "phones": [{"phone": "+49 30 23125 001", "type": "WORK"}],
            "org": {"company": "Praxis Beispiel GbR"},
        },
        {"name": {"formatted_name": "Labor"}, "phones": [{"phone": "+49 30 23125 002", "type": "MAIN"}]},
    ]


def test_no_address_card_is_refused() -> None:
    assert refused(outgoing.contacts, [], to=TO) == "Kontakte: erlaubt sind 1 bis 10, jetzt sind es 0."


def test_buttons_are_built_with_header_and_footer() -> None:
    body = outgoing.buttons(
        "Passt Mittwoch 14:30?",
        [Button("yes", "Ja"), Button("no", "Nein")],
        header="Ihr Termin",
        footer="Praxis Beispiel",
        to=TO,
    )

    assert body == ENVELOPE | {
        "type": "interactive",
        "interactive": {
            "type": "button",
            "header": {"type": "text", "text": "Ihr Termin"},
            "body": {"text": "Passt Mittwoch 14:30?"},
            "footer": {"text": "Praxis Beispiel"},
            "action": {
                "buttons": [
                    {"type": "reply", "reply": {"id": "yes", "title": "Ja"}},
                    {"type": "reply", "reply": {"id": "no", "title": "Nein"}},
                ]
            },
        },
    }


@pytest.mark.parametrize(
    ("choices", "sentence"),
    [
        ([], "Schaltflächen: erlaubt sind 1 bis 3, jetzt sind es 0."),
        ([Button(str(n), f"Wahl {n}") for n in range(4)], "Schaltflächen: erlaubt sind 1 bis 3, jetzt sind es 4."),
        (
            [Button("a", "Ja"), Button("a", "Nein")],
            "Schaltflächen: Zwei Einträge sind gleich. Bitte ändern Sie einen davon.",
        ),
        (
            [Button("a", "Ja"), Button("b", "Ja")],
            "Schaltflächen: Zwei Einträge sind gleich. Bitte ändern Sie einen davon.",
        ),
        ([Button("a", "J" * 21)], "Die Schaltfläche ist zu lang: höchstens 20 Zeichen, jetzt sind es 21."),
        ([Button("a", "")], "Die Schaltfläche fehlt. Bitte ergänzen Sie das."),
        ([Button("a" * 257, "Ja")], "Die Kennung ist zu lang: höchstens 256 Zeichen, jetzt sind es 257."),
    ],
)
def test_buttons_beyond_the_limits_are_refused(choices: list[Button], sentence: str) -> None:
    assert refused(outgoing.buttons, "Passt das?", choices, to=TO) == sentence


@pytest.mark.parametrize(
    ("named", "what"),
    [
        ({"header": "a" * 61}, "Die Kopfzeile"),
        ({"footer": "a" * 61}, "Die Fußzeile"),
        ({"body": "a" * 1025}, "Der Text"),
    ],
)
def test_the_frame_of_buttons_has_limits_too(named: dict[str, str], what: str) -> None:
    arguments = {"body": "Passt das?", "choices": [Button("a", "Ja")], "to": TO} | named

    assert refused(outgoing.buttons, **arguments).startswith(f"{what} ist zu lang")


def test_a_list_is_built_with_sections() -> None:
    sections = [
        Section([Row("k", "Kontrolle", "etwa 20 Minuten"), Row("p", "Prophylaxe")], "Vorsorge"),
        Section([Row("s", "Schmerzen")], "Beschwerden"),
    ]

    body = outgoing.choice_list("Worum geht es?", "Auswählen", sections, to=TO)

    assert body["interactive"] == {
        "type": "list",
        "body": {"text": "Worum geht es?"},
        "action": {
            "button": "Auswählen",
            "sections": [
                {
                    "rows": [
                        {"id": "k", "title": "Kontrolle", "description": "etwa 20 Minuten"},
                        {"id": "p", "title": "Prophylaxe"},
                    ],
                    "title": "Vorsorge",
                },
                {"rows": [{"id": "s", "title": "Schmerzen"}], "title": "Beschwerden"},
            ],
        },
    }


def test_a_single_section_needs_no_title_and_two_do() -> None:
    one = [Section([Row("a", "A")])]
    two = [Section([Row("a", "A")]), Section([Row("b", "B")], "B")]

    body = outgoing.choice_list("Worum geht es?", "Wählen", one, to=TO)
    assert body["interactive"]["action"]["sections"] == [{"rows": [{"id": "a", "title": "A"}]}]
    assert refused(outgoing.choice_list, "Worum geht es?", "Wählen", two, to=TO) == (
        "Der Titel des Abschnitts fehlt. Bitte ergänzen Sie das."
    )


@pytest.mark.parametrize(
    ("sections", "what"),
    [
        ([], "Abschnitte"),
        ([Section([])], "Einträge"),
        ([Section([Row(str(n), f"Zeile {n}") for n in range(11)])], "Einträge"),
        ([Section([Row("a", "A"), Row("a", "B")])], "Einträge"),
        ([Section([Row("a" * 201, "A")])], "Die Kennung"),
        ([Section([Row("a", "A" * 25)])], "Der Titel des Eintrags"),
        ([Section([Row("a", "A", "d" * 73)])], "Die Beschreibung"),
        ([Section([Row("a", "A")], "t" * 25)], "Der Titel des Abschnitts"),
    ],
)
def test_a_list_beyond_the_limits_is_refused(sections: list[Section], what: str) -> None:
    assert refused(outgoing.choice_list, "Worum geht es?", "Wählen", sections, to=TO).startswith(what)


def test_the_button_of_a_list_has_twenty_characters() -> None:
    sections = [Section([Row("a", "A")])]

    assert refused(outgoing.choice_list, "Worum?", "w" * 21, sections, to=TO).startswith("Die Schaltfläche")


def test_a_link_is_one_button() -> None:
    body = outgoing.link("Bitte füllen Sie den Bogen aus.", "Öffnen", "https://praxis.example/a/1", to=TO)

    assert body["interactive"] == {
        "type": "cta_url",
        "body": {"text": "Bitte füllen Sie den Bogen aus."},
        "action": {
            "name": "cta_url",
            "parameters": {"display_text": "Öffnen", "url": "https://praxis.example/a/1"},
        },
    }


@pytest.mark.parametrize("url", ["http://praxis.example/", "javascript:alert(1)", "praxis.example", ""])
def test_only_https_links_go_out(url: str) -> None:
    assert refused(outgoing.link, "Bitte", "Öffnen", url, to=TO) == "Der Link muss mit https:// beginnen."


def test_a_person_known_by_user_id_can_be_asked_for_the_number() -> None:
    body = outgoing.contact_request("Dürfen wir Ihre Nummer haben?", to=USER)

    assert body["recipient"] == USER
    assert body["interactive"] == {
        "type": "request_contact_info",
        "body": {"text": "Dürfen wir Ihre Nummer haben?"},
        "action": {"name": "request_contact_info"},
    }
