"""What people do with a patient's record. Each is a POST that works without a script too: then it leads back."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from messaging.inbox.records.asking import kept_closed
from messaging.inbox.records.forms import AppointmentForm, DetailsForm
from messaging.inbox.records.listing import Row, rows_of
from messaging.inbox.records.page import show_patient
from messaging.inbox.team_answers import with_toast
from patients.actions import ChangedMeanwhile, change_patient, register_patient
from patients.appointments import cancel_appointment, note_appointment
from patients.duplicates import similar_to
from patients.models import Appointment, Patient
from practices.access import SENDERS, MemberRequest, role_required, safe_path
from practices.audit import looked_at
from practices.told import leads_to

sender_required = role_required(*SENDERS)


@require_http_methods(["GET", "HEAD", "POST"])
@sender_required
def new(request: MemberRequest) -> HttpResponse:
    """The form for somebody new. Whoever may be a patient already is shown once before (422)."""
    form = DetailsForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return _form_page(request, form, None, status=422 if request.method == "POST" else 200)
    if similar := similar_rows(form):
        return _form_page(request, form, None, similar=similar, status=422)
    made = register_patient(**form.values, by=request.member)  # type: ignore[arg-type]
    return leads_to(request, page_of(request, made, "main"), _("Patient:in angelegt"))


@require_http_methods(["GET", "HEAD", "POST"])
@sender_required
def details(request: MemberRequest, patient_id: UUID) -> HttpResponse:
    """Correct master data. Where somebody else corrected the same field meanwhile, both stand there first (422)."""
    patient = find_patient(patient_id)
    if asks := kept_closed(request, patient):
        return asks
    if request.method != "POST":
        looked_at("patient", about=patient, by=request.member)
        return _form_page(request, DetailsForm.showing(patient), patient)
    form = DetailsForm(request.POST, of=patient)
    if not form.is_valid():
        return _form_page(request, form, patient, status=422)
    try:
        change_patient(patient=patient, by=request.member, shown=form.shown, **form.values)
    except ChangedMeanwhile as refusal:
        now = find_patient(patient_id)
        return _form_page(request, DetailsForm.after_another(form, now, refusal.fields), now, status=422)
    return leads_to(request, page_of(request, patient, "main"), _("Stammdaten geändert"))


def similar_rows(form: DetailsForm) -> list[Row]:
    """Who may be the same person as in a valid form; nobody once the hint was read."""
    said = form.values
    if form.cleaned_data["sure"]:
        return []
    found = similar_to(
        first_name=said["first_name"] or "",
        last_name=said["last_name"] or "",
        birth_date=said["birth_date"],
        record_number=said["record_number"] or "",
    )
    return rows_of([one.pk for one in found])


def _form_page(
    request: MemberRequest,
    form: DetailsForm,
    patient: Patient | None,
    *,
    similar: list[Row] | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {"tab": "", "area": "patients", "form": form, "patient": patient, "similar": similar or []}
    return render(request, "patients/details.html", context, status=status)


@require_POST
@sender_required
def appointments(request: MemberRequest, patient_id: UUID) -> HttpResponse:
    """Note a visit; `back` is the page one came from."""
    patient, form = find_patient(patient_id), AppointmentForm(request.POST)
    if asks := kept_closed(request, patient):
        return asks
    if not form.is_valid():
        if "HX-Request" in request.headers:
            context = {"patient": patient, "form": form, "is_open": True}
            return render(request, "patients/_appointment_form.html", context, status=422)
        return show_patient(request, patient, form, status=422)
    note_appointment(
        patient=patient, starts_at=form.starts_at, words=form.cleaned_data["words"].strip(), by=request.member
    )
    return _done(request, patient, _("Termin notiert"), form.cleaned_data["back"])


@require_POST
@sender_required
def cancellation(request: MemberRequest, patient_id: UUID, appointment_id: UUID) -> HttpResponse:
    """A visit does not take place."""
    patient = find_patient(patient_id)
    appointment = get_object_or_404(Appointment.objects.select_related("patient"), pk=appointment_id, patient=patient)
    words = _("Vermerkt: Der Termin fand nicht statt") if appointment.has_begun else _("Termin abgesagt")
    cancel_appointment(appointment=appointment, by=request.member)
    return _done(request, patient, words, request.POST.get("back", ""))


def _done(request: MemberRequest, patient: Patient, words: str, back: str) -> HttpResponse:
    """Nothing to swap: what shows the patient fetches it anew. A page leads to the visits."""
    if "HX-Request" in request.headers:
        return with_toast(HttpResponse(status=204, headers={"HX-Trigger": f"roger:patient-{patient.pk}"}), words)
    return leads_to(request, safe_path(back) or page_of(request, patient, "visits"), words)


def page_of(request: MemberRequest, patient: Patient, part: str) -> str:
    """The address of a patient's page; the focus goes to the part with this id."""
    where = {"practice": request.practice.slug, "patient_id": patient.pk}
    return f"{reverse('patients:patient', kwargs=where)}#{part}"


def find_patient(patient_id: UUID) -> Patient:
    """A patient of the practice in scope whose record was not merged. Raises Http404."""
    found: Patient = get_object_or_404(Patient.objects.standing(), pk=patient_id)
    return found
