"""Two records of one person: look for the second, see what would move, join them, and take it back."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from messaging.inbox.records.asking import kept_closed
from messaging.inbox.records.deeds import find_patient, page_of
from messaging.inbox.records.forms import ListForm
from messaging.inbox.records.listing import rows_of
from messaging.inbox.records.page import show_patient
from patients import directory
from patients.birthdays import born_on
from patients.duplicates import similar_to
from patients.merging import merge, preview_merge, take_merge_back
from patients.models import Patient, PatientMerge
from practices.access import SENDERS, MemberRequest, role_required
from practices.audit import looked_at
from practices.refusal import Refusal
from practices.sealed import warm
from practices.told import leads_to

sender_required = role_required(*SENDERS)
MOST_FOUND = 8


@require_http_methods(["GET", "HEAD", "POST"])
@sender_required
def second_record(request: MemberRequest, patient_id: UUID) -> HttpResponse:
    """Whose record it may be a second time: those that look alike; a POST searches, so that no name stands in an
    address."""
    patient, form = find_patient(patient_id), ListForm(request.POST)
    if asks := kept_closed(request, patient):
        return asks
    query = form.cleaned_data["q"].strip() if request.method == "POST" and form.is_valid() else ""
    if query:
        looked_at("search", about=request.member, by=request.member)
        found = [pk for pk in directory.find(query, most=MOST_FOUND + 1).patient_ids if pk != patient.pk]
    else:
        found = [one.pk for one in _alike(patient)]
    looked_at("patient", about=patient, by=request.member)
    context = _context(patient) | {"asked": query, "rows": rows_of(found[:MOST_FOUND])}
    return render(request, "patients/second_record.html", context)


def _alike(patient: Patient) -> list[Patient]:
    return similar_to(
        first_name=patient.first_name,
        last_name=patient.last_name,
        birth_date=patient.birth_date,
        record_number=patient.record_number or "",
        but=patient.pk,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@sender_required
def join(request: MemberRequest, patient_id: UUID, other_id: UUID) -> HttpResponse:
    """What would move from the other record to this one; a POST moves it."""
    kept, merged = find_patient(patient_id), find_patient(other_id)
    if asks := kept_closed(request, kept, merged):
        return asks
    try:
        if request.method == "POST":
            merge(kept=kept, merged=merged, by=request.member)
            return leads_to(request, page_of(request, kept, "main"), _("Akten zusammengeführt"))
        preview, refusal = preview_merge(kept=kept, merged=merged), ""
    except Refusal as refused:
        preview, refusal = None, f"{refused.for_person} {refused.next_step}"
    warm([kept, merged])
    for one in (kept, merged):
        looked_at("patient", about=one, by=request.member)
    context = _context(kept) | {
        "other": merged,
        "other_birth_date": born_on(merged),
        "preview": preview,
        "refusal": refusal,
    }
    return render(request, "patients/join.html", context, status=422 if request.method == "POST" else 200)


@require_POST
@sender_required
def parting(request: MemberRequest, merge_id: UUID) -> HttpResponse:
    """They are two people after all."""
    done = get_object_or_404(PatientMerge.objects.select_related("kept"), pk=merge_id)
    try:
        take_merge_back(merge=done, by=request.member)
    except Refusal as refusal:
        return show_patient(request, done.kept, refusal=f"{refusal.for_person} {refusal.next_step}", status=422)
    return leads_to(request, page_of(request, done.kept, "main"), _("Akten wieder getrennt"))


def _context(patient: Patient) -> dict[str, Any]:
    return {"tab": "", "area": "patients", "patient": patient, "birth_date": born_on(patient)}
