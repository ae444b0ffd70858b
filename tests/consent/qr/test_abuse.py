"""Codes guessed, sent again, shared and mixed up: each has a clear answer, and nothing is lost."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from consent.actions import Outcome, confirm_code
from consent.codes import find_code
from consent.gate import Consent
from consent.models import ConsentEvent, QrCode, QrDay
from consent.purposes import Purpose
from patients.models import Contact
from practices.models import Practice
from practices.scope import practice_scope
from tests.consent.qr.pages import agree, hidden, open_page, rows
from tests.consent_factories import OTHER_PHONE, make_contact, states_of


@pytest.fixture
def contact(practice: Practice) -> Contact:
    with practice_scope(practice.pk):
        return make_contact()


def code_for(phone: Client, address: str, *purposes: str) -> str:
    location = agree(phone, address, *purposes)["Location"]
    return find_code(parse_qs(urlsplit(location).query)["text"][0]) or ""


def send(practice: Practice, contact: Contact, code: str) -> Outcome:
    with practice_scope(practice.pk):
        act = confirm_code(contact=contact, code=code, message_id=f"wamid.{uuid4().hex}", at=timezone.now())
    return act.outcome


def granted(practice: Practice, contact: Contact) -> set[Purpose]:
    with practice_scope(practice.pk):
        return {purpose for purpose, state in states_of(contact).items() if state == Consent.GRANTED}


def types(practice: Practice) -> list[str]:
    with practice_scope(practice.pk):
        return list(ConsentEvent.objects.order_by("seq").values_list("type", flat=True))


def test_c_04_a_form_alone_grants_nothing_before_its_message_came(
    phone: Client, address: str, practice: Practice, contact: Contact
) -> None:
    code_for(phone, address)

    assert (granted(practice, contact), types(practice)) == (set(), ["granted"])


def test_a_code_that_is_sent_again_grants_nothing_new(
    phone: Client, address: str, practice: Practice, contact: Contact
) -> None:
    code = code_for(phone, address)

    outcomes = [send(practice, contact, code) for _ in range(2)]

    assert outcomes == [Outcome.GRANTED, Outcome.DEAD]
    assert types(practice) == ["granted", "confirmed"]


def test_two_phones_with_one_code_only_the_first_has_agreed(
    phone: Client, address: str, practice: Practice, contact: Contact
) -> None:
    code = code_for(phone, address)
    with practice_scope(practice.pk):
        other = make_contact(OTHER_PHONE)

    outcomes = [send(practice, contact, code), send(practice, other, code)]

    assert outcomes == [Outcome.GRANTED, Outcome.DEAD]
    assert [granted(practice, person) for person in (contact, other)] == [{Purpose.ORGANISATION}, set()]


def test_one_phone_with_two_codes_has_agreed_to_both_and_each_is_on_the_ledger(
    phone: Client, address: str, practice: Practice, contact: Contact
) -> None:
    first, second = code_for(phone, address), code_for(phone, address, "organisation", "recall")

    outcomes = [send(practice, contact, code) for code in (first, second)]

    assert outcomes == [Outcome.GRANTED, Outcome.GRANTED]
    assert granted(practice, contact) == {Purpose.ORGANISATION, Purpose.RECALL}
    assert types(practice) == ["granted", "granted", "confirmed", "confirmed"]


def test_whoever_guesses_codes_is_not_answered_after_five_and_grants_nothing(
    practice: Practice, contact: Contact
) -> None:
    outcomes = [send(practice, contact, f"2A2A-2A{number}B") for number in range(10, 17)]

    assert outcomes == [Outcome.UNKNOWN] * 5 + [Outcome.LIMITED] * 2
    assert types(practice) == []


@pytest.mark.usefixtures("standing_clock")
def test_whoever_guesses_addresses_waits_after_thirty_in_a_minute(
    phone: Client, address: str, practice: Practice
) -> None:
    statuses = [phone.get(f"/q/guess{number}").status_code for number in range(31)]

    assert statuses == [404] * 30 + [429]
    assert rows(QrDay, practice) == []


def test_a_form_posted_twice_is_one_act_one_code_and_one_count(phone: Client, address: str, practice: Practice) -> None:
    form = hidden(open_page(phone, address))

    places = {agree(phone, address, form=form)["Location"] for _ in range(2)}

    assert (len(places), types(practice)) == (1, ["granted"])
    assert [(day.opened, day.agreed, day.confirmed) for day in rows(QrDay, practice)] == [(1, 1, 0)]


def test_what_came_of_a_code_is_counted_by_day_and_says_nothing_of_who(
    phone: Client, address: str, practice: Practice, contact: Contact
) -> None:
    code = code_for(phone, address)
    code_for(phone, address)

    send(practice, contact, code)

    [day] = rows(QrDay, practice)
    assert (day.opened, day.agreed, day.confirmed) == (2, 2, 1)
    assert {field.name for field in QrDay._meta.get_fields()} == {
        "id",
        "practice",
        "qr_code",
        "day",
        "opened",
        "agreed",
        "confirmed",
    }


def test_a_refused_form_is_not_counted(phone: Client, address: str, practice: Practice) -> None:
    agree(phone, address, "recall")

    assert [(day.opened, day.agreed) for day in rows(QrDay, practice)] == [(1, 0)]


def test_the_person_is_answered_in_the_language_of_the_page_from_then_on(
    phone: Client, address: str, practice: Practice, contact: Contact
) -> None:
    code = code_for(phone, f"{address}?lang=uk")

    send(practice, contact, code)

    with practice_scope(practice.pk):
        assert Contact.objects.get(pk=contact.pk).language == "uk"


def test_a_code_of_a_revoked_stand_still_proves_what_was_agreed_before(
    phone: Client, address: str, practice: Practice, contact: Contact
) -> None:
    code = code_for(phone, address)
    with practice_scope(practice.pk):
        QrCode.objects.update(revoked_at=timezone.now() + timedelta(0))

    assert send(practice, contact, code) == Outcome.GRANTED
