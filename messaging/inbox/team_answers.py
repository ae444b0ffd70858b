"""What the team's deeds answer: to an open page nothing but a toast, else the way back.

The toast's words and its ticket for taking the deed back go in a header of which htmx makes an event
(static/js/toast.js). Neither names a patient: whom it
concerns is an id, and the page that shows the name puts it there.
"""

import json
from collections.abc import Iterable
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from messaging.inbox import pages
from messaging.inbox.persons import person_of
from messaging.inbox.views import is_fragment
from messaging.models import Conversation
from messaging.teamwork.undoing import ticket_for
from practices.access import MemberRequest
from practices.models import AuditEvent
from practices.refusal import Refusal
from practices.told import leads_to


def said(
    request: MemberRequest,
    text: str,
    events: Iterable[AuditEvent] = (),
    *,
    conversation: Conversation | None = None,
    then: str = "",
) -> HttpResponse:
    """Done: 204 with a toast, or for a page without a script the way to `then`, by default the conversation, where it
    stands likewise."""
    if not is_fragment(request):
        back = then or (pages.thread_url(request, conversation.pk) if conversation else pages.inbox_url(request))
        return leads_to(request, back, text)
    return with_toast(HttpResponse(status=204), text, ticket_for(events, request.member), conversation)


def with_toast(
    response: HttpResponse, text: str, ticket: str = "", conversation: Conversation | None = None
) -> HttpResponse:
    """The same answer with a toast; the page also looks at the list, and at the conversation, without the stream."""
    toast = {"text": text, "undo": ticket}
    told = _told(response) | {"roger:toast": toast}
    if conversation:
        toast["conversation"] = str(conversation.pk)
        told[f"roger:conversation-{conversation.pk}"] = {}
    response.headers["HX-Trigger"] = json.dumps(told | {"roger:inbox": {}, "roger:team": {}})
    return response


def _told(response: HttpResponse) -> dict[str, Any]:
    """The events an answer names already, as a list of names or as JSON."""
    header = response.headers.get("HX-Trigger", "")
    if header.startswith("{"):
        return dict(json.loads(header))
    return {name.strip(): {} for name in header.split(",") if name.strip()}


def part(
    request: MemberRequest, conversation: Conversation, name: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """One of the thread's menus: alone for a page that is open, on a page of its own otherwise."""
    head = pages.head_of(conversation, person_of(conversation.contact), request)
    alone = f"messaging/team/_{name}.html"
    whole = {"conversation": head, "part": alone} | context
    template = alone if is_fragment(request) else "messaging/team/deed.html"
    return render(request, template, whole, status=status)


def sentence_of(refusal: Refusal) -> str:
    return f"{refusal.for_person} {refusal.next_step}".strip()
