"""What a row shows beside who and what: labels, whose it is, what somebody has begun to write, what was said before a
rule answered, and whether opening it asks for a reason."""

from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Model, OuterRef, Subquery

from messaging import reading
from messaging.models import Conversation, ConversationLabel, Draft, Label, Message
from practices.models import Member, Role

OF_A_LINE = ("direction", "origin", "state", "type", "body", "content", "revoked_at", "target")
# Two letters for a whole team, as an apron has them; the word itself is read out and stands in the tooltip.
TEAMS = {
    Role.OWNER: "IN",
    Role.DENTIST: "ZA",
    Role.PRACTICE_MANAGER: "PM",
    Role.RECEPTION: "EM",
    Role.PROPHYLAXIS: "PX",
    Role.TRAINEE: "AZ",
}


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose a conversation is: a person's or a team's."""

    name: str
    initials: str
    is_me: bool
    is_team: bool


@dataclass(frozen=True, slots=True)
class Seen:
    """Who was the first of the team to see what waits, and when."""

    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Marks:
    """By conversation. `said` is what stands in the row although a rule has answered since; `sealed` are the rows to be
    opened."""

    labels: Mapping[UUID, list[Label]]
    drafts: Mapping[UUID, Draft]
    asking: Set[UUID]
    said: Mapping[UUID, Message]
    sealed: Sequence[Model]


def marks_of(listed: Sequence[Conversation], member: Member | None) -> Marks:
    """Labels of these conversations and this person's drafts in them, two queries; what was said before a rule
    answered, one more where one has; of those that are done, which would ask this person for a reason, a fixed number
    more."""
    ids = [conversation.pk for conversation in listed]
    labels: dict[UUID, list[Label]] = defaultdict(list)
    hung = ConversationLabel.objects.filter(conversation_id__in=ids, label__archived_at=None).select_related("label")
    for link in hung.order_by("label__position", "label_id"):
        labels[link.conversation_id].append(link.label)
    drafts = _drafts(ids, member) if member else {}
    shown = [label for each in labels.values() for label in each]
    done = {conversation.pk for conversation in listed if conversation.closed_at is not None}
    asking = reading.asking(done, by=member) if done and member else set()
    said = _said_before_a_rule_answered(listed)
    return Marks(labels, drafts, asking, said, [*shown, *drafts.values(), *said.values()])


def _said_before_a_rule_answered(listed: Sequence[Conversation]) -> dict[UUID, Message]:
    """Whoever waits is read, and not what Roger sent by itself: where a rule sent the newest message, the newest that
    none did."""
    automatic = Message.Origin.AUTOMATIC
    waiting = [
        one.pk
        for one in listed
        if one.waiting_since and one.last_message is not None and one.last_message.origin == automatic
    ]
    if not waiting:
        return {}
    said = Message.objects.shown().exclude(origin=automatic).filter(conversation=OuterRef("pk")).order_by("-at", "-id")
    newest = Conversation.objects.filter(pk__in=waiting).annotate(said=Subquery(said.values("pk")[:1]))
    found = Message.objects.filter(pk__in=newest.values("said")).only("conversation_id", "contact_id", *OF_A_LINE)
    return {message.conversation_id: message for message in found}


def _drafts(conversation_ids: Sequence[UUID], member: Member) -> dict[UUID, Draft]:
    mine = Draft.objects.filter(member=member, conversation_id__in=conversation_ids, kind=Draft.Kind.REPLY)
    return {draft.conversation_id: draft for draft in mine.only("conversation_id", "contact_id", "body")}


def owner_of(conversation: Conversation, member: Member | None) -> Owner | None:
    """None while it is nobody's. Reads what was joined."""
    if conversation.assigned_to is not None:
        user = conversation.assigned_to.user
        is_me = member is not None and conversation.assigned_to_id == member.pk
        return Owner(user.name, user.initials, is_me, is_team=False)
    if conversation.assigned_role:
        role = Role(conversation.assigned_role)
        return Owner(str(role.label), TEAMS[role], is_me=False, is_team=True)
    return None


def seen_of(conversation: Conversation) -> Seen | None:
    """Who of the team has seen what the patient wrote; None where nobody has, or nobody said who. Reads what was
    joined."""
    if conversation.seen_at is None or conversation.seen_by is None:
        return None
    return Seen(conversation.seen_by.user.name, conversation.seen_at)


def labels_in_use() -> list[Label]:
    """The labels one can filter by, in their order; one query."""
    return list(Label.objects.filter(archived_at=None).order_by("position", "pk"))
