"""Words that lift a conversation to the top of the list, and say there why. No medical advice: the patient's word is
shown, and nothing is concluded from it.

A practice decides its words; each change is a version, the newest holds, and where there is none the house list does.

A word of the list is found in every spelling (Zähne, Zaehne, Zahne), with every ending (geschwollene), and at the end
of compounds (Nachblutung, Gesichtsschwellung), where German says what a thing is: a Kieferorthopäde is no Kiefer and a
Unfallversicherung no Unfall. Several words must follow each other in one part of a sentence, three others at most
between them ("Zahn wurde mir ausgeschlagen").
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from django.db import transaction

from messaging.models import Conversation, UrgencyList
from messaging.search import stem
from practices.audit import record
from practices.models import Member, Practice
from practices.scope import current_practice_id

HOUSE_LIST = (
    *("Blutung", "blutet", "Schwellung", "geschwollen", "dicke Backe", "Backe dick", "dicke Wange", "Wange dick"),
    *("Eiter", "Abszess"),
    *("Unfall", "Sturz", "gestürzt", "hingefallen", "Zahn ausgeschlagen", "Zahn abgebrochen", "Zahn verloren"),
    *("Atemnot", "keine Luft", "nicht atmen", "nicht schlucken", "kaum schlucken", "Mund nicht auf"),
    *("starke Schmerzen", "schlimme Schmerzen", "unerträgliche Schmerzen", "Kiefer", "Kieferklemme"),
    *("Fieber", "Schüttelfrost", "Allergie", "allergisch", "Ausschlag", "ohnmächtig", "bewusstlos", "Notfall"),
)
MOST_WORDS = 200  # of a practice's list
LONGEST_WORD = 60  # letters
SHORTEST_IN_COMPOUNDS = 4  # letters: shorter ones would end half of the language
BETWEEN = 3
NEGATIONS = frozenset({"kein", "keine", "keinen", "keinem", "keiner", "keines", "keinerlei", "ohne", "nicht"})
PASSES_NEGATION_ON = frozenset({"mehr"})  # "nicht mehr geschwollen"

_SENTENCE = re.compile(r"[^.!?\n…]+[.!?…]*")
_PART = re.compile(r"[,;:()–—]|\b(?:aber|sondern|doch|jedoch)\b", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+", re.UNICODE)
_UMLAUTS = str.maketrans({"ä": "a", "ö": "o", "ü": "u"})
_WRITTEN_OUT = re.compile("(?<=[aou])e")


@dataclass(frozen=True)
class Words:
    """A list that holds, ready to be looked for. `version` 0 is the house list."""

    version: int
    listed: tuple[str, ...]

    def found_in(self, text: str) -> list[str]:
        """The words of the list that a text holds, in the list's spelling and the text's order; each once."""
        sought = _sought(self.listed)
        if not text or not sought.may_hold(text):
            return []
        return list(dict.fromkeys(found for part in _parts(text) for found in sought.found_in(part)))


HOUSE = Words(0, HOUSE_LIST)


def current_words() -> Words:
    """The list that holds in the practice in scope; one query."""
    newest = UrgencyList.objects.order_by("-version").values_list("version", "words").first()
    return Words(newest[0], tuple(newest[1])) if newest else HOUSE


Urgent = tuple[datetime | None, list[str] | None]  # since when, and the words that say why


def lifted(before: Urgent, found: list[str], at: datetime) -> Urgent:
    """Where a conversation stands after one more message: the first word gives the time, later ones the words."""
    since, known = before
    if not found:
        return before
    return since or at, list(dict.fromkeys([*(known or []), *found]))


def urgency_since(conversation: Conversation, since: datetime) -> Urgent:
    """By the words of everything that is owed an answer to whoever waits since then. Raises SealBroken."""
    words = current_words()
    urgent: Urgent = (None, None)
    for message in conversation.messages.owed_since(since).in_order():
        urgent = lifted(urgent, words.found_in(message.body or ""), message.at)
    return urgent


@transaction.atomic
def change_urgent_words(*, words: Sequence[str], by: Member) -> UrgencyList | None:
    """From the next message on these words lift; what stands on top already stays. None if nothing changes.

    Two people at once wait for each other at the practice's row, so that every version has a number of its own.
    """
    Practice.objects.select_for_update(no_key=True).get(pk=current_practice_id())
    wanted, before = _tidy(words), current_words()
    if wanted == before.listed:
        return None
    version = UrgencyList.objects.create(version=before.version + 1, words=list(wanted), changed_by=by)
    record("urgent_words_changed", about=version, by=by, version=version.version, words=len(wanted))
    return version


def _tidy(words: Iterable[str]) -> tuple[str, ...]:
    """Each word once, whatever its case, with single blanks, in the order given."""
    spaced = (" ".join(word.split()) for word in words)
    return tuple({word.casefold(): word for word in reversed([one for one in spaced if one])}.values())[::-1]


# ── finding ──


@dataclass(frozen=True)
class _Part:
    """Words that belong together: between two commas or full stops."""

    words: tuple[str, ...]  # folded
    asks: bool


@dataclass(frozen=True)
class _Sought:
    """A list taken apart: each entry with the stems of its words."""

    entries: tuple[tuple[str, tuple[str, ...]], ...]
    any_of_them: re.Pattern[str]

    def may_hold(self, text: str) -> bool:
        """Fast and generous: nearly every message holds none of them."""
        return self.any_of_them.search(_fold(text)) is not None

    def found_in(self, part: _Part) -> list[str]:
        places = ((_place(entry, part), listed) for listed, entry in self.entries)
        return [listed for place, listed in sorted(one for one in places if one[0] is not None)]


@lru_cache(maxsize=256)
def _sought(listed: tuple[str, ...]) -> _Sought:
    taken_apart = ((one, tuple(stem(word) for word in _WORD.findall(_fold(one)))) for one in listed)
    entries = tuple((one, stems) for one, stems in taken_apart if stems)
    last = sorted({re.escape(stems[-1]) for _one, stems in entries})
    return _Sought(entries, re.compile("|".join(last) or r"(?!)"))


def _parts(text: str) -> Iterator[_Part]:
    for sentence in _SENTENCE.findall(text):
        for said in _PART.split(sentence):
            yield _Part(tuple(_WORD.findall(_fold(said))), "?" in sentence)


def _place(entry: Sequence[str], part: _Part) -> int | None:
    """Where the words of an entry stand in a part, None if they do not or are clearly denied there."""
    for start in range(len(part.words)):
        if _follow(entry, part.words[start:]) and not _is_denied(part, start):
            return start
    return None


def _follow(entry: Sequence[str], words: Sequence[str]) -> bool:
    """Whether these words begin with the first of the entry, and the others follow in order, near each other."""
    if not _is_form_of(entry[0], words[0]):
        return False
    rest = words[1:]
    for wanted in entry[1:]:
        near = next((at for at, word in enumerate(rest[: BETWEEN + 1]) if _is_form_of(wanted, word)), None)
        if near is None:
            return False
        rest = rest[near + 1 :]
    return True


def _is_form_of(wanted: str, word: str) -> bool:
    """Whether a word is one with this stem, or a compound that ends with one."""
    place = word.rfind(wanted)
    if place < 0 or (place > 0 and len(wanted) < SHORTEST_IN_COMPOUNDS):
        return False
    return stem(word[place:]) == wanted


def _is_denied(part: _Part, start: int) -> bool:
    """Only where nothing else can be meant: the negation stands right before it, no question is asked, and it is not
    itself denied ("nicht ohne Schmerzen"). In doubt the conversation is lifted."""
    before = start - 1
    if before >= 0 and part.words[before] in PASSES_NEGATION_ON:
        before -= 1
    if part.asks or before < 0 or part.words[before] not in NEGATIONS:
        return False
    return before == 0 or part.words[before - 1] not in NEGATIONS


def _fold(text: str) -> str:
    """One spelling of what looks or sounds the same: no case, umlauts without dots, also where an e stands for them."""
    return _WRITTEN_OUT.sub("", unicodedata.normalize("NFKC", text).casefold().translate(_UMLAUTS))
