"""The desk takes consent down: who agrees, to what, how, and the text to read out, on one page."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from consent import ledger, read_outs
from consent.desk.intake_form import IntakeForm
from consent.documents import keep_document
from consent.gate import Consent
from consent.guardians import hold
from consent.intake import Intake, take_down, told_before
from consent.models import Channel, ConsentEvent
from consent.number_checks import standing_of
from consent.purposes import Purpose
from consent.read_outs import NoTextThen, ReadOut, on_paper
from consent.states import patient_of, states_of_links
from consent.wording import UNNAMED_CHILD
from patients.actions import register_patient
from patients.birthdays import age_of, born_on
from patients.identities import find_or_create_contact, owner_of, phone_of
from patients.models import Contact, Patient, Relation
from patients.search import find_patients
from practices.access import SENDERS, MemberRequest, role_required
from practices.audit import looked_at
from practices.refusal import Refusal
from practices.sealed import warm

sender_required = role_required(*SENDERS)


@dataclass(frozen=True)
class Candidate:
    """A patient the form may be about."""

    pk: UUID
    name: str
    first_name: str
    birth_date: date | None
    age: int | None
    is_chosen: bool


@require_http_methods(["GET", "HEAD", "POST"])
@sender_required
def intake(request: MemberRequest) -> HttpResponse:
    """An empty form, with ?contact=<id> about somebody who writes already; a POST writes the act down."""
    if request.method != "POST":
        form = IntakeForm(practice=request.practice, initial=_beginning(request))
        return _page(request, form, _to_show(form))
    form = IntakeForm(request.POST, request.FILES, practice=request.practice)
    try:
        shown = _what_was_shown(request, form)
    except Refusal as refusal:
        return _refused(request, form, refusal)
    if not form.is_valid():
        return _page(request, form, shown, status=422)
    try:
        event = _take_down(request, form, shown)
    except Refusal as refusal:
        return _refused(request, form, refusal, shown)
    where = {"practice": request.practice.slug, "event_id": event.pk}
    return HttpResponseRedirect(reverse("consent:taken_down", kwargs=where), status=303)


@require_POST
@sender_required
def draft(request: MemberRequest) -> HttpResponse:
    """The form so far: patients of the name that is searched, the text in the language that is chosen. Stores nothing.

    A POST, so that no name stands in an address.
    """
    form = IntakeForm(initial=request.POST.dict(), practice=request.practice)
    try:
        return _page(request, form, _to_show(form))
    except NoTextThen as refusal:
        return _refused(request, form, refusal, status=200)


@require_safe
@sender_required
def taken_down(request: MemberRequest, event_id: UUID) -> HttpResponse:
    """What was written down, what holds now, and what has to happen next."""
    event = get_object_or_404(
        ConsentEvent.objects.select_related("contact", "patient", "text").exclude(contact=None), pk=event_id
    )
    looked_at("consent", about=event, by=request.member)
    return render(request, "consent/desk/taken_down.html", _surroundings() | _told(event))


# ── writing it down ──


@transaction.atomic
def _take_down(request: MemberRequest, form: IntakeForm, shown: ReadOut) -> ConsentEvent:
    """All of it or nothing, and a form that comes twice once. Raises a Refusal."""
    said, contact = form.cleaned_data, _contact(form)
    if told := told_before(said["form_id"], form.agreed_at):
        return told
    is_paper = said["way"] == Channel.PAPER_SCAN
    act = Intake(
        id=said["form_id"],
        contact=contact,
        patient=_patient(request, form, shown.language),
        speaker=form.speaker,
        purposes=form.purposes,
        way=Channel(said["way"]),
        read_out=shown,
        agreed_at=form.agreed_at,
        note=said["note"].strip(),
        document=keep_document(upload=said["paper"], contact=contact, by=request.member) if is_paper else None,
    )
    return take_down(intake=act, by=request.member).event


def _contact(form: IntakeForm) -> Contact:
    """Whose number it is, held, and with it whoever else the act may concern."""
    said = form.cleaned_data
    hold(owner_of(said["phone"]) if said["phone"] else said["contact"], said["patient"])
    if said["phone"]:
        return find_or_create_contact(phone=said["phone"])[0]
    contact: Contact = get_object_or_404(Contact, pk=said["contact"])
    return contact


def _patient(request: MemberRequest, form: IntakeForm, language: str) -> Patient:
    said = form.cleaned_data
    if said["patient"]:
        patient: Patient = get_object_or_404(Patient, pk=said["patient"])
        return patient
    return register_patient(
        first_name=said["first_name"],
        last_name=said["last_name"],
        birth_date=said["birth_date"].isoformat(),
        language=language,
        by=request.member,
    )


# ── the text ──


def _to_show(form: IntakeForm) -> ReadOut:
    """The text in the chosen language; for a paper from an earlier day the one of that day. Raises NoTextThen."""
    return _of_its_day(form, read_outs.current(_language(form), form.practice))


def _what_was_shown(request: MemberRequest, form: IntakeForm) -> ReadOut:
    """What was on the screen, whatever has been chosen or published since; on paper what it bears. Raises a Refusal."""
    return _of_its_day(form, read_outs.read(request.POST.get("read_out", "")))


def _of_its_day(form: IntakeForm, shown: ReadOut) -> ReadOut:
    if not form.is_old_paper:
        return shown
    chosen = str(form["version"].value() or "")
    return on_paper(agreed_at=form.signed_at, version=chosen, language=shown.language, purposes=shown.purposes)


# ── the page ──


def _beginning(request: MemberRequest) -> dict[str, Any]:
    now = timezone.localtime()
    beginning: dict[str, Any] = {"form_id": uuid4(), "day": now.date(), "hour": now.time(), "language": "de"}
    return beginning | {"relation": Relation.SELF, "way": Channel.STAFF_DESK, "contact": request.GET.get("contact", "")}


def _refused(
    request: MemberRequest, form: IntakeForm, refusal: Refusal, shown: ReadOut | None = None, status: int = 422
) -> HttpResponse:
    """With the reason on top, and below it what was shown, or what counts now."""
    shown = shown or read_outs.current(_language(form), request.practice)
    return _page(request, form, shown, [f"{refusal.for_person} {refusal.next_step}".strip()], status)


def _page(
    request: MemberRequest, form: IntakeForm, shown: ReadOut, errors: list[str] | None = None, status: int = 200
) -> HttpResponse:
    contact = _known(form)
    candidates = _candidates(form, contact)
    context = _surroundings() | {
        "form": form,
        "errors": errors or [],
        "candidates": candidates,
        "is_searched": bool(form["q"].value()),
        "phone": phone_of(contact) if contact else "",
        "purposes": [form[purpose.value] for purpose in form.offered],
        "language": shown.language,
        "direction": shown.words.direction,
        "page": shown.page(request.practice).document,
        "guardian": shown.guardian(request.practice, _child(form, candidates, shown.language)).document,
        "read_out": read_outs.sign(shown),
        "versions": _versions(form, shown),
        "wants_both": request.practice.guardian_count > 1,
        "consent_age": request.practice.consent_age,
    }
    return render(request, "consent/desk/intake.html", context, status=status)


def _versions(form: IntakeForm, shown: ReadOut) -> list[tuple[str, bool]]:
    """What may stand on an old paper, with which of it is shown; empty for everything else."""
    if not form.is_old_paper:
        return []
    valid = read_outs.versions_on(form.signed_at.date(), shown.language, form.practice)
    return [(version, version == shown.version) for version in valid]


def _child(form: IntakeForm, candidates: list[Candidate], language: str) -> str:
    """Whom text F names, as far as the form knows."""
    chosen = next((one.first_name for one in candidates if one.is_chosen), "")
    typed = str(form["first_name"].value() or "").strip()
    return chosen or typed or UNNAMED_CHILD.get(language, UNNAMED_CHILD["de"])


def _surroundings() -> dict[str, Any]:
    return {"tab": "", "area": "consent", "section": "intake"}


def _language(form: IntakeForm) -> str:
    chosen = str(form["language"].value())
    return chosen if chosen in dict(form.fields["language"].choices) else "de"  # type: ignore[attr-defined]


def _known(form: IntakeForm) -> Contact | None:
    wanted = _id(form["contact"].value())
    if wanted is None:
        return None
    return Contact.objects.prefetch_related("identities", "patient_links__patient").filter(pk=wanted).first()


def _candidates(form: IntakeForm, contact: Contact | None) -> list[Candidate]:
    """Whom the form may be about: the one who is chosen, whom the contact writes for, and whom the search found."""
    chosen = _id(form["patient"].value())
    found = list(Patient.objects.filter(pk=chosen)) if chosen else []
    found += [link.patient for link in contact.patient_links.all()] if contact else []
    warm(found)
    query = str(form["q"].value() or "")
    found += find_patients(query) if query else []
    unique = {patient.pk: patient for patient in found}
    return [_candidate(patient, is_chosen=patient.pk == chosen) for patient in unique.values()]


def _candidate(patient: Patient, *, is_chosen: bool) -> Candidate:
    born = born_on(patient)
    name = f"{patient.first_name} {patient.last_name}"
    return Candidate(patient.pk, name, patient.first_name, born, age_of(born), is_chosen)


def _id(written: Any) -> UUID | None:
    try:
        return UUID(str(written))
    except ValueError:
        return None


# ── what was written down ──


def _told(event: ConsentEvent) -> dict[str, Any]:
    contact, evidence = event.contact, ledger.evidence_of(event)
    assert contact is not None  # noqa: S101  asked for above
    place = contact.pk, patient_of(event)
    states = states_of_links([place])[place]
    wanted = [purpose for purpose in Purpose if evidence["purposes"][purpose]]
    document = (evidence["proof_ref"] or {}).get("document")
    return {
        "event": event,
        "patient": event.patient,
        "phone": evidence["phone"] or "",
        "speaker": evidence["actor"]["name"] or "",
        "purposes": [(purpose.label, states[purpose].label, states[purpose] == Consent.GRANTED) for purpose in wanted],
        "stands": _stands([states[purpose] for purpose in wanted]),
        "is_proven": contact.number_proven_at is not None,
        "check": standing_of(contact),
        "document_id": document,
    }


def _stands(states: list[Consent]) -> str:
    """Where the whole of what was agreed to stands, by what somebody has to know first."""
    if all(state == Consent.GRANTED for state in states):
        return str(Consent.GRANTED)
    return next((str(one) for one in (Consent.PENDING, Consent.OUTDATED, Consent.EXPIRED) if one in states), "refused")
