"""One person's consent: where it stands, how it came to that, and the proof of it."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from consent.history import Act, Names, Span, history_of, names_in, spans_of
from consent.ledger_status import ledger_status
from consent.naming import name_of, number_of, with_names
from consent.proof.document import Person, proof_pdf
from consent.proof.dossier import dossier_of
from consent.retelling import facts_of, for_the_person
from consent.timelines import Timeline, timelines_of
from patients.models import Contact
from practices.access import LEADERS, SENDERS, MemberRequest, member_required, role_required
from practices.audit import looked_at, record

FOR_PATIENT = "patient"


@dataclass(frozen=True)
class ActShown:
    """One entry as the page tells it."""

    act: Act
    sentence: str
    facts: list[tuple[str, str]]

    @classmethod
    def of(cls, act: Act, names: Names) -> "ActShown":
        return cls(act, for_the_person(act), facts_of(act, names))


@require_safe
@member_required
def person(request: MemberRequest, contact_id: UUID) -> HttpResponse:
    """Where a person's consent stands and its whole history; with `?view=patient` in the person's own terms."""
    contact = _named(contact_id)
    acts = history_of(contact)
    names = names_in(acts)
    looked_at("consent", about=contact, by=request.member)
    context = {
        "tab": "",
        "area": "consent",
        "section": "",
        "contact": contact,
        "name": name_of(contact),
        "number": number_of(contact),
        "timelines": timelines(contact, spans_of(acts)),
        "acts": [ActShown.of(act, names) for act in reversed(acts)],
        "is_for_patient": request.GET.get("view") == FOR_PATIENT,
        "may_prove": request.member.role in SENDERS,
        "may_release": contact.blocked_at is not None and request.member.role in LEADERS,
        "unsigned": _unsigned(request, acts),
    }
    return render(request, "consent/desk/person.html", context)


def _unsigned(request: MemberRequest, acts: list[Act]) -> int:
    """How many of these acts no signed head covers yet."""
    signed = ledger_status(request.practice).checkpoint
    return sum(act.event.seq > (signed.entries if signed else 0) for act in acts)


@require_POST
@role_required(*SENDERS)
def proof(request: MemberRequest, contact_id: UUID) -> HttpResponse:
    """The proof file (C-18)."""
    contact = _named(contact_id)
    acts = history_of(contact)
    dossier = dossier_of(request.practice, acts, timezone.now())
    whom = Person(name=name_of(contact), number=number_of(contact), patients=patients_of(contact))
    pdf = proof_pdf(request.practice, whom, acts, spans_of(acts), dossier)
    record("consent_proof_made", about=contact, by=request.member, entries=len(acts))
    looked_at("consent_proof", about=contact, by=request.member)
    # No name in the file's name: it stays in the browser's list of downloads.
    return HttpResponse(
        pdf,
        content_type="application/pdf",
        headers={"Content-Disposition": 'attachment; filename="nachweis.pdf"', "Cache-Control": "no-store"},
    )


def _named(contact_id: UUID) -> Contact:
    contact = with_names([contact_id]).get(contact_id)
    if contact is None:
        raise Http404
    return contact


def patients_of(contact: Contact) -> dict[Any, str]:
    return {link.patient_id: link.patient.sorting_name for link in contact.patient_links.all()}


def timelines(contact: Contact, spans: list[Span]) -> list[tuple[str, list[Timeline]]]:
    """Graphics by whom they are about: the contact itself (an empty name) first, then each patient."""
    names = patients_of(contact)
    drawn = timelines_of(spans, timezone.now())
    return [(names.get(patient_id, "") if patient_id else "", lines) for patient_id, lines in drawn.items()]
