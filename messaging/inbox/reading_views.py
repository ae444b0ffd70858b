"""Saying why, before an unusual look shows anything (messaging/reading.py)."""

from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_POST

from messaging import reading
from messaging.inbox import pages, thread
from messaging.inbox.views import ask_why, find, is_fragment, show_thread
from practices.access import MemberRequest, member_required
from practices.models import AccessLog


@require_POST
@member_required
def reason(request: MemberRequest, conversation_id: UUID) -> HttpResponse:
    """One press on a reason, and the thread is there. Without one nothing is shown: 422 with the question again."""
    conversation = find(conversation_id)
    rules = reading.rules_for(conversation, by=request.member)
    given = request.POST.get("reason", "")
    if rules and given not in AccessLog.Reason.values:
        return ask_why(request, conversation, rules, status=422)
    if rules:
        reading.explain(conversation, rules=rules, reason=AccessLog.Reason(given), by=request.member)
    message = pages.posted_id(request, "message")
    if is_fragment(request):
        part = thread.around(conversation, message) if message else None
        return show_thread(request, conversation, part or thread.latest(conversation))
    address = pages.thread_url(request, conversation.pk)
    return HttpResponseRedirect(f"{address}?message={message}#message-{message}" if message else address, status=303)
