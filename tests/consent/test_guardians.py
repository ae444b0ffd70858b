"""Birthdays that end a guardian's consent, and children who take over (C-20)."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from consent.birthdays import birthday_tasks, end_at_birthdays
from consent.gate import Consent
from consent.guardians import Speaker, consents_for, take_over
from consent.ledger import evidence_of
from consent.models import ConsentEvent, ConsentState
from consent.purposes import Purpose
from consent.tasks import tidy
from patients.actions import link, unlink
from patients.birthdays import age_of, birthday
from patients.models import Contact, Patient, PatientContact, Relation
from practices.keys import destroy
from practices.keystore import Subject
from practices.models import Member, Practice
from tests.consent.intakes import MOTHER, agree, born
from tests.consent_factories import OTHER_PHONE, make_contact, make_patient, opt_in, states_of, tap
from tests.factories import make_member

ORGANISATION, BEHANDLUNG, RECALL, WERBUNG = Purpose
NONE = dict.fromkeys(Purpose, Consent.NONE)
NOON = datetime(2026, 6, 1, 10, 0, tzinfo=UTC)


@pytest.fixture
def anna(practice: Practice) -> Member:
    return make_member(practice)


@pytest.fixture
def mother() -> Contact:
    return make_contact()


def a_childs_consent(mother: Contact, anna: Member, born_on: str, first_name: str = "Mia") -> Patient:
    """Agreed to at the desk, and confirmed by the mother's phone."""
    child = make_patient(first_name, "Krüger", born_on)
    agree(mother, child, anna, MOTHER, purposes=frozenset({ORGANISATION, BEHANDLUNG}))
    tap(mother, "ja_bestaetigen")
    return child


def the_night_of(at: datetime) -> int:
    return end_at_birthdays(practice=Practice.objects.get(), now=at)


# ── ages ──


@pytest.mark.parametrize(
    ("born_on", "day", "years"),
    [
        (date(2010, 6, 2), date(2026, 6, 1), 15),
        (date(2010, 6, 2), date(2026, 6, 2), 16),
        (date(2008, 2, 29), date(2026, 2, 28), 17),
        (date(2008, 2, 29), date(2026, 3, 1), 18),
        (date(2008, 2, 29), date(2024, 2, 29), 16),
    ],
)
def test_somebody_is_a_year_older_on_the_birthday(born_on: date, day: date, years: int) -> None:
    assert age_of(born_on, day) == years


@pytest.mark.parametrize(
    ("born_on", "age", "day"),
    [
        (date(2010, 6, 2), 16, date(2026, 6, 2)),
        (date(2008, 2, 29), 16, date(2024, 2, 29)),
        (date(2008, 2, 29), 18, date(2026, 3, 1)),
    ],
)
def test_a_birthday_on_the_29th_of_february_is_the_1st_of_march_in_other_years(
    born_on: date, age: int, day: date
) -> None:
    assert birthday(born_on, age) == day


# ── the night ──


def test_c_20_on_the_birthday_the_guardians_consent_ends_for_that_child_alone(anna: Member, mother: Contact) -> None:
    with time_machine.travel(NOON, tick=False):
        lea = a_childs_consent(mother, anna, "2010-06-02", "Lea")
        ben = a_childs_consent(mother, anna, "2020-01-01", "Ben")

    assert the_night_of(NOON) == 0
    assert the_night_of(NOON + timedelta(days=1)) == 1

    assert states_of(mother, lea.pk) == NONE | {ORGANISATION: Consent.OUTDATED, BEHANDLUNG: Consent.OUTDATED}
    assert states_of(mother, ben.pk)[ORGANISATION] == Consent.GRANTED
    assert states_of(mother)[ORGANISATION] == Consent.GRANTED


def test_c_20_the_end_says_by_which_rule_and_names_nobody_of_the_staff(anna: Member, mother: Contact) -> None:
    with time_machine.travel(NOON, tick=False):
        lea = a_childs_consent(mother, anna, "2010-06-02", "Lea")

    the_night_of(NOON + timedelta(days=1))

    event = ConsentEvent.objects.get(type="guardian_changed")
    evidence = evidence_of(event)
    assert (event.patient_id, event.occurred_at) == (lea.pk, NOON + timedelta(days=1))
    assert (evidence["actor"]["kind"], evidence["act"]) == ("system", {"rule": "consent_age"})
    assert evidence["purposes"] == {"organisation": True, "behandlung": True, "recall": False, "werbung": False}


