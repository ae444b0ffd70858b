"""The front desk: the practice's code on screen, and whose new number is whose."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from consent.doors import create_qr_code, newest_qr_code, qr_url
from consent.forms import PatientForm, RelationForm, SearchForm
from consent.guardians import join
from consent.models import PendingOptIn
from consent.newcomers import Asked, agreed_today, newest_of_today
from consent.not_whose import NotTheirNumber, require_not_refuted
from consent.openings import openings_today
from consent.qr_images import qr_svg
from patients.actions import register_patient
from patients.models import Contact, Patient
from practices.access import LEADERS, SENDERS, MemberRequest, member_required, role_required
from practices.audit import looked_at
from practices.live import changed
from practices.refusal import Refusal


@require_safe
@member_required
def front_desk(request: MemberRequest) -> HttpResponse:
    return _page(request)


@require_safe
@member_required
def newcomers(request: MemberRequest) -> HttpResponse:
    return _fragment(request)


@require_POST
@role_required(*SENDERS)
def candidates(request: MemberRequest, opt_in_id: UUID) -> HttpResponse:
    """Patients by name for one newcomer. A POST, so that no name stands in an address."""
    get_object_or_404(PendingOptIn, pk=opt_in_id)
    form = SearchForm(request.POST)
    query = form.cleaned_data["q"] if form.is_valid() else ""
    if query:
        looked_at("search", about=request.member, by=request.member)
    return _answer(request, Asked(opt_in_id, query=query))


@require_POST
@role_required(*SENDERS)
def link_opt_in(request: MemberRequest, opt_in_id: UUID) -> HttpResponse:
    """This number belongs to this patient, who is chosen (`patient`) or new (name and date of birth); one from whom it
    was taken as wrong, only `after_all`."""
    opt_in = get_object_or_404(PendingOptIn, pk=opt_in_id)
    contact = get_object_or_404(Contact, pk=opt_in.contact_id)  # none before the number has written itself
    form, relation = PatientForm(request.POST), RelationForm(request.POST)
    is_chosen = bool({"patient", "after_all"} & set(request.POST))
    if not relation.is_valid() or not (is_chosen or form.is_valid()):
        typed = PatientForm() if is_chosen else form
        return _answer(request, Asked(opt_in_id, form=typed, relation=relation), status=422)
    try:
        _link(request, opt_in, contact, form, relation)
    except Refusal as refusal:
        again = request.POST["patient"] if isinstance(refusal, NotTheirNumber) else ""
        sentence = f"{refusal.for_person} {refusal.next_step}"
        return _answer(request, Asked(opt_in_id, relation=relation, refusal=sentence, after_all=again), status=422)
    return _answer(request)


@transaction.atomic
def _link(
    request: MemberRequest, opt_in: PendingOptIn, contact: Contact, form: PatientForm, relation: RelationForm
) -> None:
    """Raises a Refusal, and then nobody was registered either."""
    if "after_all" in request.POST:
        patient = _chosen_patient(request.POST["after_all"])
    elif "patient" in request.POST:
        patient = _chosen_patient(request.POST["patient"])
        require_not_refuted(contact=contact, patient=patient)
    else:
        born = form.cleaned_data["birth_date"].isoformat()
        names = {name: form.cleaned_data[name] for name in ("first_name", "last_name")}
        patient = register_patient(**names, birth_date=born, language=opt_in.language, by=request.member)
    join(patient=patient, contact=contact, speaker=relation.speaker, by=request.member, at=timezone.now())
    changed("opt_in", opt_in.pk)


@require_POST
@role_required(*LEADERS)
def qr_codes(request: MemberRequest) -> HttpResponse:
    """A new code for the stand; older ones go on leading here."""
    create_qr_code(practice=request.practice, name=_("Empfang"), by=request.member)
    return redirect("consent:front_desk", practice=request.practice.slug)


def _chosen_patient(written: str) -> Patient:
    try:
        wanted = UUID(written)
    except ValueError:
        wanted = None
    patient: Patient = get_object_or_404(Patient, pk=wanted)
    return patient


def _answer(request: MemberRequest, asked: Asked | None = None, status: int = 200) -> HttpResponse:
    """The list anew for htmx; a whole page for a browser without scripts."""
    if "HX-Request" in request.headers:
        return _fragment(request, asked, status)
    if asked is None:
        return redirect("consent:front_desk", practice=request.practice.slug)
    return _page(request, asked, status)


def _page(request: MemberRequest, asked: Asked | None = None, status: int = 200) -> HttpResponse:
    code = newest_qr_code()
    address = qr_url(code) if code else ""
    context = _newcomers_context(request, asked) | {
        "tab": "",
        "area": "front_desk",
        "qr_svg": qr_svg(address) if address else "",
        "qr_url": address,
        "may_create_code": request.member.role in LEADERS,
    }
    return render(request, "consent/front_desk.html", context, status=status)


def _fragment(request: MemberRequest, asked: Asked | None = None, status: int = 200) -> HttpResponse:
    return render(request, "consent/_newcomers.html", _newcomers_context(request, asked), status=status)


def _newcomers_context(request: MemberRequest, asked: Asked | None = None) -> dict[str, Any]:
    found = newest_of_today(request.practice, asked)
    agreed = agreed_today(request.practice)
    return {
        "newcomers": found,
        "agreed": agreed,
        "are_more": agreed > len(found),
        "scans": openings_today(request.practice),
        "may_link": request.member.role in SENDERS,
        "opened": any(newcomer.is_open for newcomer in found),
    }
