"""How far a renewal is (C-06): nobody who waits is hidden, and whoever decided is counted by what they decided."""

from collections.abc import Iterable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from consent import ledger, renewals
from consent.actions import confirm_code, withdraw
from consent.documents import keep_document
from consent.gate import Consent
from consent.ledger import PATIENT
from consent.models import Channel, ConsentEvent, ConsentText
from consent.purposes import Purpose
from consent.renewals import Reached, ask_next, outdate, preview, progress, waiting_people
from consent.states import apply
from consent.wording import current_text
from patients.actions import link, unlink
from patients.models import Contact, Patient, Relation
from practices.models import Practice
from tests.consent.editions import an_edition, ready
from tests.consent.intakes import MOTHER, agree, paper
from tests.consent_factories import make_contact, make_patient, opt_in, send_form, states_of
from tests.factories import make_member

ORGANISATION, _BEHANDLUNG, _RECALL, WERBUNG = Purpose
PHONES = [f"+49171392005{number}" for number in range(5)]


@pytest.fixture(autouse=True)
def complete(practice: Practice) -> Practice:
    return ready(practice)


@pytest.fixture
def mother() -> Contact:
    return make_contact()


@pytest.fixture
def mia(mother: Contact) -> Patient:
    """A child for whom the mother agreed to organisation."""
    child = make_patient("Mia", "Krüger", "2018-02-01")
    link(patient=child, contact=mother, relation=Relation.GUARDIAN, by=None)
    agree_for(mother, child)
    return child


def agree_for(contact: Contact, patient: Patient, purposes: Iterable[Purpose] = (ORGANISATION,)) -> None:
    agreed = ledger.append(
        type=ConsentEvent.Type.GRANTED,
        channel=Channel.WHATSAPP_BUTTON,
        contact=contact,
        patient=patient,
        text=current_text(ConsentText.Kind.CHAT, "de"),
        notice_version="de-2026-05",
        purposes={purpose: purpose in purposes for purpose in Purpose},
        actor=PATIENT,
        act={"button": "ja_einverstanden", "message_id": f"wamid.{patient.pk}"},
        occurred_at=timezone.now(),
    )
    apply(agreed)


def opt_in_english(contact: Contact) -> None:
    submitted = send_form(ORGANISATION, language="en")
    confirm_code(contact=contact, code=submitted.code, message_id=f"wamid.{contact.pk}", at=timezone.now())


def renew(*purposes: Purpose, language: str = "de") -> None:
    an_edition(renews=purposes, language=language)
    while outdate():
        pass


def reachable_by_chat(monkeypatch: pytest.MonkeyPatch) -> list[Contact]:
    """Stands where the room above has registered."""
    asked: list[Contact] = []

    def ask(contact: Contact, _purposes: frozenset[Purpose]) -> Reached:
        asked.append(contact)
        return Reached.CHAT

    monkeypatch.setattr(renewals, "_ask", [ask])
    monkeypatch.setattr(renewals, "_ways", [lambda about: dict.fromkeys(about, Reached.CHAT)])
    return asked


# ── children ──


def test_c_06_a_mother_who_has_not_decided_for_her_child_is_waited_for_and_asked_at_the_desk(
    mother: Contact, mia: Patient
) -> None:
    renew(ORGANISATION)

    found = progress("de")
    [person] = waiting_people("de")
    assert (found.affected, found.ended, found.asked, found.left, found.is_over) == (1, 0, 0, 1, False)
    assert (person.contact_id, person.purposes, person.was_asked) == (mother.pk, frozenset(), False)
    assert person.patients == (mia.pk,)


