"""From the thread: whose number this is, what it is no longer, and that it is blocked."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from consent.forms import RelationForm
from consent.guardians import EndsConsent, join, part
from consent.not_whose import NotTheirNumber, require_not_refuted
from consent.purposes import Purpose
from messaging.inbox import pages, thread
from messaging.inbox.composer import Typed
from messaging.inbox.panel_people import named_like
from messaging.inbox.persons import people_rows, person_of
from messaging.inbox.records.deeds import find_patient, similar_rows
from messaging.inbox.records.forms import BlockForm, DetailsForm, ListForm
from messaging.inbox.records.listing import Row, rows_of
from messaging.inbox.team_answers import said
from messaging.inbox.views import find, is_fragment, show_thread
from messaging.models import Conversation
from patients import directory
from patients.actions import block, register_patient
from patients.models import BlockReason, Patient
from practices.access import SENDERS, MemberRequest, role_required
from practices.audit import looked_at
from practices.models import AuditEvent
from practices.refusal import Refusal
from practices.sealed import warm

sender_required = role_required(*SENDERS)
MOST_FOUND = 6


@require_http_methods(["GET", "HEAD", "POST"])
@sender_required
def link(request: MemberRequest, conversation_id: UUID) -> HttpResponse:
    """A page, or beside the thread a fragment, to search or register whoever this number belongs to. A POST links a
    `patient`, or somebody new; one from whom the number was taken as wrong, or whose guardian's consent ends with it
    (`ends`), only `after_all`. Linking somebody known can be taken back; whoever is registered with it stays
    registered, so that has no "Rückgängig"."""
    conversation = find(conversation_id)
    if request.method != "POST":
        return show_link(request, conversation)
    relation, is_chosen = RelationForm(request.POST), bool({"patient", "after_all"} & set(request.POST))
    form = DetailsForm(None if is_chosen else request.POST)
    if not relation.is_valid() or not (is_chosen or form.is_valid()):
        return show_link(request, conversation, form=form, relation=relation, status=422)
    if not is_chosen and (similar := similar_rows(form)):
        return show_link(request, conversation, form=form, relation=relation, similar=similar, status=422)
    try:
        events = _link(request, conversation, form, relation)
    except Refusal as refusal:
        return show_link(request, conversation, form=form, relation=relation, refusal=refusal, status=422)
    if not is_chosen:
        return said(request, _("Angelegt und zugeordnet"), conversation=conversation)
    return said(request, _("Nummer zugeordnet"), events, conversation=conversation)


@transaction.atomic
def _link(
    request: MemberRequest, conversation: Conversation, form: DetailsForm, relation: RelationForm
) -> list[AuditEvent]:
    """Answers as `join`. Raises a Refusal, and then nobody was registered either."""
    if "after_all" in request.POST:
        patient = find_patient(uuid_or_none(request.POST["after_all"]))
    elif "patient" in request.POST:
        patient = find_patient(uuid_or_none(request.POST["patient"]))
        require_not_refuted(contact=conversation.contact, patient=patient)
    else:
        patient = register_patient(**form.values, by=request.member)  # type: ignore[arg-type]
    return join(
        patient=patient,
        contact=conversation.contact,
        speaker=relation.speaker,
        ends=told_ends(request),
        by=request.member,
        at=timezone.now(),
    )


def told_ends(request: MemberRequest) -> set[Purpose]:
    """The purposes of which the form had said that they end."""
    return {Purpose(told) for told in request.POST.getlist("ends") if told in Purpose.values}


@require_POST
@sender_required
def candidates(request: MemberRequest, conversation_id: UUID) -> HttpResponse:
    """Patients by name, number or date of birth while somebody types. A POST, so that none of it stands in an
    address. Who searched is noted, what for is not."""
    conversation, form = find(conversation_id), ListForm(request.POST)
    query = form.cleaned_data["q"].strip() if form.is_valid() else ""
    if query:
        looked_at("search", about=request.member, by=request.member)
    if "only" in request.POST and is_fragment(request):
        context = {"conversation": {"pk": conversation.pk}, "asked": query, "found": found_by(query)}
        return render(request, "patients/_candidates.html", context)
    return show_link(request, conversation, query=query)


def show_link(
    request: MemberRequest,
    conversation: Conversation,
    *,
    query: str = "",
    form: DetailsForm | None = None,
    relation: RelationForm | None = None,
    similar: list[Row] | None = None,
    refusal: Refusal | None = None,
    status: int = 200,
) -> HttpResponse:
    warm(people_rows(conversation.contact))
    person = person_of(conversation.contact)
    context = {
        "tab": "",
        "area": "patients",
        "conversation": pages.head_of(conversation, person, request),
        "asked": query,
        "found": found_by(query) if query else named_like(conversation.contact),
        "form": form if form and form.is_bound else DetailsForm(initial=named(conversation)),
        "is_new_open": bool(form and form.is_bound),
        "relation": relation or RelationForm(),
        "similar": similar or [],
        "refusal": f"{refusal.for_person} {refusal.next_step}" if refusal else "",
        "after_all": asked_about(request) if isinstance(refusal, NotTheirNumber | EndsConsent) else "",
        "ends": refusal.purposes if isinstance(refusal, EndsConsent) else (),
    }
    template = "patients/_link.html" if is_fragment(request) else "patients/link.html"
    return render(request, template, context, status=status)


def asked_about(request: MemberRequest) -> str:
    return request.POST.get("patient") or request.POST.get("after_all", "")


def found_by(query: str) -> list[Row]:
    return rows_of(directory.find(query, most=MOST_FOUND).patient_ids) if query else []


def named(conversation: Conversation) -> dict[str, str]:
    """What the form for somebody new begins with: the name WhatsApp shows, its last word as last name."""
    contact = conversation.contact
    first, _space, last = (contact.profile_name or "").strip().rpartition(" ")
    return {"first_name": first or last, "last_name": last if first else "", "language": contact.language}


@require_POST
@sender_required
def unlinking(request: MemberRequest, conversation_id: UUID, patient_id: UUID) -> HttpResponse:
    """This number does not write for this patient after all. 422 with a question where consent ends with that and the
    form does not say that somebody knows (`ends`); that cannot be taken back, all else can."""
    conversation = find(conversation_id)
    linked = get_object_or_404(conversation.contact.patient_links.select_related("patient"), patient_id=patient_id)
    try:
        events = part(
            patient=linked.patient,
            contact=conversation.contact,
            ends=told_ends(request),
            by=request.member,
            at=timezone.now(),
        )
    except EndsConsent as question:
        return _ask_whether_it_may_end(request, conversation, linked.patient, question)
    return said(request, _("Verknüpfung gelöst"), events, conversation=conversation)


def _ask_whether_it_may_end(
    request: MemberRequest, conversation: Conversation, patient: Patient, question: EndsConsent
) -> HttpResponse:
    context = {"conversation": conversation, "patient": patient, "question": question}
    if is_fragment(request):
        return render(request, "patients/_unlink_form.html", context, status=422)
    head = pages.head_of(conversation, person_of(conversation.contact), request)
    whole = context | {"conversation": head, "part": "patients/_unlink_form.html"}
    return render(request, "messaging/team/deed.html", whole, status=422)


@require_POST
@sender_required
def blocking(request: MemberRequest, conversation_id: UUID) -> HttpResponse:
    """Nothing goes out to this number any more; for ten minutes whoever blocked it takes that back. 422 with the form
    where no reason was given."""
    conversation, form = find(conversation_id), BlockForm(request.POST)
    if not form.is_valid():
        return _ask_for_reason(request, conversation, form)
    events = block(contact=conversation.contact, reason=BlockReason(form.cleaned_data["reason"]), by=request.member)
    return said(request, _("Nummer gesperrt"), events, conversation=conversation)


def _ask_for_reason(request: MemberRequest, conversation: Conversation, form: BlockForm) -> HttpResponse:
    if is_fragment(request):
        context = {"conversation": conversation, "form": form}
        return render(request, "patients/_block_form.html", context, status=422)
    typed = Typed(errors=[str(error) for error in form.errors["reason"]])
    return show_thread(request, conversation, thread.latest(conversation), typed, status=422)


def uuid_or_none(written: str) -> Any:
    try:
        return UUID(written)
    except ValueError:
        return None
