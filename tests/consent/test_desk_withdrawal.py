"""Staff book a withdrawal: the page comes up with everything ticked, one button books it as it came (C-12)."""

import re
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from consent.gate import Consent
from consent.ledger import evidence_of
from consent.models import ConsentEvent, ConsentState
from consent.purposes import Purpose
from patients.actions import link
from patients.models import Contact, Patient, Relation
from practices.models import AuditEvent, Practice, Role
from tests.consent_factories import make_contact, make_patient, opt_in, states_of
from tests.people import login, make_member

WAYS = ["staff_desk", "staff_phone", "paper_scan", "whatsapp_keyword"]
BOTH = (Purpose.ORGANISATION, Purpose.RECALL)


@pytest.fixture
def contact(practice: Practice) -> Contact:
    contact = make_contact()
    opt_in(contact, BOTH)
    return contact


@pytest.fixture
def desk(client: Client, practice: Practice) -> Client:
    login(client, make_member(practice, Role.RECEPTION))
    return client


def address(contact: Contact, deed: str = "withdrawal") -> str:
    return f"/p/morgenthal/consent/persons/{contact.pk}/{deed}/"


def as_it_comes_up(page: Any, way: str = "staff_desk") -> dict[str, Any]:
    """What a browser posts when nothing was touched but the button of a way."""
    form = page.context["form"]
    return {name: form[name].value() for name in form.fields if form[name].value() is not None} | {
        "at": form["at"].value().strftime("%Y-%m-%dT%H:%M"),
        "way": way,
    }


def booked() -> ConsentEvent:
    return ConsentEvent.objects.get(type="withdrawn")


def a_child_of(contact: Contact) -> Patient:
    """A mother's child, for whom she has agreed to appointments."""
    child = make_patient("Mia", "Vogt", birth_date="2019-05-05")
    link(patient=child, contact=contact, relation=Relation.GUARDIAN, by=None)
    event = ConsentEvent.objects.get(type="confirmed")
    ConsentState.objects.create(
        contact=contact, patient=child, purpose=BOTH[0], state="granted", event=event, since=event.occurred_at
    )
    return child


def test_c_12_the_page_as_it_comes_up_ends_everything_with_one_button(desk: Client, contact: Contact) -> None:
    page = desk.get(address(contact))

    answer = desk.post(address(contact), as_it_comes_up(page))

    assert (page.status_code, answer.status_code) == (200, 303)
    assert states_of(contact) == dict.fromkeys(Purpose, Consent.WITHDRAWN)
    evidence = evidence_of(booked())
    assert (booked().channel, evidence["actor"]["kind"]) == ("staff_desk", "staff")
    [trail] = AuditEvent.objects.filter(kind="consent_withdrawn")
    assert trail.about_id == contact.pk


def test_c_13_unticking_keeps_what_shall_stay(desk: Client, contact: Contact) -> None:
    filled = as_it_comes_up(desk.get(address(contact))) | {"purposes": ["recall", "werbung"]}

    desk.post(address(contact), filled)

    states = states_of(contact)
    assert [states[purpose] for purpose in BOTH] == [Consent.GRANTED, Consent.WITHDRAWN]


@pytest.mark.parametrize("way", WAYS)
def test_every_way_it_can_come_by_is_written_down(desk: Client, contact: Contact, way: str) -> None:
    note = "Frau rief an und will nichts mehr"
    desk.post(address(contact), as_it_comes_up(desk.get(address(contact)), way) | {"note": note})

    evidence = evidence_of(booked())
    assert (booked().channel, evidence["act"]["note"]) == (way, note)
    assert (evidence["proof_ref"] is not None) == (way == "paper_scan")


def test_no_way_is_taken_for_chosen_and_enter_chooses_none(desk: Client, contact: Contact) -> None:
    page = desk.get(address(contact))

    buttons = re.findall(r"<button([^>]*)>", page.content.decode().partition("<main")[2].partition("</main>")[0])
    booking = [one for one in buttons if 'type="submit"' in one]
    assert "disabled" in booking[0]
    assert re.findall(r'name="way" value="(\w+)"', " ".join(booking)) == WAYS
    assert re.findall(r'type="radio" name="way" value="(\w+)" (\S+)>', page.content.decode()) == [
        (way, "required") for way in WAYS
    ]


def test_it_counts_from_the_moment_it_was_said_in_the_practices_time(desk: Client, contact: Contact) -> None:
    desk.post(address(contact), as_it_comes_up(desk.get(address(contact))) | {"at": "2026-05-11T09:07"})

    assert booked().occurred_at == datetime.fromisoformat("2026-05-11T07:07:00+00:00")


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"purposes": []}, "Bitte lassen Sie angekreuzt, was enden soll."),
        ({"at": "2999-01-01T00:00"}, "Der Zeitpunkt liegt in der Zukunft."),
        ({"note": "x" * 501}, "500"),
        ({"way": ""}, "Bitte wählen Sie, wie Sie es erfahren haben."),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_booked(
    desk: Client, contact: Contact, changed: dict[str, Any], sentence: str
) -> None:
    answer = desk.post(address(contact), as_it_comes_up(desk.get(address(contact))) | changed)

    assert (answer.status_code, sentence in answer.content.decode()) == (422, True)
    assert ConsentEvent.objects.filter(type="withdrawn").count() == 0


