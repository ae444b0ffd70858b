"""Template messages: the 132000 family, and what the person reads."""

from typing import Any

import pytest

from tests.simulator.conftest import DOM, ERIKA, Json, StandIn, code_of
from tests.simulator.test_content_rules import upload


def text(value: Any, **more: Any) -> Json:
    """A text parameter."""
    return {"type": "text", "text": value, **more}


LINK = {"type": "button", "sub_type": "url", "index": "1", "parameters": [text("karte")]}
BODY = {"type": "body", "parameters": [text("Frau Vogt"), text("24.11.")]}
NAMES = {
    "type": "body",
    "parameters": [text("24.11.", parameter_name="datum"), text("9:30", parameter_name="uhrzeit")],
}


def template(*components: Json, name: str = "termin_erinnerung", language: str = "de") -> Json:
    """A template message's body."""
    asked = {"name": name, "language": {"code": language}, "components": list(components)}
    return {"type": "template", "template": asked}


def test_a_template_needs_no_open_window(standin: StandIn) -> None:
    answer = standin.send(**template(BODY, LINK))

    assert answer.status_code == 200
    assert standin.statuses() == ["sent", "delivered"]


def test_the_person_reads_the_filled_template_with_its_buttons(standin: StandIn) -> None:
    standin.send(**template(BODY, LINK))

    thread = standin.http.get("/phones/491713920001/493023125101/thread").text

    assert "Guten Tag Frau Vogt, Ihr Termin ist am 24.11." in thread
    assert 'href="https://praxis.example/karte"' in thread
    assert ">Ich komme</button>" in thread
    assert "Praxis Sommer</p>" in thread


def test_named_parameters_fill_by_name_in_any_order(standin: StandIn) -> None:
    turned = {"type": "body", "parameters": list(reversed(NAMES["parameters"]))}

    standin.send(**template(turned, name="termin_mit_namen"))

    assert (
        "Ihr Termin am 24.11. um 9:30 Uhr steht." in standin.http.get("/phones/491713920001/493023125101/thread").text
    )


def test_a_document_in_the_header_arrives(standin: StandIn) -> None:
    media_id = upload(standin, "application/pdf")
    parameter = {"type": "document", "document": {"id": media_id, "filename": "Plan.pdf"}}

    answer = standin.send(**template({"type": "header", "parameters": [parameter]}, name="unterlagen"))

    assert answer.status_code == 200
    assert "Plan.pdf" in standin.http.get("/phones/491713920001/493023125101/thread").text


def test_currency_and_date_show_their_fallback(standin: StandIn) -> None:
    price = {"type": "currency", "currency": {"fallback_value": "80 €", "code": "EUR", "amount_1000": 80000}}
    date = {"type": "date_time", "date_time": {"fallback_value": "24. November"}}

    standin.send(**template({"type": "body", "parameters": [price, date]}, LINK))

    assert (
        "Guten Tag 80 €, Ihr Termin ist am 24. November."
        in standin.http.get("/phones/491713920001/493023125101/thread").text
    )


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (template(BODY, LINK, name="gibt_es_nicht"), 404, 132001),
        (template(BODY, LINK, language="en"), 404, 132001),
        ({"type": "template", "template": {"name": "termin_erinnerung"}}, 400, 131008),
        (template(LINK), 400, 132000),
        (template({"type": "body", "parameters": [text("eins")]}, LINK), 400, 132000),
        (template({"type": "body", "parameters": [text("1"), text("2"), text("3")]}, LINK), 400, 132000),
        (template({"type": "header", "parameters": [text("x")]}, BODY, LINK), 400, 132000),
        (template(NAMES, LINK), 400, 132012),
        (template({"type": "body", "parameters": [text("1"), text("2")]}, name="termin_mit_namen"), 400, 132012),
        (
            template(
                {"type": "body", "parameters": [text("1", parameter_name="tag"), text("2", parameter_name="zeit")]},
                name="termin_mit_namen",
            ),
            400,
            132012,
        ),
        (template({"type": "body", "parameters": [text("a\nb"), text("2")]}, LINK), 400, 132012),
        (template({"type": "body", "parameters": [text("a\tb"), text("2")]}, LINK), 400, 132012),
        (template({"type": "body", "parameters": [text("a     b"), text("2")]}, LINK), 400, 132012),
        (template({"type": "body", "parameters": [text("x" * 1000), text("2")]}, LINK), 400, 132005),
        (template({"type": "body", "parameters": [{"type": "image"}, text("2")]}, LINK), 400, 132012),
        (template({"type": "body", "parameters": [{"text": "ohne Typ"}, text("2")]}, LINK), 400, 131008),
        (template(name="unterlagen"), 400, 132012),
        (template({"type": "header", "parameters": [text("x")]}, name="unterlagen"), 400, 132012),
        (
            template({"type": "header", "parameters": [{"type": "image", "image": {"id": "1"}}]}, name="unterlagen"),
            400,
            132012,
        ),
        (
            template(
                {"type": "header", "parameters": [{"type": "document", "document": {"id": "1"}}]}, name="unterlagen"
            ),
            400,
            100,
        ),
        (template(BODY), 400, 131008),
        (template(BODY, {**LINK, "index": 7}), 400, 132012),
        (template(BODY, {**LINK, "index": 10}), 400, 131008),
        (template(BODY, {**LINK, "sub_type": "quick_reply"}), 400, 132012),
    ],
)
def test_what_does_not_fit_the_template_is_refused(standin: StandIn, body: Json, status: int, code: int) -> None:
    answer = standin.send(**body)

    assert (answer.status_code, code_of(answer)) == (status, code)


@pytest.mark.parametrize(
    ("event", "code"), [("PAUSED", 132015), ("DISABLED", 132016), ("REJECTED", 132001), ("PENDING", 132001)]
)
def test_only_an_approved_template_goes_out(standin: StandIn, event: str, code: int) -> None:
    wish = {"number": "+493023125101", "name": "termin_erinnerung", "event": event}
    standin.control("POST", "/templates", wish)

    assert code_of(standin.send(**template(BODY, LINK))) == code


def test_another_accounts_template_does_not_exist(standin: StandIn) -> None:
    answer = standin.send(key="key-of-dom", **template(BODY, LINK))

    assert (code_of(answer), DOM) == (132001, "+492214710101")


def test_an_authentication_template_needs_a_phone(standin: StandIn) -> None:
    code = template({"type": "body", "parameters": [text("123456")]}, name="anmeldecode")

    to_bsuid = standin.send(to=ERIKA, **code)

    assert code_of(to_bsuid) == 131062
    assert standin.send(**code).status_code == 200


def test_a_quick_reply_comes_back_with_the_payload_of_the_send(standin: StandIn) -> None:
    payload = {
        "type": "button",
        "sub_type": "quick_reply",
        "index": 0,
        "parameters": [{"type": "payload", "payload": "CONFIRM:17"}],
    }
    wamid = standin.send(**template(BODY, LINK, payload)).json()["messages"][0]["id"]
    standin.webhooks()

    tap = {"do": "tap", "kind": "quick_reply", "quoted": wamid, "title": "Ich komme", "payload": "CONFIRM:17"}
    standin.http.post("/phones/491713920001/493023125101/messages", data=tap)

    received = standin.received()
    assert received["type"] == "button"
    assert received["button"] == {"payload": "CONFIRM:17", "text": "Ich komme"}
    assert received["context"] == {"from": "493023125101", "id": wamid}
    assert 'value="CONFIRM:17"' in standin.http.get("/phones/491713920001/493023125101/thread").text