def test_c_20_the_next_night_ends_nothing_again(anna: Member, mother: Contact) -> None:
    with time_machine.travel(NOON, tick=False):
        a_childs_consent(mother, anna, "2010-06-02")

    assert [the_night_of(NOON + timedelta(days=days)) for days in (1, 2, 400)] == [1, 0, 0]


@pytest.mark.parametrize(
    ("age", "ends_on"), [(14, date(2026, 8, 10)), (16, date(2028, 8, 10)), (18, date(2030, 8, 10))]
)
def test_c_20_the_practices_own_age_decides(anna: Member, mother: Contact, age: int, ends_on: date) -> None:
    Practice.objects.update(consent_age=age)
    with time_machine.travel(NOON, tick=False):
        a_childs_consent(mother, anna, "2012-08-10")
    that_night = datetime(ends_on.year, ends_on.month, ends_on.day, 0, 30, tzinfo=UTC)

    assert the_night_of(that_night - timedelta(days=1)) == 0
    assert the_night_of(that_night) == 1


def test_c_20_where_the_practice_lowers_its_age_whoever_was_not_asked_is_asked_the_next_night(
    anna: Member, mother: Contact
) -> None:
    both = Speaker(relation=Relation.GUARDIAN, name="Daniela Krüger", custody="sole", child_agrees=True)
    with time_machine.travel(NOON, tick=False):
        lea = a_childs_consent(mother, anna, "2011-06-02", "Lea")  # almost 15
        agreed = make_patient("Mia", "Krüger", "2011-06-02")
        agree(mother, agreed, anna, both)
        tap(mother, "ja_bestaetigen")
    before = the_night_of(NOON + timedelta(days=1))
    Practice.objects.update(consent_age=14)

    assert (before, the_night_of(NOON + timedelta(days=2))) == (0, 1)
    assert states_of(mother, lea.pk)[ORGANISATION] == Consent.OUTDATED
    assert states_of(mother, agreed.pk)[ORGANISATION] == Consent.GRANTED


def test_c_20_at_eighteen_it_ends_once_more(anna: Member, mother: Contact) -> None:
    with time_machine.travel(NOON, tick=False):
        lea = make_patient("Lea", "Krüger", "2009-06-02")
        both = Speaker(relation=Relation.GUARDIAN, name="Daniela Krüger", custody="sole", child_agrees=True)
        agree(mother, lea, anna, both)
        tap(mother, "ja_bestaetigen")

    assert the_night_of(NOON + timedelta(days=300)) == 0
    assert the_night_of(datetime(2027, 6, 2, 1, 0, tzinfo=UTC)) == 1
    assert [task.rule for task in birthday_tasks()] == ["majority"]


def test_c_20_a_leap_day_child_comes_of_age_on_the_1st_of_march(anna: Member, mother: Contact) -> None:
    Practice.objects.update(consent_age=18)
    with time_machine.travel(datetime(2025, 1, 1, 10, tzinfo=UTC), tick=False):
        a_childs_consent(mother, anna, "2008-02-29")

    assert the_night_of(datetime(2026, 2, 28, 12, 0, tzinfo=UTC)) == 0
    assert the_night_of(datetime(2026, 2, 28, 23, 30, tzinfo=UTC)) == 1  # half past midnight in Berlin


@pytest.mark.parametrize(("zone", "ended"), [("Europe/Berlin", 1), ("Atlantic/Azores", 0)])
def test_c_20_the_birthday_begins_at_midnight_where_the_practice_is(
    anna: Member, mother: Contact, zone: str, ended: int
) -> None:
    Practice.objects.update(timezone=zone)
    with time_machine.travel(NOON, tick=False):
        a_childs_consent(mother, anna, "2010-06-02")

    assert the_night_of(datetime(2026, 6, 1, 22, 30, tzinfo=UTC)) == ended


def test_a_consent_that_nobody_confirmed_yet_ends_too(anna: Member, mother: Contact) -> None:
    with time_machine.travel(NOON, tick=False):
        lea = make_patient("Lea", "Krüger", "2010-06-02")
        agree(mother, lea, anna, MOTHER)

    the_night_of(NOON + timedelta(days=1))

    assert states_of(mother, lea.pk)[ORGANISATION] == Consent.OUTDATED


