"""Which part of a thread is on the page: messages and notes by (time, id), read backwards from a cursor.

A cursor is the id of a message or note. `newer_than` goes by the order of arrival instead: a late message must not be
missed because its own time is older than what the page shows already.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TypeVar, cast
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from messaging.models import Conversation, MediaFile, Message, Note

PAGE = 50  # five screens; what is older comes while somebody scrolls up
BEFORE_A_HIT = 12
OF_ANY_MESSAGE = ("direction", "origin", "state", "type", "body", "content", "at")
DECORATION = (*OF_ANY_MESSAGE, "target_id")
READ = (
    *OF_ANY_MESSAGE,
    *("conversation_id", "kind", "quoted_wamid", "wamid_hash", "provider_at", "received_at", "refusal", "error_code"),
    *("concerns_patient_id", "held", "lifted", "edited_at", "revoked_at", "template__name", "sent_by__user__name"),
    *(f"quoted__{column}" for column in ("direction", "type", "body", "content", "revoked_at")),
)
# Transactions commit in another order than their ids were made; the browser drops what it has already.
OVERLAP = timedelta(seconds=10)

Item = Message | Note
Row = TypeVar("Row", Message, Note)


@dataclass(frozen=True)
class Slice:
    """A part of a thread, oldest first. `reaches_end`: nothing newer exists, or nothing that arrived later. `target` is
    the item somebody jumped to."""

    items: list[Item]
    has_older: bool
    reaches_end: bool = True
    target: UUID | None = None

    @property
    def last_arrived(self) -> Item | None:
        """What came in last, from where `newer_than` goes on."""
        return max(self.items, key=_arrival, default=None)


@dataclass(frozen=True)
class Belongings:
    """What stands with the items of a part, by the id of the message it belongs to."""

    decorations: Mapping[UUID, list[Message]]  # reactions and edits, in the order they came
    files: Mapping[UUID, MediaFile]


def belongings(items: Iterable[Item]) -> Belongings:
    """Reactions, edits and files of these items; two queries."""
    messages = [item.pk for item in items if isinstance(item, Message)]
    decorations: dict[UUID, list[Message]] = defaultdict(list)
    found = Message.objects.filter(target_id__in=messages).select_related("sent_by__user").order_by("at", "pk")
    for one in found.only(*DECORATION, "sent_by__user__name"):
        decorations[cast(UUID, one.target_id)].append(one)
    files = MediaFile.objects.filter(message_id__in=messages).order_by("-pk")
    return Belongings(decorations, {cast(UUID, file.message_id): file for file in files})


@dataclass(frozen=True)
class Unread:
    """What nobody of the team has looked at: what the patient wrote since `answer`, our last one by a person (None:
    ever), and an emoji on that. `first` is the first message of it; None where it is an emoji alone."""

    answer: Message | None
    first: Message | None

    def holds(self, message: Message) -> bool:
        """Whether it, or an emoji on it, may be unread."""
        return self.answer is None or place(message) >= place(self.answer)

    @property
    def begins_with(self) -> UUID | None:
        """Above what the line "Neu" stands."""
        start = self.first or self.answer
        return start.pk if start else None


def unread(conversation: Conversation) -> Unread | None:
    """None where somebody has looked; else two queries, however long the thread."""
    if conversation.seen_at is not None:
        return None
    messages = conversation.messages.shown()
    answer = messages.answers().order_by("-at", "-id").only("conversation_id", "at").first()
    inbound = messages.inbound().order_by("at", "id").only("conversation_id", "at")
    return Unread(answer, (_after(inbound, answer) if answer else inbound).first())


def latest(conversation: Conversation) -> Slice:
    """The newest part."""
    return _ending(_backwards(conversation, None))


def before(conversation: Conversation, cursor: UUID) -> Slice | None:
    """The part before a message or note; None if this thread holds no such thing."""
    found = _find(conversation, cursor)
    if found is None:
        return None
    part = _ending(_backwards(conversation, found))
    return Slice(part.items, part.has_older, reaches_end=False)


def around(conversation: Conversation, cursor: UUID) -> Slice | None:
    """A part with some context before a message (a search hit); None if this thread does not hold it."""
    found = _find(conversation, cursor)
    return _around(conversation, found) if found else None


def from_day(conversation: Conversation, day: date) -> Slice | None:
    """A part with the first item of a day in the practice's time zone, or of the next day on which there is one; None
    if there is nothing that late."""
    midnight = timezone.make_aware(datetime.combine(day, time.min))
    firsts = [rows.filter(at__gte=midnight).order_by("at", "id").first() for rows in _both(conversation)]
    found = min((one for one in firsts if one), key=place, default=None)
    return _around(conversation, found) if found else None


def after(conversation: Conversation, cursor: UUID) -> Slice | None:
    """The part that stands behind a message or note; None if this thread holds no such thing."""
    found = _find(conversation, cursor)
    if found is None:
        return None
    items = _forwards(conversation, found)[1:]
    rest = items[: PAGE - 1]
    return Slice(rest, has_older=False, reaches_end=len(items) == len(rest))


def _around(conversation: Conversation, found: Item) -> Slice:
    older = _backwards(conversation, found)[: BEFORE_A_HIT + 1]
    newer = _forwards(conversation, found)
    shown = [*reversed(older[:BEFORE_A_HIT]), *newer[: PAGE - BEFORE_A_HIT]]
    reaches_end = len(newer) <= PAGE - BEFORE_A_HIT
    return Slice(shown, len(older) > BEFORE_A_HIT, reaches_end=reaches_end, target=found.pk)


def newer_than(conversation: Conversation, cursor: UUID | None) -> Slice:
    """What arrived after a message or note, a page at most, and shortly before it, in the thread's order."""
    if cursor is None:
        return latest(conversation)
    messages, notes = _messages(conversation), _notes(conversation)
    after = Q(pk__gt=cursor)
    late = Q(pk__gt=_arrived_since(cursor), pk__lt=cursor)
    arrived: list[Item] = [*messages.filter(after).order_by("pk")[: PAGE + 1], *notes.filter(after)]
    overtaken: list[Item] = [*messages.filter(late).order_by("-pk")[:PAGE], *notes.filter(late)]
    arrived.sort(key=_arrival)
    shown = sorted([*overtaken, *arrived[:PAGE]], key=place)
    return Slice(shown, has_older=False, reaches_end=len(arrived) <= PAGE)


