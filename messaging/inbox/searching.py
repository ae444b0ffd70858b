"""?q=: people first, then messages. Who searched is noted, what for is not."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render

from messaging import search
from messaging.inbox import pages
from messaging.inbox.directory import find_contacts
from messaging.inbox.listing import Row, for_rows, rows_of
from messaging.inbox.persons import Name, names_of
from messaging.models import Conversation, Message
from patients.models import Contact
from practices.access import MemberRequest
from practices.audit import looked_at

LONGEST_QUERY = 200  # characters
PEOPLE = 20
BEFORE, AFTER = 22, 60  # characters around a match; a row of the list cuts off what is too long
WORD = re.compile(r"[^\W_]+", re.UNICODE)


@dataclass(frozen=True, slots=True)
class Hit:
    """One message with the words that were found in it (templates/messaging/_search_results.html)."""

    conversation_pk: UUID
    message_pk: UUID
    name: str
    birth_year: int | None
    at: datetime
    from_us: bool
    before: str
    match: str
    after: str


def results(request: MemberRequest, query: str) -> HttpResponse:
    """The results in the list pane; ?parts=1 looks inside words too, ?before= goes on."""
    query, parts, before = query[:LONGEST_QUERY].replace("\0", ""), "parts" in request.GET, _cursor(request)
    looked_at("search", about=request.member, by=request.member)
    found = search.scan(query, before=before) if parts else search.find(query, before=before)
    context = pages.tabs_context(request, "") | {
        "query": query,
        "people": [] if before else people(query),
        "hits": hits_of(found.messages, query, parts=parts),
        "searched": found.searched,
        "parts": parts,
        "needs_parts": not parts and not search.is_indexed(query),
        "parts_page": "" if parts else f"?{urlencode({'q': query, 'parts': 1})}",
        "next_page": _next_page(query, found.before, parts=parts),
        "answer_minutes": None,
        "conversation": None,
        "opened": None,
    }
    return render(request, "messaging/search.html", context)


def people(query: str) -> list[Row]:
    """The conversations of people found by name, number or date of birth, the latest first."""
    contacts = find_contacts(query)
    if not contacts:
        return []
    found = for_rows(Conversation.objects.filter(contact_id__in=contacts))
    return rows_of(found.order_by("-last_message_at", "id")[:PEOPLE])


def hits_of(messages: list[Message], query: str, *, parts: bool) -> list[Hit]:
    """Messages with name and context; a fixed number of queries."""
    if not messages:
        return []
    contacts = Contact.objects.filter(pk__in={message.contact_id for message in messages})
    names = names_of(contacts.only("profile_name"))
    match = partial(_part_match, query=query) if parts else partial(_word_match, wanted=_telling_stems(query))
    return [_hit(message, names[message.contact_id], match) for message in messages]


def _hit(message: Message, person: Name, match: Callable[[str], tuple[int, int]]) -> Hit:
    body = " ".join((message.body or "").split())
    start, end = match(body)
    return Hit(
        conversation_pk=message.conversation_id,
        message_pk=message.target_id or message.pk,  # an edit stands at the message it changed
        name=person.name,
        birth_year=person.birth_year,
        at=message.at,
        from_us=message.direction == Message.Direction.OUTBOUND,
        before=_tail(body[:start]),
        match=body[start:end],
        after=_head(body[end:]),
    )


def _telling_stems(query: str) -> set[str]:
    """The stems to look for in a hit: the rarer ones decide if there is any."""
    wanted = search.stems(query)
    return wanted - search.common_stems() or wanted


def _word_match(body: str, wanted: set[str]) -> tuple[int, int]:
    """Where the first word with one of these stems stands."""
    for word in WORD.finditer(body):
        if search.stems(word.group()) & wanted:
            return word.span()
    return 0, 0


def _part_match(body: str, query: str) -> tuple[int, int]:
    for part in query.split():
        found = re.search(re.escape(part), body, re.IGNORECASE)
        if found:
            return found.span()
    return 0, 0


def _tail(text: str) -> str:
    return text if len(text) <= BEFORE else f"… {text[-BEFORE:].partition(' ')[2]}"


def _head(text: str) -> str:
    return text if len(text) <= AFTER else f"{text[:AFTER].rpartition(' ')[0]} …"


def _cursor(request: MemberRequest) -> UUID | None:
    try:
        return UUID(request.GET.get("before", ""))
    except ValueError:
        return None


def _next_page(query: str, before: UUID | None, *, parts: bool) -> str:
    if before is None:
        return ""
    asked: dict[str, Any] = {"q": query, "before": before} | ({"parts": 1} if parts else {})
    return f"?{urlencode(asked)}"
