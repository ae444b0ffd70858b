"""What Meta refuses in free-form messages (360dialog sections 2 and 3)."""

from typing import Any

import pytest

from tests.simulator.conftest import JANA, Json, StandIn, code_of


@pytest.fixture
def open_standin(standin: StandIn) -> StandIn:
    """A stand-in where Jana wrote a moment ago."""
    standin.open_window()
    return standin


def upload(standin: StandIn, mime_type: str, data: bytes = b"x", key: str = "key-of-sommer") -> str:
    """The id of an uploaded file."""
    files = {"file": ("file", data, mime_type)}
    answer = standin.call("POST", "/media", key=key, data={"messaging_product": "whatsapp"}, files=files)
    assert answer.status_code == 200, answer.text
    media_id: str = answer.json()["id"]
    return media_id


BUTTON = {"type": "reply", "reply": {"id": "ja", "title": "Ja"}}
CONTACT = {"name": {"formatted_name": "Praxis Sommer"}, "phones": [{"phone": "+493023125101", "type": "WORK"}]}


def buttons(*pairs: tuple[str, str]) -> list[Json]:
    """Reply buttons of (id, title)."""
    return [{"type": "reply", "reply": {"id": button_id, "title": title}} for button_id, title in pairs]


def rows(count: int) -> list[Json]:
    """Rows of a list."""
    return [{"id": f"row-{n}", "title": f"Zeile {n}"} for n in range(count)]


def interactive(kind: str, action: Any, **more: Any) -> Json:
    """An interactive message's body."""
    return {
        "type": "interactive",
        "interactive": {"type": kind, "body": {"text": "Bitte wählen"}, "action": action, **more},
    }


def a_list(*sections: Json, button: str = "Auswählen", **more: Any) -> Json:
    """A list message's body."""
    return interactive("list", {"button": button, "sections": list(sections)}, **more)


