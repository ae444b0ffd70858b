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
from consent.guardians import join, part
from messaging.inbox import pages
from messaging.inbox.persons import people_rows, person_of
from messaging.inbox.records.deeds import find_patient, similar_rows
from messaging.inbox.records.forms import BlockForm, DetailsForm, ListForm
from messaging.inbox.records.listing import Row, rows_of
from messaging.inbox.team_answers import said
from messaging.inbox.views import find, is_fragment
from messaging.models import Conversation
from patients import directory
from patients.actions import block, register_patient
from patients.models import BlockReason
from practices.access import SENDERS, MemberRequest, role_required
from practices.audit import looked_at
from practices.refusal import Refusal
from practices.sealed import warm

sender_required = role_required(*SENDERS)
MOST_FOUND = 6


@require_http_methods(["GET", "HEAD", "POST"])
@sender_required
def link(request: MemberRequest, conversation_id: UUID) -> HttpResponse:
    """A page, or beside the thread a fragment, to search or register whoever this number belongs to. A POST links a
    `patient`, or somebody new."""
    conversation = find(conversation_id)
    if request.method != "POST":
        return show_link(request, conversation)
    relation, is_chosen = RelationForm(request.POST), "patient" in request.POST
    form = DetailsForm(None if is_chosen else request.POST)
    if not relation.is_valid() or not (is_chosen or form.is_valid()):
        return show_link(request, conversation, form=form, relation=relation, status=422)
    if not is_chosen and (similar := similar_rows(form)):
        return show_link(request, conversation, form=form, relation=relation, similar=similar, status=422)
    try:
        _link(request, conversation, form, relation)
    except Refusal as refusal:
        sentence = f"{refusal.for_person} {refusal.next_step}"
        return show_link(request, conversation, form=form, relation=relation, refusal=sentence, status=422)
    words = _("Nummer zugeordnet") if is_chosen else _("Angelegt und zugeordnet")
    return said(request, words, conversation=conversation)


@transaction.atomic
def _link(request: MemberRequest, conversation: Conversation, form: DetailsForm, relation: RelationForm) -> None:
    """Raises a Refusal, and then nobody was registered either."""
    if "patient" in request.POST:
        patient = find_patient(uuid_or_none(request.POST["patient"]))
    else:
        patient = register_patient(**form.values, by=request.member)  # type: ignore[arg-type]
    join(
        patient=patient,
        contact=conversation.contact,
        speaker=relation.speaker,
        by=request.member,
        at=timezone.now(),
    )


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
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    warm(people_rows(conversation.contact))
    person = person_of(conversation.contact)
    context = {
        "tab": "",
        "area": "patients",
        "conversation": pages.head_of(conversation, person, request),
        "asked": query,
        "found": found_by(query) if query else rows_of(directory.who_may_be(person.profile_name)),
        "form": form if form and form.is_bound else DetailsForm(initial=named(conversation)),
        "is_new_open": bool(form and form.is_bound),
        "relation": relation or RelationForm(),
        "similar": similar or [],
        "refusal": refusal,
    }
    template = "patients/_link.html" if is_fragment(request) else "patients/link.html"
    return render(request, template, context, status=status)


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
    """This number does not write for this patient after all."""
    conversation = find(conversation_id)
    linked = get_object_or_404(conversation.contact.patient_links.select_related("patient"), patient_id=patient_id)
    part(patient=linked.patient, contact=conversation.contact, by=request.member, at=timezone.now())
    return said(request, _("Verknüpfung gelöst"), conversation=conversation)


@require_POST
@sender_required
def blocking(request: MemberRequest, conversation_id: UUID) -> HttpResponse:
    """Nothing goes out to this number any more."""
    conversation, form = find(conversation_id), BlockForm(request.POST)
    if not form.is_valid():
        return HttpResponse(status=400)
    block(contact=conversation.contact, reason=BlockReason(form.cleaned_data["reason"]), by=request.member)
    return said(request, _("Nummer gesperrt"), conversation=conversation)


def uuid_or_none(written: str) -> Any:
    try:
        return UUID(written)
    except ValueError:
        return None
