"""The list reception works from: which conversations stand on a tab, in which order, and what a row says."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from consent.gate import ChannelState
from messaging.inbox.choosing import Choice, Order, Tab
from messaging.inbox.persons import Name, names_of
from messaging.inbox.row_marks import OF_A_LINE, Marks, Owner, Seen, marks_of, owner_of, seen_of
from messaging.inbox.wording import line_of, shortened
from messaging.models import Conversation, ConversationLabel, ConversationQuerySet, Label, Message
from practices.models import Member, Practice

ROWS = 25  # a screen shows ten; the rest comes while somebody scrolls
READ = (
    *("last_message_at", "waiting_since", "seen_at", "closed_at", "possible_withdrawal_at"),
    *("contact__profile_name", "contact__blocked_at"),
    *("snoozed_until", "urgent_at", "urgent_words", "assigned_role", "assigned_to__user__name", "channel__state"),
    "seen_by__user__name",
    *(f"last_message__{column}" for column in OF_A_LINE),
)
ENDED_BADLY: dict[str, str] = {
    Message.State.FAILED: "failed",
    Message.State.CANCELLED: "failed",
    Message.State.UNCONFIRMED: "unclear",
}
# Then whoever waits longest. In opening time that is the same order as by the calendar: the clock runs alike for all.
# Who is blocked waits for nothing.
FIRST_WHO_IS_URGENT = (
    F("contact__blocked_at").asc(nulls_first=True),
    F("urgent_at").asc(nulls_last=True),
    F("waiting_since").asc(nulls_last=True),
    F("last_message_at").desc(nulls_last=True),
    "id",
)


@dataclass(frozen=True, slots=True)
class Row:
    """One conversation in the list (templates/messaging/_conversation_row.html)."""

    pk: UUID
    name: str
    birth_year: int | None
    owed: bool
    waiting_since: datetime | None
    last_at: datetime | None
    last_line: str
    last_from_us: bool
    last_icon: str
    state: str
    urgent: str
    snoozed_until: datetime | None
    labels: list[Label]
    owner: Owner | None
    seen: Seen | None
    draft: str
    channel_fails: bool
    asks: bool


def counts(member: Member) -> dict[str, int]:
    """How many conversations stand on each tab of this person; one query."""
    now = timezone.now()
    found: dict[str, int] = Conversation.objects.aggregate(
        **{tab.value: Count("pk", filter=_stands_on(tab, member, now)) for tab in Tab}
    )
    return found


def counts_of(choices: Sequence[Choice], member: Member) -> list[int]:
    """How many conversations each of these choices shows this person; one query, none for no choice."""
    now = timezone.now()
    each = {f"at_{at}": Count("pk", filter=_belongs_to(one, member, now)) for at, one in enumerate(choices)}
    found = Conversation.objects.aggregate(**each) if each else {}
    return [found[name] for name in each]


def page(choice: Choice, member: Member, number: int) -> tuple[list[Row], bool]:
    """The rows of one page of a choice, the first being 1, and whether more follow."""
    start = (number - 1) * ROWS
    chosen = conversations(choice, member)
    # Ids first: otherwise every conversation of the tab would be joined with its people before all are sorted.
    ids = chosen.values("pk")[start : start + ROWS + 1]
    found = list(for_rows(chosen.filter(pk__in=ids)))
    return rows_of(found[:ROWS], member), len(found) > ROWS


def conversations(choice: Choice, member: Member) -> ConversationQuerySet:
    """The conversations of a choice. What is done has no waiting time and is shown by its newest message; what is put
    off, by when it comes back."""
    chosen = Conversation.objects.filter(_belongs_to(choice, member, timezone.now()))
    if choice.tab == Tab.SNOOZED:
        return chosen.order_by("snoozed_until", "id")
    if choice.tab == Tab.DONE or choice.order == Order.NEWEST:
        return chosen.order_by("-last_message_at", "id")
    return chosen.order_by(*FIRST_WHO_IS_URGENT)


def _belongs_to(choice: Choice, member: Member, now: datetime) -> Q:
    """What makes a conversation one of a choice: its tab, and one of its labels where it has some."""
    stands = _stands_on(choice.tab, member, now)
    hung = ConversationLabel.objects.filter(label_id__in=choice.labels).values("conversation_id")
    return stands & Q(pk__in=hung) if choice.labels else stands


def _stands_on(tab: Tab, member: Member, now: datetime) -> Q:
    """What makes a conversation stand on a tab. What is put off stands on no other."""
    is_open, put_off = Q(closed_at=None), Q(snoozed_until__gt=now)
    at_hand = is_open & (Q(snoozed_until=None) | Q(snoozed_until__lte=now))
    mine = Q(assigned_to=member) | Q(assigned_to=None, assigned_role=member.role)
    return {
        Tab.WAITING: at_hand & Q(waiting_since__isnull=False, contact__blocked_at=None),
        Tab.MINE: at_hand & mine,
        Tab.UNASSIGNED: at_hand & Q(assigned_to=None, assigned_role=""),
        Tab.SNOOZED: is_open & put_off,
        Tab.DONE: Q(closed_at__isnull=False),
        Tab.OPEN: at_hand,
    }[tab]


def tab_of(conversation: Conversation) -> Tab:
    """The tab on which anybody finds a conversation."""
    if conversation.closed_at is not None:
        return Tab.DONE
    if _is_snoozed(conversation):
        return Tab.SNOOZED
    return Tab.WAITING if conversation.owed_since else Tab.OPEN


def for_rows(chosen: ConversationQuerySet) -> ConversationQuerySet:
    """With what rows show, and no more: every further column of a page's rows is read and unpacked for nothing."""
    return chosen.select_related("contact", "last_message", "channel", "assigned_to__user", "seen_by__user").only(*READ)


