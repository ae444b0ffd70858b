"""Every type a person can send, as it stands in the webhook (360dialog section 6)."""

import base64
import hashlib
from typing import Any

import pytest

from simulator.samples import SAMPLES
from tests.simulator.conftest import JANA, SOMMER, Json, StandIn

REFERRAL = {"source_url": "https://fb.example/1", "source_type": "ad", "headline": "Prophylaxe", "ctwa_clid": "c"}


def test_a_text_webhook_is_whole(standin: StandIn) -> None:
    wamid = standin.write(text="Haben Sie morgen Zeit?")["wamid"]

    (webhook,) = standin.webhooks()

    change = webhook["entry"][0]["changes"][0]
    message = change["value"]["messages"][0]
    assert (webhook["object"], webhook["entry"][0]["id"]) == ("whatsapp_business_account", "200000000000101")
    assert (change["field"], change["value"]["messaging_product"]) == ("messages", "whatsapp")
    assert message.pop("timestamp").isdigit()
    assert message.pop("from_user_id").startswith("DE.")
    assert message == {
        "id": wamid,
        "type": "text",
        "from": "491713920001",
        "text": {"body": "Haben Sie morgen Zeit?"},
    }


@pytest.mark.parametrize("text", ["kurz", {"body": "kurz"}])
def test_a_text_can_be_given_short_or_whole(standin: StandIn, text: Any) -> None:
    standin.write(type="text", text=text)

    assert standin.received()["text"] == {"body": "kurz"}


@pytest.mark.parametrize("kind", ["image", "video", "document", "sticker", "audio"])
def test_a_medium_comes_with_a_file_of_the_right_type(standin: StandIn, kind: str) -> None:
    standin.write(type=kind)

    message = standin.received()
    stored = standin.http.get(f"/phones/media/493023125101/{message[kind]['id']}").content
    mime_type, make = SAMPLES[kind]
    assert (message["type"], message[kind]["mime_type"], stored) == (kind, mime_type, make())
    assert message[kind]["sha256"] == base64.b64encode(hashlib.sha256(stored).digest()).decode()
    assert message[kind]["url"].startswith("https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=")


def test_given_bytes_and_words_arrive(standin: StandIn) -> None:
    data = base64.b64encode(b"plan").decode()
    document = {"data_base64": data, "mime_type": "text/plain", "filename": "Plan.txt", "caption": "Bitte prüfen"}

    standin.write(type="document", document=document)

    received = standin.received()["document"]
    assert {name: received[name] for name in ("mime_type", "filename", "caption")} == {
        "mime_type": "text/plain",
        "filename": "Plan.txt",
        "caption": "Bitte prüfen",
    }


@pytest.mark.parametrize(
    ("wish", "is_voice"),
    [
        ({"type": "voice"}, True),
        ({"type": "audio"}, False),
        ({"type": "audio", "audio": {"voice": True}}, True),
    ],
)
def test_a_voice_note_is_audio_with_voice_true(standin: StandIn, wish: Json, is_voice: bool) -> None:
    standin.write(**wish)

    message = standin.received()
    assert (message["type"], message["audio"]["voice"]) == ("audio", is_voice)


def test_a_sticker_says_whether_it_moves(standin: StandIn) -> None:
    standin.write(type="sticker", sticker={"animated": True})

    assert standin.received()["sticker"]["animated"] is True


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("location", {"latitude": 52.5, "longitude": 13.4, "name": "Zuhause"}),
        ("contacts", [{"name": {"formatted_name": "Ali"}, "phones": [{"phone": "+491713920077"}]}]),
        ("order", {"catalog_id": "1", "text": "bitte", "product_items": []}),
        ("button", {"payload": "CONFIRM:1", "text": "Ich komme"}),
        ("reaction", {"message_id": "wamid.unknown", "emoji": "👍"}),
        ("reaction", {"message_id": "wamid.unknown", "emoji": ""}),
        ("reaction", {"message_id": "wamid.unknown"}),
        ("edit", {"original_message_id": "wamid.unknown", "message": {"type": "text", "text": {"body": "neu"}}}),
        ("revoke", {"original_message_id": "wamid.unknown"}),
        ("interactive", {"type": "call_permission_reply", "call_permission_reply": {"response": "accept"}}),
    ],
)
def test_a_body_goes_through_as_written(standin: StandIn, kind: str, body: Any) -> None:
    wish: Json = {"type": kind, kind: body}

    standin.write(**wish)

    message = standin.received()
    assert (message["type"], message[kind]) == (kind, body)


