"""What people do from the inbox about a number that WhatsApp does not name. Both work without a script too."""

from uuid import UUID

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from messaging.inbox import pages, team_reply
from messaging.inbox.composer import NOTHING_TYPED, Typed
from messaging.inbox.composer_sending import hold_of
from messaging.inbox.deeds import done, newest_posted, patient_for, refused_beside, sender_required
from messaging.inbox.team_answers import said
from messaging.inbox.views import find
from messaging.number_requests import ask_for_number
from patients.stated_numbers import reject_number
from practices.access import MemberRequest
from practices.refusal import Refusal


@require_POST
@sender_required
def ask(request: MemberRequest, conversation_id: UUID) -> HttpResponse:
    """Ask whoever has no number here for it. 204 when it is queued; 422 with the composer when it is refused."""
    conversation = find(conversation_id)
    composer = pages.composer_context(request, conversation, NOTHING_TYPED)["composer"]
    try:
        sent = ask_for_number(
            conversation=conversation,
            by=request.member,
            after=newest_posted(request, "after"),
            patient=patient_for(composer),
            hold=hold_of(request.member),
        )
    except Refusal as refusal:
        errors = [f"{refusal.for_person} {refusal.next_step}".strip()]
        return refused_beside(request, conversation, Typed(errors=errors))
    return team_reply.taken(request, conversation, done(request, conversation, [sent]))


@require_POST
@sender_required
def reject(request: MemberRequest, conversation_id: UUID) -> HttpResponse:
    """Somebody asked back, and what the person stated is not their number."""
    conversation = find(conversation_id)
    reject_number(contact=conversation.contact, by=request.member)
    return said(request, _("Nummer verworfen"), conversation=conversation)
