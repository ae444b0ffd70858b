"""Hits of a search as the page shows them: a piece of each message with its words marked, by conversation."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from messaging import search
from messaging.inbox.persons import Name, names_of
from messaging.inbox.wording import line_of
from messaging.models import Message
from messaging.search_query import WORD, Query, spelled
from patients.models import Contact

BEFORE, AFTER = 32, 110  # characters around the first match; two lines of the list
FIRST_SHOWN = 3  # of one conversation; the others are behind one press

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Hit:
    """One message. `pieces` are its text, cut, and whether each was looked for; the template escapes them."""

    message_pk: UUID
    at: datetime
    from_us: bool
    pieces: list[tuple[str, bool]]


@dataclass(frozen=True, slots=True)
class Group:
    """The hits of one conversation, newest first."""

    conversation_pk: UUID
    name: str
    birth_year: int | None
    hits: list[Hit]
    asks: bool  # opening it asks for a reason, so nothing of it is shown here

    @property
    def shown(self) -> list[Hit]:
        return self.hits[:FIRST_SHOWN]

    @property
    def others(self) -> list[Hit]:
        return self.hits[FIRST_SHOWN:]


def groups_of(messages: list[Message], query: str, *, parts: bool, asking: set[UUID]) -> list[Group]:
    """Messages by conversation, the one with the newest hit first; a fixed number of queries."""
    if not messages:
        return []
    contacts = Contact.objects.filter(pk__in={message.contact_id for message in messages})
    names = names_of(contacts.only("profile_name"))
    spans = _part_spans(query) if parts else _word_spans(query)
    gathered: dict[UUID, list[Message]] = {}
    for message in messages:
        gathered.setdefault(message.conversation_id, []).append(message)
    return [_group(each, names[each[0].contact_id], spans, asks=pk in asking) for pk, each in gathered.items()]


def _group(messages: list[Message], person: Name, spans: Callable[[str], list[Span]], *, asks: bool) -> Group:
    hits = [] if asks else [_hit(message, spans) for message in messages]
    return Group(messages[0].conversation_id, person.name, person.birth_year, hits, asks)


def _hit(message: Message, spans: Callable[[str], list[Span]]) -> Hit:
    text = " ".join((message.body or "").split())
    return Hit(
        message_pk=message.target_id or message.pk,  # an edit stands at the message it changed
        at=message.at,
        from_us=message.direction == Message.Direction.OUTBOUND,
        pieces=pieces_of(text, spans(text)) if text else [(line_of(message)[0], False)],
    )


def pieces_of(text: str, spans: Iterable[Span]) -> list[tuple[str, bool]]:
    """A text around its first match, cut into what was looked for and what was not."""
    marked = _merged(spans)
    first = marked[0][0] if marked else 0
    start, end = _start(text, first), _end(text, first)
    pieces: list[tuple[str, bool]] = [("… ", False)] if start else []
    at = start
    for begin, stop in marked:
        if begin >= end:
            break
        pieces += [(text[at:begin], False), (text[begin : min(stop, end)], True)]
        at = min(stop, end)
    pieces += [(text[at:end], False), (" …" if end < len(text) else "", False)]
    return [piece for piece in pieces if piece[0]]


def _start(text: str, first: int) -> int:
    """Where the piece begins: after a space, if there is one near."""
    if first <= BEFORE:
        return 0
    space = text.find(" ", first - BEFORE, first)
    return space + 1 if space >= 0 else first - BEFORE


def _end(text: str, first: int) -> int:
    if len(text) <= first + AFTER:
        return len(text)
    space = text.rfind(" ", first + AFTER // 2, first + AFTER)
    return space if space >= 0 else first + AFTER


def _merged(spans: Iterable[Span]) -> list[Span]:
    """In order, and none inside another."""
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _word_spans(query: str) -> Callable[[str], list[Span]]:
    """Where the words with these stems stand; the rarer ones decide if there is any."""
    wanted = search.stems(query)
    telling = wanted - search.common_stems() or wanted
    return lambda text: [word.span() for word in WORD.finditer(text) if search.stems(word.group()) & telling]


def _part_spans(query: str) -> Callable[[str], list[Span]]:
    """Where the parts stand, however their umlauts are written."""
    looked_for = [re.compile(_any_spelling(part), re.IGNORECASE) for part in Query(query).parts]
    return lambda text: [found.span() for each in looked_for for found in each.finditer(text)]


def _any_spelling(part: str) -> str:
    """A pattern for a part in both spellings of its umlauts, whatever stands between its words."""
    pattern = r"[\W_]+".join(re.escape(word) for word in spelled(part).split())
    for written, umlaut in (("ae", "ä"), ("oe", "ö"), ("ue", "ü"), ("ss", "ß")):
        pattern = pattern.replace(written, f"(?:{written}|{umlaut})")
    return pattern
