"""Two records that are one person: what was agreed to and withdrawn for either, and the ledger, which stays."""

import time
from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from consent.gate import Consent
from consent.guardians import part
from consent.models import ConsentEvent
from consent.purposes import Purpose
from consent.states import rebuild
from consent.withdrawals import withdraw_elsewhere
from patients.merging import merge, take_merge_back
from patients.models import Contact, Patient, PatientContact
from practices.models import Member
from tests.consent.intakes import MOTHER, agree
from tests.consent_factories import OTHER_PHONE, make_contact, states_of
from tests.messaging.inbox.merging.records import at_the_desk, everything

pytestmark = pytest.mark.django_db

ORGANISATION, BEHANDLUNG = Purpose.ORGANISATION, Purpose.BEHANDLUNG


def test_the_ledger_is_not_touched_and_says_the_same_when_it_is_folded_anew(
    leader: Member, mia: Patient, twice: Patient, filled: Contact
) -> None:
    entries = list(ConsentEvent.objects.order_by("seq").values_list("pk", "patient", "hash"))

    merge(kept=mia, merged=twice, by=leader)
    states = everything()["consents"]
    rebuild()

    assert list(ConsentEvent.objects.order_by("seq").values_list("pk", "patient", "hash")) == entries
    assert everything()["consents"] == states


def test_of_a_yes_and_a_later_no_for_the_two_records_the_no_holds_and_comes_apart_again(
    leader: Member, mia: Patient, twice: Patient, mother: Contact
) -> None:
    agree(mother, mia, leader, MOTHER)
    agree(mother, twice, leader, MOTHER)
    withdraw_elsewhere(
        contact=mother,
        patient=mia,
        purposes=frozenset(Purpose),
        by=leader,
        **at_the_desk(),
    )
    assert (states_of(mother, mia.pk)[ORGANISATION], states_of(mother, twice.pk)[ORGANISATION]) == (
        Consent.WITHDRAWN,
        Consent.PENDING,
    )

    done = merge(kept=twice, merged=mia, by=leader)
    together = states_of(mother, twice.pk)[ORGANISATION]
    take_merge_back(merge=done, by=leader)

    assert together == Consent.WITHDRAWN
    assert states_of(mother, twice.pk)[ORGANISATION] == Consent.PENDING


def _no(contact: Contact, patient: Patient, by: Member) -> None:
    withdraw_elsewhere(contact=contact, patient=patient, purposes=frozenset(Purpose), by=by, **at_the_desk())


def _parting(contact: Contact, patient: Patient, by: Member) -> None:
    part(patient=patient, contact=contact, ends=frozenset(Purpose), by=by, at=timezone.now())


@pytest.mark.parametrize(("end", "state"), [(_no, Consent.WITHDRAWN), (_parting, Consent.OUTDATED)])
def test_what_ended_while_the_two_were_one_stays_ended_for_both(
    leader: Member,
    mia: Patient,
    twice: Patient,
    mother: Contact,
    end: Callable[[Contact, Patient, Member], None],
    state: Consent,
) -> None:
    for one in (mia, twice):
        agree(mother, one, leader, MOTHER)
    done = merge(kept=mia, merged=twice, by=leader)
    end(mother, mia, leader)
    entries = ConsentEvent.objects.count()

    take_merge_back(merge=done, by=leader)

    apart = everything()["consents"]
    rebuild()
    assert everything()["consents"] == apart
    assert [states_of(mother, one.pk)[ORGANISATION] for one in (mia, twice)] == [state, state]
    written, added = ConsentEvent.objects.order_by("seq")[entries - 1 :]
    assert (added.patient, added.type, added.occurred_at) == (twice, written.type, written.occurred_at)


def test_what_ended_before_the_two_were_one_or_by_another_number_ends_nothing(
    leader: Member, mia: Patient, twice: Patient, mother: Contact
) -> None:
    father = make_contact(OTHER_PHONE)
    for contact, patient in ((mother, mia), (mother, twice), (father, mia)):
        agree(contact, patient, leader, MOTHER)
    _no(mother, mia, leader)
    time.sleep(0.002)  # the ledger writes down whole milliseconds
    done = merge(kept=mia, merged=twice, by=leader)
    _no(father, mia, leader)
    entries = ConsentEvent.objects.count()

    take_merge_back(merge=done, by=leader)

    assert states_of(mother, twice.pk)[ORGANISATION] == Consent.PENDING
    assert ConsentEvent.objects.count() == entries


def test_the_act_that_parting_writes_down_says_why_it_is_there(
    desk: Client, leader: Member, mia: Patient, twice: Patient, mother: Contact
) -> None:
    agree(mother, twice, leader, MOTHER)
    done = merge(kept=mia, merged=twice, by=leader)
    _no(mother, mia, leader)
    take_merge_back(merge=done, by=leader)

    page = desk.get(f"/p/morgenthal/consent/persons/{mother.pk}/").content.decode()

    assert page.count("erklärt, als zwei Akten zusammengeführt waren, und gilt deshalb für beide") == 1


def test_who_parts_from_a_child_loses_what_it_agreed_to_for_it(leader: Member, mia: Patient, mother: Contact) -> None:
    agree(mother, mia, leader, MOTHER)

    part(patient=mia, contact=mother, ends=frozenset(Purpose), by=leader, at=timezone.now())

    assert not PatientContact.objects.exists()
    assert states_of(mother, mia.pk)[ORGANISATION] == Consent.OUTDATED


def test_an_act_for_the_second_record_is_shown_as_it_stands_for_the_first(
    desk: Client, leader: Member, mia: Patient, twice: Patient, mother: Contact
) -> None:
    taken = agree(mother, twice, leader, MOTHER)
    address = f"/p/morgenthal/consent/intake/{taken.event.pk}/"
    before = desk.get(address).context["stands"]

    merge(kept=mia, merged=twice, by=leader)

    assert (before, desk.get(address).context["stands"]) == ("pending", "pending")
    person = desk.get(f"/p/morgenthal/consent/persons/{mother.pk}/")
    assert [name for name, _lines in person.context["timelines"]] == ["", "Hoffmann, Mia"]
