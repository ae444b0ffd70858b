"""What people do from the inbox. Each is a POST (or DELETE) that works without a script too: then it leads back."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from consent.purposes import Purpose
from consent.treatment_words import findings_in
from messaging import actions, resending
from messaging.inbox import pages, team_reply, thread
from messaging.inbox.composer import NOTHING_TYPED, Composer, Typed
from messaging.inbox.composer_namesakes import patient_in
from messaging.inbox.composer_questions import Question, answered_in, meanwhile, to_whom
from messaging.inbox.composer_sending import hold_of, send_reply
from messaging.inbox.forms import IS_ID, PickerForm, ReactionForm, ReplyForm, TemplateForm
from messaging.inbox.panel_people import changed_identity
from messaging.inbox.persons import person_of
from messaging.inbox.picker import Known, ValuesMissing, filled, previewed, values_of
from messaging.inbox.team_answers import said, with_toast
from messaging.inbox.views import find, is_fragment, kept_closed, show_thread
from messaging.models import Conversation, Message, Template
from messaging.saved_replies.filling import missing_in, named
from patients import actions as patients
from patients.appointments import visits_of
from patients.models import Patient
from practices.access import SENDERS, MemberRequest, role_required
from practices.audit import looked_at
from practices.refusal import Refusal

sender_required = role_required(*SENDERS)


@require_POST
@sender_required
def reply(request: MemberRequest, conversation_id: UUID) -> HttpResponse:
    """Send a text or a template. 422 with the composer when it is refused, what was typed kept."""
    conversation = find(conversation_id)
    return _send_template(request, conversation) if "template" in request.POST else _send_text(request, conversation)


def _send_text(request: MemberRequest, conversation: Conversation) -> HttpResponse:
    form = ReplyForm(request.POST)
    if not form.is_valid():
        return refused(request, conversation, _typed(form, _sentences(form)))
    said, typed = form.cleaned_data, _typed(form, [])
    if news := meanwhile(request, conversation, said):
        return _asked_about(news, request, conversation, typed)
    if question := _about_the_words(said) or to_whom(request, conversation, said):
        return refused(request, conversation, replace(typed, **question))
    try:
        sent = send_reply(
            conversation=conversation,
            said=said,
            by=request.member,
            patient=_patient(said["patient"]),
            quoted=_quoted(conversation, said["quote"]),
        )
    except Refusal as refusal:
        return _not_sent(refusal, request, conversation, typed)
    return team_reply.taken(request, conversation, done(request, conversation, sent))


def _asked_about(news: Question, request: MemberRequest, conversation: Conversation, typed: Typed) -> HttpResponse:
    """The box with what was done meanwhile; the page fetches it too."""
    return team_reply.shows_head(refused(request, conversation, replace(typed, **news)), conversation)


def _not_sent(refusal: Refusal, request: MemberRequest, conversation: Conversation, typed: Typed) -> HttpResponse:
    """The box with the reason. Beside another version that has gone out, it holds a message of its own from now on."""
    typed = _with_error(typed, f"{refusal.for_person} {refusal.next_step}")
    if isinstance(refusal, actions.OtherVersionSent):
        return _asked_about({"client_id": uuid4()}, request, conversation, typed)
    return refused(request, conversation, typed)


def _about_the_words(said: dict[str, Any]) -> Question:
    """What is asked of a text alone: does a finding belong here, and is it complete?"""
    if findings := _findings(said):
        return {"findings": findings}
    if missing := missing_in(said["body"]):
        sentence = _("Es fehlt noch: %(names)s. Ergänzen Sie den Text an den markierten Stellen.")
        return {"errors": [sentence % {"names": named(missing)}]}
    return {}


def _sentences(form: ReplyForm) -> list[str]:
    return [str(error) for error in form.errors.get("body", [_("Bitte prüfen Sie den Text.")])]


def _typed(form: ReplyForm, errors: list[str]) -> Typed:
    said = form.cleaned_data
    return Typed(
        client_id=said.get("client_id"),
        text=str(form.data.get("body", "")),
        purpose=str(said.get("purpose", "")),
        patient=patient_in(said),
        quote=said.get("quote"),
        errors=errors,
        standing=said.get("standing", ""),
        answered=answered_in(said),
        asked_patient=said.get("asked_patient", ""),
        asked_files=tuple(said.get("asked_files", ())),
        saved_reply=said.get("saved_reply"),
        files=tuple(said.get("files", ())),
        mark=said.get("mark"),
    )


def _patient(patient_id: UUID | None) -> Patient | None:
    """Whom the message concerns; the gate decides whether that person belongs to this number."""
    return get_object_or_404(Patient, pk=patient_id) if patient_id else None


def _quoted(conversation: Conversation, message_id: UUID | None) -> Message | None:
    """The message to quote, if this thread holds it and WhatsApp knows it."""
    found = thread.one(conversation, message_id) if message_id else None
    return found if found and found.wamid else None


def _findings(said: dict[str, Any]) -> tuple[str, ...]:
    """C-24: words about findings or drugs under another purpose, once; whoever has read the hint decides."""
    is_settled = said["despite_findings"] or said["purpose"] == Purpose.BEHANDLUNG
    return () if is_settled else findings_in(said["body"])


def _send_template(request: MemberRequest, conversation: Conversation) -> HttpResponse:
    form = TemplateForm(request.POST)
    if not form.is_valid():
        return refused(request, conversation, Typed(errors=[_("Bitte wählen Sie eine Vorlage.")]))
    said = form.cleaned_data
    templates = Template.objects.filter(channel_id=conversation.channel_id)
    template = get_object_or_404(templates, pk=said["template"])
    chosen = picked(form)
    if news := meanwhile(request, conversation, said):
        return _asked_about(news, request, conversation, chosen)
    try:
        rendered, components = filled(template, said["values"])
    except ValuesMissing as missing:
        sentence = _("Es fehlt: Angabe %(names)s. Bitte füllen Sie alle Felder aus.")
        return refused(request, conversation, _with_error(chosen, sentence % {"names": ", ".join(missing.labels)}))
    if question := _about_the_values(said, template, request, conversation) or to_whom(request, conversation, said):
        return refused(request, conversation, replace(chosen, **question))
    try:
        sent = actions.send_template(
            conversation=conversation,
            template=template,
            rendered=rendered,
            components=components,
            by=request.member,
            client_id=said["client_id"],
            after=said["after"],
            patient=_patient(said["patient"]),
            hold=hold_of(request.member),
        )
    except Refusal as refusal:
        return _not_sent(refusal, request, conversation, chosen)
    return team_reply.taken(request, conversation, _at_its_start(request, conversation, sent))


def picked(form: PickerForm) -> Typed:
    """The picker as it stood: what was chosen in it, and what was typed by hand."""
    said = form.cleaned_data
    return Typed(
        client_id=said["client_id"],
        patient=patient_in(said),
        template=said.get("template"),
        by_hand=said["by_hand"],
        standing=said.get("standing", ""),
        answered=answered_in(said),
        asked_patient=said.get("asked_patient", ""),
    )


def _about_the_values(
    said: dict[str, Any], template: Template, request: MemberRequest, conversation: Conversation
) -> Question:
    """Whether what nobody typed is still what is known of whom it is for. The page fills it in anew for whoever is
    chosen; without a script, or faster than the line, it would be another person's."""
    by_hand = said["by_hand"].get(template.pk, {})
    if by_hand.keys() >= said["values"].keys():
        return {}
    known = Known(conversation, request.practice, visits_of(pages.patients_of(conversation)), said["patient"])
    if all(said["values"].get(one.name, one.value) == one.value for one in values_of(template, known, by_hand)):
        return {}
    return {"errors": [_("Die Angaben zur Person sind neu ausgefüllt. Bitte prüfen Sie sie.")]}


