"""Rows of consent and contacts for tests, through the actions people's deeds go through."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID, uuid4

from django.utils import timezone

from consent.actions import Act, confirm_button, confirm_code
from consent.gate import Consent
from consent.models import ConsentText
from consent.opt_ins import Form, Submitted, submit_form
from consent.purposes import Purpose
from consent.states import states_of_links
from consent.wording import current_text
from patients.actions import register_patient
from patients.identities import find_or_create_contact
from patients.models import Contact, Patient

PHONE = "+491713920010"
OTHER_PHONE = "+491713920011"


def make_contact(phone: str = PHONE, *, profile_name: str | None = None) -> Contact:
    return find_or_create_contact(phone=phone, profile_name=profile_name)[0]


def make_patient(first_name: str = "Jana", last_name: str = "Vogt", birth_date: str | None = "1984-05-02") -> Patient:
    return register_patient(first_name=first_name, last_name=last_name, birth_date=birth_date, by=None)


def send_form(
    *purposes: Purpose, form_id: UUID | None = None, at: datetime | None = None, language: str = "de"
) -> Submitted:
    """A person ticks these purposes on the QR page (by default `organisation`) and agrees."""
    form = Form(
        id=form_id or uuid4(),
        ticked=frozenset(purposes or {Purpose.ORGANISATION}),
        text=current_text(ConsentText.Kind.QR_PAGE, language),
        notice_version="de-2026-05",
        occurred_at=at or timezone.now(),
    )
    return submit_form(form=form)


def opt_in(contact: Contact, purposes: Iterable[Purpose] = (Purpose.ORGANISATION,)) -> Act:
    """Form and prefilled message: consent as most people give it."""
    submitted = send_form(*purposes)
    return confirm_code(contact=contact, code=submitted.code, message_id=f"wamid.{uuid4().hex}", at=timezone.now())


def tap(contact: Contact, payload: str = "ja_einverstanden", *, at: datetime | None = None) -> Act:
    """A button of text C or E4."""
    return confirm_button(contact=contact, payload=payload, message_id=f"wamid.{uuid4().hex}", at=at or timezone.now())


def states_of(contact: Contact, patient_id: UUID | None = None) -> dict[Purpose, Consent]:
    """Where the four purposes stand for a contact, or for a patient it writes for."""
    return states_of_links([(contact.pk, patient_id)])[contact.pk, patient_id]
