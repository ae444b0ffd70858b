"""POST /messages: who may, in which order it is checked, what it answers."""

import base64
import re

import pytest

from tests.simulator.conftest import DOM, ERIKA, JANA, SOMMER, StandIn, code_of


def test_a_wrong_key_is_refused_in_body_b_before_the_body_is_read(standin: StandIn) -> None:
    answer = standin.http.post("/messages", headers={"D360-API-KEY": "wrong"}, content=b"no json")

    assert (answer.status_code, answer.json()) == (401, {"error": "Invalid API key"})


def test_a_missing_key_is_refused_like_a_wrong_one(standin: StandIn) -> None:
    answer = standin.http.post("/messages", json={})

    assert (answer.status_code, answer.json()) == (401, {"error": "Invalid API key"})


def test_a_body_that_is_no_json_is_an_invalid_parameter(standin: StandIn) -> None:
    answer = standin.call("POST", "/messages", content=b"{")

    assert (answer.status_code, code_of(answer)) == (400, 100)


def test_an_error_of_meta_has_the_whole_of_body_a(standin: StandIn) -> None:
    error = standin.send(type="text", text={}).json()["error"]

    assert error.pop("fbtrace_id") != ""
    assert error == {
        "message": "(#131008) Required parameter is missing",
        "type": "OAuthException",
        "code": 131008,
        "error_data": {"messaging_product": "whatsapp", "details": "The parameter text['body'] is required."},
        "is_transient": False,
    }


def test_fields_are_checked_before_the_template(standin: StandIn) -> None:
    answer = standin.send(
        to="no number", type="template", template={"name": "gibt_es_nicht", "language": {"code": "de"}}
    )

    assert code_of(answer) == 100


def test_the_template_is_checked_before_the_pair_rate(standin: StandIn) -> None:
    standin.plan(limits={"pair_burst": 0})

    answer = standin.send(type="template", template={"name": "gibt_es_nicht", "language": {"code": "de"}})

    assert (answer.status_code, code_of(answer)) == (404, 132001)


def test_the_pair_rate_is_checked_before_the_throughput(standin: StandIn) -> None:
    standin.open_window()
    standin.plan(limits={"pair_burst": 0, "throughput_per_second": 0})

    assert code_of(standin.send_text()) == 131056


def test_an_accepted_text_is_answered_as_meta_does(standin: StandIn) -> None:
    standin.open_window()

    answer = standin.send_text(to="+49 171 3920001")

    body = answer.json()
    assert answer.status_code == 200
    assert body["messaging_product"] == "whatsapp"
    assert body["contacts"][0]["input"] == "+49 171 3920001"
    assert body["contacts"][0]["wa_id"] == "491713920001"
    assert body["messages"][0]["message_status"] == "accepted"


def test_a_wamid_is_base64_with_the_peers_digits_in_clear(standin: StandIn) -> None:
    standin.open_window()

    wamid = standin.send_text().json()["messages"][0]["id"]

    assert wamid.startswith("wamid.HBgM")
    assert b"491713920001" in base64.b64decode(wamid.removeprefix("wamid."), validate=True)


def test_no_two_messages_share_a_wamid(standin: StandIn) -> None:
    standin.open_window()

    wamids = {standin.send_text().json()["messages"][0]["id"] for _ in range(20)}

    assert len(wamids) == 20


def test_a_bsuid_is_answered_with_user_id_and_without_wa_id(standin: StandIn) -> None:
    standin.open_window(ERIKA)

    body = {"messaging_product": "whatsapp", "recipient": ERIKA, "type": "text", "text": {"body": "Guten Tag"}}
    answer = standin.call("POST", "/messages", json=body)

    assert answer.json()["contacts"] == [{"input": ERIKA, "user_id": ERIKA}]


def test_to_wins_where_a_phone_and_a_bsuid_are_given(standin: StandIn) -> None:
    standin.open_window()

    answer = standin.send_text(recipient=ERIKA)

    assert answer.json()["contacts"][0]["wa_id"] == "491713920001"


