"""Rows of the inbox for its tests: a channel, people, conversations and what stands in them. Nothing is sent."""

import itertools
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.db import connection
from django.utils import timezone

from consent.gate import Consent
from consent.models import Channel as ConsentChannel
from consent.models import ConsentEvent, ConsentState
from consent.purposes import Purpose
from messaging import search
from messaging.inbox import directory
from messaging.models import Channel, Conversation, Message, Note, Template
from messaging.wamids import wamid_hash
from patients import directory as list_of_patients
from patients.identities import find_or_create_contact, owner_of
from patients.models import Contact, Patient, PatientContact, Relation
from practices import keys
from practices.models import Member

BOTH = (Purpose.ORGANISATION, Purpose.BEHANDLUNG)
# Two hundred numbers of the ranges for media productions; a test needs fewer.
_phones = itertools.cycle([f"+49{area}{last:02d}" for area in ("176040690", "17139200") for last in range(100)])


def forget_keys() -> None:
    """As in a process that has just started: every key and every name must be read again."""
    keys.cache.clear()
    directory._known.clear()
    list_of_patients._known.clear()
    connection.fresh_keys.clear()  # type: ignore[attr-defined]
    connection.keys_made_here.clear()  # type: ignore[attr-defined]


def make_channel(**columns: Any) -> Channel:
    given = {
        "name": "Praxis Morgenthal",
        "phone": "+493023125101",
        "phone_number_id": "phone-1",
        "waba_id": "waba-1",
        "api_key": "key",
        "webhook_token": "token",
        "webhook_secret": "secret",
    }
    return Channel.objects.create(**given | columns)


def make_contact(phone: str = "", *, profile_name: str | None = "Jana V.") -> Contact:
    """Somebody on WhatsApp whose number is proven; without a number somebody new."""
    phone = phone or next(free for free in _phones if owner_of(free) is None)
    contact, _is_new = find_or_create_contact(phone=phone, profile_name=profile_name)
    contact.number_proven_at = timezone.now()
    contact.save(update_fields=["number_proven_at"])
    return contact


def make_patient(
    contact: Contact,
    *,
    first_name: str = "Jana",
    last_name: str = "Vogt",
    birth_date: str | None = "1998-12-02",
    relation: Relation = Relation.SELF,
) -> Patient:
    patient = Patient.objects.create(
        first_name=first_name, last_name=last_name, birth_date=birth_date, salutation="Frau"
    )
    PatientContact.objects.create(patient=patient, contact=contact, relation=relation)
    return patient


def make_conversation(channel: Channel, contact: Contact | None = None, **columns: Any) -> Conversation:
    return Conversation.objects.create(channel=channel, contact=contact or make_contact(), **columns)


def make_asleep(channel: Channel) -> Conversation:
    """Frau Vogt, who agreed, wrote yesterday; the window is closed."""
    conversation = make_conversation(channel)
    make_patient(conversation.contact)
    grant(conversation.contact, Purpose.ORGANISATION)
    receive(conversation, ago=timedelta(hours=30))
    return conversation


def grant(
    contact: Contact, *purposes: Purpose, state: Consent = Consent.GRANTED, patient: Patient | None = None
) -> None:
    """Consent as it stands, the contact's own or for a patient it writes for, with one event behind it."""
    event = ConsentEvent.objects.create(
        type=ConsentEvent.Type.GRANTED,
        channel=ConsentChannel.QR_WEB,
        contact=contact,
        payload={"salt": "", "evidence": {}},
        commitment=b"c" * 32,
        occurred_at=timezone.now(),
    )
    for purpose in purposes or BOTH:
        ConsentState.objects.create(
            contact=contact, patient=patient, purpose=purpose, state=state, event=event, since=event.occurred_at
        )


def receive(
    conversation: Conversation, body: str | None = "Guten Tag", *, ago: timedelta = timedelta(), **columns: Any
) -> Message:
    """A message of the patient that nobody has answered yet."""
    at = timezone.now() - ago
    message = _message(conversation, body, at, direction="in", origin="patient", state="received", **columns)
    conversation.last_message, conversation.last_message_at, conversation.last_inbound_at = message, at, at
    conversation.waiting_since = conversation.waiting_since or at
    conversation.seen_at = conversation.seen_by = None
    conversation.save()
    return message


def answer(
    conversation: Conversation,
    body: str = "Gern.",
    *,
    by: Member | None = None,
    ago: timedelta = timedelta(),
    state: str = "read",
    **columns: Any,
) -> Message:
    """A message of ours that went out."""
    at = timezone.now() - ago
    given = {"direction": "out", "origin": "staff" if by else "automatic", "kind": "free_text"} | columns
    message = _message(conversation, body, at, state=state, sent_by=by, purpose="organisation", **given)
    conversation.last_message, conversation.last_message_at, conversation.waiting_since = message, at, None
    conversation.save()
    return message


def _message(conversation: Conversation, body: str | None, at: datetime, **columns: Any) -> Message:
    wamid = f"wamid.{uuid4().hex}"
    given = {"type": "text", "wamid": wamid, "wamid_hash": wamid_hash(wamid), "provider_at": at, "received_at": at}
    message = Message.objects.create(
        conversation=conversation,
        contact_id=conversation.contact_id,
        channel_id=conversation.channel_id,
        body=body,
        at=at,
        **given | columns,
    )
    search.index([message])
    return message


def note(conversation: Conversation, body: str, *, by: Member | None = None) -> Note:
    return Note.objects.create(conversation=conversation, contact_id=conversation.contact_id, body=body, written_by=by)


def make_template(channel: Channel, name: str = "chat_fortsetzen", **columns: Any) -> Template:
    text = (
        "Guten Tag {{1}}, Sie haben uns am {{2}} geschrieben und wir haben jetzt eine Antwort für Sie. "
        "Tippen Sie auf den Button, dann schicken wir sie Ihnen hier im Chat."
    )
    components = [
        {"type": "BODY", "text": text, "example": {"body_text": [["Herr Engel", "08.05.2026"]]}},
        {"type": "FOOTER", "text": "Abmelden: STOP schreiben"},
        {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "Antwort lesen"}]},
    ]
    given = {"language": "de", "category": "UTILITY", "status": "approved", "components": components}
    return Template.objects.create(channel=channel, name=name, **given | columns)
