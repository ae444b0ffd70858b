"""Two records that are one person: everything goes over in every room, the ledger stays, and all of it comes back."""

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consent.gate import Consent
from consent.guardians import part
from consent.models import ConsentState
from consent.purposes import Purpose
from consent.withdrawals import withdraw_elsewhere
from messaging.models import Channel, Conversation
from patients.actions import register_patient
from patients.appointments import note_appointment, remember_visits
from patients.merging import CannotMerge, merge, merges_of, preview_merge, take_merge_back
from patients.models import Appointment, Contact, Patient, PatientContact, PatientMerge
from practices import keys
from practices.keystore import Subject
from practices.models import AuditEvent, Change, Member
from tests.consent.intakes import MOTHER, agree, born
from tests.consent_factories import make_contact, states_of
from tests.messaging.inbox.desk import answer
from tests.messaging.inbox.merging.records import at_the_desk, everything
from tests.whole import as_many

pytestmark = pytest.mark.django_db

ORGANISATION, BEHANDLUNG = Purpose.ORGANISATION, Purpose.BEHANDLUNG


def test_everything_of_the_second_record_is_the_first_ones(
    leader: Member, mia: Patient, twice: Patient, filled: Contact
) -> None:
    merge(kept=mia, merged=twice, by=leader)

    now = everything()
    owners = {row[1] for kind in ("links", "appointments", "documents", "uploads") for row in now[kind]}
    assert owners == {mia.pk}
    assert {row[1] for row in now["messages"]} == {None, mia.pk}
    assert states_of(filled, mia.pk)[ORGANISATION] == Consent.PENDING
    assert ConsentState.objects.filter(patient=twice).count() == 0
    assert Patient.objects.get(pk=twice.pk).merged_into == mia


def test_taken_back_everything_is_as_it_was(leader: Member, mia: Patient, twice: Patient, filled: Contact) -> None:
    before = everything()

    done = merge(kept=mia, merged=twice, by=leader)
    assert everything() != before
    take_merge_back(merge=done, by=leader)

    assert everything() == before
    undone = PatientMerge.objects.get()
    assert (undone.undone_at is not None, undone.undone_by) == (True, leader)


def test_the_words_of_an_appointment_go_with_it_and_survive_the_other_key(
    leader: Member, mia: Patient, twice: Patient, filled: Contact
) -> None:
    merge(kept=mia, merged=twice, by=leader)

    keys.destroy(Subject.PATIENT, twice.pk)

    assert Appointment.objects.get().words == "Kontrolle"


def test_what_the_first_does_not_know_it_takes_from_the_second_and_gives_back(
    leader: Member, mia: Patient, twice: Patient
) -> None:
    done = merge(kept=mia, merged=twice, by=leader)
    filled_in = Patient.objects.get(pk=mia.pk)
    assert (filled_in.last_name, filled_in.record_number, filled_in.language) == ("Hoffmann", "P-77", "de")

    take_merge_back(merge=done, by=leader)

    assert Patient.objects.get(pk=mia.pk).record_number is None


def test_what_was_corrected_since_is_the_first_ones_own(leader: Member, mia: Patient, twice: Patient) -> None:
    done = merge(kept=mia, merged=twice, by=leader)
    mia.record_number = "P-78"
    mia.save(update_fields=["record_number"])

    take_merge_back(merge=done, by=leader)

    assert [Patient.objects.get(pk=one.pk).record_number for one in (mia, twice)] == ["P-78", "P-77"]


def test_a_visit_that_took_place_while_the_two_were_one_is_the_last_of_whoever_it_was(
    leader: Member, mia: Patient, twice: Patient
) -> None:
    now = timezone.now()
    for patient, at in (
        (mia, now - timedelta(days=30)),
        (twice, now - timedelta(days=9)),
        (twice, now + timedelta(days=1)),
    ):
        note_appointment(patient=patient, starts_at=at, by=leader)
    done = merge(kept=mia, merged=twice, by=leader)

    with time_machine.travel(now + timedelta(days=2)):
        remember_visits(timezone.now())
        together = Patient.objects.get(pk=mia.pk).last_visit_on
        take_merge_back(merge=done, by=leader)

    days = [Patient.objects.get(pk=one.pk).last_visit_on for one in (mia, twice)]
    assert [together, *days] == [timezone.localdate(now + timedelta(days=number)) for number in (1, -30, 1)]


def test_a_last_visit_that_was_filled_in_goes_back_and_an_own_one_since_stays(
    leader: Member, mia: Patient, twice: Patient
) -> None:
    seen_on = timezone.localdate() - timedelta(days=400)
    Patient.objects.filter(pk=twice.pk).update(last_visit_on=seen_on)
    last_visits = []
    for days in (0, 9):
        done = merge(kept=mia, merged=twice, by=leader)
        if days:
            starts_at = timezone.now() - timedelta(days=days)
            note_appointment(patient=Patient.objects.get(pk=mia.pk), starts_at=starts_at, by=leader)
        take_merge_back(merge=done, by=leader)
        last_visits.append(Patient.objects.get(pk=mia.pk).last_visit_on)

    assert last_visits == [None, timezone.localdate() - timedelta(days=9)]
    assert Patient.objects.get(pk=twice.pk).last_visit_on == seen_on


