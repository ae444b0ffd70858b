"""Who has which thread open: told by pages every ten seconds and at once when it changes, never stored."""

from dataclasses import dataclass
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_POST, require_safe

from messaging.models import Conversation
from messaging.teamwork import presence
from messaging.teamwork.presence import State
from practices.access import MemberRequest, member_required
from practices.models import Member
from practices.scope import current_practice_id


@dataclass(frozen=True)
class Shown:
    """Somebody at a conversation (templates/messaging/team/_presence.html)."""

    conversation_id: UUID
    name: str
    initials: str
    state: str
    words: str


@require_POST
@member_required
def tell(request: MemberRequest, conversation_id: UUID) -> HttpResponse:
    """Somebody looks at it, has stopped looking, writes, or is gone (anything else than the three states)."""
    get_object_or_404(Conversation.objects.only("pk"), pk=conversation_id)
    said = request.POST.get("state", "")
    state = State(said) if said in State.values else None
    presence.beat(conversation_id=conversation_id, member=request.member, state=state)
    return HttpResponse(status=204)


@require_safe
@member_required
def everybody(request: MemberRequest) -> HttpResponse:
    """All others who are at some conversation now; one query for their names."""
    return render(request, "messaging/team/_presence.html", {"present": _shown(request.member)})


def _shown(member: Member) -> list[Shown]:
    found = presence.present(besides=member)
    working = Member.objects.filter(practice_id=current_practice_id(), left_at=None).select_related("user")
    people = working.in_bulk({one.member_id for one in found}) if found else {}
    return [_one(one, people[one.member_id]) for one in found if one.member_id in people]


def _one(present: presence.Present, member: Member) -> Shown:
    user = member.user
    return Shown(present.conversation_id, user.name, user.initials, str(present.state), str(present.state.label))
