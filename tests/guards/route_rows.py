"""Rows of the practice in scope, for addresses with ids."""

from datetime import timedelta
from uuid import UUID, uuid4

from django.utils import timezone

from consent.doors import create_qr_code
from consent.drafting import begin
from consent.ledger import Actor, ActorKind, append
from consent.models import Channel as ConsentChannel
from consent.models import (
    ConsentDocument,
    ConsentEvent,
    ConsentImport,
    ConsentImportRow,
    ConsentText,
    Kiosk,
    QrCode,
    Widget,
)
from consent.purposes import Purpose
from consent.wording import current_text
from messaging.models import (
    Channel,
    Conversation,
    Label,
    MediaFile,
    Message,
    ProtectedDocument,
    SavedView,
    Task,
    Template,
    UploadInvitation,
)
from messaging.saved_replies.actions import create_saved_reply
from patients.actions import register_patient
from patients.models import Appointment, Contact, Patient, PatientContact, PatientMerge, RightsRequest
from practices import doors
from practices.models import Practice
from practices.scope import current_practice_id
from tests.factories import make_member


def a_conversation() -> dict[str, UUID]:
    """A patient wrote once."""
    return {"conversation_id": _message().conversation_id}


def a_contact() -> dict[str, UUID]:
    return {"contact_id": _message().contact_id}


def a_rights_request() -> dict[str, UUID]:
    """Somebody wants to be erased."""
    message, now = _message(), timezone.now()
    asked = RightsRequest.objects.create(
        contact=message.contact, right=RightsRequest.Right.ERASURE, received_at=now, due_at=now + timedelta(days=30)
    )
    return {"conversation_id": message.conversation_id, "request_id": asked.pk}


def a_message() -> dict[str, UUID]:
    message = _message()
    return {"conversation_id": message.conversation_id, "message_id": message.pk}


def a_label() -> dict[str, UUID]:
    return {"label_id": Label.objects.create(name="Termin").pk}


def a_task() -> dict[str, UUID]:
    """Somebody is to be called."""
    message = _message()
    return {"task_id": Task.objects.create(conversation=message.conversation, contact=message.contact).pk}


def a_file() -> dict[str, UUID]:
    """A picture that is still to be fetched."""
    message = _message()
    media = MediaFile.objects.create(
        message=message, contact=message.contact, channel=message.channel, details={"mime_type": "image/jpeg"}
    )
    return {"media_id": media.pk}


def a_saved_reply() -> dict[str, UUID]:
    """One that somebody else wrote."""
    return {"reply_id": create_saved_reply(title="Parken", shortcut=uuid4().hex[:8], body="Im Hof.", by=None).pk}


def a_protected_document() -> dict[str, UUID]:
    """One whose file nobody wrote."""
    message = _message()
    document = ProtectedDocument.objects.create(
        contact=message.contact,
        message=message,
        details={"title": "Plan", "filename": "Plan.pdf", "mime_type": "application/pdf"},
        file_key=bytes(32),
        size=1,
        factor=ProtectedDocument.Factor.PIN,
        expires_at=timezone.now() + timedelta(days=14),
    )
    return {"conversation_id": message.conversation_id, "document_id": document.pk}


def an_upload_invitation() -> dict[str, UUID]:
    message = _message()
    invitation = UploadInvitation.objects.create(
        conversation=message.conversation,
        contact=message.contact,
        message=message,
        expires_at=timezone.now() + timedelta(days=7),
    )
    return {"conversation_id": message.conversation_id, "invitation_id": invitation.pk}


def a_template() -> dict[str, UUID]:
    conversation = _message().conversation
    template = Template.objects.create(channel=conversation.channel, name="termin", language="de", category="UTILITY")
    return {"conversation_id": conversation.pk, "template_id": template.pk}


def a_consent() -> dict[str, UUID]:
    """Somebody agreed at the desk."""
    contact = Contact.objects.create(profile_name="Jana")
    event = append(
        type=ConsentEvent.Type.GRANTED,
        channel=ConsentChannel.STAFF_DESK,
        contact=contact,
        text=current_text(ConsentText.Kind.QR_PAGE, "de"),
        notice_version="de-2026-05",
        purposes={purpose: purpose == Purpose.ORGANISATION for purpose in Purpose},
        actor=Actor(kind=ActorKind.PATIENT, member_id=str(contact.pk)),
        act={"words": "vorgelesen"},
        occurred_at=timezone.now(),
    )
    return {"event_id": event.pk}