@pytest.mark.parametrize(
    "body",
    [
        {"type": "text", "text": {"body": "x" * 4096, "preview_url": True}},
        {"type": "location", "location": {"latitude": "52.5", "longitude": "13.4", "name": "Praxis"}},
        {"type": "location", "location": {"latitude": 52.5, "longitude": 13.4}},
        {"type": "contacts", "contacts": [CONTACT]},
        {"type": "reaction", "reaction": {"message_id": "wamid.unknown", "emoji": "👍"}},
        {"type": "reaction", "reaction": {"message_id": "wamid.unknown", "emoji": ""}},
        {"type": "image", "image": {"link": "https://praxis.example/bild.jpg", "caption": "x" * 1024}},
        {"type": "document", "document": {"link": "https://praxis.example/plan.pdf", "filename": "Plan.pdf"}},
        interactive("button", {"buttons": buttons(("1", "Ja"), ("2", "Nein"), ("3", "x" * 20))}),
        interactive(
            "button", {"buttons": [BUTTON]}, header={"type": "text", "text": "Termin"}, footer={"text": "x" * 60}
        ),
        interactive(
            "button", {"buttons": [BUTTON]}, header={"type": "image", "image": {"link": "https://a.example/b.png"}}
        ),
        a_list({"rows": rows(10)}),
        a_list({"title": "Früh", "rows": rows(1)}, {"title": "Spät", "rows": [{"id": "s", "title": "18 Uhr"}]}),
        interactive(
            "cta_url", {"name": "cta_url", "parameters": {"display_text": "Öffnen", "url": "https://a.example"}}
        ),
        interactive("flow", {"name": "flow", "parameters": {"flow_cta": "Öffnen", "flow_id": "1"}}),
        interactive("location_request_message", {"name": "send_location"}),
        interactive("request_contact_info", {"name": "request_contact_info"}),
    ],
)
def test_what_meta_takes_is_accepted(open_standin: StandIn, body: Json) -> None:
    assert open_standin.send(**body).status_code == 200


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"type": "text"}, 131008),
        ({"type": "text", "text": "Hallo"}, 100),
        ({"type": "text", "text": {"body": ""}}, 131008),
        ({"type": "text", "text": {"body": 5}}, 100),
        ({"type": "text", "text": {"body": "x" * 4097}}, 100),
        ({"type": "text", "text": {"body": "x", "preview_url": "ja"}}, 100),
        ({"type": "location", "location": {"latitude": 52.5}}, 131008),
        ({"type": "location", "location": {"latitude": 91, "longitude": 13}}, 131009),
        ({"type": "location", "location": {"latitude": 52, "longitude": "Ost"}}, 131009),
        ({"type": "contacts"}, 131008),
        ({"type": "contacts", "contacts": []}, 131008),
        ({"type": "contacts", "contacts": ["Praxis"]}, 100),
        ({"type": "contacts", "contacts": [{"name": {}}]}, 131008),
        ({"type": "contacts", "contacts": [{"name": {"formatted_name": "A"}, "phones": [{"type": "HOME"}]}]}, 131008),
        ({"type": "reaction", "reaction": {"emoji": "👍"}}, 131008),
        ({"type": "reaction", "reaction": {"message_id": "wamid.x"}}, 131008),
        ({"type": "image", "image": {}}, 100),
        ({"type": "image", "image": {"id": "1", "link": "https://a.example/b.png"}}, 100),
        ({"type": "image", "image": {"id": "4711"}}, 100),
        ({"type": "image", "image": {"link": "ftp://a.example/b.png"}}, 100),
        ({"type": "image", "image": {"link": "https:///b.png"}}, 100),
        ({"type": "image", "image": {"link": "https://a.example/b.png", "caption": "x" * 1025}}, 100),
        ({"type": "audio", "audio": {"link": "https://a.example/b.ogg", "caption": "Hören"}}, 100),
        ({"type": "sticker", "sticker": {"link": "https://a.example/b.webp", "caption": "Haha"}}, 100),
    ],
)
def test_broken_content_is_refused_with_metas_code(open_standin: StandIn, body: Json, code: int) -> None:
    answer = open_standin.send(**body)

    assert (answer.status_code, code_of(answer)) == (400, code)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"type": "interactive"}, 131008),
        (interactive("karussell", {}), 131009),
        (interactive("button", {"buttons": []}), 131008),
        (interactive("button", {"buttons": "Ja"}), 100),
        (interactive("button", {"buttons": buttons(("1", "A"), ("2", "B"), ("3", "C"), ("4", "D"))}), 131009),
        (interactive("button", {"buttons": buttons(("1", "Ja"), ("1", "Nein"))}), 131009),
        (interactive("button", {"buttons": buttons(("1", "Ja"), ("2", "Ja"))}), 131009),
        (interactive("button", {"buttons": buttons(("1", "x" * 21))}), 131009),
        (interactive("button", {"buttons": buttons(("x" * 257, "Ja"))}), 131009),
        (interactive("button", {"buttons": [{"type": "url", "reply": {"id": "1", "title": "Ja"}}]}), 131009),
        (interactive("button", {"buttons": [BUTTON]}, body={"text": "x" * 1025}), 131009),
        (interactive("button", {"buttons": [BUTTON]}, body={}), 131008),
        (interactive("button", {"buttons": [BUTTON]}, footer={"text": "x" * 61}), 131009),
        (interactive("button", {"buttons": [BUTTON]}, header={"type": "text", "text": "x" * 61}), 131009),
        (interactive("button", {"buttons": [BUTTON]}, header={"type": "audio", "audio": {"id": "1"}}), 131009),
        (interactive("button", {"buttons": [BUTTON]}, header={"type": "image", "image": {"id": "4711"}}), 100),
        (a_list({"rows": rows(11)}), 131009),
        (a_list(*[{"title": str(n), "rows": [{"id": str(n), "title": "A"}]} for n in range(11)]), 131009),
        (a_list({"rows": rows(1)}, {"title": "Spät", "rows": [{"id": "s", "title": "18 Uhr"}]}), 131008),
        (a_list({"rows": [{"id": "1", "title": "A"}, {"id": "1", "title": "B"}]}), 131009),
        (a_list({"rows": [{"id": "1", "title": "x" * 25}]}), 131009),
        (a_list({"rows": [{"id": "x" * 201, "title": "A"}]}), 131009),
        (a_list({"rows": [{"id": "1", "title": "A", "description": "x" * 73}]}), 131009),
        (a_list({"title": "x" * 25, "rows": rows(1)}), 131009),
        (a_list({"rows": rows(1)}, button="x" * 21), 131009),
        (a_list({"rows": rows(1)}, header={"type": "image", "image": {"link": "https://a.example/b.png"}}), 131009),
        (a_list({"rows": rows(1)}, body={"text": "x" * 4097}), 131009),
        (interactive("cta_url", {"name": "url", "parameters": {}}), 131009),
        (
            interactive(
                "cta_url", {"name": "cta_url", "parameters": {"display_text": "x" * 21, "url": "https://a.de"}}
            ),
            131009,
        ),
        (
            interactive("cta_url", {"name": "cta_url", "parameters": {"display_text": "Auf", "url": "javascript:1"}}),
            100,
        ),
        (interactive("flow", {"name": "flow", "parameters": {"flow_cta": "Auf"}}), 131008),
        (interactive("location_request_message", {}), 131008),
    ],
)
def test_broken_interactive_messages_are_refused_with_metas_code(open_standin: StandIn, body: Json, code: int) -> None:
    answer = open_standin.send(**body)

    assert (answer.status_code, code_of(answer)) == (400, code)


