"""Registering patients and joining them with the numbers that write for them."""

from datetime import UTC, datetime

import pytest
from django.db import connection

from consent.models import ConsentEvent
from patients.actions import confirm_person, link, prove_number, register_patient, unlink
from patients.identities import change_identity
from patients.models import Contact, Patient, PatientContact, Relation
from patients.search import find_patients, who_it_may_be
from practices.models import AuditEvent, Change, Practice
from tests.consent_factories import OTHER_PHONE, make_contact, make_patient
from tests.factories import make_member


def test_a_patient_is_registered_with_sealed_master_data(practice: Practice) -> None:
    anna = make_member(practice)

    patient = register_patient(first_name=" Jana ", last_name="Vogt", birth_date="1984-05-02", by=anna)

    with connection.cursor() as cursor:
        cursor.execute("select p::text from patients_patient p")
        stored = cursor.fetchone()[0]
    assert (patient.first_name, patient.sorting_name) == ("Jana", "Vogt, Jana")
    assert [word for word in ("Vogt", "1984", b"Vogt".hex()) if word in stored] == []
    assert [(event.kind, event.about_id, event.by) for event in AuditEvent.objects.all()] == [
        ("patient_registered", patient.pk, anna)
    ]


def test_linking_twice_is_one_link_and_writes_no_consent(practice: Practice) -> None:
    contact, patient, anna = make_contact(), make_patient(), make_member(practice)

    first = link(patient=patient, contact=contact, by=anna)
    second = link(patient=patient, contact=contact, by=anna)

    assert (second, second.relation) == (first, Relation.SELF)
    assert AuditEvent.objects.filter(kind="patient_linked").count() == 1
    assert ConsentEvent.objects.count() == 0
    assert [change.ref for change in Change.objects.filter(kind="contact")] == [contact.pk]


def test_another_relation_is_a_change_of_the_link(practice: Practice) -> None:
    contact, patient = make_contact(), make_patient("Mia")
    link(patient=patient, contact=contact, by=None)

    link(patient=patient, contact=contact, relation=Relation.GUARDIAN, by=None)

    assert list(PatientContact.objects.values_list("relation", flat=True)) == ["guardian"]
    assert [event.codes for event in AuditEvent.objects.filter(kind="patient_linked").order_by("at")] == [
        {"relation": "self", "patient": str(patient.pk)},
        {"relation": "guardian", "patient": str(patient.pk)},
    ]


def test_a_mother_writes_for_children_and_a_patient_has_two_numbers(practice: Practice) -> None:
    mother, office = make_contact(), make_contact(OTHER_PHONE)
    mia, ben = make_patient("Mia"), make_patient("Ben")

    for contact, patient in ((mother, mia), (mother, ben), (office, mia)):
        link(patient=patient, contact=contact, relation=Relation.GUARDIAN, by=None)

    assert {joined.patient for joined in mother.patient_links.all()} == {mia, ben}
    assert {joined.contact for joined in mia.contact_links.all()} == {mother, office}


def test_unlinking_leaves_both_and_is_in_the_trail(practice: Practice) -> None:
    contact, patient = make_contact(), make_patient()
    link(patient=patient, contact=contact, by=None)

    unlink(patient=patient, contact=contact, by=None)
    unlink(patient=patient, contact=contact, by=None)

    assert (PatientContact.objects.count(), Patient.objects.count(), Contact.objects.count()) == (0, 1, 1)
    assert AuditEvent.objects.filter(kind="patient_unlinked").count() == 1


def test_a_member_who_asked_on_the_phone_lifts_the_flag(practice: Practice) -> None:
    contact, anna = make_contact(), make_member(practice)
    change_identity(contact)

    confirm_person(contact=contact, by=anna)

    assert Contact.objects.get().identity_changed_at is None
    assert AuditEvent.objects.get(kind="person_confirmed").by == anna


def test_the_first_proof_of_a_number_counts(practice: Practice) -> None:
    contact, first = make_contact(), datetime(2026, 5, 11, tzinfo=UTC)

    prove_number(contact=contact, at=first)
    prove_number(contact=contact, at=datetime(2026, 6, 1, tzinfo=UTC))

    assert Contact.objects.get().number_proven_at == first


# ── finding patients by name ──


@pytest.mark.parametrize("query", ["Müll", "mueller", "MÜLLER jö", "jörg", "Joerg Mueller"])
def test_a_patient_is_found_by_the_beginnings_of_the_names(practice: Practice, query: str) -> None:
    wanted = make_patient("Jörg", "Müller")
    make_patient("Jana", "Vogt")

    assert find_patients(query) == [wanted]


@pytest.mark.parametrize("query", ["", "  ", "…", "Xaver", "Müller Jana"])
def test_nothing_or_somebody_else_finds_nobody(practice: Practice, query: str) -> None:
    make_patient("Jörg", "Müller")

    assert find_patients(query) == []


def test_the_list_is_in_the_order_of_the_practice_and_ends(practice: Practice) -> None:
    for first in ("Carla", "Anton", "Berta"):
        make_patient(first, "Vogt")

    assert [patient.first_name for patient in find_patients("vogt", most=2)] == ["Anton", "Berta"]


def test_a_name_from_whatsapp_suggests_who_bears_both_its_names(practice: Practice) -> None:
    jana = make_patient("Jana", "Vogt")
    make_patient("Jana", "Berger")
    make_patient("Emre", "Vogt")

    assert who_it_may_be(["jana vogt 🌸", "Jana", "Mausi", ""]) == {
        "jana vogt 🌸": [jana],
        "Jana": [],
        "Mausi": [],
        "": [],
    }