@pytest.mark.parametrize(
    ("kind", "reply", "expected"),
    [
        ("button_reply", {"id": "ja", "title": "Ja"}, {"id": "ja", "title": "Ja"}),
        ("list_reply", {"id": "9", "title": "9 Uhr", "description": "früh"}, None),
        (
            "nfm_reply",
            {"name": "flow", "body": "Sent", "response_json": {"wo": "Köln"}},
            {"name": "flow", "body": "Sent", "response_json": '{"wo": "Köln"}'},
        ),
        ("nfm_reply", {"name": "flow", "body": "Sent", "response_json": '{"a": 1}'}, None),
        ("call_permission_reply", {"response": "accept"}, None),
    ],
)
def test_a_reply_to_an_interactive_message(standin: StandIn, kind: str, reply: Json, expected: Json | None) -> None:
    wish: Json = {"type": kind, kind: reply, "context": {"message_id": "wamid.ours"}}

    standin.write(**wish)

    message = standin.received()
    assert (message["type"], message["interactive"]) == ("interactive", {"type": kind, kind: expected or reply})
    assert message["context"] == {"from": "493023125101", "id": "wamid.ours"}


def test_a_reply_may_come_without_context(standin: StandIn) -> None:
    standin.write(type="button", button={"payload": "CONFIRM:1", "text": "Ich komme"})

    assert "context" not in standin.received()


@pytest.mark.parametrize("kind", [None, "poll"])
def test_an_unsupported_message_carries_131051(standin: StandIn, kind: str | None) -> None:
    wish: Json = {"type": "unsupported", **({"unsupported": {"type": kind}} if kind else {})}

    standin.write(**wish)

    message = standin.received()
    assert [error["code"] for error in message["errors"]] == [131051]
    assert message.get("unsupported") == ({"type": kind} if kind else None)


@pytest.mark.parametrize(
    ("context", "expected"),
    [
        ({"message_id": "wamid.ours"}, {"from": "493023125101", "id": "wamid.ours"}),
        ({"id": "wamid.ours", "from": "491713920001"}, {"from": "491713920001", "id": "wamid.ours"}),
        ({"forwarded": True}, {"forwarded": True}),
        ({"frequently_forwarded": True}, {"frequently_forwarded": True}),
    ],
)
def test_quotes_and_forwards_are_contexts(standin: StandIn, context: Json, expected: Json) -> None:
    standin.write(text="dazu", context=context)

    assert standin.received()["context"] == expected


def test_an_ad_leaves_its_referral(standin: StandIn) -> None:
    standin.write(text="Ich komme von der Anzeige", referral=REFERRAL)

    assert standin.received()["referral"] == REFERRAL


def test_time_and_wamid_can_be_given(standin: StandIn) -> None:
    standin.write(text="alt", timestamp=1763800000, wamid="wamid.given")

    message = standin.received()
    assert (message["id"], message["timestamp"]) == ("wamid.given", "1763800000")


def test_the_timestamp_follows_the_movable_clock(standin: StandIn) -> None:
    standin.write()
    before = int(standin.received()["timestamp"])
    standin.advance(days=2)
    standin.write()

    assert int(standin.received()["timestamp"]) - before in {172_800, 172_801}


@pytest.mark.parametrize(
    ("wish", "status"),
    [
        ({"type": "telegram"}, 400),
        ({"type": "text"}, 400),
        ({"type": "text", "text": 5}, 400),
        ({"type": "location"}, 400),
        ({"type": "image", "image": {"data_base64": "no base64!"}}, 400),
        ({"to": "+491713920088", "text": "x"}, 404),
        ({"from": "?", "text": "x"}, 400),
    ],
)
def test_what_no_phone_could_send_is_refused_and_posts_nothing(standin: StandIn, wish: Json, status: int) -> None:
    answer = standin.control("POST", "/messages", {"from": JANA, "to": SOMMER, **wish})

    assert answer.status_code == status
    assert standin.webhooks() == []


@pytest.mark.parametrize("missing", ["from", "to"])
def test_sender_and_receiver_are_needed(standin: StandIn, missing: str) -> None:
    wish = {"from": JANA, "to": SOMMER, "text": "x"}
    del wish[missing]

    assert standin.control("POST", "/messages", wish).status_code == 400


def test_a_stranger_can_bring_a_name(standin: StandIn) -> None:
    standin.write("+491713920066", text="Hallo", name="Ayşe")

    (value,) = standin.values()
    assert value["contacts"][0]["profile"] == {"name": "Ayşe"}


def test_an_edit_and_a_revocation_show_on_the_phone(standin: StandIn) -> None:
    first, second = (standin.write(text=text)["wamid"] for text in ("Tippfeler", "geheim"))
    new = {"type": "text", "text": {"body": "Tippfehler"}}

    standin.write(type="edit", edit={"original_message_id": first, "message": new})
    standin.write(type="revoke", revoke={"original_message_id": second})

    page = standin.http.get("/phones/491713920001/493023125101/").text
    assert (page.count("Tippfehler</p>"), page.count("bearbeitet"), page.count("wurde gelöscht")) == (1, 1, 1)
    assert "geheim</p>" not in page
