"""The list of patients: letters, a fast filter, 25 rows at a time. A fixed number of queries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from consent.gate import Consent
from consent.models import ConsentState
from messaging.inbox.beginnings import beginning_of, page_number
from messaging.inbox.persons import names_of
from messaging.inbox.records.forms import ListForm
from messaging.models import Conversation
from patients import directory
from patients.appointments import Visits, visits_of
from patients.birthdays import age_of, born_on
from patients.models import Contact, Patient, PatientContact, Relation
from practices.access import LEADERS, MemberRequest, member_required
from practices.audit import looked_at
from practices.sealed import warm

ROWS = 25
LETTERS = (*(chr(code) for code in range(ord("A"), ord("Z") + 1)), directory.OTHER)
MOST_BLOCKED = 200  # at first, and with each press on "Weitere"


@dataclass(frozen=True)
class Row:
    """One patient (templates/patients/_rows.html). `consent` is given, missing, or empty where there is no number."""

    pk: UUID
    name: str
    birth_date: date | None
    age: int | None
    record_number: str
    consent: str
    visits: Visits


@require_safe
@member_required
def patient_list(request: MemberRequest) -> HttpResponse:
    """Everybody, or those under ?letter=; ?start= for a page without a script."""
    letter = request.GET.get("letter", "")
    context = list_context(request, letter=letter if letter in LETTERS else "")
    return render(request, f"patients/{'_rows' if is_part(request) else 'list'}.html", context)


@require_POST
@member_required
def search(request: MemberRequest) -> HttpResponse:
    """Whoever is found by name, number or date of birth. A POST, so that none of it stands in an address. Who searched
    is noted, what for is not."""
    form = ListForm(request.POST)
    query = form.cleaned_data["q"].strip() if form.is_valid() else ""
    if query and not start_of(request):
        looked_at("search", about=request.member, by=request.member)
    context = list_context(request, query=query)
    part = "_rows" if is_part(request) else "_found"
    return render(request, f"patients/{part if 'HX-Request' in request.headers else 'list'}.html", context)


def is_part(request: MemberRequest) -> bool:
    """Whether the rows that follow are asked for, to stand below those that are there."""
    return "HX-Request" in request.headers and bool(start_of(request))


def start_of(request: MemberRequest) -> int:
    form = ListForm(request.POST or request.GET)
    return (form.cleaned_data["start"] or 0) if form.is_valid() else 0


def list_context(request: MemberRequest, *, query: str = "", letter: str = "") -> dict[str, Any]:
    start = start_of(request)
    found = directory.find(query, letter=letter, start=start, most=ROWS)
    following = start + ROWS
    return {
        "tab": "",
        "area": "patients",
        "rows": rows_of(found.patient_ids),
        "total": found.total,
        "everybody": found.letters.total(),
        "letters": [(one, found.letters[one]) for one in LETTERS],
        "letter": letter,
        "asked": query,
        "following": following if following < found.total else None,
    }


def rows_of(patient_ids: Sequence[UUID]) -> list[Row]:
    """In the order of the ids; five queries and one for keys, however many."""
    by_id = Patient.objects.in_bulk(list(patient_ids))
    patients = [by_id[pk] for pk in patient_ids if pk in by_id]
    warm(patients)
    visits, consents = visits_of(patients), _consents_of(patients)
    return [_row(patient, visits[patient.pk], consents.get(patient.pk, "")) for patient in patients]


def _row(patient: Patient, visits: Visits, consent: str) -> Row:
    born = born_on(patient)
    return Row(patient.pk, patient.sorting_name, born, age_of(born), patient.record_number or "", consent, visits)


def _consents_of(patients: Sequence[Patient]) -> dict[UUID, str]:
    """Whether somebody may write about each patient to one of its numbers."""
    links = PatientContact.objects.filter(patient__in=[one.pk for one in patients])
    joined = list(links.values_list("patient_id", "contact_id", "relation"))
    granted = set(
        ConsentState.objects.filter(
            contact__in={contact for _patient, contact, _relation in joined}, state=Consent.GRANTED
        ).values_list("contact_id", "patient_id")
    )
    found: dict[UUID, str] = {}
    for patient, contact, relation in joined:
        agreed = (contact, None if relation == Relation.SELF else patient) in granted
        found[patient] = "given" if agreed or found.get(patient) == "given" else "missing"
    return found


@require_safe
@member_required
def blocked(request: MemberRequest) -> HttpResponse:
    """Numbers to which nothing goes out, the newest first; with ?page=2 twice as many."""
    found = Contact.objects.exclude(blocked_at=None).order_by("-blocked_at", "-pk")
    context = {
        "tab": "",
        "area": "patients",
        "blocked": beginning_of(found, _blocked_rows, most=MOST_BLOCKED, page=page_number(request)),
        "may_release": request.member.role in LEADERS,
    }
    return render(request, "patients/blocked.html", context)


def _blocked_rows(contacts: list[Contact]) -> list[dict[str, Any]]:
    names = names_of(contacts)
    threads = dict(Conversation.objects.filter(contact__in=contacts).values_list("contact_id", "pk"))
    return [
        {
            "contact": contact,
            "name": names[contact.pk].name,
            "reason": contact.get_blocked_reason_display() or _("Falsche Nummer"),
            "thread": threads.get(contact.pk),
        }
        for contact in contacts
    ]
