"""What the thread's head says of the team: whose the conversation is, its labels, until when it is put off."""

from dataclasses import dataclass, field
from datetime import datetime

from messaging.inbox.row_marks import Seen, seen_of
from messaging.models import Conversation, Label
from practices.models import Member, Role


@dataclass(frozen=True)
class TeamShown:
    """`assigned` is a person's or a role's name, empty while it is nobody's. `seen` is the colleague who has seen what
    waits: one's own look is none to tell. Times are UTC."""

    assigned: str = ""
    initials: str = ""
    is_mine: bool = False
    seen: Seen | None = None
    labels: list[Label] = field(default_factory=list)
    snoozed_until: datetime | None = None
    done_by: str = ""
    done_at: datetime | None = None


def team_shown(conversation: Conversation, member: Member) -> TeamShown:
    """Reads what `with_people` brought along; asks the database nothing more."""
    person = conversation.assigned_to
    role = conversation.assigned_role
    return TeamShown(
        assigned=person.user.name if person else str(Role(role).label) if role else "",
        initials=person.user.initials if person else "",
        is_mine=conversation.assigned_to_id == member.pk,
        seen=seen_by_another(conversation, member),
        labels=[link.label for link in conversation.label_links.all()],
        snoozed_until=conversation.snoozed_until,
        done_by=conversation.closed_by.user.name if conversation.closed_by else "",
        done_at=conversation.closed_at,
    )


def seen_by_another(conversation: Conversation, member: Member) -> Seen | None:
    """Which colleague has seen what waits, if something does. Reads what was joined."""
    if conversation.owed_since is None or conversation.seen_by_id == member.pk:
        return None
    return seen_of(conversation)
