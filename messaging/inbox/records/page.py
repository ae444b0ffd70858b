"""One patient: master data, who writes for them and with which consent, visits, threads, and who looked."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language_info
from django.views.decorators.http import require_safe

from consent.gate import Consent
from consent.models import ConsentState
from consent.purposes import Purpose
from messaging import reading
from messaging.inbox.persons import names_of, people_rows
from messaging.inbox.records.asking import ask_why
from messaging.inbox.records.forms import AppointmentForm
from messaging.inbox.records.looks import looks_at, title_of_looks
from messaging.models import Conversation
from patients.appointments import visits_of
from patients.birthdays import age_of, born_on, in_days
from patients.identities import phone_of
from patients.merging import merges_of
from patients.models import Appointment, Contact, Custody, Patient, PatientContact, Relation
from practices.access import SENDERS, MemberRequest, member_required
from practices.audit import looked_at
from practices.sealed import warm

MOST_APPOINTMENTS = 50


@dataclass(frozen=True)
class ContactShown:
    """Somebody who writes for this patient. `others`: for whom else, as (id, name)."""

    contact: Contact
    name: str
    phone: str
    relation: str
    consents: list[tuple[str, str, bool]]
    others: list[tuple[UUID, str]]
    thread: Conversation | None


@require_safe
@member_required
def patient(request: MemberRequest, patient_id: UUID) -> HttpResponse:
    """A record that was merged leads to the one that holds. Who opened it is noted, and an unusual look asks for its
    reason first."""
    found = get_object_or_404(Patient, pk=patient_id)
    if found.merged_into_id:
        return redirect("patients:patient", practice=request.practice.slug, patient_id=found.merged_into_id)
    rules = reading.rules_for_record(found, by=request.member)
    if rules:
        return ask_why(request, found, rules)
    looked_at(reading.RECORD, about=found, by=request.member)
    return show_patient(request, found)


def show_patient(
    request: MemberRequest,
    patient: Patient,
    form: AppointmentForm | None = None,
    *,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    """The page; `form` is an appointment that was not complete, `refusal` why something may not be."""
    links = _links_of(patient)
    contacts = [link.contact for link in links]
    born = born_on(patient)
    context = {
        "tab": "",
        "area": "patients",
        "patient": patient,
        "language": get_language_info(patient.language)["name_translated"],
        "birth_date": born,
        "age": age_of(born),
        "birthday": in_days(born),
        "visits": visits_of([patient])[patient.pk],
        "contacts": shown_contacts(patient, links),
        "appointments": _appointments_of(patient),
        "form": form or AppointmentForm(),
        "merges": merges_of(patient),
        "looks": looks_at([patient.pk, *_looked_at_with(contacts)], request.member),
        "looks_title": title_of_looks(request.member),
        "may_write": request.member.role in SENDERS,
        "refusal": refusal,
    }
    return render(request, "patients/patient.html", context, status=status)


def _links_of(patient: Patient) -> list[PatientContact]:
    links = PatientContact.objects.filter(patient=patient).select_related("contact").order_by("pk")
    rows = list(links.prefetch_related("contact__identities", "contact__patient_links__patient"))
    warm([patient, *(row for link in rows for row in people_rows(link.contact))])
    return sorted(rows, key=lambda link: link.relation != Relation.SELF)


def shown_contacts(patient: Patient, links: list[PatientContact]) -> list[ContactShown]:
    """Three queries and those of their names, however many there are."""
    contacts = [link.contact for link in links]
    names, states = names_of(contacts), _states_of(contacts)
    threads = {
        one.contact_id: one for one in Conversation.objects.filter(contact__in=contacts).order_by("last_message_at")
    }
    return [
        ContactShown(
            contact=link.contact,
            name=names[link.contact_id].name,
            phone=phone_of(link.contact) or "",
            relation=_relation(link),
            consents=_consents(states[link.contact_id, None if link.relation == Relation.SELF else patient.pk]),
            others=_others(link),
            thread=threads.get(link.contact_id),
        )
        for link in links
    ]


def _states_of(contacts: Iterable[Contact]) -> dict[tuple[UUID, UUID | None], dict[str, str]]:
    found: dict[tuple[UUID, UUID | None], dict[str, str]] = defaultdict(dict)
    rows = ConsentState.objects.filter(contact__in=list(contacts))
    for contact, patient, purpose, state in rows.values_list("contact_id", "patient_id", "purpose", "state"):
        found[contact, patient][purpose] = state
    return found


def _consents(states: dict[str, str]) -> list[tuple[str, str, bool]]:
    stand = [(purpose, Consent(states.get(purpose, Consent.NONE))) for purpose in Purpose]
    return [(str(purpose.label), str(state.label), state == Consent.GRANTED) for purpose, state in stand]


def _relation(link: PatientContact) -> str:
    words = str(Relation(link.relation).label)
    return f"{words}, {Custody(link.custody).label}" if link.custody else words


def _others(link: PatientContact) -> list[tuple[UUID, str]]:
    also = [one for one in link.contact.patient_links.all() if one.patient_id != link.patient_id]
    return [(one.patient_id, one.patient.sorting_name) for one in also]


def _appointments_of(patient: Patient) -> list[Appointment]:
    rows = list(Appointment.objects.filter(patient=patient).order_by("-starts_at")[:MOST_APPOINTMENTS])
    warm(rows)
    return rows


def _looked_at_with(contacts: list[Contact]) -> Iterable[Any]:
    """The contacts, and the threads with them."""
    threads = Conversation.objects.filter(contact__in=contacts).values_list("pk", flat=True)
    return [*(contact.pk for contact in contacts), *threads]
