"""The template picker follows whom the message is for: whoever reads is greeted, the visit is that person's (C-22)."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from messaging.inbox.picker import Choice
from messaging.models import Channel, Conversation, Message, Template
from patients.models import Appointment, Patient, Relation
from tests.messaging.inbox.desk import grant, make_conversation, make_patient, make_template, receive

HTMX = {"HX-Request": "true"}
TEXT = "Guten Tag {{1}}, wir erinnern Sie an Ihren Termin am {{2}} um {{3}} Uhr. Bitte bringen Sie {{4}} mit."
EXAMPLES = ["Frau Berger", "14.05.2026", "09:30", "das Bonusheft"]
REMINDER = [{"type": "BODY", "text": TEXT, "example": {"body_text": [EXAMPLES]}}]


@pytest.fixture
def conversation(channel: Channel) -> Conversation:
    """Somebody wrote yesterday; the window is closed."""
    conversation = make_conversation(channel)
    receive(conversation, ago=timedelta(hours=30))
    return conversation


@pytest.fixture
def template(channel: Channel) -> Template:
    return make_template(channel, "termin_erinnerung", components=REMINDER)


def person(conversation: Conversation, first_name: str, relation: Relation, *, days: int) -> Patient:
    """With consent, and a visit in so many days."""
    born = "2018-03-01" if relation == Relation.GUARDIAN else "1984-02-25"
    patient = make_patient(
        conversation.contact, first_name=first_name, last_name="Hoffmann", birth_date=born, relation=relation
    )
    grant(conversation.contact, patient=None if relation == Relation.SELF else patient)
    Appointment.objects.create(patient=patient, starts_at=timezone.now() + timedelta(days=days))
    return patient


def address(conversation: Conversation, path: str = "") -> str:
    return f"/p/morgenthal/inbox/{conversation.pk}/{path}"


def opened(desk: Client, conversation: Conversation) -> Choice:
    [choice] = desk.get(address(conversation)).context["composer"].templates
    return choice  # type: ignore[no-any-return]


def standing(template: Template, choice: Choice, **typed: str) -> dict[str, Any]:
    """What the page posts of the picker, with what was typed into some fields (by number, as `_4`)."""
    fields: dict[str, Any] = {"template": template.pk}
    for value in choice.values:
        fields[f"value-{template.pk}-{value.name}"] = typed.get(f"_{value.name}", value.value)
        fields[f"given-{template.pk}-{value.name}"] = value.given
    return fields


def choose(desk: Client, conversation: Conversation, patient: Patient, fields: dict[str, Any]) -> Choice:
    answered = desk.post(address(conversation, "templates/"), fields | {"patient": patient.pk}, headers=HTMX)
    [choice] = answered.context["composer"].templates
    return choice  # type: ignore[no-any-return]


def send(desk: Client, conversation: Conversation, patient: Patient, fields: dict[str, Any]) -> HttpResponse:
    posted = fields | {"patient": patient.pk, "client_id": uuid4()}
    return desk.post(address(conversation, "reply/"), posted, headers=HTMX)  # type: ignore[return-value]


def said(choice: Choice) -> list[str]:
    return [value.value for value in choice.values]


def day_of(patient: Patient) -> str:
    return f"{at(patient):%d.%m.%Y}"


def time_of(patient: Patient) -> str:
    return f"{at(patient):%H:%M}"


def at(patient: Patient) -> datetime:
    return timezone.localtime(Appointment.objects.get(patient=patient).starts_at)


@pytest.mark.usefixtures("template")
def test_behind_a_guardians_number_the_only_childs_visit_stands_there_at_once(
    desk: Client, conversation: Conversation
) -> None:
    mia = person(conversation, "Mia", Relation.GUARDIAN, days=3)

    assert said(opened(desk, conversation)) == ["Familie Hoffmann", day_of(mia), time_of(mia), ""]


@pytest.mark.usefixtures("template")
def test_of_a_relative_whose_name_nobody_knows_only_the_greeting_is_asked(
    desk: Client, conversation: Conversation
) -> None:
    otto = person(conversation, "Otto", Relation.LEGAL_REPRESENTATIVE, days=3)

    assert said(opened(desk, conversation)) == ["", day_of(otto), time_of(otto), ""]


@pytest.mark.usefixtures("template")
def test_while_several_are_possible_nothing_is_said_of_any_of_them(desk: Client, conversation: Conversation) -> None:
    for name, days in (("Mia", 3), ("Leo", 4)):
        person(conversation, name, Relation.GUARDIAN, days=days)

    assert said(opened(desk, conversation)) == ["", "", "", ""]


def test_the_visit_is_of_whoever_is_chosen_and_the_greeting_of_whoever_reads(
    desk: Client, conversation: Conversation, template: Template
) -> None:
    mother = person(conversation, "Daniela", Relation.SELF, days=2)
    mia = person(conversation, "Mia", Relation.GUARDIAN, days=3)
    at_first = opened(desk, conversation)

    of_mia = choose(desk, conversation, mia, standing(template, at_first))
    of_mother = choose(desk, conversation, mother, standing(template, of_mia))

    assert [said(one) for one in (at_first, of_mia, of_mother)] == [
        ["Frau Hoffmann", "", "", ""],
        ["Frau Hoffmann", day_of(mia), time_of(mia), ""],
        ["Frau Hoffmann", day_of(mother), time_of(mother), ""],
    ]
    assert (of_mia.is_chosen, day_of(mia) in of_mia.body) == (True, True)


def test_what_was_typed_by_hand_stays_when_somebody_else_is_chosen(
    desk: Client, channel: Channel, conversation: Conversation, template: Template
) -> None:
    mia, leo = (person(conversation, name, Relation.GUARDIAN, days=days) for name, days in (("Mia", 3), ("Leo", 4)))
    other = make_template(channel)
    fields = standing(template, choose_first(desk, conversation, template, mia), _1="Frau Brandt", _4="die Karte")
    fields |= {f"value-{other.pk}-1": "Frau Brandt", f"given-{other.pk}-1": "Familie Hoffmann"}

    answered = desk.post(address(conversation, "templates/"), fields | {"patient": leo.pk}, headers=HTMX)

    choices = {one.pk: one for one in answered.context["composer"].templates}
    assert said(choices[template.pk]) == ["Frau Brandt", day_of(leo), time_of(leo), "die Karte"]
    assert said(choices[other.pk])[0] == "Frau Brandt"


def choose_first(desk: Client, conversation: Conversation, template: Template, patient: Patient) -> Choice:
    answered = desk.post(
        address(conversation, "templates/"), {"template": template.pk, "patient": patient.pk}, headers=HTMX
    )
    return next(one for one in answered.context["composer"].templates if one.pk == template.pk)  # type: ignore[no-any-return]


def test_another_persons_visit_never_goes_out_faster_than_it_is_filled_in_anew(
    desk: Client, conversation: Conversation, template: Template
) -> None:
    mia, leo = (person(conversation, name, Relation.GUARDIAN, days=days) for name, days in (("Mia", 3), ("Leo", 4)))
    of_mia = standing(template, choose_first(desk, conversation, template, mia), _4="die Karte")

    refused = send(desk, conversation, leo, of_mia)

    composer = refused.context["composer"]  # type: ignore[attr-defined]
    assert (refused.status_code, composer.errors, composer.patient) == (
        422, ["Die Angaben zur Person sind neu ausgefüllt. Bitte prüfen Sie sie."], str(leo.pk),
    )  # fmt: skip
    [again] = composer.templates
    assert said(again) == ["Familie Hoffmann", day_of(leo), time_of(leo), "die Karte"]
    assert Message.objects.filter(direction="out").count() == 0

    assert send(desk, conversation, leo, standing(template, again, _4="die Karte")).status_code == 200
    assert day_of(leo) in (Message.objects.get(direction="out").body or "")


def test_whoever_does_not_belong_to_this_number_has_nothing_filled_in(
    desk: Client, channel: Channel, conversation: Conversation, template: Template
) -> None:
    person(conversation, "Mia", Relation.GUARDIAN, days=3)
    somebody = person(make_conversation(channel), "Otto", Relation.SELF, days=2)

    assert said(choose_first(desk, conversation, template, somebody)) == ["", "", "", ""]


def test_where_text_may_go_again_there_is_no_picker_to_fetch(desk: Client, conversation: Conversation) -> None:
    person(conversation, "Mia", Relation.GUARDIAN, days=3)
    receive(conversation)

    assert desk.post(address(conversation, "templates/"), headers=HTMX).status_code == 204


def test_a_trainee_gets_no_picker_and_a_stranger_404(bert: Client, clara: Client, conversation: Conversation) -> None:
    path = address(conversation, "templates/")

    assert (bert.post(path).status_code, clara.post(path).status_code) == (403, 404)
