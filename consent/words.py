"""The words with which a patient stops, or comes back, by writing nothing else (C-11, C-13, C-29).

Only a message that consists of such a word acts by itself. A withdrawal in any other wording is just as valid in law
(Art. 7(3)), so likely ones are shown to staff: `may_withdraw`.
"""

import re
import unicodedata
from enum import Enum
from typing import NamedTuple

from consent.purposes import Purpose


class Word(Enum):
    """What a whole message asks for."""

    NONE = "none"
    STOP_ALL = "stop_all"
    STOP_RECALL = "stop_recall"
    STOP_WERBUNG = "stop_werbung"
    ERASE = "erase"
    START = "start"

    @property
    def withdraws(self) -> frozenset[Purpose]:
        """The purposes it withdraws; none for ERASE, which opens an Art. 17 case instead."""
        return _WITHDRAWS.get(self, frozenset())


_WITHDRAWS = {
    Word.STOP_ALL: frozenset(Purpose),
    Word.STOP_RECALL: frozenset({Purpose.RECALL}),
    Word.STOP_WERBUNG: frozenset({Purpose.WERBUNG}),
}

_FORMS: dict[Word, tuple[str, ...]] = {
    Word.STOP_ALL: (
        *("stop", "stopp", "stop bitte", "bitte stop", "bitte stopp", "stoppen", "stop all", "stop alles"),
        *("abmelden", "abmeldung", "ich melde mich ab", "austragen", "abbestellen"),
        *("widerruf", "widerrufen", "ich widerrufe", "widerrufe"),
        *("einwilligung widerrufen", "ich widerrufe meine einwilligung"),
        *("keine nachrichten mehr", "bitte keine nachrichten mehr", "nicht mehr schreiben"),
        *("schreiben sie mir nicht mehr", "kein whatsapp mehr"),
        *("unsubscribe", "opt out", "optout", "stop messages"),
        *("dur", "mesaj istemiyorum"),
        *("стоп", "отписаться", "відписатися"),
        *("توقف", "إيقاف"),
    ),
    Word.STOP_RECALL: (
        *("stop recall", "stop erinnerung", "stop erinnerungen"),
        *("keine erinnerung mehr", "keine erinnerungen mehr"),
    ),
    Word.STOP_WERBUNG: ("stop werbung", "keine werbung mehr"),
    Word.ERASE: ("daten löschen", "löschen sie meine daten"),
    Word.START: ("start", "anmelden"),
}

_FOLDED = {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"}
_NOT_IN_A_WORD = re.compile(r"[^\w\s]|_")
# Unicode sorts a run of combining marks in quadratic time; 30 is its own limit for text that is safe to stream.
_PILED_MARKS = re.compile(r"([^\w\s]{30})[^\w\s]+")
_QUOTED_LINE = re.compile(r"^[ \t]*>", re.MULTILINE)

# "stoppt" and "Stoppuhr" are left out: "Die Blutung stoppt nicht" is a call for help.
_STOP = re.compile(r"\bstop(?!pt\b|puhr)")
_SOFT = ("abmeld", "widerruf", "nicht mehr schreib", " in ruhe ")
_REFUSED = re.compile(r"\bkeine?[nr]?\b")
_REFUSABLE = re.compile(r"erinner|werb|nachricht")
_MORE = re.compile(r"\bmehr\b")
_SENTENCE_END = re.compile(r"[.!?\n]+")


def normalise(text: str) -> str:
    """NFKC, lower case, no punctuation or emoji, single spaces, ä/ae and ß/ss alike. Linear in the length."""
    composed = unicodedata.normalize("NFKC", _PILED_MARKS.sub(r"\1", text))
    words_only = _NOT_IN_A_WORD.sub("", composed.lower())
    for letter, spelled in _FOLDED.items():
        words_only = words_only.replace(letter, spelled)
    return " ".join(words_only.split())


_WORDS = {normalise(form): word for word, forms in _FORMS.items() for form in forms}


class Meaning(NamedTuple):
    """What a message says about consent.

    word          what it asks for if it says nothing else; NONE for everything longer, and for quoted replies
    may_withdraw  a person should look: it may withdraw, in whole or in part, in the patient's own wording. Also true
                  for the exact words, since in a quoted reply they do not act by themselves
    """

    word: Word
    may_withdraw: bool


def understand(text: str, *, is_quoted_reply: bool = False) -> Meaning:
    """What a message says about consent, by its words alone."""
    said = normalise(text)
    exact = _WORDS.get(said)
    if exact is None:
        return Meaning(Word.NONE, _may_withdraw(said, text))
    acts = not is_quoted_reply and not _QUOTED_LINE.search(text)
    return Meaning(exact if acts else Word.NONE, bool(exact.withdraws) or _may_withdraw(said, text))


def _may_withdraw(said: str, text: str) -> bool:
    if any(part in f" {said} " for part in _SOFT) or ("stop" in said and _STOP.search(said)):
        return True
    if "kein" not in said:  # then no sentence says it either
        return False
    return any(_wants_no_more(normalise(sentence)) for sentence in _SENTENCE_END.split(text))


def _wants_no_more(sentence: str) -> bool:
    """Whether it says "keine … mehr" and names reminders, advertising or messages."""
    refused = _REFUSED.search(sentence)
    return (
        refused is not None
        and _MORE.search(sentence, refused.end()) is not None
        and _REFUSABLE.search(sentence) is not None
    )
