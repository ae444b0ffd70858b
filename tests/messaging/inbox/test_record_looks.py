"""A patient's record asks for a reason as a thread does: a colleague's, and one of very many."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from messaging import reading
from messaging.models import Channel
from patients.actions import register_patient
from patients.models import Patient
from practices.models import AccessLog, Member, Role
from practices.tenancy import uuid7
from tests.messaging.inbox.desk import make_contact, make_conversation, make_patient
from tests.people import login, make_member

QUESTION = "Warum öffnen Sie diese Akte?"
BORN = "02.12.1998"


@pytest.fixture
def colleague(channel: Channel, bert: Client) -> Patient:
    """Bert Bauer works here, and is a patient who never wrote."""
    return register_patient(first_name="Bert", last_name="Bauer", birth_date="1998-12-02", by=None)


@pytest.fixture
def stranger(channel: Channel) -> Patient:
    return register_patient(first_name="Jana", last_name="Vogt", birth_date="1998-12-02", by=None)


def address(patient: Patient, path: str = "") -> str:
    return f"/p/morgenthal/patients/{patient.pk}/{path}"


def asks(page: Any) -> tuple[bool, bool]:
    """Whether it asks, and whether it shows the record."""
    return QUESTION in page.text, BORN in page.text


def entries(member: Member) -> list[tuple[str, str]]:
    return list(AccessLog.objects.filter(member=member).order_by("pk").values_list("kind", "reason"))


def test_an_ordinary_record_asks_nothing(desk: Client, anna: Member, colleague: Patient, stranger: Patient) -> None:
    assert asks(desk.get(address(stranger))) == (False, True)
    assert entries(anna) == [("patient", "")]


def test_a_colleagues_record_asks_first_and_one_press_shows_it(desk: Client, anna: Member, colleague: Patient) -> None:
    before = desk.get(address(colleague))
    refused = desk.post(address(colleague, "reason/"), {"reason": "because"})
    opened = desk.post(address(colleague, "reason/"), {"reason": "visit"}, follow=True)
    again = desk.get(address(colleague))

    assert [asks(page) for page in (before, refused, opened, again)] == [(True, False)] * 2 + [(False, True)] * 2
    assert (refused.status_code, opened.redirect_chain) == (422, [(address(colleague), 303)])
    assert entries(anna) == [("unusual_colleague", "visit"), ("patient", ""), ("patient", "")]


def test_ones_own_record_asks_nothing(bert: Client, colleague: Patient) -> None:
    assert asks(bert.get(address(colleague))) == (False, True)


@pytest.mark.parametrize(
    ("method", "path", "fields"),
    [
        ("get", "details/", {}),
        ("post", "details/", {"first_name": ""}),
        ("get", "second-record/", {}),
        ("post", "appointments/", {"day": "x"}),
    ],
)
def test_every_way_to_a_record_asks(
    desk: Client, anna: Member, colleague: Patient, method: str, path: str, fields: dict[str, str]
) -> None:
    response = getattr(desk, method)(address(colleague, path), fields)

    assert (response.status_code, response["Location"]) == (303, address(colleague))
    assert entries(anna) == []


def test_joining_asks_for_the_second_record_too(desk: Client, colleague: Patient, stranger: Patient) -> None:
    response = desk.get(address(stranger, f"second-record/{colleague.pk}/"))

    assert (response.status_code, response["Location"]) == (303, address(colleague))


def test_whoever_said_why_in_the_thread_need_not_say_it_again(desk: Client, channel: Channel, bert: Client) -> None:
    contact = make_contact()
    patient = make_patient(contact, first_name="Bert", last_name="Bauer")
    conversation = make_conversation(channel, contact)
    thread = f"/p/morgenthal/inbox/{conversation.pk}/"

    before = asks(desk.get(address(patient)))
    desk.post(f"{thread}reason/", {"reason": "call"})

    assert (before, asks(desk.get(address(patient)))) == ((True, False), (False, True))


def test_very_many_records_within_an_hour_ask_unless_somebody_waits(
    desk: Client, anna: Member, channel: Channel, stranger: Patient
) -> None:
    AccessLog.objects.bulk_create(AccessLog(kind="patient", about_id=uuid7(), member=anna) for _ in range(reading.MANY))
    contact = make_contact()
    waiting = make_patient(contact)
    make_conversation(channel, contact, waiting_since=timezone.now() - timedelta(minutes=5))

    assert (asks(desk.get(address(waiting))), asks(desk.get(address(stranger)))) == ((False, True), (True, False))
    desk.post(address(stranger, "reason/"), {"reason": "billing"})
    assert asks(desk.get(address(stranger))) == (False, True)


def test_the_owners_sheet_names_whose_record_it_was(
    desk: Client, client: Client, anna: Member, colleague: Patient
) -> None:
    desk.post(address(colleague, "reason/"), {"reason": "billing"})
    owner, browser = make_member(anna.practice, Role.OWNER, name="Olga Ostermann"), Client()
    login(browser, owner)

    sheet = browser.get("/p/morgenthal/access/").text

    assert sheet.count("Bauer, Bert") == 1
    assert "gelöschte Person" not in sheet


def test_who_works_elsewhere_finds_no_record(clara: Client, colleague: Patient) -> None:
    assert clara.get(address(colleague)).status_code == 404
    assert clara.post(address(colleague, "reason/"), {"reason": "visit"}).status_code == 404
