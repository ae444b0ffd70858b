"""For whom a message is: the patient it names, or whoever writes (C-20 to C-22).

Consent is asked for (contact, patient). For a patient who writes itself that is the contact's own.
"""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Prefetch, prefetch_related_objects

from consent.gate import Consent, Whom
from consent.models import ConsentState
from consent.purposes import Purpose
from patients.models import Contact, PatientContact, Relation
from practices.models import Practice


@dataclass(frozen=True)
class Concerned:
    """`patient_id` is the patient of the consent, None for the contact's own; `link` says how they belong together."""

    whom: Whom
    patient_id: UUID | None = None
    link: PatientContact | None = None


NOBODY = Concerned(Whom.SETTLED)


def links_at(path: str = "") -> "Prefetch[str]":
    """The links of contacts with their patients, for a query that reaches the contacts by this path."""
    return Prefetch(f"{path}patient_links", PatientContact.objects.select_related("patient"))


def links_of(contact: Contact) -> list[PatientContact]:
    """For whom this contact writes, itself first; one query if they were not read before."""
    prefetch_related_objects([contact], links_at())
    return sorted(contact.patient_links.all(), key=lambda link: (link.relation != Relation.SELF, link.pk))


def must_choose(links: list[PatientContact]) -> bool:
    """Whether a message has to name its patient: several people, or only others than the one who writes."""
    return len(links) > 1 or any(link.relation != Relation.SELF for link in links)


def concerned(contact: Contact, patient_id: UUID | None) -> Concerned:
    """Whom a message to this contact concerns that names this patient, or nobody."""
    links = links_of(contact)
    if patient_id is None:
        own = next((link for link in links if link.relation == Relation.SELF), None)
        return Concerned(Whom.OPEN if must_choose(links) else Whom.SETTLED, None, own)
    link = next((link for link in links if link.patient_id == patient_id), None)
    if link is None:
        return Concerned(Whom.UNLINKED, patient_id)
    return Concerned(Whom.SETTLED, None if link.relation == Relation.SELF else patient_id, link)


def guardians_agreed(link: PatientContact, purpose: Purpose, practice: Practice) -> bool:
    """Whether enough guardians of a child have agreed (L-8); asks the database where more than one has to.

    A guardian's own yes is the consent the gate asks for anyway. Whoever states sole custody, or that the other parent
    agrees (text F), speaks for both.
    """
    if link.relation == Relation.GUARDIAN and (practice.guardian_count == 1 or link.custody):
        return True
    return _agreeing_guardians(link, purpose) >= practice.guardian_count


def _agreeing_guardians(link: PatientContact, purpose: Purpose) -> int:
    guardians = PatientContact.objects.filter(patient_id=link.patient_id, relation=Relation.GUARDIAN)
    agreed = ConsentState.objects.filter(
        patient_id=link.patient_id,
        contact_id__in=guardians.values("contact_id"),
        purpose=purpose,
        state=Consent.GRANTED,
    )
    return agreed.count()
