"""Protected documents from the inbox: send one, ask for papers, look at what was sent, withdraw it.

Each form is a page of its own that works without a script; a deed leads back to the thread.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from consent.gate import Kind
from consent.purposes import Purpose
from messaging import dispatch
from messaging.actions import OtherVersionSent
from messaging.documents import actions, files
from messaging.documents.actions import Factor, Sending, Sent
from messaging.documents.document_page import file_response
from messaging.documents.notices import Place, TemplateMissing, is_window_open, template_for
from messaging.drafts import discard_draft
from messaging.inbox import pages
from messaging.inbox.composer_questions import Question
from messaging.inbox.document_forms import DocumentForm, InvitationForm, LinkForm, beginning
from messaging.inbox.document_questions import asked_of, question_before
from messaging.inbox.persons import people_rows, person_of
from messaging.inbox.standings import standing_of
from messaging.inbox.team_answers import said
from messaging.inbox.views import find, is_fragment, kept_closed
from messaging.models import Conversation, ProtectedDocument, UploadInvitation
from messaging.whom import links_of, must_choose
from patients.birthdays import born_on
from patients.models import Patient, PatientContact
from practices.access import SENDERS, MemberRequest, member_required, role_required
from practices.audit import looked_at
from practices.refusal import Refusal
from practices.sealed import warm
from practices.told import leads_to

sender_required = role_required(*SENDERS)
NOTHING: Question = {}


@dataclass(frozen=True)
class Standing:
    """For whom something may be sent now, or why for nobody."""

    people: list[PatientContact]
    asks_whom: bool
    by_template: bool
    sentence: str = ""
    next_step: str = ""


@require_http_methods(["GET", "HEAD", "POST"])
@sender_required
def documents(request: MemberRequest, conversation_id: UUID) -> HttpResponse:
    """The form, and sending. With `draft` the composer hands over a text that does not belong in WhatsApp (C-24): once
    it was sent so, a draft of just these words is none any more, or the next Enter would send it unprotected."""
    conversation = find(conversation_id)
    standing = _standing(conversation, Place.DOCUMENT)
    if request.method != "POST" or "draft" in request.POST:
        looked_at("document_form", about=conversation, by=request.member)
        form = DocumentForm(initial=_document_beginning(request, conversation, standing), **_of(standing))
        return _form_page(request, conversation, standing, form)
    form = DocumentForm(request.POST, request.FILES, **_of(standing))
    if not form.is_valid():
        return _form_page(request, conversation, standing, form, status=422)
    given = form.cleaned_data
    if question := question_before(request, conversation, given):
        return _form_page(request, conversation, standing, form, question, status=422)
    try:
        sent = actions.send_document(
            sending=_sending(conversation, form),
            content=form.content,
            factor=Factor(given["factor"]),
            kept_for=form.kept_for,
            by=request.member,
        )
    except Refusal as refusal:
        form.add_error(None, f"{refusal.for_person} {refusal.next_step}".strip())
        if isinstance(refusal, OtherVersionSent):
            form.begin_anew()
        return _form_page(request, conversation, standing, form, status=422)
    discard_draft(conversation=conversation, by=request.member, mark="", body=given["taken_over"])
    return _after_sending(request, conversation, sent)


@require_http_methods(["GET", "HEAD", "POST"])
@sender_required
def upload_invitations(request: MemberRequest, conversation_id: UUID) -> HttpResponse:
    """The form that asks for papers, and sending it."""
    conversation = find(conversation_id)
    standing = _standing(conversation, Place.UPLOAD)
    if request.method != "POST":
        looked_at("document_form", about=conversation, by=request.member)
        form = InvitationForm(initial=_beginning(conversation, standing), **_of(standing))
        return _form_page(request, conversation, standing, form)
    form = InvitationForm(request.POST, **_of(standing))
    if not form.is_valid():
        return _form_page(request, conversation, standing, form, status=422)
    if question := question_before(request, conversation, form.cleaned_data):
        return _form_page(request, conversation, standing, form, question, status=422)
    try:
        actions.invite_upload(sending=_sending(conversation, form, what=form.cleaned_data["what"]), by=request.member)
    except Refusal as refusal:
        form.add_error(None, f"{refusal.for_person} {refusal.next_step}".strip())
        return _form_page(request, conversation, standing, form, status=422)
    return _leads_back(request, conversation, _("Datei angefordert"))


@require_POST
@sender_required
def document_revocation(request: MemberRequest, conversation_id: UUID, document_id: UUID) -> HttpResponse:
    conversation = find(conversation_id)
    actions.revoke_document(document=_document(conversation, document_id), by=request.member)
    return said(request, _("Dokument zurückgezogen"), conversation=conversation)


@require_POST
@sender_required
def invitation_revocation(request: MemberRequest, conversation_id: UUID, invitation_id: UUID) -> HttpResponse:
    conversation = find(conversation_id)
    invitation = get_object_or_404(UploadInvitation, pk=invitation_id, conversation=conversation)
    actions.revoke_invitation(invitation=invitation, by=request.member)
    return said(request, _("Anforderung zurückgezogen"), conversation=conversation)


@require_safe
@member_required
def document_file(request: MemberRequest, conversation_id: UUID, document_id: UUID) -> HttpResponseBase:
    """What was sent, for staff. Each opening is noted."""
    document = _document(find(conversation_id), document_id)
    if closed := kept_closed(request, conversation_id, is_part=False):
        return closed
    if document.file_key is None or not files.path_of(document).exists():
        raise Http404
    looked_at("document", about=document, by=request.member)
    return file_response(document)


# ── what the pages show ──


def _standing(conversation: Conversation, place: Place) -> Standing:
    """Asks the gate once for everybody the contact writes for; where only a template may go, whether there is one."""
    links = links_of(conversation.contact)
    asks_whom, by_template = must_choose(links), not is_window_open(conversation)
    asked: list[PatientContact | None] = [*links] if asks_whom else [None]
    refusals = {one: _refusal(conversation, one, place, by_template=by_template) for one in asked}
    if all(refusals.values()):
        first = next(refusal for refusal in refusals.values() if refusal)
        return Standing([], asks_whom, by_template, first.for_person, first.next_step)
    allowed = [one for one, refusal in refusals.items() if one and refusal is None]
    return Standing(allowed if asks_whom else links, asks_whom, by_template)


def _refusal(
    conversation: Conversation, link: PatientContact | None, place: Place, *, by_template: bool
) -> Refusal | None:
    template = template_for(conversation, place) if by_template else None
    sending = dispatch.Sending(
        conversation=conversation,
        kind=Kind.TEMPLATE if template else Kind.FREE_TEXT,
        purpose=Purpose.ORGANISATION,
        patient_id=link.patient_id if link else None,
        template=template,
    )
    try:
        dispatch.require_permission(sending)
    except Refusal as refusal:
        return TemplateMissing() if refusal.reason == "window" else refusal
    return None


def _of(standing: Standing) -> dict[str, Any]:
    return {"people": standing.people, "asks_whom": standing.asks_whom, "by_template": standing.by_template}


def _beginning(conversation: Conversation, standing: Standing) -> dict[str, Any]:
    newest = conversation.messages.order_by("-pk").values_list("pk", flat=True).first()
    own = standing.people[0].patient if len(standing.people) == 1 else None
    return beginning(newest, standing_of(conversation), _greeted(own), own.last_visit_on if own else None)


def _document_beginning(request: MemberRequest, conversation: Conversation, standing: Standing) -> dict[str, Any]:
    knows_birth_dates = bool(standing.people) and all(born_on(link.patient) for link in standing.people)
    text = request.POST.get("body", "") if "draft" in request.POST else ""
    return _beginning(conversation, standing) | {
        "factor": Factor.BIRTH_DATE if knows_birth_dates else Factor.PIN,
        "text": text,
        "taken_over": text,
        "days": 14,
    }


def _greeted(patient: Patient | None) -> str:
    """ "Frau Berger", or the whole name; empty for several people or somebody we do not know."""
    if patient is None:
        return ""
    return f"{patient.salutation or patient.first_name} {patient.last_name}".strip()


def _sending(conversation: Conversation, form: LinkForm, **more: str) -> Sending:
    given = form.cleaned_data
    return Sending(
        conversation=conversation,
        patient=form.chosen,
        client_id=given["client_id"],
        after=given["after"],
        **form.words,
        **more,
    )


def _form_page(
    request: MemberRequest,
    conversation: Conversation,
    standing: Standing,
    form: LinkForm,
    question: Question = NOTHING,
    *,
    status: int = 200,
) -> HttpResponse:
    """The whole page, of which an open one takes what has changed: so the file that was chosen stays chosen."""
    context = _around(request, conversation) | {
        "form": form,
        "composer": asked_of(form.cleaned_data if form.is_bound else {}, question),
        "standing": standing,
        "is_text": bool(form["text"].value()) if "text" in form.fields else False,
    }
    name = "document_form" if isinstance(form, DocumentForm) else "invitation_form"
    return render(request, f"messaging/documents/{name}.html", context, status=status)


def _around(request: MemberRequest, conversation: Conversation) -> dict[str, Any]:
    warm(people_rows(conversation.contact))
    return {
        "tab": "",
        "conversation": pages.head_of(conversation, person_of(conversation.contact), request),
        "back": pages.thread_url(request, conversation.pk),
    }


def _after_sending(request: MemberRequest, conversation: Conversation, sent: Sent) -> HttpResponse:
    """Back to the thread; a PIN is said first, since it is never shown again."""
    if sent.document.factor == Factor.BIRTH_DATE:
        return _leads_back(request, conversation, _("Dokument gesendet"))
    shown = {"pin": sent.pin, "is_new_pin": sent.is_new_pin, "document": sent.document}
    context = _around(request, conversation) | shown
    return render(request, "messaging/documents/document_pin.html", context)


def _leads_back(request: MemberRequest, conversation: Conversation, words: str) -> HttpResponse:
    """To the thread, which says it; a form that a script has sent is told where to go, or it would swap that in."""
    answer = leads_to(request, pages.thread_url(request, conversation.pk), words)
    return HttpResponse(status=204, headers={"HX-Redirect": answer.url}) if is_fragment(request) else answer


def _document(conversation: Conversation, document_id: UUID) -> ProtectedDocument:
    found: ProtectedDocument = get_object_or_404(
        ProtectedDocument, pk=document_id, message__conversation=conversation, contact_id=conversation.contact_id
    )
    return found
