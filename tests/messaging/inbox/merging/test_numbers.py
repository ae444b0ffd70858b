"""Two records that are one person: what becomes of the numbers that write for them."""

import pytest
from django.utils import timezone

from consent.guardians import part
from messaging.models import Channel
from patients.actions import link, register_patient
from patients.merging import CannotMerge, merge, take_merge_back
from patients.models import Contact, Patient, PatientContact, Relation
from practices.models import Member
from tests.consent.intakes import born
from tests.consent_factories import OTHER_PHONE, PHONE, make_contact
from tests.messaging.inbox.merging.records import everything

pytestmark = pytest.mark.django_db


def test_a_number_linked_to_a_record_that_was_merged_a_moment_ago_is_the_other_ones(
    leader: Member, mia: Patient, twice: Patient
) -> None:
    read_before, number = Patient.objects.get(pk=twice.pk), make_contact()
    merge(kept=mia, merged=twice, by=leader)

    joined = link(patient=read_before, contact=number, relation=Relation.FAMILY, by=leader)

    assert (joined.patient, list(number.patient_links.all())) == (mia, [joined])


def test_a_number_that_writes_for_both_alike_is_one_link_and_two_again(
    leader: Member, mia: Patient, twice: Patient, mother: Contact
) -> None:
    for patient in (mia, twice):
        link(patient=patient, contact=mother, relation=Relation.GUARDIAN, custody="sole", by=None)

    done = merge(kept=mia, merged=twice, by=leader)
    assert list(PatientContact.objects.values_list("patient", flat=True)) == [mia.pk]
    take_merge_back(merge=done, by=leader)

    assert sorted(PatientContact.objects.values_list("patient", "relation", "custody")) == sorted(
        [(mia.pk, "guardian", "sole"), (twice.pk, "guardian", "sole")]
    )


@pytest.mark.parametrize("change", ["removed", "another relation"])
def test_a_link_that_somebody_removed_or_changed_since_does_not_come_back(
    leader: Member, mia: Patient, twice: Patient, mother: Contact, change: str
) -> None:
    for patient in (mia, twice):
        link(patient=patient, contact=mother, relation=Relation.GUARDIAN, custody="sole", by=None)
    done = merge(kept=mia, merged=twice, by=leader)
    if change == "removed":
        part(patient=mia, contact=mother, by=leader, at=timezone.now())
    else:
        link(patient=mia, contact=mother, relation=Relation.FAMILY, by=leader)

    take_merge_back(merge=done, by=leader)

    assert not PatientContact.objects.filter(patient=twice).exists()


def test_a_number_that_stands_to_both_differently_is_for_a_person_to_settle_first(
    leader: Member, mia: Patient, twice: Patient, mother: Contact
) -> None:
    link(patient=mia, contact=mother, relation=Relation.GUARDIAN, custody="sole", by=None)
    link(patient=twice, contact=mother, relation=Relation.FAMILY, by=None)
    before = everything()

    with pytest.raises(CannotMerge) as refused:
        merge(kept=mia, merged=twice, by=leader)

    assert ("verschiedenem Verhältnis" in refused.value.for_person, everything()) == (True, before)


def test_an_old_page_that_links_a_merged_record_links_the_one_that_holds(
    leader: Member, mia: Patient, twice: Patient
) -> None:
    merge(kept=mia, merged=twice, by=leader)

    made = link(
        patient=Patient.objects.get(pk=twice.pk), contact=make_contact(OTHER_PHONE), relation=Relation.FAMILY, by=leader
    )

    assert made.patient == mia


def test_a_grown_up_with_two_records_keeps_both_numbers(channel: Channel, leader: Member) -> None:
    one, other = (register_patient(first_name="Jana", last_name="Vogt", birth_date=born(30), by=None) for _ in "12")
    for patient, phone in ((one, PHONE), (other, OTHER_PHONE)):
        link(patient=patient, contact=make_contact(phone), by=None)

    merge(kept=one, merged=other, by=leader)

    assert list(PatientContact.objects.values_list("patient", "relation")) == [(one.pk, "self")] * 2
