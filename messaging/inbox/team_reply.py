"""What answering and closing do with the team: whoever answers takes what is nobody's."""

from django.http import HttpResponse
from django.utils.translation import gettext as _

from messaging.inbox.team_answers import with_toast
from messaging.inbox.views import is_fragment
from messaging.models import Conversation
from messaging.teamwork.assigning import take_on_reply
from messaging.teamwork.undoing import last_deed, ticket_for
from practices.access import MemberRequest


def taken(request: MemberRequest, conversation: Conversation, response: HttpResponse) -> HttpResponse:
    """The answer to a reply; where it gave the conversation to whoever wrote, a toast says so."""
    events = take_on_reply(conversation=conversation, by=request.member)
    if not events or not is_fragment(request):
        return response
    words = _("Ihnen zugewiesen, weil Sie geantwortet haben")
    return with_toast(response, words, ticket_for(events, request.member), conversation)


def closed(request: MemberRequest, conversation: Conversation, response: HttpResponse) -> HttpResponse:
    """The answer to closing or opening again, with the way back."""
    is_done = conversation.closed_at is not None
    kind = "conversation_closed" if is_done else "conversation_reopened"
    ticket = ticket_for(last_deed(kind, conversation, request.member), request.member)
    return with_toast(response, _("Erledigt") if is_done else _("Wieder offen"), ticket, conversation)


def shows_head(response: HttpResponse, conversation: Conversation) -> HttpResponse:
    """The page fetches head and standing anew, so that the next press counts."""
    response.headers["HX-Trigger"] = f"roger:conversation-{conversation.pk}"
    return response