def test_whoever_writes_with_a_power_of_attorney_goes_on(anna: Member, mother: Contact) -> None:
    with time_machine.travel(NOON, tick=False):
        otto = make_patient("Otto", "Vogt", "2008-06-01")
        agree(mother, otto, anna, Speaker(relation=Relation.LEGAL_REPRESENTATIVE, name="Jana Vogt"))

    assert the_night_of(NOON + timedelta(days=365)) == 0


def test_a_child_that_was_erased_stops_nobodys_night(anna: Member, mother: Contact) -> None:
    with time_machine.travel(NOON, tick=False):
        gone = a_childs_consent(mother, anna, "2010-06-02", "Lea")
        a_childs_consent(mother, anna, "2010-06-02", "Mia")
    destroy(Subject.PATIENT, gone.pk)

    assert the_night_of(NOON + timedelta(days=1)) == 1


def test_the_nightly_task_lets_children_come_of_age(anna: Member, mother: Contact, practice: Practice) -> None:
    with time_machine.travel(NOON, tick=False):
        lea = a_childs_consent(mother, anna, "2010-06-02", "Lea")

    with time_machine.travel(NOON + timedelta(days=1), tick=False):
        tidy(practice_id=practice.pk)

    assert states_of(mother, lea.pk)[ORGANISATION] == Consent.OUTDATED


def test_a_night_without_birthdays_costs_the_same_for_one_child_and_for_four(anna: Member, mother: Contact) -> None:
    a_childs_consent(mother, anna, born(5), "Mia")
    with CaptureQueriesContext(connection) as few:
        the_night_of(timezone.now())
    for name in ("Ben", "Lea", "Tom"):
        a_childs_consent(mother, anna, born(6), name)
    with CaptureQueriesContext(connection) as many:
        the_night_of(timezone.now())

    assert len(many) == len(few)


# ── the list of tasks ──


def test_c_20_a_birthday_leaves_a_task_until_somebody_agreed_anew(anna: Member, mother: Contact) -> None:
    with time_machine.travel(NOON, tick=False):
        lea = a_childs_consent(mother, anna, "2010-06-02", "Lea")
    assert birthday_tasks() == []
    the_night_of(NOON + timedelta(days=1))

    [task] = birthday_tasks()
    with time_machine.travel(NOON + timedelta(days=2), tick=False):
        both = Speaker(relation=Relation.GUARDIAN, name="Daniela Krüger", custody="sole", child_agrees=True)
        agree(mother, lea, anna, both, purposes=frozenset({ORGANISATION, BEHANDLUNG}))

    assert (task.patient, task.contact, task.rule, task.since) == (
        lea,
        mother,
        "consent_age",
        NOON + timedelta(days=1),
    )
    assert birthday_tasks() == []


def test_whoever_writes_for_the_child_no_longer_leaves_no_task(anna: Member, mother: Contact) -> None:
    with time_machine.travel(NOON, tick=False):
        lea = a_childs_consent(mother, anna, "2010-06-02", "Lea")
    the_night_of(NOON + timedelta(days=1))

    unlink(patient=lea, contact=mother, by=anna)

    assert birthday_tasks() == []


def test_the_tasks_cost_the_same_queries_for_one_and_for_three(anna: Member, mother: Contact) -> None:
    def tasks_after(names: str) -> tuple[list[UUID], int]:
        with time_machine.travel(NOON, tick=False):
            for name in names.split():
                a_childs_consent(mother, anna, "2010-06-02", name)
        the_night_of(NOON + timedelta(days=1))
        with CaptureQueriesContext(connection) as queries:
            found = [task.patient.pk for task in birthday_tasks()]
        return found, len(queries)

    one, few = tasks_after("Lea")
    three, many = tasks_after("Mia Ben")

    assert (len(one), len(three)) == (1, 3)
    assert many == few


# ── taking over ──


