"""All that may hang on a record, and whose it is."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from consent.models import Channel as Way
from consent.models import ConsentState
from messaging.models import Channel, Conversation, Message, ProtectedDocument, UploadInvitation
from patients.models import Appointment, Contact, Patient, PatientContact
from tests.messaging.inbox.desk import answer, make_conversation, receive


def everything() -> dict[str, list[tuple[object, ...]]]:
    """All that a merge may move, and whose it is."""
    return {
        "patients": list(Patient.objects.order_by("pk").values_list("pk", "merged_into")),
        "links": list(
            PatientContact.objects.order_by("contact", "patient").values_list("contact", "patient", "relation")
        ),
        "appointments": [(one.pk, one.patient_id, one.words) for one in Appointment.objects.order_by("pk")],
        "messages": list(Message.objects.order_by("pk").values_list("pk", "concerns_patient")),
        "documents": list(ProtectedDocument.objects.order_by("pk").values_list("pk", "patient")),
        "uploads": list(UploadInvitation.objects.order_by("pk").values_list("pk", "patient")),
        "consents": list(
            ConsentState.objects.order_by("contact", "patient", "purpose").values_list(
                "contact", "patient", "purpose", "state", "event"
            )
        ),
        "numbers": [(one.pk, one.record_number, one.language) for one in Patient.objects.order_by("pk")],
    }


def at_the_desk() -> dict[str, Any]:
    return {"channel": Way.STAFF_DESK, "act": {"note": "am Empfang"}, "occurred_at": timezone.now()}


def write_about(channel: Channel, contact: Contact, patient: Patient) -> Conversation:
    conversation = make_conversation(channel, contact)
    receive(conversation)
    answer(conversation, "Gern.", concerns_patient=patient)
    until = timezone.now() + timedelta(days=7)
    ProtectedDocument.objects.create(
        contact=contact, patient=patient, details={"title": "HKP"}, factor="birth_date", expires_at=until
    )
    UploadInvitation.objects.create(contact=contact, conversation=conversation, patient=patient, expires_at=until)
    return conversation
