"""pywa, a client nobody here wrote, drives 360dialog's paths and parses our webhooks."""

import re
import sys
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
import pywa.types.templates
from pywa.errors import WhatsAppError

from simulator.inprocess import InProcess
from tests.simulator.conftest import ERIKA, JANA, SOMMER, Json, StandIn

# pywa's annotations do not stand a strict type check: its handlers take no self.
types: Any = sys.modules["pywa.types"]
of_templates: Any = sys.modules["pywa.types.templates"]
WhatsApp: Any = vars(pywa)["WhatsApp"]

PHONE_ID, WABA_ID = "100000000000101", "200000000000101"
GRAPH_PREFIX = re.compile(rf"^/v[\d.]+(/{PHONE_ID})?")


class As360dialog(httpx.BaseTransport):
    """Turns Graph's addresses into 360dialog's and the token into the key, as section 14 asks."""

    def __init__(self, standin: StandIn) -> None:
        self._inner: InProcess = standin.http._transport  # type: ignore[assignment]

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Rewrite and pass on."""
        path = GRAPH_PREFIX.sub("", request.url.raw_path.decode())
        headers = {name: value for name, value in request.headers.items() if name not in {"authorization", "host"}}
        rewritten = httpx.Request(
            request.method,
            f"http://stand-in.test{path}",
            headers={**headers, "D360-API-KEY": "key-of-sommer"},
            content=request.read(),
        )
        return self._inner.handle_request(rewritten)


@pytest.fixture
def client(standin: StandIn) -> Iterator[Any]:
    """pywa bound to the stand-in, able to handle updates without a server."""
    session = httpx.Client(transport=As360dialog(standin))
    yield WhatsApp(
        phone_id=PHONE_ID,
        token="unused",
        session=session,
        server=None,
        verify_token="unused",
        waba_id=WABA_ID,
        validate_updates=False,
        skip_duplicate_updates=False,
    )


def fired(client: Any, register: Callable[[Any], Any], standin: StandIn) -> list[Any]:
    """What a handler was called with by the webhooks since the last look."""
    seen: list[Any] = []

    @register
    def keep(_: Any, update: Any) -> None:
        seen.append(update)

    for request in standin.bag.take():
        client.webhook_update_handler(request.content)
    return seen


def test_pywa_sends_text_and_reads_our_answer(client: Any, standin: StandIn) -> None:
    wamid = standin.open_window()

    sent = client.send_message(to=JANA, text="Guten Tag", reply_to_message_id=wamid, tracker="attempt-1")

    (listed,) = standin.control("GET", "/sent").json()
    assert sent.id == standin.control("GET", "/messages").json()[-1]["wamid"]
    assert (sent.input, sent.from_phone_id) == (JANA, PHONE_ID)
    assert (listed["body"]["context"], listed["body"]["biz_opaque_callback_data"]) == (
        {"message_id": wamid},
        "attempt-1",
    )


def test_pywa_sends_buttons_lists_and_links(client: Any, standin: StandIn) -> None:
    standin.open_window()
    rows = [types.SectionRow(title="9 Uhr", callback_data="9"), types.SectionRow(title="10 Uhr", callback_data="10")]

    client.send_message(to=JANA, text="Passt das?", buttons=[types.Button("Ja", "ja"), types.Button("Nein", "nein")])
    client.send_message(to=JANA, text="Wann?", buttons=types.SectionList("Zeiten", [types.Section("Früh", rows)]))
    client.send_message(to=JANA, text="Bitte lesen", buttons=types.URLButton("Öffnen", "https://praxis.example"))

    sent = [one["content"]["type"] for one in standin.control("GET", "/messages").json()[1:]]
    assert sent == ["button", "list", "cta_url"]


def test_pywa_uploads_and_sends_every_kind_of_file(client: Any, standin: StandIn) -> None:
    standin.open_window()

    client.send_image(to=JANA, image=b"jpeg", mime_type="image/jpeg", caption="Bild")
    client.send_document(to=JANA, document=b"%PDF", filename="Plan.pdf", mime_type="application/pdf")
    client.send_voice(to=JANA, voice=b"OggS", mime_type="audio/ogg")
    client.send_video(to=JANA, video=b"mp4", mime_type="video/mp4")
    client.send_sticker(to=JANA, sticker=b"webp", mime_type="image/webp")

    shown = standin.control("GET", "/messages").json()[1:]
    assert [(one["type"], one["state"]) for one in shown] == [
        ("image", "delivered"),
        ("document", "delivered"),
        ("audio", "delivered"),
        ("video", "delivered"),
        ("sticker", "delivered"),
    ]


def test_pywa_sends_places_contacts_and_reactions(client: Any, standin: StandIn) -> None:
    wamid = standin.open_window()

    client.send_location(to=JANA, latitude=52.5, longitude=13.4, name="Praxis", address="Hauptstraße 1")
    client.send_contact(
        to=JANA, contact=types.Contact(types.Contact.Name(formatted_name="Praxis", first_name="Praxis"))
    )
    client.send_reaction(to=JANA, emoji="👍", message_id=wamid)

    shown = standin.control("GET", "/messages").json()
    assert [one["type"] for one in shown[1:]] == ["location", "contacts", "reaction"]
    assert shown[0]["reactions"] == {"practice": "👍"}


def test_pywa_sends_templates(client: Any, standin: StandIn) -> None:
    client.send_template(
        to=JANA,
        name="termin_erinnerung",
        language=of_templates.TemplateLanguage.GERMAN,
        params=[
            of_templates.BodyText.params("Frau Vogt", "24.11."),
            of_templates.QuickReplyButton.params(callback_data="CONFIRM:1", index=0),
            of_templates.URLButton.params(url_variable="karte", index=1),
        ],
    )
    client.send_template(
        to=JANA,
        name="termin_mit_namen",
        language=of_templates.TemplateLanguage.GERMAN,
        params=[of_templates.BodyText.params(datum="24.11.", uhrzeit="9:30")],
    )
    media = client.upload_media(media=b"%PDF", mime_type="application/pdf", filename="Plan.pdf")
    client.send_template(
        to=JANA,
        name="unterlagen",
        language=of_templates.TemplateLanguage.GERMAN,
        params=[of_templates.HeaderDocument.params(document=media.id)],
    )

    assert standin.statuses() == ["sent", "delivered"] * 3


def test_pywa_reads_our_errors(client: Any) -> None:
    with pytest.raises(WhatsAppError) as refused:
        client.send_template(to=JANA, name="gibt_es_nicht", language=of_templates.TemplateLanguage.GERMAN, params=[])

    assert (refused.value.code, refused.value.status_code) == (132001, 404)


def test_pywa_downloads_what_a_person_sent(client: Any, standin: StandIn) -> None:
    standin.write(type="document", document={"data_base64": "UExBTg==", "mime_type": "text/plain", "filename": "a.txt"})
    media_id = standin.received()["document"]["id"]

    url = client.get_media_url(media_id)

    assert (url.mime_type, url.file_size, client.get_media_bytes(url.url)) == ("text/plain", 4, b"PLAN")


def test_pywa_marks_messages_read_and_types(client: Any, standin: StandIn) -> None:
    wamid = standin.open_window()

    client.mark_message_as_read(message_id=wamid)
    client.indicate_typing(message_id=wamid)

    assert standin.control("GET", "/messages").json()[0]["state"] == "read"
    assert [one["body"]["status"] for one in standin.control("GET", "/sent").json()] == ["read", "read"]


@pytest.mark.parametrize(
    ("wish", "expected"),
    [
        ({"text": "Hallo"}, {"text": "Hallo"}),
        ({"type": "image", "image": {"caption": "Schwellung"}}, {"caption": "Schwellung", "has_media": True}),
        ({"type": "voice"}, {"has_media": True}),
        ({"type": "video"}, {"has_media": True}),
        ({"type": "document"}, {"has_media": True}),
        ({"type": "sticker"}, {"has_media": True}),
        ({"type": "unsupported"}, {"text": None}),
    ],
)
def test_pywa_parses_what_people_send(client: Any, standin: StandIn, wish: Json, expected: Json) -> None:
    wamid = standin.write(**wish)["wamid"]

    (message,) = fired(client, client.on_message, standin)

    assert (message.id, message.from_user.wa_id, message.from_user.name) == (wamid, "491713920001", "Jana Vogt")
    assert {name: getattr(message, name) for name in expected} == expected


def test_pywa_parses_places_contacts_reactions_and_quotes(client: Any, standin: StandIn) -> None:
    first = standin.write()["wamid"]
    standin.bag.take()
    standin.write(type="location", location={"latitude": 52.5, "longitude": 13.4})
    standin.write(type="contacts", contacts=[{"name": {"formatted_name": "Ali", "first_name": "Ali"}}])
    standin.write(type="reaction", reaction={"message_id": first, "emoji": "👍"})
    standin.write(text="dazu", context={"message_id": first})

    place, contact, reaction, quote = fired(client, client.on_message, standin)

    assert (place.location.latitude, contact.contacts[0].name.formatted_name) == (52.5, "Ali")
    assert (reaction.reaction.emoji, reaction.reaction.message_id) == ("👍", first)
    assert quote.reply_to_message.id == first


def test_pywa_parses_somebody_without_a_phone(client: Any, standin: StandIn) -> None:
    standin.write(ERIKA)

    (message,) = fired(client, client.on_message, standin)

    assert (message.from_user.wa_id, message.from_user.bsuid, message.from_user.username) == (None, ERIKA, "@erika.m")


def test_pywa_parses_taps_on_templates_and_buttons(client: Any, standin: StandIn) -> None:
    standin.write(
        type="button", button={"payload": "CONFIRM:1", "text": "Ich komme"}, context={"message_id": "wamid.x"}
    )
    standin.write(type="button_reply", button_reply={"id": "ja", "title": "Ja"}, context={"message_id": "wamid.y"})

    template_tap, button_tap = fired(client, client.on_callback_button, standin)

    assert (template_tap.data, template_tap.title) == ("CONFIRM:1", "Ich komme")
    assert (button_tap.data, button_tap.title) == ("ja", "Ja")


def test_pywa_parses_a_chosen_row(client: Any, standin: StandIn) -> None:
    row = {"id": "9", "title": "9 Uhr", "description": "früh"}
    standin.write(type="list_reply", list_reply=row, context={"message_id": "wamid.x"})

    (chosen,) = fired(client, client.on_callback_selection, standin)

    assert (chosen.data, chosen.title, chosen.description) == ("9", "9 Uhr", "früh")


def test_pywa_parses_a_filled_in_flow(client: Any, standin: StandIn) -> None:
    reply = {"name": "flow", "body": "Sent", "response_json": {"flow_token": "t", "schmerz": "7"}}
    standin.write(type="nfm_reply", nfm_reply=reply, context={"message_id": "wamid.x"})

    (completed,) = fired(client, client.on_flow_completion, standin)

    assert (completed.token, completed.response) == ("t", {"schmerz": "7"})


def test_pywa_parses_sent_delivered_and_read(client: Any, standin: StandIn) -> None:
    standin.open_window()
    wamid = standin.send_text(biz_opaque_callback_data="attempt-1").json()["messages"][0]["id"]
    standin.control("POST", "/seen", {"from": JANA, "to": SOMMER})

    statuses = fired(client, client.on_message_status, standin)

    assert [(one.id, one.status.value, one.tracker) for one in statuses] == [
        (wamid, "sent", "attempt-1"),
        (wamid, "delivered", "attempt-1"),
        (wamid, "read", "attempt-1"),
    ]
    assert statuses[0].from_user.wa_id == "491713920001"


def test_pywa_parses_a_new_number(client: Any, standin: StandIn) -> None:
    standin.open_window()
    standin.control("POST", "/changes", {"from": JANA, "kind": "number", "phone": "+491713920009"})

    (change,) = fired(client, client.on_phone_number_change, standin)

    assert (change.old_wa_id, change.new_wa_id) == ("491713920001", "491713920009")


def test_pywa_parses_moderation(client: Any, standin: StandIn) -> None:
    standin.control("POST", "/templates", {"number": SOMMER, "name": "unterlagen", "event": "PAUSED"})

    (update,) = fired(client, client.on_template_status_update, standin)

    assert (update.template_name, update.new_status.value) == ("unterlagen", "PAUSED")