def rows_of(found: Iterable[Conversation], member: Member | None = None) -> list[Row]:
    """What the list shows of conversations that were read `for_rows`, with the drafts of this person; a fixed number of
    queries."""
    listed = list(found)
    marks = marks_of(listed, member)
    beside = [*listed, *(one.last_message for one in listed if one.last_message), *marks.sealed]
    names = names_of([conversation.contact for conversation in listed], beside)
    return [_row(conversation, names[conversation.contact_id], marks, member) for conversation in listed]


def _row(conversation: Conversation, person: Name, marks: Marks, member: Member | None) -> Row:
    last = conversation.last_message
    said = marks.said.get(conversation.pk, last)
    line, icon = line_of(said) if said else (_("Noch keine Nachricht"), "")
    draft = marks.drafts.get(conversation.pk)
    return Row(
        pk=conversation.pk,
        name=person.name,
        birth_year=person.birth_year,
        owed=conversation.owed_since is not None,
        waiting_since=conversation.owed_since,
        last_at=conversation.last_message_at,
        last_line=line,
        last_from_us=said is not None and said.direction == Message.Direction.OUTBOUND,
        last_icon=icon,
        state=_state(conversation, last),
        urgent=urgent_words_of(conversation),
        snoozed_until=conversation.snoozed_until if _is_snoozed(conversation) else None,
        labels=marks.labels.get(conversation.pk, []),
        owner=owner_of(conversation, member),
        seen=seen_of(conversation),
        draft=shortened(draft.body) if draft else "",
        channel_fails=conversation.channel.state != ChannelState.CONNECTED,
        asks=conversation.pk in marks.asking,
    )


def urgent_words_of(conversation: Conversation) -> str:
    """Why it stands on top, in the words of the practice's list; empty for most, and for a
    blocked number."""
    stands_on_top = conversation.urgent_at and not conversation.contact.blocked_at
    return ", ".join(conversation.urgent_words or []) if stands_on_top else ""


def _is_snoozed(conversation: Conversation) -> bool:
    return conversation.snoozed_until is not None and conversation.snoozed_until > timezone.now()


def _state(conversation: Conversation, last: Message | None) -> str:
    if conversation.possible_withdrawal_at is not None:
        return "doubt"
    if conversation.closed_at is not None:
        return "done"
    if conversation.contact.blocked_at is not None:
        return "blocked"
    if last is not None and last.state in ENDED_BADLY:
        return ENDED_BADLY[last.state]
    if conversation.waiting_since is not None:
        return "seen" if conversation.seen_at else "new"
    # Nobody waits for an answer to an emoji, but somebody is to look.
    return "new" if last is not None and last.sets_emoji and conversation.seen_at is None else "answered"


def answer_minutes(practice: Practice) -> int | None:
    """The promised answer time in minutes, from its words ("2 Stunden"); None if none is promised."""
    found = re.search(r"(\d+)\s*(Stunde|Minute|Std|Min|h\b)", practice.answer_time)
    if not found:
        return None
    return int(found[1]) * (1 if found[2].startswith("Min") else 60)
