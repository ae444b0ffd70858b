"""Search over ciphertext: keyed stems in a narrow side table (security.md 1.7, with what it leaks).

A text becomes stems (NFKC, casefold, Snowball German), without numbers of less than three digits and without the 300
commonest stems of the language; each stem becomes 32 bits of an HMAC under a key of this practice. A query goes the
same way. What the index finds is a candidate: it is opened and its words are compared before anybody sees it.
"""

import hmac
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from operator import itemgetter
from pathlib import Path
from uuid import UUID

import Stemmer
from django.db import connection
from django.db.models import QuerySet

from messaging.models import Message, MessageToken
from messaging.search_query import MOST_WORDS, Query, words
from messaging.search_within import EVERYWHERE, Within
from practices.keys import index_key
from practices.postgres.bulk import insert_columns
from practices.scope import current_practice_id
from practices.sealed import warm

SHORTEST_NUMBER = 3
MOST_HITS = 50
CANDIDATES_AT_ONCE = 60
FILTERED_AT_ONCE = 500  # of which the filter leaves few
MOST_CANDIDATES = 2_000  # opened for one page at most; beyond, the query is too common to be worth it
COUNTED_UP_TO = 2_000  # which of two words is rarer needs no exact count of the common one
SCANNED_AT_ONCE = 2_000
SCANNED = 4_000  # opened by one press: the work of a request has an end, whatever is looked for
_stemmer = threading.local()


@dataclass(frozen=True)
class Found:
    """One page of hits, newest first; `before` is where the next page starts, None at the end.

    `searched` is how many messages were looked through by a scan, None where the index answered.
    """

    messages: list[Message]
    before: UUID | None = None
    searched: int | None = None

    @property
    def reached(self) -> datetime | None:
        """Back to when it was looked; None at the end. An id tells its time (ADR 16)."""
        return time_of(self.before) if self.before else None


def time_of(message_id: UUID) -> datetime:
    """When a UUIDv7 was made."""
    return datetime.fromtimestamp((message_id.int >> 80) / 1000, UTC)


# ── making messages findable ──


def index(messages: Iterable[Message], *, are_new: bool = False) -> None:
    """Make these messages findable; deleting a message deletes its tokens in the same action.

    Twice is harmless, unless the caller knows that they `are_new`, which takes less time.
    """
    spoken = {message.pk: set(words(message.body)) for message in messages if message.body}
    known = tokens_of(set().union(*spoken.values()))
    pairs = [
        (token, message_id)
        for message_id, said in spoken.items()
        for token in {known[word] for word in said & known.keys()}
    ]
    pairs.sort(key=itemgetter(0))  # neighbours in the database's index, which is thus read from one end to the other
    insert_columns(
        "message_token",
        {
            "practice_id": ("int", [current_practice_id()] * len(pairs)),
            "token": ("int", [token for token, _ in pairs]),
            "message_id": ("uuid", [message_id for _, message_id in pairs]),
        },
        ignore_conflicts=not are_new,
    )


def forget(message_ids: Iterable[UUID]) -> int:
    """Delete the tokens of messages that are being deleted; answers how many."""
    count, _by_model = MessageToken.objects.filter(message_id__in=list(message_ids)).delete()
    return count


def tokens(text: str) -> set[int]:
    """The keyed 32-bit tokens of a text in the practice in scope."""
    return set(tokens_of(set(words(text))).values())


def tokens_of(said: set[str]) -> dict[str, int]:
    """The token of each of these words that is indexed: of many messages at once, since most words are said often."""
    key, common = index_key("message"), common_stems()
    stemmed = {word: stem(word) for word in said if _counts(word)}
    return {word: _token(key, stem) for word, stem in stemmed.items() if stem not in common}


def rare_stems(text: str) -> set[str]:
    """The stems that are indexed: all but the commonest 300."""
    return stems(text) - common_stems()


def stems(text: str) -> set[str]:
    """Stems of the words of a text, without numbers of less than three digits."""
    return {stem(word) for word in words(text) if _counts(word)}


def _counts(word: str) -> bool:
    return len(word) >= SHORTEST_NUMBER or not word.isdigit()


def stem(word: str) -> str:
    if not hasattr(_stemmer, "german"):
        _stemmer.german = Stemmer.Stemmer("german", 0)  # it would keep words otherwise
    return str(_stemmer.german.stemWord(word))


@cache
def common_stems() -> frozenset[str]:
    """The 300 commonest stems of German. Indexed, they would give away four in ten words (security.md 1.7)."""
    return frozenset((Path(__file__).parent / "common_stems.txt").read_text().split())


def _token(key: bytes, stem: str) -> int:
    return int.from_bytes(hmac.digest(key, b"m1|" + stem.encode("utf-8", "replace"), "sha256")[:4], signed=True)


# ── by words ──


def is_indexed(query: str) -> bool:
    """Whether the index can answer at all: a query of common words alone needs the scan."""
    return bool(rare_stems(query))


