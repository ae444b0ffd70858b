"""Template messages: variables in order or by name, a file on top, buttons that bring something back."""

from typing import Any

import pytest

from messaging.whatsapp import outgoing
from messaging.whatsapp.outgoing import ContentInvalid, HeaderFile, QuickReply, UrlSuffix

TO = "+491713920011"


def components(**named: Any) -> Any:
    return outgoing.template("termin_erinnerung", "de", to=TO, **named)["template"].get("components")


def refused(**named: Any) -> str:
    with pytest.raises(ContentInvalid) as raised:
        components(**named)
    return raised.value.for_person


def test_a_template_without_variables_has_no_components() -> None:
    assert outgoing.template("termin_erinnerung", "de", to=TO, attempt="attempt-1") == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": TO,
        "type": "template",
        "template": {"name": "termin_erinnerung", "language": {"code": "de"}},
        "biz_opaque_callback_data": "attempt-1",
    }


def test_numbered_variables_keep_their_order() -> None:
    assert components(body=["Frau Weber", "24.11."]) == [
        {"type": "body", "parameters": [{"type": "text", "text": "Frau Weber"}, {"type": "text", "text": "24.11."}]}
    ]


def test_named_variables_carry_their_names() -> None:
    assert components(header={"praxis": "Beispiel"}, body={"datum": "24.11."}) == [
        {"type": "header", "parameters": [{"type": "text", "text": "Beispiel", "parameter_name": "praxis"}]},
        {"type": "body", "parameters": [{"type": "text", "text": "24.11.", "parameter_name": "datum"}]},
    ]


def test_named_and_numbered_variables_are_never_mixed() -> None:
    assert refused(header=["Beispiel"], body={"datum": "24.11."}) == (
        "Die Vorlage mischt benannte und nummerierte Angaben. Bitte korrigieren Sie die Vorlage."
    )


@pytest.mark.parametrize(
    ("header", "file"),
    [
        (HeaderFile("document", "7", "Rechnung.pdf"), {"id": "7", "filename": "Rechnung.pdf"}),
        (HeaderFile("image", "7"), {"id": "7"}),
    ],
)
def test_a_file_stands_above_the_text(header: HeaderFile, file: dict[str, str]) -> None:
    assert components(header=header, body=["Frau Weber"])[0] == {
        "type": "header",
        "parameters": [{"type": header.kind, header.kind: file}],
    }


def test_a_file_above_named_variables_is_no_mixture() -> None:
    found = components(header=HeaderFile("image", "7"), body={"datum": "24.11."})

    assert [component["type"] for component in found] == ["header", "body"]


def test_buttons_carry_their_place_as_text() -> None:
    assert components(buttons=[QuickReply(0, "CONFIRM:1"), UrlSuffix(1, "termin/1")]) == [
        {
            "type": "button",
            "sub_type": "quick_reply",
            "index": "0",
            "parameters": [{"type": "payload", "payload": "CONFIRM:1"}],
        },
        {
            "type": "button",
            "sub_type": "url",
            "index": "1",
            "parameters": [{"type": "text", "text": "termin/1"}],
        },
    ]


@pytest.mark.parametrize("index", [-1, 10])
def test_a_button_beyond_the_tenth_is_refused(index: int) -> None:
    assert refused(buttons=[QuickReply(index, "x")]) == "Eine Vorlage hat höchstens zehn Schaltflächen."


@pytest.mark.parametrize("value", ["zwei\nZeilen", "mit\tTabulator", "fünf     Leerzeichen", "Wagen\rrücklauf"])
def test_a_variable_that_would_disturb_the_layout_is_refused(value: str) -> None:
    assert refused(body=[value]) == (
        "Angaben einer Vorlage dürfen keine Zeilenumbrüche, Tabulatoren und Lücken enthalten. Bitte kürzen Sie sie."
    )


def test_four_spaces_in_a_row_are_allowed() -> None:
    assert components(body=["vier    Leerzeichen"])[0]["parameters"] == [
        {"type": "text", "text": "vier    Leerzeichen"}
    ]


@pytest.mark.parametrize("value", ["", "  "])
def test_an_empty_variable_is_refused(value: str) -> None:
    assert refused(body={"datum": value}) == "Eine Angabe der Vorlage fehlt. Bitte ergänzen Sie das."


@pytest.mark.parametrize("name", ["", "Termin", "termin-erinnerung", "termin erinnerung", "a" * 513, "für_sie"])
def test_a_name_that_cannot_be_approved_is_refused(name: str) -> None:
    with pytest.raises(ContentInvalid) as raised:
        outgoing.template(name, "de", to=TO)

    assert raised.value.for_person == "Diese Vorlage gibt es bei WhatsApp nicht. Bitte wählen Sie eine andere."
