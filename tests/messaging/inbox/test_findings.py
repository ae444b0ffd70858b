"""Findings, drugs and diagnoses in a free text: a hint, never a block (C-24)."""

import pytest
from django.test import Client

from consent.purposes import Purpose
from consent.treatment_words import FINDING_STEMS, FINDING_WHOLE, STEMS, WHOLE, findings_in
from messaging.models import Channel, Conversation
from tests.messaging.inbox.desk import grant, make_conversation, receive

HTMX = {"HX-Request": "true"}
TEXT = "Bitte nehmen Sie Amoxicillin weiter."


@pytest.fixture
def conversation(channel: Channel) -> Conversation:
    """Somebody who agreed to appointments alone has just written."""
    conversation = make_conversation(channel)
    grant(conversation.contact, Purpose.ORGANISATION)
    receive(conversation, "Wie geht es weiter?")
    return conversation


def reply(desk: Client, conversation: Conversation, **form: str) -> tuple[int, str]:
    response = desk.post(f"/p/morgenthal/inbox/{conversation.pk}/reply/", form, headers=HTMX)
    return response.status_code, response.content.decode()


def sent(conversation: Conversation) -> list[str | None]:
    return [message.body for message in conversation.messages.filter(direction="out")]


def test_c_24_a_drug_without_consent_to_treatment_is_held_back_once_with_the_reason(
    desk: Client, conversation: Conversation
) -> None:
    status, page = reply(desk, conversation, body=TEXT, purpose="organisation")

    assert (status, sent(conversation)) == (422, [])
    assert "„Amoxicillin“ klingt nach einem Befund." in page
    assert "liegt keine Einwilligung vor" in page
    assert TEXT in page


def test_of_several_words_the_hint_speaks_of_several(desk: Client, conversation: Conversation) -> None:
    _status, page = reply(desk, conversation, body=f"{TEXT} Und Ibuprofen.", purpose="organisation")

    assert "„Amoxicillin“, „Ibuprofen“ klingen nach einem Befund." in page


def test_c_24_whoever_has_read_the_hint_decides(desk: Client, conversation: Conversation) -> None:
    status, _page = reply(desk, conversation, body=TEXT, purpose="organisation", despite_findings="1")

    assert (status, sent(conversation)) == (204, [TEXT])


def test_c_24_with_consent_to_treatment_the_hint_names_its_purpose(desk: Client, conversation: Conversation) -> None:
    grant(conversation.contact, Purpose.BEHANDLUNG)

    status, page = reply(desk, conversation, body=TEXT, purpose="organisation")

    assert status == 422
    assert "Wählen Sie dafür den Zweck" in page


def test_c_24_under_the_purpose_treatment_there_is_no_hint(desk: Client, conversation: Conversation) -> None:
    grant(conversation.contact, Purpose.BEHANDLUNG)

    status, _page = reply(desk, conversation, body=TEXT, purpose="behandlung")

    assert (status, sent(conversation)) == (204, [TEXT])


@pytest.mark.parametrize("text", ["Ihre Zahnreinigung ist um 9 Uhr.", "Die Rechnung liegt bereit.", "Termin zur PZR?"])
def test_an_appointment_is_no_finding(desk: Client, conversation: Conversation, text: str) -> None:
    assert reply(desk, conversation, body=text, purpose="organisation")[0] == 204


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Der Befund ist da", ("Befund",)),
        ("Röntgenbefunde", ("Röntgenbefunde",)),
        ("Ihre AU liegt bereit", ("AU",)),
        ("Auto, Archiv", ()),
        ("Zahnentfernung", ()),
    ],
)
def test_findings_are_found_in_compounds_and_nowhere_else(text: str, words: tuple[str, ...]) -> None:
    assert findings_in(text) == words


def test_what_a_person_may_not_read_unasked_no_template_says_either() -> None:
    assert set(FINDING_STEMS) <= set(STEMS)
    assert set(FINDING_WHOLE) <= set(WHOLE)