def _at_its_start(request: MemberRequest, conversation: Conversation, sent: Message) -> HttpResponse:
    """The picker with nothing chosen, so that a second press sends nothing."""
    if not is_fragment(request) or kept_closed(request, conversation.pk):
        return done(request, conversation, [sent])
    context = pages.composer_context(request, find(conversation.pk), NOTHING_TYPED)
    response = render(request, "messaging/_composer.html", context)
    for name, told in _held(request, [sent]).items():
        response.headers[f"{name}-After-Settle"] = told
    return response


@require_POST
@sender_required
def preview(request: MemberRequest, conversation_id: UUID, template_id: UUID) -> HttpResponse:
    """A template with the values as they are typed, as the patient would read it."""
    conversation = find(conversation_id)
    template = get_object_or_404(Template, pk=template_id, channel_id=conversation.channel_id)
    prefix = f"value-{template.pk}-"
    values = {name.removeprefix(prefix): str(value) for name, value in request.POST.items() if name.startswith(prefix)}
    context = {"conversation": conversation, "template": previewed(template, values)}
    return render(request, "messaging/_template_preview.html", context)


def _with_error(typed: Typed, sentence: str) -> Typed:
    return replace(typed, errors=[sentence.strip()])


def refused(request: MemberRequest, conversation: Conversation, typed: Typed) -> HttpResponse:
    """The composer with the reason; what was typed stays."""
    if is_fragment(request):
        if closed := kept_closed(request, conversation.pk):
            return closed
        context = pages.composer_context(request, conversation, typed)
        return render(request, "messaging/_composer.html", context, status=422)
    return show_thread(request, conversation, thread.latest(conversation), typed, status=422)


