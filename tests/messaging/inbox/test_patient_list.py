"""The list of patients, with its letters and its search."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from consent.purposes import Purpose
from messaging.models import Channel
from patients.models import Appointment, Relation
from practices.models import Member
from tests.messaging.inbox.desk import forget_keys, grant, make_contact, make_patient
from tests.messaging.inbox.patient_pages import LIST, names, register, searches, text_of

HTMX = {"HX-Request": "true"}


def test_everybody_stands_in_the_list_by_last_name(desk: Client, channel: Channel) -> None:
    register("Jana", "Vogt", record_number="P-7")
    register("Ole", "Özkan")

    page = desk.get(LIST)

    assert names(page) == ["Özkan, Ole", "Vogt, Jana"]
    assert ("2 Personen" in text_of(page), "P-7" in text_of(page)) == (True, True)


def test_twenty_five_stand_on_a_page_and_the_rest_comes_below(desk: Client, channel: Channel) -> None:
    for number in range(60):
        register("Jana", f"Vogt{number:02d}")

    first = desk.get(LIST, headers=HTMX)
    more = desk.get(f"{LIST}?letter=&start=25", headers=HTMX)
    last = desk.get(f"{LIST}?start=50", headers=HTMX)

    assert [len(names(page)) for page in (first, more, last)] == [25, 25, 10]
    assert names(more)[0] == "Vogt25, Jana"
    assert ["patients-more" in page.content.decode() for page in (first, more, last)] == [True, True, False]
    assert more.content.decode().lstrip().startswith("<li>")


def test_without_a_script_the_next_part_is_a_page(desk: Client, channel: Channel) -> None:
    for number in range(30):
        register("Jana", f"Vogt{number:02d}")

    page = desk.get(f"{LIST}?start=25")

    assert (len(names(page)), "<html" in page.content.decode()) == (5, True)


def test_a_letter_leads_to_its_names_and_letters_without_names_lead_nowhere(desk: Client, channel: Channel) -> None:
    register("Jana", "Vogt")
    register("Ole", "Özkan")

    page = desk.get(f"{LIST}?letter=O")

    html = page.content.decode()
    assert names(page) == ["Özkan, Ole"]
    assert ('href="?letter=V"' in html, 'href="?letter=Q"' in html) == (True, False)
    assert names(desk.get(f"{LIST}?letter=%3Cscript%3E")) == ["Özkan, Ole", "Vogt, Jana"]


@pytest.mark.parametrize("query", ["vog", "jana vogt", "02.12.1998", "2.12.98", "P-77", "0171 3920010"])
def test_whoever_is_meant_is_found_while_one_types(desk: Client, channel: Channel, query: str) -> None:
    vogt = make_patient(make_contact("+491713920010"))
    vogt.record_number = "P-77"
    vogt.save()
    register("Ole", "Özkan", "1970-01-01")

    found = desk.post(f"{LIST}search/", {"q": query}, headers=HTMX)

    assert names(found) == ["Vogt, Jana"]
    assert "1 Person gefunden" in text_of(found)
    assert "<html" not in found.content.decode()


def test_what_is_searched_stands_in_no_address(desk: Client, channel: Channel) -> None:
    for number in range(30):
        register("Jana", f"Vogt{number:02d}")

    found = desk.post(f"{LIST}search/", {"q": "vogt"}, headers=HTMX)
    more = desk.post(f"{LIST}search/", {"q": "vogt", "start": "25"}, headers=HTMX)

    links = re.findall(r'(?:href|hx-get|hx-post|action)="([^"]*)"', found.content.decode())
    assert [link for link in links if "vogt" in link.lower()] == []
    assert len(names(more)) == 5


def test_who_searched_is_noted_once_and_what_for_is_not(desk: Client, anna: Member, channel: Channel) -> None:
    for number in range(30):
        register("Jana", f"Vogt{number:02d}")

    desk.post(f"{LIST}search/", {"q": "vogt"}, headers=HTMX)
    desk.post(f"{LIST}search/", {"q": "vogt", "start": "25"}, headers=HTMX)
    desk.post(f"{LIST}search/", {"q": " "}, headers=HTMX)

    assert searches() == [(anna.pk, anna.pk)]


def test_a_search_without_a_script_is_a_page(desk: Client, channel: Channel) -> None:
    register("Jana", "Vogt")

    page = desk.post(f"{LIST}search/", {"q": "niemand"})

    assert ("Niemand gefunden" in text_of(page), "<html" in page.content.decode()) == (True, True)


def test_the_list_says_whether_one_may_write_and_when_somebody_comes(desk: Client, channel: Channel) -> None:
    agreed, refused = make_contact(), make_contact()
    grant(agreed, Purpose.ORGANISATION)
    vogt = make_patient(agreed, last_name="A")
    mia = make_patient(agreed, last_name="B", relation=Relation.GUARDIAN)
    make_patient(refused, last_name="C")
    register("Ole", "D")
    Appointment.objects.create(patient=vogt, starts_at=timezone.now() + timedelta(days=1))
    Appointment.objects.create(patient=mia, starts_at=timezone.now() - timedelta(days=1))

    rows = desk.get(LIST).context["rows"]

    assert [row.consent for row in rows] == ["given", "missing", "missing", ""]
    assert [(row.visits.next is not None, row.visits.last_on is not None) for row in rows[:2]] == [
        (True, False),
        (False, True),
    ]


def test_many_rows_cost_the_queries_of_one(desk: Client, channel: Channel) -> None:
    def asked() -> int:
        forget_keys()
        with CaptureQueriesContext(connection) as queries:
            desk.get(LIST, headers=HTMX)
        return len(queries)

    grant(make_patient_with_visit(), Purpose.ORGANISATION)
    desk.get(LIST, headers=HTMX)
    few = asked()
    for _ in range(20):
        grant(make_patient_with_visit(), Purpose.ORGANISATION)
    desk.get(LIST, headers=HTMX)

    assert asked() == few


def make_patient_with_visit() -> Any:
    contact = make_contact()
    patient = make_patient(contact)
    Appointment.objects.create(patient=patient, starts_at=timezone.now() + timedelta(days=1), words="Kontrolle")
    return contact


def test_an_empty_list_says_how_people_come_into_it(desk: Client, channel: Channel) -> None:
    assert "Noch keine Patient:innen" in text_of(desk.get(LIST))
