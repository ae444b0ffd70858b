"""What people do from the inbox about consent. Each is a POST that works without a script too: then it leads back."""

from uuid import UUID, uuid5

from django import forms
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from messaging import neutral_replies
from messaging.doubts import Decision, decide
from messaging.inbox import pages
from messaging.inbox.composer import NOTHING_TYPED, Typed
from messaging.inbox.deeds import done, refused, sender_required
from messaging.inbox.views import find, is_fragment
from messaging.neutral_replies import Reply
from patients.models import RightsRequest
from patients.rights import settle_request
from practices.access import LEADERS, MemberRequest, role_required
from practices.refusal import Refusal


class ReplyChoice(forms.Form):
    """One of the fixed texts, and in which language."""

    reply = forms.ChoiceField(choices=Reply.choices)
    language = forms.CharField(max_length=10, required=False)
    client_id = forms.UUIDField(required=False)


class DecisionForm(forms.Form):
    decision = forms.ChoiceField(choices=Decision.choices)


@require_POST
@sender_required
def neutral_reply(request: MemberRequest, conversation_id: UUID) -> HttpResponse:
    """One of the fixed texts to somebody who has not agreed yet. Answers with a composer whose presses are new ones."""
    conversation, form = find(conversation_id), ReplyChoice(request.POST)
    if not form.is_valid():
        return refused(request, conversation, Typed(errors=[_("Bitte wählen Sie eine der Antworten.")]))
    said = form.cleaned_data
    reply, language = Reply(said["reply"]), said["language"] or conversation.contact.language
    page = said["client_id"]
    try:
        neutral_replies.send_reply(
            conversation=conversation,
            reply=reply,
            language=language,
            by=request.member,
            client_id=uuid5(page, f"{reply}:{language}") if page else None,  # all buttons of a page share its id
        )
    except Refusal as refusal:
        return refused(request, conversation, Typed(errors=[f"{refusal.for_person} {refusal.next_step}"]))
    if not is_fragment(request):
        return done(request, conversation)
    context = pages.composer_context(request, find(conversation_id), NOTHING_TYPED)
    response = render(request, "messaging/_composer.html", context)
    response.headers["HX-Trigger"] = f"roger:conversation-{conversation_id}"
    return response


@require_POST
@sender_required
def consent_question(request: MemberRequest, conversation_id: UUID) -> HttpResponse:
    """Text C, because somebody of the team wants it."""
    conversation = find(conversation_id)
    try:
        neutral_replies.ask_for_consent(conversation=conversation, by=request.member)
    except Refusal as refusal:
        return refused(request, conversation, Typed(errors=[f"{refusal.for_person} {refusal.next_step}"]))
    return done(request, conversation)


@require_POST
@sender_required
def possible_withdrawal(request: MemberRequest, conversation_id: UUID) -> HttpResponse:
    """Somebody says what words that may be a withdrawal meant."""
    conversation, form = find(conversation_id), DecisionForm(request.POST)
    if not form.is_valid():
        return HttpResponse(status=400)
    decide(conversation=conversation, decision=Decision(form.cleaned_data["decision"]), by=request.member)
    if not is_fragment(request):
        return done(request, conversation)
    context = pages.doubt_context(request, find(conversation_id))
    response = render(request, "messaging/_possible_withdrawal.html", context)
    response.headers["HX-Trigger"] = f"roger:conversation-{conversation_id}"
    return response


@require_POST
@role_required(*LEADERS)
def settlement(request: MemberRequest, conversation_id: UUID, request_id: UUID) -> HttpResponse:
    """A leader says that what was asked for under the DSGVO is done."""
    conversation = find(conversation_id)
    asked = get_object_or_404(RightsRequest, pk=request_id, contact_id=conversation.contact_id)
    settle_request(request=asked, by=request.member)
    return HttpResponseRedirect(pages.thread_url(request, conversation.pk), status=303)
