"""Whom a conversation is with, as the desk names people.

A linked patient by sorting name and year of birth; else what the person calls itself on WhatsApp, marked as such, since
it proves nothing; else the masked number.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Model
from django.utils.translation import gettext as _

from consent.guardians import SPEAKS_FOR_OTHERS
from messaging.inbox.templatetags.inbox import masked_phone
from patients.birthdays import age_of, born_on
from patients.identities import phone_to_show, username_of
from patients.models import Contact, ContactIdentity, Patient, PatientContact, Relation
from patients.profile_names import on_one_line
from practices.sealed import warm

KIND = ContactIdentity.Kind
SHOWN = (KIND.PHONE, KIND.USERNAME)
NAMING = ("first_name", "last_name", "birth_date")  # what names a patient


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


@dataclass(frozen=True, slots=True)
class Name:
    """Somebody as a row of a list names them."""

    name: str
    birth_date: date | None

    @property
    def birth_year(self) -> int | None:
        return self.birth_date.year if self.birth_date else None


def person_of(contact: Contact) -> Person:
    """How to name a contact; reads the identities and links that were prefetched (`with_people`)."""
    links = sorted(contact.patient_links.all(), key=lambda link: link.pk)
    own = _own(links)
    phone, profile_name = phone_to_show(contact) or "", on_one_line(contact.profile_name or "")
    return Person(
        name=own.sorting_name if own else _stranger(links, phone, profile_name, username_of(contact)),
        birth_date=born_on(own) if own else None,
        phone=phone,
        profile_name=profile_name,
        is_patient=own is not None,
    )


def written_for(contact: Contact) -> list[tuple[str, int | None]]:
    """For whom this contact speaks, by name and age (C-21); reads the links that were prefetched (`with_people`)."""
    links = sorted(contact.patient_links.all(), key=lambda link: link.pk)
    spoken_for = [link.patient for link in links if link.relation in SPEAKS_FOR_OTHERS]
    return [(f"{one.first_name} {one.last_name}", age_of(born_on(one))) for one in spoken_for]


def owner_of(contact: Contact) -> str:
    """Whose number it is, whoever is written about there; reads what was prefetched (`with_people`)."""
    own = _own(sorted(contact.patient_links.all(), key=lambda link: link.pk))
    if own:
        return f"{own.first_name} {own.last_name}"
    return _stranger([], phone_to_show(contact) or "", contact.profile_name or "", username_of(contact))


def people_rows(contact: Contact) -> list[Model]:
    """Every row whose sealed columns name this person, for `warm`."""
    links = list(contact.patient_links.all())
    return [contact, *contact.identities.all(), *(link.patient for link in links)]


def names_of(contacts: Iterable[Contact], beside: Iterable[Model] = ()) -> dict[UUID, Name]:
    """How lists name these contacts, by id. One query for their patients, one for all keys (also those of the rows that
    are shown `beside`), and one for the identities of those who have no other name."""
    listed = {contact.pk: contact for contact in contacts}
    links = _links_of(listed)
    warm([*listed.values(), *(link.patient for each in links.values() for link in each), *beside])
    nameless = [pk for pk, one in listed.items() if not one.profile_name and _own(links.get(pk, [])) is None]
    called = _identities_of(nameless) if nameless else {}
    return {pk: _name(one, links.get(pk, []), called.get(pk, {})) for pk, one in listed.items()}


def _name(contact: Contact, links: list[PatientContact], called: dict[str, str]) -> Name:
    own = _own(links)
    if own is not None:
        return Name(own.sorting_name, born_on(own))
    phone, username = called.get(KIND.PHONE, ""), called.get(KIND.USERNAME)
    return Name(_stranger(links, phone, on_one_line(contact.profile_name or ""), username), None)


def _links_of(contact_ids: Iterable[UUID]) -> dict[UUID, list[PatientContact]]:
    """Who each contact writes for, the first link first."""
    links = PatientContact.objects.filter(contact_id__in=list(contact_ids)).select_related("patient").order_by("pk")
    found: dict[UUID, list[PatientContact]] = defaultdict(list)
    for link in links.only("contact_id", "relation", *(f"patient__{column}" for column in NAMING)):
        found[link.contact_id].append(link)
    return found


def _identities_of(contact_ids: list[UUID]) -> dict[UUID, dict[str, str]]:
    """Number and user name of these contacts, by kind."""
    living = ContactIdentity.objects.filter(contact_id__in=contact_ids, kind__in=SHOWN, ended_at=None)
    rows = list(living.order_by("pk").only("contact_id", "kind", "value"))
    warm(rows)
    found: dict[UUID, dict[str, str]] = defaultdict(dict)
    for row in rows:
        found[row.contact_id].setdefault(row.kind, row.value)
    return found


def _own(links: Iterable[PatientContact]) -> Patient | None:
    return next((link.patient for link in links if link.relation == Relation.SELF), None)


def _stranger(links: list[PatientContact], phone: str, profile_name: str, username: str | None) -> str:
    """Somebody who is no patient; who writes for one is named with them."""
    if profile_name:
        name = _("%(name)s (laut WhatsApp)") % {"name": profile_name}
    elif phone:
        name = masked_phone(phone)
    else:
        name = f"@{username}" if username else _("Unbekannt")
    if links:
        return _("%(name)s für %(patient)s") % {"name": name, "patient": links[0].patient.sorting_name}
    return name
