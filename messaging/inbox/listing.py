"""The list reception works from: which conversations stand on a tab, in which order, and what a row says."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, F, Q, TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.inbox.persons import Name, names_of
from messaging.inbox.wording import line_of
from messaging.models import Conversation, ConversationQuerySet, Message
from practices.models import Practice

ROWS = 25  # a screen shows ten; the rest comes while somebody scrolls
READ = (
    *("last_message_at", "waiting_since", "seen_at", "closed_at", "possible_withdrawal_at", "contact__profile_name"),
    *(f"last_message__{column}" for column in ("direction", "state", "type", "body", "content", "revoked_at")),
)
ENDED_BADLY: dict[str, str] = {
    Message.State.FAILED: "failed",
    Message.State.CANCELLED: "failed",
    Message.State.UNCONFIRMED: "unclear",
}


class Tab(TextChoices):
    WAITING = "waiting", gettext_lazy("Wartet auf uns")
    OPEN = "open", gettext_lazy("Alle offenen")
    DONE = "done", gettext_lazy("Erledigt")


class Order(TextChoices):
    LONGEST = "longest", gettext_lazy("Längste zuerst")
    NEWEST = "newest", gettext_lazy("Neueste zuerst")


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


def counts() -> dict[str, int]:
    """How many conversations stand on each tab; one query."""
    is_open = Q(closed_at=None)
    found: dict[str, int] = Conversation.objects.aggregate(
        waiting=Count("pk", filter=is_open & Q(waiting_since__isnull=False)),
        open=Count("pk", filter=is_open),
        done=Count("pk", filter=~is_open),
    )
    return found


def page(tab: Tab, order: Order, number: int) -> tuple[list[Row], bool]:
    """The rows of one page of a tab, the first being 1, and whether more follow."""
    start = (number - 1) * ROWS
    chosen = conversations(tab, order)
    # Ids first: otherwise every conversation of the tab would be joined with its people before all are sorted.
    ids = chosen.values("pk")[start : start + ROWS + 1]
    found = list(for_rows(chosen.filter(pk__in=ids)))
    return rows_of(found[:ROWS]), len(found) > ROWS


def conversations(tab: Tab, order: Order) -> ConversationQuerySet:
    """The conversations of a tab. What is done has no waiting time and is shown by its newest message."""
    if tab == Tab.DONE:
        return Conversation.objects.closed().order_by("-last_message_at", "id")
    chosen = Conversation.objects.awaiting_reply() if tab == Tab.WAITING else Conversation.objects.open()
    if order == Order.NEWEST:
        return chosen.order_by("-last_message_at", "id")
    if tab == Tab.WAITING:
        return chosen.order_by("waiting_since", "id")
    return chosen.order_by(F("waiting_since").asc(nulls_last=True), F("last_message_at").desc(nulls_last=True), "id")


def for_rows(chosen: ConversationQuerySet) -> ConversationQuerySet:
    """With what rows show, and no more: every further column of a page's rows is read and unpacked for nothing."""
    return chosen.select_related("contact", "last_message").only(*READ)


def rows_of(found: Iterable[Conversation]) -> list[Row]:
    """What the list shows of conversations that were read `for_rows`; a fixed number of queries."""
    listed = list(found)
    contacts = [conversation.contact for conversation in listed]
    names = names_of(contacts, beside=[one.last_message for one in listed if one.last_message])
    return [row_of(conversation, names[conversation.contact_id]) for conversation in listed]


def row_of(conversation: Conversation, person: Name) -> Row:
    last = conversation.last_message
    line, icon = line_of(last) if last else (_("Noch keine Nachricht"), "")
    is_done = conversation.closed_at is not None
    return Row(
        pk=conversation.pk,
        name=person.name,
        birth_year=person.birth_year,
        owed=conversation.waiting_since is not None and not is_done,
        waiting_since=conversation.waiting_since,
        last_at=conversation.last_message_at,
        last_line=line,
        last_from_us=last is not None and last.direction == Message.Direction.OUTBOUND,
        last_icon=icon,
        state=_state(conversation, last),
    )


def _state(conversation: Conversation, last: Message | None) -> str:
    if conversation.possible_withdrawal_at is not None:
        return "doubt"
    if conversation.closed_at is not None:
        return "done"
    if last is not None and last.state in ENDED_BADLY:
        return ENDED_BADLY[last.state]
    if conversation.waiting_since is not None:
        return "seen" if conversation.seen_at else "new"
    return "answered"


def answer_minutes(practice: Practice) -> int | None:
    """The promised answer time in minutes, from its words ("2 Stunden"); None if none is promised."""
    found = re.search(r"(\d+)\s*(Stunde|Minute|Std|Min|h\b)", practice.answer_time)
    if not found:
        return None
    return int(found[1]) * (1 if found[2].startswith("Min") else 60)
