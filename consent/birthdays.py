"""The birthdays that end a guardian's consent: the practice's consent age, and 18 (C-20).

Dates of birth are sealed, so the night opens those of the patients somebody speaks for, and no others. The same end
comes to what was agreed to without the young person while the practice's age was a higher one.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from consent import ledger
from consent.gate import Consent
from consent.guardians import end_consent
from consent.ledger import Type
from consent.models import ConsentEvent, ConsentState
from consent.states import LIVING
from patients.birthdays import MAJORITY, birthday, born_on
from patients.models import Contact, Patient, PatientContact, Relation
from practices.keys import KeyDestroyed
from practices.models import Practice
from practices.sealed import warm

CONSENT_AGE, AGE_OF_MAJORITY = "consent_age", "majority"
BATCH = 100  # guardians in one transaction


@dataclass(frozen=True)
class BirthdayTask:
    """Somebody has to ask anew: the consent of `contact` for `patient` ended on a birthday. `rule` says which one:
    at consent_age the child is asked too, at majority it speaks for itself."""

    patient: Patient
    contact: Contact
    rule: str
    since: datetime


@dataclass(frozen=True)
class _Consent:
    """What one guardian agreed to for one child; `since` and `event` are those of the purpose that holds longest."""

    contact_id: UUID
    patient: Patient
    since: datetime
    event: ConsentEvent


def end_at_birthdays(*, practice: Practice, now: datetime) -> int:
    """All of it at once; answers how many consents ended."""
    return sum(ending_at_birthdays(practice=practice, now=now))


def ending_at_birthdays(*, practice: Practice, now: datetime, limit: int = BATCH) -> Iterator[int]:
    """End what guardians agreed to for children who came of age since, and say after each batch how many consents
    that were.

    Four queries, and a few for each that ends or concerns somebody between both ages. A batch is a transaction of its
    own that begins with the rows of so many guardians (design: lock order), so nobody waits for all of them and a run
    that breaks off keeps what it did.
    """
    today = now.astimezone(ZoneInfo(practice.timezone)).date()
    guardians = _guardians_due(practice, today)
    for start in range(0, len(guardians), limit):
        yield _end_for(guardians[start : start + limit], practice, today, now)


@transaction.atomic
def _guardians_due(practice: Practice, today: date) -> list[UUID]:
    return sorted({one.contact_id for one, _rule_of in _due(practice, today, ConsentState.objects.all())})


@transaction.atomic
def _end_for(guardians: list[UUID], practice: Practice, today: date, now: datetime) -> int:
    """Looked at again now that they are held: whoever agreed anew meanwhile is let be."""
    held = {contact.pk: contact for contact in Contact.objects.filter(pk__in=guardians).locked()}
    due = _due(practice, today, ConsentState.objects.filter(contact__in=held))
    for one, rule in due:
        end_consent(contact=held[one.contact_id], patient=one.patient, rule=rule, at=now)
    return len(due)


def _due(practice: Practice, today: date, states: QuerySet[ConsentState]) -> list[tuple[_Consent, str]]:
    return [(one, rule) for one in _by_guardians(states) if (rule := _rule(one, practice, today))]


def _by_guardians(states: QuerySet[ConsentState]) -> list[_Consent]:
    rows = _of_guardians(states.filter(state__in=LIVING))
    consents: dict[tuple[UUID, UUID], _Consent] = {}
    for row in rows.select_related("patient", "event").order_by("contact_id", "patient_id", "-since"):
        if row.patient:
            consents[row.contact_id, row.patient.pk] = _Consent(row.contact_id, row.patient, row.since, row.event)
    warm(one.patient for one in consents.values())
    return list(consents.values())


def _of_guardians(states: QuerySet[ConsentState]) -> QuerySet[ConsentState]:
    """Only where the contact still writes for this patient as guardian."""
    links = PatientContact.objects.filter(
        contact_id=OuterRef("contact_id"), patient_id=OuterRef("patient_id"), relation=Relation.GUARDIAN
    )
    return states.exclude(patient=None).filter(Exists(links))


def _rule(consent: _Consent, practice: Practice, today: date) -> str:
    """The birthday between this consent and today, or one that came before it and was not heeded; empty if none."""
    try:
        born = born_on(consent.patient)
    except KeyDestroyed:
        return ""  # erased; nothing is sent for nobody
    agreed_on = consent.since.astimezone(ZoneInfo(practice.timezone)).date()
    for age, rule in ((MAJORITY, AGE_OF_MAJORITY), (practice.consent_age, CONSENT_AGE)):
        if born and agreed_on < birthday(born, age) <= today:
            return rule
    is_young = born is not None and birthday(born, practice.consent_age) <= today < birthday(born, MAJORITY)
    return CONSENT_AGE if is_young and not _child_agreed(consent.event) else ""


def _child_agreed(event: ConsentEvent) -> bool:
    """Whether the young person agreed too; a tap of the guardian refers to the act that says so."""
    told = ledger.evidence_of(event)
    if event.type == Type.CONFIRMED:
        told = ledger.evidence_of(ConsentEvent.objects.get(pk=told["refers_to"]))
    return bool(told["act"].get("child_agrees"))


def birthday_tasks() -> list[BirthdayTask]:
    """Whom to ask anew, the longest waiting first: until a new consent is taken, the child takes over, or the guardian
    writes for it no longer. Opens the evidence of each; three queries."""
    ended = ConsentState.objects.filter(state=Consent.OUTDATED, event__type=Type.GUARDIAN_CHANGED)
    rows = list(_of_guardians(ended).select_related("patient", "contact", "event").order_by("since", "event__seq"))
    warm([*(row.event for row in rows), *_people(rows)])
    tasks: dict[UUID, BirthdayTask] = {}
    for row in rows:
        if row.patient and row.event_id not in tasks:
            rule = str(ledger.evidence_of(row.event)["act"]["rule"])
            tasks[row.event_id] = BirthdayTask(row.patient, row.contact, rule, row.since)
    return list(tasks.values())


def _people(rows: Iterable[ConsentState]) -> list[Contact | Patient]:
    return [person for row in rows for person in (row.contact, row.patient) if person]
