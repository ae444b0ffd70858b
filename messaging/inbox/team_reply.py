"""What answering and closing do with the team: whoever answers takes what is nobody's, and nobody writes into a
conversation that a colleague has just closed without being told."""

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from messaging.inbox.team_answers import with_toast
from messaging.inbox.templatetags.inbox import clock_time
from messaging.inbox.views import is_fragment
from messaging.models import Conversation
from messaging.teamwork.assigning import take_on_reply
from messaging.teamwork.undoing import last_deed, ticket_for
from practices.access import MemberRequest

OPEN = "open"


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


def closed_meanwhile(request: MemberRequest, conversation: Conversation) -> str:
    """What to say to somebody whose page shows as open what a colleague has closed; empty where that is not so.

    The page says how it shows the conversation (templates/messaging/_thread_after.html); sending again then means it.
    """
    by = conversation.closed_by
    is_news = request.POST.get("standing") == OPEN and conversation.closed_at is not None
    if not is_news or by is None or by.pk == request.member.pk or "send_anyway" in request.POST:
        return ""
    at = clock_time(timezone.localtime(conversation.closed_at))
    words = _(
        "%(name)s hat die Unterhaltung um %(time)s erledigt. Soll es trotzdem hinausgehen, senden Sie es noch einmal."
    )
    return words % {"name": by.user.name, "time": at}


def shows_head(response: HttpResponse, conversation: Conversation) -> HttpResponse:
    """The page fetches head and standing anew, so that the next press counts."""
    response.headers["HX-Trigger"] = f"roger:conversation-{conversation.pk}"
    return response