def done(request: MemberRequest, conversation: Conversation, sent: Sequence[Message] = ()) -> HttpResponse:
    """Nothing to swap: the stream brings what was queued. What can still be taken back is named for the page.
    Without a script, back to the thread."""
    if is_fragment(request):
        return HttpResponse(status=204, headers=_held(request, sent))
    return HttpResponseRedirect(pages.thread_url(request, conversation.pk), status=303)


def _held(request: MemberRequest, sent: Sequence[Message]) -> dict[str, str]:
    seconds = int(hold_of(request.member).total_seconds())
    if not seconds or not sent:
        return {}
    return {"HX-Trigger": json.dumps({"roger:held": {"messages": [str(one.pk) for one in sent], "seconds": seconds}})}


@require_http_methods(["POST", "DELETE"])
@sender_required
def closure(request: MemberRequest, conversation_id: UUID) -> HttpResponse:
    """POST closes, DELETE opens again (a form without a script says reopen=1). 422 if `after` is not the newest any
    more: then the conversation stays open, and the page says so."""
    if closed := kept_closed(request, conversation_id, is_part=False):
        return closed
    conversation, after, is_kept_open = find(conversation_id), newest_posted(request, "after"), False
    if request.method == "DELETE" or "reopen" in request.POST:
        actions.reopen_conversation(conversation=conversation, by=request.member)
    else:
        is_kept_open = not actions.close_conversation(conversation=conversation, by=request.member, after=after)
    again = find(conversation_id)
    if is_fragment(request):
        return _head_again(request, again, after, is_kept_open=is_kept_open)
    if is_kept_open:
        return show_thread(request, again, thread.latest(again), status=422, is_kept_open=True)
    return HttpResponseRedirect(pages.thread_url(request, conversation.pk), status=303)


def _head_again(
    request: MemberRequest, conversation: Conversation, after: UUID | None, *, is_kept_open: bool
) -> HttpResponse:
    """The head as it stands now. If the conversation stays open, the thread fetches what has arrived."""
    head = pages.head_of(conversation, person_of(conversation.contact), request)
    context = {"conversation": head, "last_message": {"pk": after}, "is_kept_open": is_kept_open}
    if not is_kept_open:
        return team_reply.closed(request, conversation, render(request, "messaging/_closure.html", context))
    response = render(request, "messaging/_closure.html", context, status=422)
    response.headers["HX-Trigger"] = f"roger:conversation-{conversation.pk}"
    return response


@require_POST
@sender_required
def seen(request: MemberRequest, conversation_id: UUID) -> HttpResponse:
    """These messages of the patient stood on a screen that somebody looks at; blue ticks follow up to the newest."""
    actions.mark_seen(conversation=find(conversation_id), shown=_ids(request, "message"), by=request.member)
    return HttpResponse(status=204)


def newest_posted(request: MemberRequest, name: str) -> UUID | None:
    return max(_ids(request, name), default=None)


def _ids(request: MemberRequest, name: str) -> list[UUID]:
    """Whatever is posted under a name, once or several times, and is an id."""
    return [UUID(value) for value in request.POST.getlist(name) if IS_ID.fullmatch(value)]


@require_POST
@sender_required
def settle(request: MemberRequest, conversation_id: UUID, message_id: UUID) -> HttpResponse:
    """A person knows that an unclear message arrived."""
    conversation, message = _message(conversation_id, message_id)
    actions.settle_unconfirmed(message=message, arrived=True, by=request.member)
    return _message_again(request, conversation, message)