def a_paper() -> dict[str, UUID]:
    """A scan whose file nobody wrote."""
    document = ConsentDocument.objects.create(details={"mime_type": "application/pdf"}, file_key=bytes(32), size=1)
    return {"document_id": document.pk}


def a_kiosk() -> dict[str, UUID]:
    """A tablet nobody has paired."""
    code = QrCode.objects.create(name="Tresen", token=doors.new_token())
    return {"kiosk_id": Kiosk.objects.create(name="Tresen links", qr_code=code).pk}


def a_widget() -> dict[str, UUID]:
    """A button for one website."""
    origins = ["https://praxis.example"]
    return {"widget_id": Widget.objects.create(name="Website", token=doors.new_token(), origins=origins).pk}


def a_qr_code() -> dict[str, UUID]:
    return {
        "code_id": create_qr_code(practice=Practice.objects.get(pk=current_practice_id()), name="Tresen", by=None).pk
    }


def a_draft() -> dict[str, UUID]:
    """A wording somebody began to write."""
    return {"draft_id": begin(language="de", by=None).pk}


def a_shown_text() -> dict[str, UUID]:
    """The text of the consent page."""
    return {"text_id": current_text(ConsentText.Kind.QR_PAGE, "de").pk}


def a_view_of_somebody() -> dict[str, UUID]:
    """A saved view of a colleague's own."""
    dora = make_member(Practice.objects.get(pk=current_practice_id()), name=f"{uuid4().hex} Dahl")
    return {"view_id": SavedView.objects.create(owner=dora, name="Meine", filters={"tab": "mine"}).pk}


def _message() -> Message:
    channel = Channel.objects.first() or _channel()
    contact = Contact.objects.create(profile_name="Jana")
    conversation = Conversation.objects.create(channel=channel, contact=contact)
    now = timezone.now()
    message = Message.objects.create(
        conversation=conversation,
        contact=contact,
        channel=channel,
        direction=Message.Direction.INBOUND,
        origin=Message.Origin.PATIENT,
        state=Message.State.RECEIVED,
        type="text",
        body="Guten Tag",
        at=now,
    )
    Conversation.objects.filter(pk=conversation.pk).update(
        last_message=message, last_message_at=now, last_inbound_at=now, waiting_since=now
    )
    return message


def _channel() -> Channel:
    return Channel.objects.create(
        name="WhatsApp",
        phone="+493023125101",
        phone_number_id="1000000001",
        waba_id="2000000001",
        api_key="key",
        webhook_token="token",
        webhook_secret="secret",
    )


def a_list() -> dict[str, UUID]:
    """A list of old consents that was looked through; nothing of it was carried out."""
    document = ConsentDocument.objects.create(details={"sha256": "00"}, file_key=bytes(32), size=1)
    source = {"filename": "alt.csv", "columns": ["Handy"], "encoding": "utf-8", "sheet": "", "purposes": []}
    text = current_text(ConsentText.Kind.QR_PAGE, "de")
    listing = ConsentImport.objects.create(state="checked", source=source, rows_in_all=1, document=document, text=text)
    ConsentImportRow.objects.create(belongs_to=listing, number=2, cells=["0171 3920010"], verdict="grant")
    return {"import_id": listing.pk}


def a_patient() -> dict[str, UUID]:
    return {"patient_id": _patient().pk}


def a_linked_patient() -> dict[str, UUID]:
    """A patient who writes."""
    message, patient = _message(), _patient()
    PatientContact.objects.create(patient=patient, contact=message.contact)
    return {"conversation_id": message.conversation_id, "patient_id": patient.pk}


def an_appointment() -> dict[str, UUID]:
    visit = Appointment.objects.create(patient=_patient(), starts_at=timezone.now())
    return {"patient_id": visit.patient_id, "appointment_id": visit.pk}


def two_records() -> dict[str, UUID]:
    """Two patients who may be one."""
    return {"patient_id": _patient().pk, "other_id": _patient().pk}


def a_merge() -> dict[str, UUID]:
    """Two records that were joined, with nothing in the second."""
    kept, merged = _patient(), _patient()
    Patient.objects.filter(pk=merged.pk).update(merged_into=kept)
    moved = {
        "filled": [],
        "records": [],
        "links": {"moved": [], "dropped": []},
        "appointments": [],
        "consents": [],
        "messages": [],
        "files": {"documents": [], "uploads": []},
    }
    return {"merge_id": PatientMerge.objects.create(kept=kept, merged=merged, moved=moved).pk}


def _patient() -> Patient:
    return register_patient(first_name="Jana", last_name="Vogt", birth_date="1998-12-02", by=None)