def one(conversation: Conversation, message_id: UUID) -> Message | None:
    """A message that stands in this thread on its own, whole."""
    return _whole_messages(conversation).filter(pk=message_id).first()


def next_message(conversation: Conversation, message: Message) -> Message | None:
    """The message after this one, as far as it tells whether both belong to one run."""
    newer = _after(conversation.messages.shown(), message).order_by("at", "id")
    return newer.only("direction", "origin", "type", "sent_by_id", "at").first()


def place(item: Item) -> tuple[datetime, UUID]:
    """Where an item stands in its thread (design: order is provider time, then our id)."""
    return item.at, item.pk


def _arrival(item: Item) -> UUID:
    return item.pk


def _ending(backwards: list[Item]) -> Slice:
    return Slice(backwards[:PAGE][::-1], has_older=len(backwards) > PAGE)


def _backwards(conversation: Conversation, found: Item | None) -> list[Item]:
    """One more than a page, newest first."""
    messages, notes = _messages(conversation), _notes(conversation)
    if found is not None:
        messages, notes = _before(messages, found), _before(notes, found)
    return _merged(messages.order_by("-at", "-id")[: PAGE + 1], notes.order_by("-at", "-id")[: PAGE + 1])[::-1][
        : PAGE + 1
    ]


def _forwards(conversation: Conversation, found: Item) -> list[Item]:
    """From the found item on, one more than a page, oldest first."""
    messages = _after(_messages(conversation), found).order_by("at", "id")[: PAGE + 1]
    notes = _after(_notes(conversation), found).order_by("at", "id")[: PAGE + 1]
    return [found, *_merged(messages, notes)][: PAGE + 1]


def _merged(messages: Iterable[Message], notes: Iterable[Note]) -> list[Item]:
    return sorted([*messages, *notes], key=place)


def _before(rows: "QuerySet[Row]", found: Item) -> "QuerySet[Row]":
    # `at__lte` alone is what the index can use; the rest decides between rows of the same second.
    return rows.filter(at__lte=found.at).filter(Q(at__lt=found.at) | Q(pk__lt=found.pk))


def _after(rows: "QuerySet[Row]", found: Item) -> "QuerySet[Row]":
    return rows.filter(at__gte=found.at).filter(Q(at__gt=found.at) | Q(pk__gt=found.pk))


def _find(conversation: Conversation, cursor: UUID) -> Item | None:
    return _messages(conversation).filter(pk=cursor).first() or conversation.notes.filter(pk=cursor).first()


def _both(conversation: Conversation) -> "tuple[QuerySet[Message], QuerySet[Note]]":
    return _messages(conversation), _notes(conversation)


def _whole_messages(conversation: Conversation) -> "QuerySet[Message]":
    return conversation.messages.shown().select_related("quoted", "template", "sent_by__user")


def _messages(conversation: Conversation) -> "QuerySet[Message]":
    """With what the thread shows, and no more."""
    return _whole_messages(conversation).only(*READ)


def _notes(conversation: Conversation) -> "QuerySet[Note]":
    return conversation.notes.select_related("written_by__user")


def _arrived_since(cursor: UUID) -> UUID:
    """The smallest UUIDv7 of a moment shortly before this one was made."""
    milliseconds = (cursor.int >> 80) - int(OVERLAP.total_seconds() * 1000)
    return UUID(int=max(0, milliseconds) << 80)
