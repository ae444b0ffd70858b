"""Saying why, before an unusual look at a record shows anything of it (messaging/reading.py)."""

from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from messaging import reading
from patients.models import Patient
from practices.access import MemberRequest, member_required
from practices.models import AccessLog


@require_POST
@member_required
def reason(request: MemberRequest, patient_id: UUID) -> HttpResponse:
    """One press on a reason, and the record is there. Without one nothing is shown: 422 with the question again."""
    patient: Patient = get_object_or_404(Patient.objects.standing(), pk=patient_id)
    rules = reading.rules_for_record(patient, by=request.member)
    given = request.POST.get("reason", "")
    if rules and given not in AccessLog.Reason.values:
        return ask_why(request, patient, rules, status=422)
    if rules:
        reading.explain(patient, rules=rules, reason=AccessLog.Reason(given), by=request.member)
    return HttpResponseRedirect(_address(request, patient), status=303)


def ask_why(request: MemberRequest, patient: Patient, rules: list[reading.Rule], *, status: int = 200) -> HttpResponse:
    """Nothing of the record but whose it is, and the reasons to press."""
    asks = {
        "pk": patient.pk,
        "name": patient.sorting_name,
        "rules": [str(rule) for rule in rules],
        "reasons": AccessLog.Reason.choices,
    }
    context = {"tab": "", "area": "patients", "asks": asks}
    return render(request, "patients/asks_why.html", context, status=status)


def kept_closed(request: MemberRequest, *patients: Patient) -> HttpResponse | None:
    """For what shows or changes something of these records: where to say why, if one of them asks for it; None if it
    may go on."""
    for patient in patients:
        if reading.rules_for_record(patient, by=request.member):
            return _elsewhere(request, _address(request, patient))
    return None


def _elsewhere(request: MemberRequest, address: str) -> HttpResponse:
    if "HX-Request" in request.headers:
        return HttpResponse(status=409, headers={"HX-Redirect": address})
    return HttpResponseRedirect(address, status=303)


def _address(request: MemberRequest, patient: Patient) -> str:
    return reverse("patients:patient", kwargs={"practice": request.practice.slug, "patient_id": patient.pk})
