"""The block of a wrong number ends by a deed of those who lead the practice, and the number begins anew."""

import pytest
from django.test import Client
from django.utils import timezone

from consent.gate import Consent
from consent.history import Names, history_of
from consent.ledger import Type
from consent.models import Channel, ConsentEvent
from consent.purposes import Purpose
from consent.retelling import facts_of, for_the_person
from consent.states import rebuild
from consent.wrong_numbers import release_number, wrong_number
from patients.models import Contact
from practices.models import AuditEvent, Member, Practice, Role
from tests.consent_factories import make_contact, opt_in, states_of, tap
from tests.people import login, make_member

EXPIRED = dict.fromkeys(Purpose, Consent.EXPIRED)


@pytest.fixture
def contact(practice: Practice) -> Contact:
    """Agreed, was proven, and then somebody said that the number is another's."""
    contact = make_contact(profile_name="Jana")
    opt_in(contact)
    wrong_number(
        contact=contact,
        channel=Channel.STAFF_PHONE,
        act={"note": "wrong number, noticed by the practice"},
        occurred_at=timezone.now(),
        by=make_member(practice, Role.RECEPTION, name="Rita Roth"),
    )
    contact.refresh_from_db()
    return contact


@pytest.fixture
def owner(practice: Practice) -> Member:
    return make_member(practice, Role.OWNER, name="Olga Ohm")


def address(contact: Contact) -> str:
    return f"/p/morgenthal/consent/persons/{contact.pk}/release/"


def of(member: Member) -> Client:
    client = Client()
    login(client, member)
    return client


@pytest.mark.parametrize("role", [Role.OWNER, Role.PRACTICE_MANAGER])
def test_c_07_after_one_question_the_number_is_free_nothing_is_granted_and_it_must_prove_itself_anew(
    practice: Practice, contact: Contact, role: Role
) -> None:
    desk = of(make_member(practice, role, name="Lea Leitung"))
    person = desk.get(f"/p/morgenthal/consent/persons/{contact.pk}/").content.decode()
    assert f'href="{address(contact)}"' in person

    question = desk.get(address(contact))
    answer = desk.post(address(contact))

    assert "Ja, Sperre aufheben" in question.content.decode()
    assert (answer.status_code, answer["Location"]) == (303, f"/p/morgenthal/consent/persons/{contact.pk}/")
    contact.refresh_from_db()
    assert [contact.blocked_at, contact.number_proven_at, contact.opt_in_prompted_at] == [None] * 3
    assert states_of(contact) == EXPIRED
    after = desk.get(answer["Location"]).content.decode()
    assert ("gesperrt" in after, after.count("Sperre aufgehoben")) == (False, 1)


def test_looking_at_the_question_releases_nothing(owner: Member, contact: Contact) -> None:
    of(owner).get(address(contact))

    contact.refresh_from_db()
    assert contact.blocked_at is not None


@pytest.mark.parametrize("role", [Role.RECEPTION, Role.DENTIST, Role.TRAINEE])
def test_nobody_else_may_release_and_nobody_else_is_shown_the_way(
    practice: Practice, contact: Contact, role: Role
) -> None:
    desk = of(make_member(practice, role, name="Nora Neu"))

    person = desk.get(f"/p/morgenthal/consent/persons/{contact.pk}/").content.decode()

    assert "Diese Nummer ist gesperrt. An sie wird nichts gesendet." in person
    assert address(contact) not in person
    assert [desk.get(address(contact)).status_code, desk.post(address(contact)).status_code] == [403, 403]
    contact.refresh_from_db()
    assert contact.blocked_at is not None


def test_the_release_is_on_the_trail_and_on_the_ledger_with_who_did_it(owner: Member, contact: Contact) -> None:
    release_number(contact=contact, by=owner)

    [trail] = AuditEvent.objects.filter(kind="number_released")
    assert (trail.about_id, trail.by_id) == (contact.pk, owner.pk)
    names = Names({str(owner.pk): "Olga Ohm"}, {})
    acts = history_of(contact)[-2:]
    assert [act.event.type for act in acts] == [Type.RENEWED, Type.EXPIRED]
    assert [dict(facts_of(act, names))["Was getan wurde"] for act in acts] == [
        "die Praxis hat die Sperre der Nummer aufgehoben"
    ] * 2
    assert {dict(facts_of(act, names))["Eingetragen von"] for act in acts} == {"Olga Ohm"}
    assert for_the_person(acts[0]).startswith("Die Praxis hat die Sperre der Nummer aufgehoben.")


def test_released_twice_is_released_once(owner: Member, contact: Contact) -> None:
    release_number(contact=contact, by=owner)
    count = ConsentEvent.objects.count()

    release_number(contact=contact, by=owner)

    assert (ConsentEvent.objects.count(), AuditEvent.objects.filter(kind="number_released").count()) == (count, 1)


def test_what_was_agreed_to_while_it_was_blocked_ends_too_and_the_ledger_tells_the_same(
    owner: Member, contact: Contact
) -> None:
    Contact.objects.filter(pk=contact.pk).update(blocked_at=None)
    tap(contact)  # as a number that was blocked afterwards has it
    Contact.objects.filter(pk=contact.pk).update(blocked_at=timezone.now())
    assert states_of(contact)[Purpose.ORGANISATION] == Consent.GRANTED

    release_number(contact=contact, by=owner)

    assert states_of(contact) == EXPIRED
    rebuild(contact)
    assert states_of(contact) == EXPIRED


def test_after_the_release_the_number_can_agree_again(owner: Member, contact: Contact) -> None:
    release_number(contact=contact, by=owner)

    opt_in(contact)

    contact.refresh_from_db()
    assert states_of(contact)[Purpose.ORGANISATION] == Consent.GRANTED
    assert contact.number_proven_at is not None


def test_a_number_that_is_not_blocked_is_said_to_be_free(owner: Member, practice: Practice) -> None:
    contact = make_contact()

    assert "Diese Nummer ist nicht gesperrt." in of(owner).get(address(contact)).content.decode()
