"""Search over ciphertext: keyed stems in a narrow side table (security.md 1.7, with what it leaks).

A text becomes stems (NFKC, casefold, Snowball German), without numbers of less than three digits and without the 300
commonest stems of the language; each stem becomes 32 bits of an HMAC under a key of this practice. A query goes the
same way. What the index finds is a candidate: it is opened and its words are compared before anybody sees it.
"""

import hmac
import re
import threading
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from operator import itemgetter
from pathlib import Path
from uuid import UUID

import Stemmer
from django.db import connection

from messaging.models import Message, MessageToken
from practices.keys import index_key
from practices.postgres.bulk import insert_columns
from practices.scope import current_practice_id
from practices.sealed import warm

WORD = re.compile(r"[^\W_]+", re.UNICODE)
SHORTEST_NUMBER = 3
MOST_HITS = 50
CANDIDATES_AT_ONCE = 60
MOST_CANDIDATES = 2_000  # opened for one page at most; beyond, the query is too common to be worth it
COUNTED_UP_TO = 2_000  # which of two words is rarer needs no exact count of the common one
SCANNED_AT_ONCE = 2_000
SCANNED = 20_000
MOST_WORDS = 12
_stemmer = threading.local()


@dataclass(frozen=True)
class Found:
    """One page of hits, newest first; `before` is where the next page starts, None at the end.

    `searched` is how many messages were looked through by a scan, None where the index answered.
    """

    messages: list[Message]
    before: UUID | None = None
    searched: int | None = None


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


def words(text: str) -> list[str]:
    """The words of a text as they are compared."""
    return WORD.findall(fold(text))


def fold(text: str) -> str:
    """One spelling of what looks the same: NFKC, no case."""
    return unicodedata.normalize("NFKC", text).casefold()


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


def find(query: str, *, before: UUID | None = None, limit: int = MOST_HITS) -> Found:
    """The messages that hold every word of the query in some form, newest first by id; nothing for common words alone.

    `before` is a message's id: hits older than it.
    """
    wanted, key = stems(query), index_key("message")
    rare = sorted(wanted - common_stems())[:MOST_WORDS]
    if not rare:
        return Found([])
    by_rarity = _rarest_first([_token(key, one) for one in rare])
    hits: list[Message] = []
    opened = 0
    while opened < MOST_CANDIDATES:
        candidates = _candidates(by_rarity, before)
        for message in _opened(candidates):
            if wanted <= stems(message.body or ""):
                hits.append(message)
                if len(hits) == limit:
                    return Found(hits, before=message.pk)
        if len(candidates) < CANDIDATES_AT_ONCE:
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


def _candidates(wanted: list[int], before: UUID | None) -> list[UUID]:
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
        cursor.execute(statement, [*values, CANDIDATES_AT_ONCE])
        return [row[0] for row in cursor.fetchall()]


def _opened(ids: list[UUID]) -> list[Message]:
    """The messages behind candidates, in their order; ready to be read. What was deleted meanwhile is left out."""
    rows = Message.objects.filter(pk__in=ids, revoked_at=None)
    found = {message.pk: message for message in rows.only(*READ)} if ids else {}
    warm(found.values())
    return [found[pk] for pk in ids if pk in found]


READ = ("pk", "practice_id", "conversation_id", "contact_id", "target_id", "direction", "type", "at", "body")


# ── in parts of words ──


def scan(query: str, *, before: UUID | None = None, limit: int = MOST_HITS, most: int = SCANNED) -> Found:
    """The messages that hold every word of the query anywhere, also inside other words ("Zahnarzttermin" for
    "Termin"). Opens the newest `most` messages before `before` until the page is full; `before` of the answer goes on.
    """
    wanted = [fold(part) for part in query.split()][:MOST_WORDS]
    hits: list[Message] = []
    searched = 0
    if not wanted:
        return Found([], searched=0)
    for message in _newest(before, most):
        searched, before = searched + 1, message.pk
        text = fold(message.body or "")
        if all(part in text for part in wanted):
            hits.append(message)
            if len(hits) == limit:
                break
    return Found(hits, before=before if searched == most or len(hits) == limit else None, searched=searched)


def _newest(before: UUID | None, most: int) -> Iterator[Message]:
    for start in range(0, most, SCANNED_AT_ONCE):
        rows = Message.objects.filter(body__isnull=False, revoked_at=None)
        rows = rows.filter(pk__lt=before) if before else rows
        step = list(rows.only(*READ).order_by("-pk")[: min(SCANNED_AT_ONCE, most - start)])
        warm(step)
        yield from step
        if len(step) < SCANNED_AT_ONCE:
            return
        before = step[-1].pk
