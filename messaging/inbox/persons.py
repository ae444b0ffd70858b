"""Whom a conversation is with, as the desk names people.

A linked patient by sorting name and year of birth; else what the person calls itself on WhatsApp, marked as such, since
it proves nothing; else the masked number.
"""

from dataclasses import dataclass
from datetime import date

from django.utils import timezone
from django.utils.translation import gettext as _

from messaging.inbox.templatetags.inbox import masked_phone
from patients.identities import phone_of, username_of
from patients.models import Contact, Patient, PatientContact, Relation


@dataclass(frozen=True)
class Person:
    """Somebody as a row or a thread's head names them. `phone` is E.164 or empty, always shown masked."""

    name: str
    birth_date: date | None
    phone: str
    profile_name: str
    is_patient: bool

    @property
    def birth_year(self) -> int | None:
        return self.birth_date.year if self.birth_date else None

    @property
    def age(self) -> int | None:
        return age_of(self.birth_date)


def person_of(contact: Contact) -> Person:
    """How to name a contact; reads the identities and links that were prefetched (`with_people`)."""
    links = sorted(contact.patient_links.all(), key=lambda link: link.pk)
    own = next((link.patient for link in links if link.relation == Relation.SELF), None)
    phone, profile_name = phone_of(contact) or "", contact.profile_name or ""
    return Person(
        name=own.sorting_name if own else _stranger(contact, links, phone, profile_name),
        birth_date=birth_date_of(own) if own else None,
        phone=phone,
        profile_name=profile_name,
        is_patient=own is not None,
    )


def _stranger(contact: Contact, links: list[PatientContact], phone: str, profile_name: str) -> str:
    """Somebody who is no patient; who writes for one is named with them."""
    username = username_of(contact)
    if profile_name:
        name = _("%(name)s (laut WhatsApp)") % {"name": profile_name}
    elif phone:
        name = masked_phone(phone)
    else:
        name = f"@{username}" if username else _("Unbekannt")
    if links:
        return _("%(name)s für %(patient)s") % {"name": name, "patient": links[0].patient.sorting_name}
    return name


def birth_date_of(patient: Patient) -> date | None:
    """The date of birth; None where there is none or it is not one."""
    try:
        return date.fromisoformat(patient.birth_date or "")
    except ValueError:
        return None


def age_of(birth_date: date | None) -> int | None:
    """Full years in the practice's time zone."""
    if birth_date is None:
        return None
    today = timezone.localdate()
    return today.year - birth_date.year - ((today.month, today.day) < (birth_date.month, birth_date.day))
