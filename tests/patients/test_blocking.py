"""Blocking a number: nothing goes out, and whoever leads the practice lifts it."""

from patients.actions import block, change_patient, unblock
from patients.models import BlockReason, Contact, Patient
from practices.models import AuditEvent, Change, Practice
from tests.consent_factories import make_contact, make_patient
from tests.factories import make_member


def test_a_block_has_a_reason_and_twice_is_once(practice: Practice) -> None:
    contact, anna = make_contact(), make_member(practice)

    block(contact=contact, reason=BlockReason.ABUSE, by=anna)
    block(contact=contact, reason=BlockReason.SPAM, by=anna)

    stored = Contact.objects.get()
    assert (stored.blocked_at is not None, stored.blocked_reason) == (True, "abuse")
    assert [event.codes for event in AuditEvent.objects.filter(kind="contact_blocked")] == [{"reason": "abuse"}]
    assert Change.objects.filter(kind="contact", ref=contact.pk).count() == 1


def test_the_end_of_a_block_leaves_no_reason_and_twice_is_once(practice: Practice) -> None:
    contact, anna = make_contact(), make_member(practice)
    block(contact=contact, reason=BlockReason.WISH, by=anna)

    unblock(contact=contact, by=anna)
    unblock(contact=contact, by=anna)

    stored = Contact.objects.get()
    assert (stored.blocked_at, stored.blocked_reason) == (None, "")
    assert AuditEvent.objects.filter(kind="contact_unblocked").count() == 1


def test_a_correction_names_the_fields_and_not_what_stood_there(practice: Practice) -> None:
    vogt, anna = make_patient(), make_member(practice)

    different = change_patient(
        patient=vogt, first_name=vogt.first_name, last_name="Krüger", record_number="P-1", salutation=None, by=anna
    )

    stored = Patient.objects.get()
    assert (different, stored.last_name, stored.record_number) == (["last_name", "record_number"], "Krüger", "P-1")
    assert [event.codes for event in AuditEvent.objects.filter(kind="patient_changed")] == [
        {"fields": ["last_name", "record_number"]}
    ]


def test_a_correction_that_corrects_nothing_is_none(practice: Practice) -> None:
    vogt = make_patient()

    assert change_patient(patient=vogt, last_name=vogt.last_name, by=make_member(practice)) == []
    assert not AuditEvent.objects.filter(kind="patient_changed").exists()