def test_c_06_nobody_is_asked_about_a_child_by_machine(
    mother: Contact, mia: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = reachable_by_chat(monkeypatch)
    foreseen = preview("de", [ORGANISATION])
    renew(ORGANISATION)

    ask_next()

    assert (foreseen.people, foreseen.reached[Reached.DESK], foreseen.reached[Reached.CHAT]) == (1, 1, 0)
    assert asked == []


def test_a_mother_who_was_asked_for_herself_still_has_to_be_asked_for_her_child(mother: Contact, mia: Patient) -> None:
    opt_in(mother)
    renew(ORGANISATION)
    mother.opt_in_prompted_at = timezone.now()
    mother.save(update_fields=["opt_in_prompted_at"])

    found, [person] = progress("de"), waiting_people("de")

    assert (person.purposes, person.was_asked, person.patients) == (frozenset({ORGANISATION}), True, (mia.pk,))
    assert (found.affected, found.asked, found.left) == (1, 0, 1)


def test_what_she_agrees_to_anew_at_the_desk_is_over_once_the_number_has_confirmed_it(
    mother: Contact, mia: Patient
) -> None:
    renew(ORGANISATION)

    agree(mother, mia, make_member(Practice.objects.get()), MOTHER)

    found = progress("de")
    assert states_of(mother, mia.pk)[ORGANISATION] == Consent.PENDING
    assert (found.affected, found.unproven, found.renewed, found.ended, found.left) == (1, 1, 0, 0, 0)
    assert not found.is_over


def test_who_speaks_for_the_child_no_longer_is_not_waited_for(mother: Contact, mia: Patient) -> None:
    renew(ORGANISATION)

    unlink(patient=mia, contact=mother, by=None)

    assert waiting_people("de") == []
    assert (progress("de").ended, progress("de").is_over) == (1, True)


def test_c_06_what_was_signed_on_paper_and_not_confirmed_yet_stops_and_is_waited_for(practice: Practice) -> None:
    anna, jana = make_member(practice), make_contact()
    document = keep_document(upload=paper(), contact=jana, by=anna)
    agree(jana, make_patient(), anna, way=Channel.PAPER_SCAN, document=document)

    renew(ORGANISATION)

    assert states_of(jana)[ORGANISATION] == Consent.OUTDATED
    assert [one.purposes for one in waiting_people("de")] == [frozenset({ORGANISATION})]


# ── who has decided ──


def test_c_06_whoever_agreed_anew_in_another_language_has_agreed_anew() -> None:
    john, jana = make_contact(PHONES[0]), make_contact(PHONES[1])
    for contact in (john, jana):
        opt_in(contact)
    renew(ORGANISATION)

    opt_in_english(john)
    withdraw(contact=jana, channel=Channel.STAFF_DESK, act={"note": "x"}, occurred_at=timezone.now())

    found = progress("de")
    assert (found.affected, found.renewed, found.ended, found.is_over) == (2, 1, 1, True)


def test_whose_other_language_was_renewed_after_that_is_waited_for_there() -> None:
    john = make_contact(PHONES[0])
    opt_in(john)
    renew(ORGANISATION)
    opt_in_english(john)

    renew(ORGANISATION, language="en")

    german, english = progress("de"), progress("en")
    assert (german.affected, german.renewed, german.ended, german.is_over) == (1, 1, 0, True)
    assert (english.affected, english.left, english.is_over) == (1, 1, False)
    assert [one.contact_id for one in waiting_people("en")] == [john.pk]


def test_whoever_keeps_another_purpose_and_refuses_the_renewed_one_has_ended_it() -> None:
    jana = make_contact()
    opt_in(jana, [ORGANISATION, WERBUNG])
    renew(WERBUNG)

    withdraw(
        contact=jana,
        purposes=frozenset({WERBUNG}),
        channel=Channel.STAFF_DESK,
        act={"note": "x"},
        occurred_at=timezone.now(),
    )

    assert states_of(jana)[ORGANISATION] == Consent.GRANTED
    assert (progress("de").renewed, progress("de").ended) == (0, 1)


# ── how much is read ──


def test_no_more_people_are_read_than_are_to_be_shown_and_the_longest_waiting_come_first() -> None:
    contacts = [make_contact(phone) for phone in PHONES]
    for contact in contacts:
        opt_in(contact)
        renew(ORGANISATION)

    assert [one.contact_id for one in waiting_people("de", limit=2)] == [contact.pk for contact in contacts[:2]]
    assert len(waiting_people("de")) == 5


def test_the_figures_cost_the_same_queries_for_one_and_for_five() -> None:
    opt_in(make_contact(PHONES[0]))
    renew(ORGANISATION)
    with CaptureQueriesContext(connection) as few:
        progress("de")
    for phone in PHONES[1:]:
        opt_in(make_contact(phone))
    renew(ORGANISATION)

    with CaptureQueriesContext(connection) as many:
        found = progress("de")

    assert (found.left, len(many)) == (5, len(few))
