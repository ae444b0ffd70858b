"""What to call a contact on a page about consent: its patients, else what it calls itself, else its number."""

from collections.abc import Iterable
from uuid import UUID

from django.utils.translation import gettext as _

from consent.templatetags.phones import as_written
from patients.identities import phone_of
from patients.models import Contact
from patients.profile_names import on_one_line
from practices.sealed import warm


def with_names(contacts: Iterable[UUID]) -> dict[UUID, Contact]:
    """These contacts with all that names them, their keys loaded: four queries and one for the keys."""
    found = Contact.objects.filter(pk__in=list(contacts)).prefetch_related("identities", "patient_links__patient")
    rows = {contact.pk: contact for contact in found}
    identities = [identity for contact in rows.values() for identity in contact.identities.all()]
    patients = [link.patient for contact in rows.values() for link in contact.patient_links.all()]
    warm([*rows.values(), *identities, *patients])
    return rows


def name_of(contact: Contact) -> str:
    """Reads what `with_names` fetched."""
    links = sorted(contact.patient_links.all(), key=lambda link: link.pk)
    if links:
        return "; ".join(link.patient.sorting_name for link in links)
    if contact.profile_name:
        return _("%(name)s (Name in WhatsApp)") % {"name": on_one_line(contact.profile_name)}
    return number_of(contact) or _("Unbekannt")


def number_of(contact: Contact) -> str:
    """Its living number as people write it, or nothing."""
    return as_written(phone_of(contact) or "") if phone_of(contact) else ""
