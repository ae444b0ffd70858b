"""What the reply box does besides sending: drafts, files, taking back what has not left, saved replies, emoji."""

from dataclasses import replace
from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from messaging.drafts import Begun, DraftOvertaken, mark_of, save_draft
from messaging.inbox import pages
from messaging.inbox.composer import NOTHING_TYPED, Typed
from messaging.inbox.composer_emoji import EMOJI
from messaging.inbox.composer_kept import file_shown
from messaging.inbox.deeds import picked, refused, sender_required
from messaging.inbox.forms import IS_ID, DraftForm, PickerForm
from messaging.inbox.views import find, is_fragment, kept_closed
from messaging.models import Conversation, Draft, Message
from messaging.saved_replies.actions import saved_replies
from messaging.saved_replies.effects import labels_by_id, words_of
from messaging.saved_replies.filling import facts_for
from messaging.undoing import take_back
from messaging.waiting_files import keep_file, remove_file
from messaging.whom import links_of
from patients.models import Patient
from practices.access import MemberRequest
from practices.refusal import Refusal


@require_POST
@sender_required
def draft(request: MemberRequest, conversation_id: UUID) -> HttpResponse:
    """Keep what stands in the box. Answers the new mark; 409 with the newer text if another window was faster."""
    return keep_draft(request, find(conversation_id), Draft.Kind.REPLY)


def keep_draft(request: MemberRequest, conversation: Conversation, kind: Draft.Kind) -> HttpResponse:
    """The answer to what a window saves of a reply or of a note; 400 for what no page of ours sends."""
    form = DraftForm(request.POST)
    if not form.is_valid():
        return HttpResponse(status=400)
    said = {name: form.cleaned_data[name] for name in ("body", "mark", "client_id")}
    try:
        kept = save_draft(conversation=conversation, by=request.member, kind=kind, **said)
    except DraftOvertaken as overtaken:
        newer = overtaken.newer
        context = {"text": newer.body if newer else "", "mark": mark_of(newer), "kind": kind.value}
        return render(request, "messaging/composer/_draft_overtaken.html", context, status=409)
    return JsonResponse({"mark": mark_of(kept)})


@require_POST
@sender_required
def retraction(request: MemberRequest, conversation_id: UUID) -> HttpResponse:
    """Take back what has not left; the text stands in the box again, above what stood there. 422 with the composer if
    it is too late."""
    conversation, begun = find(conversation_id), _begun(request)
    wanted = [one for one in request.POST.getlist("message") if IS_ID.fullmatch(one)]
    try:
        take_back(
            conversation=conversation,
            messages=list(Message.objects.filter(conversation=conversation, pk__in=wanted).only("pk")),
            by=request.member,
            begun=begun,
        )
    except Refusal as refusal:
        typed = Typed(text=begun.text, mark=begun.mark) if begun else NOTHING_TYPED
        return refused(request, conversation, replace(typed, errors=[refusal.for_person]))
    if not is_fragment(request):
        return HttpResponseRedirect(pages.thread_url(request, conversation.pk), status=303)
    if closed := kept_closed(request, conversation_id):
        return closed
    context = pages.composer_context(request, find(conversation_id), NOTHING_TYPED)
    return render(request, "messaging/_composer.html", context)


def _begun(request: MemberRequest) -> Begun | None:
    """What stands in the box; without a script nothing of it comes along."""
    form = DraftForm(request.POST)
    if "body" not in request.POST or not form.is_valid():
        return None
    return Begun(form.cleaned_data["body"], form.cleaned_data["mark"])


@require_POST
@sender_required
def files(request: MemberRequest, conversation_id: UUID) -> HttpResponse:
    """Keep one chosen file for the next message. 422 with a sentence if it may not go out."""
    conversation, upload = find(conversation_id), request.FILES.get("upload")
    if upload is None:
        return _file_refused(request, _("Es ist keine Datei angekommen. Bitte versuchen Sie es noch einmal."))
    if not pages.composer_context(request, conversation, NOTHING_TYPED)["composer"].files_go:
        return _file_refused(request, _("In diesen Chat gehen keine Dateien."))
    try:
        row = keep_file(conversation=conversation, upload=upload, by=request.member)
    except Refusal as refusal:
        return _file_refused(request, refusal.for_person)
    if not is_fragment(request):
        return HttpResponseRedirect(pages.thread_url(request, conversation.pk), status=303)
    shown = {"file": file_shown(row, request.practice.slug), "conversation": conversation}
    return render(request, "messaging/composer/_file.html", shown)


def _file_refused(request: MemberRequest, sentence: str) -> HttpResponse:
    return render(request, "messaging/composer/_file_refused.html", {"sentence": sentence}, status=422)


@require_http_methods(["POST", "DELETE"])
@sender_required
def file(request: MemberRequest, conversation_id: UUID, file_id: UUID) -> HttpResponse:
    """It is not to be sent after all. What is not there any more is removed already."""
    conversation = find(conversation_id)
    remove_file(conversation=conversation, file_id=file_id, by=request.member)
    if is_fragment(request) or request.method == "DELETE":
        return HttpResponse(status=204)
    return HttpResponseRedirect(pages.thread_url(request, conversation.pk), status=303)


@require_POST
@sender_required
def templates(request: MemberRequest, conversation_id: UUID) -> HttpResponse:
    """The template picker as it stands, with what is known of whom it is for now; what was typed by hand stays. POST,
    since that comes along. 204 where templates are not what may go any more: the stream brings what is."""
    if closed := kept_closed(request, conversation_id):
        return closed
    form = PickerForm(request.POST)
    form.is_valid()  # what is no id is chosen by nobody
    context = pages.composer_context(request, find(conversation_id), picked(form))
    if context["composer"].gate != "window":
        return HttpResponse(status=204)
    return render(request, "messaging/_template_picker.html", context)


@require_safe
@sender_required
def replies(request: MemberRequest, conversation_id: UUID) -> HttpResponse:
    """The practice's saved replies as this person would read them; ?patient= is for whom the message is."""
    if closed := kept_closed(request, conversation_id):
        return closed
    conversation = find(conversation_id)
    patient = _patient(conversation, request.GET.get("patient", ""))
    facts, labels = facts_for(conversation, request.member, patient), labels_by_id()
    offered = [(reply, facts.fill(reply.body), words_of(reply, labels)) for reply in saved_replies()]
    return render(request, "messaging/composer/_replies.html", {"replies": offered, "conversation": conversation})


def _patient(conversation: Conversation, wanted: str) -> Patient | None:
    """Whom the message is for, among those this contact writes for. Raises Http404 for anybody else."""
    if not IS_ID.fullmatch(wanted):
        return None
    patients = {link.patient_id: link.patient for link in links_of(conversation.contact)}
    if UUID(wanted) not in patients:
        raise Http404
    return patients[UUID(wanted)]


@require_safe
@sender_required
def emoji(request: MemberRequest) -> HttpResponse:
    """The picker's signs with their names; the page asks once, when it is opened first."""
    return render(request, "messaging/composer/_emoji.html", {"emoji": EMOJI})