def test_the_type_defaults_to_text(standin: StandIn) -> None:
    standin.open_window()

    assert standin.send(text={"body": "Guten Tag"}).status_code == 200


def test_a_stranger_gets_a_phone_of_their_own(standin: StandIn) -> None:
    standin.send_text(to="+491713920077")

    assert standin.control("GET", "/people").json()[-1]["phone"] == "+491713920077"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"messaging_product": "telegram"}, 100),
        ({"to": ""}, 100),
        ({"to": "12"}, 100),
        ({"to": 491713920001}, 100),
        ({"to": SOMMER}, 131021),
        ({"recipient_type": "group"}, 100),
        ({"type": "poll"}, 100),
        ({"category": "utility"}, 100),
        ({"context": {}}, 131008),
        ({"context": "wamid.x"}, 100),
        ({"biz_opaque_callback_data": "x" * 513}, 100),
        ({"recipient_identity_key_hash": "another"}, 137000),
    ],
)
def test_a_broken_envelope_is_refused(standin: StandIn, body: dict[str, object], code: int) -> None:
    whole = {"messaging_product": "whatsapp", "to": JANA, "type": "text", "text": {"body": "Hallo"}, **body}

    answer = standin.call("POST", "/messages", json=whole)

    assert (answer.status_code, code_of(answer)) == (400, code)


def test_the_right_identity_hash_passes(standin: StandIn) -> None:
    standin.open_window()
    jana = standin.control("GET", "/people").json()[0]

    answer = standin.send_text(recipient_identity_key_hash=jana["identity_hash"])

    assert answer.status_code == 200


def test_a_read_receipt_marks_the_message_and_all_before_it(standin: StandIn) -> None:
    for text in ("eins", "zwei", "drei"):
        standin.write(text=text)
    second = standin.control("GET", "/messages").json()[1]["wamid"]

    answer = standin.call(
        "POST", "/messages", json={"messaging_product": "whatsapp", "status": "read", "message_id": second}
    )

    assert (answer.status_code, answer.json()) == (200, {"success": True})
    assert [one["state"] for one in standin.control("GET", "/messages").json()] == ["read", "read", "delivered"]


def test_typing_shows_on_the_phone_for_25_seconds(standin: StandIn) -> None:
    wamid = standin.open_window()
    receipt = {"messaging_product": "whatsapp", "status": "read", "message_id": wamid}
    chat = f"/phones/491713920001/{SOMMER.lstrip('+')}/thread"

    standin.call("POST", "/messages", json={**receipt, "typing_indicator": {"type": "text"}})

    assert len(re.findall("schreibt …", standin.http.get(chat).text)) == 1
    standin.advance(seconds=26)
    assert re.findall("schreibt …", standin.http.get(chat).text) == []


@pytest.mark.parametrize("message_id", ["wamid.unknown", None])
def test_a_read_receipt_for_an_unknown_message_is_refused(standin: StandIn, message_id: str | None) -> None:
    body = {"messaging_product": "whatsapp", "status": "read", "message_id": message_id}

    assert code_of(standin.call("POST", "/messages", json=body)) == 100


def test_one_number_cannot_mark_anothers_message_read(standin: StandIn) -> None:
    wamid = standin.open_window(to=DOM)

    body = {"messaging_product": "whatsapp", "status": "read", "message_id": wamid}

    assert code_of(standin.call("POST", "/messages", json=body)) == 100


def test_what_the_stand_in_accepts_is_listed_in_order_and_what_it_refuses_is_not(standin: StandIn) -> None:
    standin.open_window()
    standin.send_text("eins")
    standin.send(type="text", text={})
    standin.send_text("zwei")

    listed = standin.control("GET", "/sent").json()

    assert [(one["n"], one["path"], one["body"]["text"]["body"]) for one in listed] == [
        (1, "/messages", "eins"),
        (2, "/messages", "zwei"),
    ]
    assert [sorted(one) for one in listed] == [["at", "body", "n", "path"]] * 2
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", listed[0]["at"])
    assert standin.control("GET", "/sent?after=1").json() == listed[1:]