@pytest.mark.parametrize(
    ("kind", "mime_type"),
    [
        ("image", "image/png"),
        ("document", "application/pdf"),
        ("audio", "audio/ogg; codecs=opus"),
        ("video", "video/mp4"),
        ("sticker", "image/webp"),
    ],
)
def test_uploaded_files_can_be_sent_as_their_kind(open_standin: StandIn, kind: str, mime_type: str) -> None:
    medium: Json = {kind: {"id": upload(open_standin, mime_type)}}

    answer = open_standin.send(type=kind, **medium)

    assert answer.status_code == 200
    assert open_standin.statuses() == ["sent", "delivered"]


def test_a_pdf_sent_as_an_image_fails_after_the_200(open_standin: StandIn) -> None:
    media_id = upload(open_standin, "application/pdf")

    answer = open_standin.send(type="image", image={"id": media_id})

    assert answer.status_code == 200
    assert open_standin.failures() == [131053]


def test_a_voice_note_must_be_ogg(open_standin: StandIn) -> None:
    mp3, ogg = upload(open_standin, "audio/mpeg"), upload(open_standin, "audio/ogg")

    open_standin.send(type="audio", audio={"id": mp3, "voice": True})
    open_standin.send(type="audio", audio={"id": ogg, "voice": True})

    assert open_standin.statuses() == ["failed", "sent", "delivered"]


def test_another_numbers_file_cannot_be_sent(open_standin: StandIn) -> None:
    media_id = upload(open_standin, "image/png", key="key-of-dom")

    assert code_of(open_standin.send(type="image", image={"id": media_id})) == 100


def test_a_quoting_reply_shows_its_quote_on_the_phone(standin: StandIn) -> None:
    wamid = standin.write(text="Haben Sie morgen Zeit?")["wamid"]

    standin.send_text("Ja, um 9 Uhr", context={"message_id": wamid})

    thread = standin.http.get(f"/phones/{JANA.lstrip('+')}/493023125101/thread").text
    assert thread.count("<span>Haben Sie morgen Zeit?</span></blockquote>") == 1
