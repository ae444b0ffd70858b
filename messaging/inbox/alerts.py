"""What a browser tells somebody who does not look: who wrote since, whether it is urgent, what waits too long, and
what a colleague has given them.

It comes through the shield (practices/shield.py), and then holds ids and numbers alone.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_POST, require_safe

from messaging.escalation import waits_too_long
from messaging.inbox.persons import names_of
from messaging.inbox.search_form import LONGEST_QUERY
from messaging.inbox.searching import called, roughly_called
from messaging.models import Conversation, Message
from messaging.teamwork.given import given_since
from practices.access import MemberRequest, member_required
from practices.audit import looked_at
from practices.models import Member
from practices.preferences import preferences_of
from practices.sessions import store_of

MOST_TOLD = 20
# A message has its delivery's time, and is there once a worker has read that: what came a little earlier is told again.
OVERLAP = timedelta(minutes=10)
MOST_FOUND = 8


@require_safe
@member_required
def alerts(request: MemberRequest) -> JsonResponse:
    """`?since=` (ISO time, as the last answer gave it) → how many wait, who wrote since ten minutes before that (each
    with the id of the newest message, so that nobody is told twice), what colleagues gave this person, and whether the
    shield is up; a name only for who chose it, and never from behind the shield."""
    now = timezone.now()
    since = _since(request, now)
    return JsonResponse(
        {
            "until": now.isoformat(),
            **_counts(now),
            "overdue": waits_too_long(request.practice, now),
            "shielded": store_of(request).shielded,
            "news": _news(since, request) if since else [],
            "mine": _mine(since, request.member) if since else None,
        }
    )


def _since(request: MemberRequest, now: datetime) -> datetime | None:
    """At most a day ago; None for what is no time, has no zone, or lies ahead: then nothing is news."""
    try:
        since = parse_datetime(request.GET.get("since", ""))
    except ValueError:
        return None
    return max(since, now - timedelta(days=1)) if since and since.tzinfo and since <= now else None


def _news(since: datetime, request: MemberRequest) -> list[dict[str, Any]]:
    fresh = list(_written_since(since - OVERLAP))
    names = _names(fresh, request)
    return [
        {
            "conversation": str(one.pk),
            "message": str(one.newest),
            "is_earlier": one.arrived_at <= since,
            "urgent": one.urgent_at is not None,
            "name": names.get(one.contact_id, ""),
        }
        for one in fresh
    ]


def _written_since(since: datetime) -> "QuerySet[Any]":
    """Conversations that wait for us and in which somebody wrote since then, with their `newest` message of the patient
    and when it `arrived_at`, whatever we answered by ourselves; those that are urgent first."""
    # The time of its message may lie before its arrival; ten minutes are more than WhatsApp takes while it works.
    recent = Conversation.objects.awaiting_reply().filter(last_message_at__gt=since - timedelta(minutes=10))
    inbound = Message.objects.inbound().filter(conversation=OuterRef("pk")).order_by("-at", "-pk")
    told = recent.annotate(
        newest=Subquery(inbound.values("pk")[:1]), arrived_at=Subquery(inbound.values("received_at")[:1])
    )
    fresh = told.filter(arrived_at__gt=since).select_related("contact")
    return fresh.order_by("urgent_at", "-last_message_at")[:MOST_TOLD]


def _mine(since: datetime, member: Member) -> dict[str, Any] | None:
    """In how many conversations a colleague gave something to this person, and the newest such deed."""
    given = given_since(member, since - OVERLAP)
    if not given:
        return None
    newest = given[0]
    return {
        "count": len({one.conversation_id for one in given}),
        "conversation": str(newest.conversation_id),
        "newest": str(newest.id),
        "is_earlier": newest.at <= since,
    }


def _counts(now: datetime) -> dict[str, int]:
    is_here = Q(snoozed_until=None) | Q(snoozed_until__lte=now)
    waiting = Conversation.objects.awaiting_reply().filter(is_here)
    found: dict[str, int] = waiting.aggregate(
        waiting=Count("pk"), urgent=Count("pk", filter=Q(urgent_at__isnull=False))
    )
    return found


def _names(fresh: list[Conversation], request: MemberRequest) -> dict[UUID, str]:
    if not fresh or not preferences_of(request.member).notify_content or store_of(request).shielded:
        return {}
    return {contact_id: name.name for contact_id, name in names_of([one.contact for one in fresh]).items()}


@require_POST
@member_required
def found_people(request: MemberRequest) -> HttpResponse:
    """People by name, number or date of birth, for the palette: their conversation, or else their record; where nobody
    is called so, those whose names hold the letters in their order. Who searched is noted, what for is not."""
    query = request.POST.get("q", "").strip()[:LONGEST_QUERY].replace("\0", "")
    looked_at("search", about=request.member, by=request.member)
    rows, records = called(query, most=MOST_FOUND, by=request.member)
    is_nearly = not rows and not records
    if is_nearly:
        rows, records = roughly_called(query, most=MOST_FOUND, by=request.member)
    context = {"people": rows, "records": records, "is_nearly": is_nearly}
    return render(request, "messaging/_people_found.html", context)