def find(query: str, *, before: UUID | None = None, limit: int = MOST_HITS, within: Within = EVERYWHERE) -> Found:
    """The messages that hold every word of the query in some form and each quoted phrase as it stands, newest first by
    id; nothing for common words alone.

    `before` is a message's id: hits older than it.
    """
    asked, wanted, key = Query(query), stems(query), index_key("message")
    rare = sorted(wanted - common_stems())[:MOST_WORDS]
    if not rare:
        return Found([])
    by_rarity = _rarest_first([_token(key, one) for one in rare])
    at_once = CANDIDATES_AT_ONCE if within == EVERYWHERE else FILTERED_AT_ONCE
    hits: list[Message] = []
    opened = 0
    while opened < MOST_CANDIDATES:
        candidates = _candidates(by_rarity, before, at_once)
        for message in _opened(candidates, within):
            text = message.body or ""
            if wanted <= stems(text) and asked.has_phrases(text):
                hits.append(message)
                if len(hits) == limit:
                    return Found(hits, before=message.pk)
        if len(candidates) < at_once:
            return Found(hits)
        opened, before = opened + len(candidates), candidates[-1]
    return Found(hits, before=before)


def _rarest_first(wanted: list[int]) -> list[int]:
    """Tokens by how often they occur, so that the shortest list is walked and the others only probed; one query."""
    counted = " union all ".join(
        "select %s::int, count(*) from (select 1 from message_token where practice_id = %s and token = %s limit %s) t"
        for _ in wanted
    )
    values = [value for token in wanted for value in (token, current_practice_id(), token, COUNTED_UP_TO)]
    with connection.cursor() as cursor:
        cursor.execute(counted, values)  # the words of the query are values, never SQL
        counts: dict[int, int] = dict(cursor.fetchall())
    return sorted(dict.fromkeys(wanted), key=lambda token: counts[token])


def _candidates(wanted: list[int], before: UUID | None, most: int) -> list[UUID]:
    """Ids of messages that hold all these tokens, newest first."""
    practice, (rarest, *others) = current_practice_id(), wanted
    probe = (
        " and exists (select 1 from message_token o"
        " where o.practice_id = %s and o.token = %s and o.message_id = t.message_id)"
    )
    statement = (  # built of three fixed parts; every value is a parameter
        "select t.message_id from message_token t where t.practice_id = %s and t.token = %s"  # noqa: S608
        f"{' and t.message_id < %s' if before else ''}{probe * len(others)}"
        " order by t.message_id desc limit %s"
    )
    values: list[int | UUID] = [practice, rarest, *([before] if before else [])]
    values += [value for token in others for value in (practice, token)]
    with connection.cursor() as cursor:
        cursor.execute(statement, [*values, most])
        return [row[0] for row in cursor.fetchall()]


def _opened(ids: list[UUID], within: Within) -> list[Message]:
    """The messages behind candidates, in their order; ready to be read. What was deleted meanwhile is left out."""
    rows = within.narrow(Message.objects.filter(pk__in=ids, revoked_at=None))
    found = {message.pk: message for message in rows.only(*READ)} if ids else {}
    warm(found.values())
    return [found[pk] for pk in ids if pk in found]


READ = (
    *("pk", "practice_id", "conversation_id", "contact_id", "target_id"),
    *("direction", "type", "at", "body", "revoked_at"),
)


# ── in parts of words ──


def scan(
    query: str,
    *,
    before: UUID | None = None,
    limit: int = MOST_HITS,
    most: int = SCANNED,
    within: Within = EVERYWHERE,
) -> Found:
    """The messages that hold every word of the query anywhere, also inside other words ("Zahnarzttermin" for
    "Termin"); with a filter alone, all that it leaves. Looks through the newest `most` messages before `before` until
    the page is full; `before` of the answer goes on.
    """
    asked = Query(query)
    hits: list[Message] = []
    searched = 0
    if not asked.parts and within == EVERYWHERE:
        return Found([], searched=0)
    for step in _steps(before, most, within):
        for message in _read(step, asked, within):
            if asked.has_parts(message.body or ""):
                hits.append(message)
                if len(hits) == limit:
                    searched += step.index(message.pk) + 1
                    return Found(hits, before=message.pk, searched=searched)
        searched, before = searched + len(step), step[-1]
    return Found(hits, before=before if searched >= most else None, searched=searched)


def oldest() -> datetime | None:
    """When the first message of the practice in scope was made: how far back a scan may have to look."""
    first = Message.objects.order_by("pk").values_list("pk", flat=True).first()
    return time_of(first) if first else None


def _steps(before: UUID | None, most: int, within: Within) -> Iterator[list[UUID]]:
    """Ids to look through, newest first. Chosen before the filter is asked, so that a filter nothing passes costs no
    more than one that everything does."""
    for start in range(0, most, SCANNED_AT_ONCE):
        wanted = min(SCANNED_AT_ONCE, most - start)
        rows = within.of_few_people(Message.objects.filter(pk__lt=before) if before else Message.objects.all())
        step = list(rows.order_by("-pk").values_list("pk", flat=True)[:wanted])
        if step:
            yield step
        if len(step) < wanted:
            return
        before = step[-1]


def _read(step: list[UUID], asked: Query, within: Within) -> list[Message]:
    """The messages of a step that the filter leaves, newest first, ready to be read."""
    rows: QuerySet[Message] = Message.objects.filter(pk__range=(step[-1], step[0]), revoked_at=None)
    if asked.parts or not within.has_file:
        rows = rows.filter(body__isnull=False)  # a photo without a caption is a hit only for who looks for files
    found = list(within.narrow(rows).only(*READ).order_by("-pk"))
    warm(found)
    return found