def test_what_came_after_the_merge_stays_with_the_first(
    leader: Member, mia: Patient, twice: Patient, filled: Contact
) -> None:
    done = merge(kept=mia, merged=twice, by=leader)
    note_appointment(patient=mia, starts_at=timezone.now() + timedelta(days=9), words="PZR", by=leader)
    part(patient=mia, contact=filled, ends=frozenset(Purpose), by=leader, at=timezone.now())

    take_merge_back(merge=done, by=leader)

    assert [(one.words, one.patient) for one in Appointment.objects.order_by("starts_at")] == [
        ("Kontrolle", twice),
        ("PZR", mia),
    ]
    assert not PatientContact.objects.exists()


def test_no_record_is_merged_with_itself_nor_twice(leader: Member, mia: Patient, twice: Patient) -> None:
    with pytest.raises(CannotMerge):
        merge(kept=mia, merged=mia, by=leader)
    merge(kept=mia, merged=twice, by=leader)

    for kept, merged in ((mia, twice), (twice, mia)):
        with pytest.raises(CannotMerge):
            merge(kept=kept, merged=merged, by=leader)


def test_of_three_records_the_last_merge_is_taken_back_first(leader: Member, mia: Patient, twice: Patient) -> None:
    third = register_patient(first_name="Mia", last_name="Hoffmann", by=None)
    first = merge(kept=twice, merged=third, by=leader)
    second = merge(kept=mia, merged=twice, by=leader)
    assert set(Patient.objects.filter(merged_into=mia)) == {twice, third}

    with pytest.raises(CannotMerge):
        take_merge_back(merge=first, by=leader)
    take_merge_back(merge=second, by=leader)
    assert Patient.objects.get(pk=third.pk).merged_into == twice
    take_merge_back(merge=first, by=leader)

    assert not Patient.objects.exclude(merged_into=None).exists()


def test_a_merge_is_taken_back_once(leader: Member, mia: Patient, twice: Patient) -> None:
    done = merge(kept=mia, merged=twice, by=leader)
    assert merges_of(mia) == [done]
    take_merge_back(merge=done, by=leader)

    with pytest.raises(CannotMerge):
        take_merge_back(merge=done, by=leader)
    assert merges_of(mia) == []


def test_the_preview_counts_what_would_go_over_and_changes_nothing(
    leader: Member, mia: Patient, twice: Patient, filled: Contact
) -> None:
    before = everything()

    shown = preview_merge(kept=mia, merged=twice)

    assert [count for _label, count in shown.rows] == [1, 1, 1, 1, 1]
    assert (shown.filled, everything()) == (["record_number"], before)


def test_the_trail_names_both_and_the_screens_are_told(
    leader: Member, mia: Patient, twice: Patient, filled: Contact
) -> None:
    done = merge(kept=mia, merged=twice, by=leader)
    take_merge_back(merge=done, by=leader)

    codes = {"merged": str(twice.pk), "merge": str(done.pk)}
    kinds = ("patients_merged", "patients_split")
    trail = AuditEvent.objects.filter(kind__in=kinds).order_by("at")
    assert [(one.kind, one.about_id, one.by, one.codes) for one in trail] == [
        (kind, mia.pk, leader, codes) for kind in kinds
    ]
    assert Change.objects.filter(kind="contact", ref=filled.pk).count() >= 2


def test_contacts_are_held_before_records_consents_and_messages(
    leader: Member, mia: Patient, twice: Patient, filled: Contact
) -> None:
    """design.md section 5: contacts first, all in one go; then states; then messages."""
    with CaptureQueriesContext(connection) as asked:
        merge(kept=mia, merged=twice, by=leader)

    said = [one["sql"] for one in asked]
    signs = (
        'FROM "patients_contact" WHERE',
        'FROM "patients_patient" WHERE',
        'DELETE FROM "consent_consentstate"',
        'UPDATE "messaging_message"',
    )
    first = [next(at for at, sql in enumerate(said) if sign in sql and _locks(sql)) for sign in signs]
    assert first == sorted(first)


def _locks(sql: str) -> bool:
    return "FOR NO KEY UPDATE" in sql or not sql.startswith("SELECT")


@settings(
    max_examples=as_many(whole=15, everyday=5),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.lists(st.tuples(st.integers(0, 1), st.sampled_from(["agree", "withdraw", "appointment", "message"])), max_size=6)
)
def test_whatever_hangs_on_the_two_records_comes_back_as_it_was(
    channel: Channel, leader: Member, deeds: list[tuple[int, str]]
) -> None:
    phone = f"+4917604069{uuid4().int % 100:03d}"
    mother = make_contact(phone)
    people = [register_patient(first_name="Mia", last_name="Hoffmann", birth_date=born(8), by=None) for _ in range(2)]
    for whom, deed in deeds:
        _do(deed, mother, people[whom], leader, channel)
    before = everything()

    take_merge_back(merge=merge(kept=people[0], merged=people[1], by=leader), by=leader)

    assert everything() == before


def _do(deed: str, contact: Contact, patient: Patient, by: Member, channel: Channel) -> None:
    if deed == "agree":
        agree(contact, patient, by, MOTHER)
    elif deed == "withdraw":
        withdraw_elsewhere(contact=contact, patient=patient, purposes=frozenset(Purpose), by=by, **at_the_desk())
    elif deed == "appointment":
        note_appointment(patient=patient, starts_at=timezone.now(), words="Kontrolle", by=by)
    else:
        conversation, _ = Conversation.objects.get_or_create(contact=contact, channel=channel)
        answer(conversation, concerns_patient=patient)