def test_afterwards_the_page_says_what_was_done_and_leads_back(desk: Client, contact: Contact) -> None:
    back = "/p/morgenthal/inbox/"
    filled = as_it_comes_up(desk.get(f"{address(contact)}?back={back}"))

    page = desk.post(address(contact), filled, follow=True)

    assert (filled["back"], page.context["back"]) == (back, back)
    assert page.context["booked"]["purposes"] == [purpose.label for purpose in Purpose]
    assert "0 wartende Nachrichten wurden zurückgezogen." in page.content.decode()


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_the_way_back_never_leads_to_another_site(desk: Client, contact: Contact, elsewhere: str) -> None:
    assert desk.get(address(contact), {"back": elsewhere}).context["back"] == ""


def test_the_banner_shows_no_other_persons_event(desk: Client, contact: Contact) -> None:
    desk.post(address(contact), as_it_comes_up(desk.get(address(contact))))
    somebody_else = make_contact("+491713920012")

    page = desk.get(address(somebody_else), {"booked": str(booked().pk)})

    assert page.context["booked"] is None


def test_for_one_child_only_its_consent_ends(desk: Client, contact: Contact) -> None:
    child = a_child_of(contact)
    page = desk.get(address(contact))

    desk.post(address(contact), as_it_comes_up(page) | {"whom": str(child.pk)})

    assert "nur für Mia" in page.content.decode()
    assert states_of(contact, child.pk)[BOTH[0]] == Consent.WITHDRAWN
    assert states_of(contact)[BOTH[0]] == Consent.GRANTED
    assert booked().patient_id == child.pk


def test_for_the_whole_family_all_ends(desk: Client, contact: Contact) -> None:
    child = a_child_of(contact)

    desk.post(address(contact), as_it_comes_up(desk.get(address(contact))))

    assert [states_of(contact, who)[BOTH[0]] for who in (None, child.pk)] == [Consent.WITHDRAWN] * 2


def test_a_child_of_another_family_cannot_be_chosen(desk: Client, contact: Contact) -> None:
    stranger = make_patient("Ben", "Fremd")

    answer = desk.post(address(contact), as_it_comes_up(desk.get(address(contact))) | {"whom": str(stranger.pk)})

    assert (answer.status_code, ConsentEvent.objects.filter(type="withdrawn").count()) == (422, 0)


def test_an_unknown_person_is_not_found(desk: Client, practice: Practice) -> None:
    nobody = Contact(pk=UUID(int=7))

    assert [desk.get(address(nobody)).status_code, desk.post(address(nobody)).status_code] == [404, 404]


def test_a_trainee_may_not_book(practice: Practice, contact: Contact) -> None:
    browser = Client()
    login(browser, make_member(practice, Role.TRAINEE, name="Bert Bauer"))

    answers = [browser.get(address(contact)), browser.post(address(contact), {"purposes": "recall"})]

    assert [answer.status_code for answer in answers] == [403, 403]
    assert states_of(contact)[BOTH[0]] == Consent.GRANTED


@pytest.mark.parametrize("way", WAYS)
def test_a_wrong_number_is_booked_as_it_was_learned(desk: Client, contact: Contact, way: str) -> None:
    link(patient=make_patient(), contact=contact, by=None)

    page = desk.post(address(contact, "wrong-number"), {"sure": "1", "way": way}, follow=True)

    contact.refresh_from_db()
    assert (contact.blocked_at is not None, contact.patient_links.count()) == (True, 0)
    assert states_of(contact) == dict.fromkeys(Purpose, Consent.WITHDRAWN)
    assert page.context["booked"]["is_wrong_number"]
    event = ConsentEvent.objects.get(type="wrong_number")
    assert (event.channel, evidence_of(event)["proof_ref"] is not None) == (way, way == "paper_scan")


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"way": "staff_phone"}, "Bitte kreuzen Sie zuerst an, dass Sie sicher sind."),
        ({"sure": "1"}, "Bitte wählen Sie, wie Sie es erfahren haben."),
    ],
)
def test_a_wrong_number_is_not_booked_until_both_are_said_and_what_was_said_stays(
    desk: Client, contact: Contact, said: dict[str, str], sentence: str
) -> None:
    page = desk.post(address(contact, "wrong-number"), said)

    _withdrawal, _, html = page.content.decode().partition('id="wrong-number"')
    assert (page.status_code, sentence in html, html.count(" checked>")) == (422, True, 1)
    assert ConsentEvent.objects.filter(type="wrong_number").count() == 0
