"""One phone, several people: the composer asks for whom, the bubble says whom it concerned (C-22)."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from consent.gate import Consent
from consent.purposes import Purpose
from messaging.models import Channel, Conversation, Message
from patients.models import Patient, Relation
from practices.models import Member
from tests.messaging.inbox.desk import (
    answer,
    grant,
    make_contact,
    make_conversation,
    make_patient,
    make_template,
    receive,
)

HTMX = {"HX-Request": "true"}


@pytest.fixture
def conversation(channel: Channel) -> Conversation:
    """A mother who is a patient herself has just written."""
    conversation = make_conversation(channel)
    make_patient(conversation.contact, first_name="Daniela", last_name="Hoffmann")
    grant(conversation.contact)
    receive(conversation, "Mia hat Zahnweh.")
    return conversation


def child(conversation: Conversation, name: str, *purposes: Purpose) -> Patient:
    patient = make_patient(
        conversation.contact,
        first_name=name,
        last_name="Hoffmann",
        birth_date="2018-03-01",
        relation=Relation.GUARDIAN,
    )
    if purposes:
        grant(conversation.contact, *purposes, patient=patient)
    return patient


def address(conversation: Conversation, path: str = "") -> str:
    return f"/p/morgenthal/inbox/{conversation.pk}/{path}"


def offered(desk: Client, conversation: Conversation) -> list[str]:
    return [label for _value, label in desk.get(address(conversation)).context["composer"].people]


def concerned(conversation: Conversation) -> list[Patient | None]:
    return [one.concerns_patient for one in conversation.messages.filter(direction="out").order_by("pk")]


def test_c_22_who_writes_for_itself_alone_is_not_asked(desk: Client, conversation: Conversation) -> None:
    assert offered(desk, conversation) == []
    assert "Für wen?" not in desk.get(address(conversation)).content.decode()


def test_the_same_words_for_the_other_child_are_another_message(desk: Client, conversation: Conversation) -> None:
    mia, leo = (child(conversation, name, Purpose.ORGANISATION) for name in ("Mia", "Leo"))
    form = {"body": "Um 9 Uhr ist frei.", "purpose": "organisation", "client_id": uuid4()}
    desk.post(address(conversation, "reply/"), form | {"patient": mia.pk}, headers=HTMX)

    asked = desk.post(address(conversation, "reply/"), form | {"patient": leo.pk}, headers=HTMX)

    assert (asked.status_code, concerned(conversation)) == (422, [mia])
    assert (asked.context["composer"].patient, asked.context["composer"].text) == (str(leo.pk), form["body"])


def test_c_22_the_composer_asks_for_whom_and_chooses_nobody_by_itself(desk: Client, conversation: Conversation) -> None:
    child(conversation, "Mia", Purpose.ORGANISATION)

    page = desk.get(address(conversation))

    assert offered(desk, conversation) == ["Daniela Hoffmann (selbst), 1998", "Mia Hoffmann, 2018"]
    assert page.context["composer"].patient == ""
    assert 'name="patient" required' in page.content.decode()


def test_c_22_without_a_choice_nothing_is_sent_and_the_text_stays(desk: Client, conversation: Conversation) -> None:
    child(conversation, "Mia", Purpose.ORGANISATION)

    response = desk.post(address(conversation, "reply/"), {"body": "Kommen Sie um 11."}, headers=HTMX)

    composer = response.context["composer"]
    assert (response.status_code, composer.text, concerned(conversation)) == (422, "Kommen Sie um 11.", [])
    assert composer.errors == [
        "Über diese Nummer wird für mehrere Personen geschrieben. Es ist nicht gewählt, wen die Nachricht betrifft. "
        "Wählen Sie bei „Für wen?“ die Person aus."
    ]


def test_c_22_the_message_keeps_whom_it_concerns_and_the_bubble_says_it(
    desk: Client, conversation: Conversation
) -> None:
    mia = child(conversation, "Mia", Purpose.ORGANISATION)

    response = desk.post(address(conversation, "reply/"), {"body": "Gern um 11.", "patient": mia.pk}, headers=HTMX)

    page = desk.get(address(conversation))
    assert (response.status_code, concerned(conversation)) == (204, [mia])
    assert [one.concerns for one in page.context["messages"]] == ["", "Mia"]
    assert "betrifft Mia" in page.content.decode()


def test_c_22_only_people_somebody_agreed_for_can_be_chosen(desk: Client, conversation: Conversation) -> None:
    child(conversation, "Mia")
    child(conversation, "Ben", Purpose.ORGANISATION)

    assert offered(desk, conversation) == ["Daniela Hoffmann (selbst), 1998", "Ben Hoffmann, 2018"]


def test_c_22_where_nobody_agreed_the_box_is_closed_with_the_reason(desk: Client, channel: Channel) -> None:
    conversation = make_conversation(channel)
    child(conversation, "Mia")
    receive(conversation)

    composer = desk.get(address(conversation)).context["composer"]

    assert (composer.gate, composer.people) == ("consent", [])
    assert composer.sentence == "Für „Termine und Organisation“ liegt keine Einwilligung vor."


def test_c_22_who_writes_only_for_a_child_is_asked_too(desk: Client, channel: Channel) -> None:
    conversation = make_conversation(channel)
    child(conversation, "Mia", Purpose.ORGANISATION)
    receive(conversation)

    assert offered(desk, conversation) == ["Mia Hoffmann, 2018"]


def test_c_22_a_choice_that_was_made_survives_a_refusal(desk: Client, conversation: Conversation) -> None:
    mia = child(conversation, "Mia", Purpose.ORGANISATION)

    response = desk.post(
        address(conversation, "reply/"), {"body": "Plan", "patient": mia.pk, "purpose": "behandlung"}, headers=HTMX
    )

    assert (response.status_code, response.context["composer"].patient) == (422, str(mia.pk))
    assert response.context["composer"].errors == [
        "Für „Behandlung und Kostenplan“ liegt keine Einwilligung vor. "
        "Bitten Sie um die Einwilligung, antworten Sie mit einem neutralen Text oder rufen Sie an."
    ]


def test_c_22_a_template_names_its_person_too(desk: Client, channel: Channel) -> None:
    conversation = make_conversation(channel)
    mia = child(conversation, "Mia", Purpose.ORGANISATION)
    receive(conversation, ago=timedelta(hours=30))
    template = make_template(channel, components=[{"type": "BODY", "text": "Guten Tag."}])
    page = desk.get(address(conversation)).content.decode()

    without = desk.post(address(conversation, "reply/"), {"template": template.pk}, headers=HTMX)
    with_name = desk.post(address(conversation, "reply/"), {"template": template.pk, "patient": mia.pk}, headers=HTMX)

    assert 'name="patient" required' in page
    assert (without.status_code, with_name.status_code, concerned(conversation)) == (422, 200, [mia])


def test_an_emoji_goes_with_the_consent_there_is(desk: Client, channel: Channel) -> None:
    conversation = make_conversation(channel)
    mia = child(conversation, "Mia", Purpose.ORGANISATION)
    said = receive(conversation)

    response = desk.post(address(conversation, f"messages/{said.pk}/reaction/"), {"emoji": "👍"}, headers=HTMX)

    assert (response.status_code, concerned(conversation)) == (200, [mia])


def test_a_patient_of_another_number_cannot_be_named(desk: Client, conversation: Conversation) -> None:
    stranger = make_patient(make_contact(), first_name="Emre")

    response = desk.post(address(conversation, "reply/"), {"body": "Gern.", "patient": stranger.pk}, headers=HTMX)

    assert (response.status_code, concerned(conversation)) == (422, [])


def test_the_thread_costs_no_more_queries_with_three_children_than_with_one(
    desk: Client, conversation: Conversation, anna: Member
) -> None:
    counts = []
    for name in ("Mia", "Ben", "Ida"):
        patient = child(conversation, name, Purpose.ORGANISATION)
        answer(conversation, by=anna, concerns_patient=patient)
        desk.get(address(conversation))
        with CaptureQueriesContext(connection) as asked:
            desk.get(address(conversation))
        counts.append(len(asked))

    assert len(set(counts)) == 1


@pytest.mark.parametrize(
    ("state", "gate"),
    [
        (Consent.WITHDRAWN, "stopped"),
        (Consent.REJECTED, "stopped"),
        (Consent.NONE, "consent"),
        (Consent.PENDING, "pending"),
    ],
)
def test_the_box_says_what_became_of_the_childs_consent(
    desk: Client, channel: Channel, state: Consent, gate: str
) -> None:
    conversation = make_conversation(channel)
    mia = child(conversation, "Mia")
    grant(conversation.contact, Purpose.ORGANISATION, patient=mia, state=state)
    receive(conversation)

    assert desk.get(address(conversation)).context["composer"].gate == gate
    assert not Message.objects.filter(direction="out").exists()