def test_c_20_a_grown_up_child_takes_over_and_its_mothers_consent_for_it_ends(anna: Member, mother: Contact) -> None:
    with time_machine.travel(NOON, tick=False):
        lea = a_childs_consent(mother, anna, "2010-06-02", "Lea")
        ben = a_childs_consent(mother, anna, "2020-01-01", "Ben")
    own = make_contact(OTHER_PHONE)

    with time_machine.travel(datetime(2028, 7, 1, tzinfo=UTC), tick=False):
        take_over(patient=lea, contact=own, by=anna, at=timezone.now())

    assert sorted(PatientContact.objects.values_list("patient__pk", "contact__pk", "relation")) == sorted(
        [(lea.pk, own.pk, "self"), (ben.pk, mother.pk, "guardian")]
    )
    assert states_of(mother, lea.pk)[ORGANISATION] == Consent.OUTDATED
    assert states_of(mother, ben.pk)[ORGANISATION] == Consent.GRANTED
    assert states_of(mother)[ORGANISATION] == Consent.GRANTED
    assert evidence_of(ConsentEvent.objects.get(type="guardian_changed"))["act"] == {"rule": "taken_over"}


def test_taking_over_gives_the_child_no_consent_by_itself(anna: Member, mother: Contact) -> None:
    adult = make_patient("Lea", "Krüger", born(18))
    link(patient=adult, contact=mother, relation=Relation.GUARDIAN, custody="sole", by=anna)
    own = make_contact(OTHER_PHONE)

    take_over(patient=adult, contact=own, by=anna, at=timezone.now())

    assert states_of(own, adult.pk) == NONE
    assert ConsentEvent.objects.count() == 0


def test_an_adult_who_agrees_at_the_desk_takes_over_without_being_asked(anna: Member, mother: Contact) -> None:
    adult = make_patient("Lea", "Krüger", born(18))
    link(patient=adult, contact=mother, relation=Relation.GUARDIAN, custody="sole", by=anna)
    own = make_contact(OTHER_PHONE)

    agree(own, adult, anna)

    assert list(PatientContact.objects.values_list("contact", "relation")) == [(own.pk, "self")]


def test_a_youth_with_an_own_number_leaves_its_mother_where_she_is(anna: Member, mother: Contact) -> None:
    youth = make_patient("Lea", "Krüger", born(16))
    link(patient=youth, contact=mother, relation=Relation.GUARDIAN, custody="sole", by=anna)
    own = make_contact(OTHER_PHONE)

    agree(own, youth, anna)

    assert sorted(PatientContact.objects.values_list("relation", flat=True)) == ["guardian", "self"]


# ── another relation ──


@pytest.mark.parametrize("relation", [Relation.LEGAL_REPRESENTATIVE, Relation.FAMILY, Relation.SELF])
def test_c_20_what_a_guardian_agreed_to_ends_when_it_becomes_something_else_for_the_child(
    anna: Member, mother: Contact, relation: Relation
) -> None:
    lea, ben = a_childs_consent(mother, anna, born(14), "Lea"), a_childs_consent(mother, anna, born(6), "Ben")

    link(patient=lea, contact=mother, relation=relation, by=anna)

    event = ConsentEvent.objects.get(type="guardian_changed")
    assert (event.patient_id, evidence_of(event)["act"]) == (lea.pk, {"rule": "relation_changed"})
    kept = ConsentState.objects.filter(patient=lea).values_list("state", flat=True)
    assert set(kept) == {Consent.OUTDATED}
    assert states_of(mother, ben.pk)[ORGANISATION] == Consent.GRANTED
    assert states_of(mother)[ORGANISATION] == Consent.GRANTED


def test_c_20_a_guardian_who_states_another_custody_stays_one(anna: Member, mother: Contact) -> None:
    lea = a_childs_consent(mother, anna, born(14), "Lea")

    link(patient=lea, contact=mother, relation=Relation.GUARDIAN, custody="sole", by=anna)

    assert states_of(mother, lea.pk)[ORGANISATION] == Consent.GRANTED


# ── reading ──


def test_c_22_what_a_contact_agreed_to_is_told_for_each_patient_apart(anna: Member, mother: Contact) -> None:
    opt_in(mother, {RECALL, ORGANISATION})
    mia = a_childs_consent(mother, anna, born(8), "Mia")

    assert consents_for(mother) == {mia: {ORGANISATION: Consent.GRANTED, BEHANDLUNG: Consent.GRANTED}}
    assert ConsentState.objects.filter(patient=None, purpose=RECALL).get().state == Consent.GRANTED