@require_POST
@sender_required
def resend(request: MemberRequest, conversation_id: UUID, message_id: UUID) -> HttpResponse:
    """The same once more, as a new message of whoever pressed."""
    conversation, message = _message(conversation_id, message_id)
    try:
        resending.resend(message=message, by=request.member, client_id=pages.resend_id(message))
    except Refusal as refusal:
        errors = [f"{refusal.for_person} {refusal.next_step}".strip()]
        return refused_beside(request, conversation, Typed(errors=errors))
    return _message_again(request, conversation, message)


def refused_beside(request: MemberRequest, conversation: Conversation, typed: Typed) -> HttpResponse:
    """The composer says why, whatever fragment asked; in its box stands the draft."""
    response = refused(request, conversation, typed)
    if is_fragment(request):
        response.headers["HX-Retarget"] = "#composer"
        response.headers["HX-Reswap"] = "outerHTML"
    return response


@require_POST
@sender_required
def reaction(request: MemberRequest, conversation_id: UUID, message_id: UUID) -> HttpResponse:
    """An emoji on one of the patient's messages; an empty one takes it back."""
    conversation, message = _message(conversation_id, message_id)
    form = ReactionForm(request.POST)
    if not form.is_valid() or message.direction != Message.Direction.INBOUND or message.wamid is None:
        return HttpResponse(status=400)
    composer = pages.composer_context(request, conversation, Typed())["composer"]
    try:
        actions.send_reaction(
            conversation=conversation,
            target=message,
            emoji=form.cleaned_data["emoji"],
            purpose=Purpose(composer.purpose or Purpose.ORGANISATION),
            by=request.member,
            patient=patient_for(composer, message.concerns_patient_id),
        )
    except Refusal as refusal:
        errors = [f"{refusal.for_person} {refusal.next_step}".strip()]
        return refused_beside(request, conversation, Typed(errors=errors))
    return _message_again(request, conversation, message)


def patient_for(composer: Composer, concerned: UUID | None = None) -> Patient | None:
    """Whom a message is for that says nothing about anybody: whoever is concerned, else anybody who has agreed."""
    somebody = UUID(composer.people[0][0]) if composer.people else None
    return _patient(concerned or somebody)


def _message_again(request: MemberRequest, conversation: Conversation, message: Message) -> HttpResponse:
    """The message as it stands now; the thread fetches what came after it."""
    if not is_fragment(request):
        return HttpResponseRedirect(pages.thread_url(request, conversation.pk), status=303)
    if closed := kept_closed(request, conversation.pk):
        return closed
    conversation, message = _message(conversation.pk, message.pk)
    response = render(request, "messaging/_message.html", pages.message_context(request, conversation, message))
    response.headers["HX-Trigger"] = f"roger:conversation-{conversation.pk}"
    return response


@require_POST
@sender_required
def confirm_person(request: MemberRequest, conversation_id: UUID) -> HttpResponse:
    """Somebody made sure that the number still belongs to this person."""
    if closed := kept_closed(request, conversation_id):
        return closed
    conversation = find(conversation_id)
    patients.confirm_person(contact=conversation.contact, by=request.member)
    words = _("Bestätigt: dieselbe Person")
    if not is_fragment(request):
        return said(request, words, conversation=conversation)
    again = find(conversation_id)
    response = render(request, "messaging/_composer.html", pages.composer_context(request, again, Typed()))
    return with_toast(response, words, conversation=again)


@require_POST
@sender_required
def number(request: MemberRequest, conversation_id: UUID) -> HttpResponse:
    """The whole number, noted in the access log (peers 43); with `call`, as a link to ring it; with `former`, the one
    before the change somebody has to look at."""
    if closed := kept_closed(request, conversation_id, is_part=False):
        return closed
    conversation = find(conversation_id)
    changed = changed_identity(conversation.contact) if "former" in request.POST else None
    phone = changed.former_phone if changed else person_of(conversation.contact).phone
    if phone:
        looked_at("number", about=conversation.contact, by=request.member)
    template = "messaging/composer/_call.html" if "call" in request.POST else "messaging/_number.html"
    return render(request, template, {"phone": phone, "conversation": conversation})


def _message(conversation_id: UUID, message_id: UUID) -> tuple[Conversation, Message]:
    conversation = find(conversation_id)
    message = thread.one(conversation, message_id)
    if message is None:
        raise Http404
    return conversation, message
