"""How hard a text is to read: LIX for German, words per sentence for the other languages. A hint, never a judge.

LIX (Björnsson 1968) = words per sentence + long words (more than six letters) in a hundred. It needs no dictionary of
syllables, so it counts the same on every machine.
"""

import re
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

LONG_WORD = 6  # letters; longer ones count
LANGUAGES_WITH_LIX = frozenset({"de"})

_WORD = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")
# Abbreviations and numbers end no sentence; a line does.
_ABBREVIATION = re.compile(r"\b(?:Art|Abs|Buchst|Nr|Dr|bzw|z|B|ca|usw|Tel)\.(?=\s)", re.IGNORECASE)
_END = re.compile(r"[.!?؟:]+(?=\s|$)|\n+")

LEVELS = (
    (30, _("sehr leicht zu lesen")),
    (40, _("leicht zu lesen")),
    (50, _("mittelschwer, wie eine Tageszeitung")),
    (60, _("schwer, wie ein Sachbuch")),
)
HARDEST = _("sehr schwer, wie ein Gesetz")
SENTENCES = (
    (12, _("kurze Sätze, gut zu lesen")),
    (18, _("mittellange Sätze")),
)
LONGEST_SENTENCES = _("lange Sätze, bitte teilen")


@dataclass(frozen=True)
class Reading:
    """What was counted, and what it means in words. `lix` is None where only sentences are measured."""

    words: int
    sentences: int
    long_words: int
    lix: int | None
    verdict: str

    @property
    def words_per_sentence(self) -> int:
        return round(self.words / self.sentences) if self.sentences else 0


def measure(text: str, language: str) -> Reading | None:
    """How hard the text is; None if it has no words."""
    words = _WORD.findall(text)
    if not words:
        return None
    sentences = max(1, sum(1 for part in _END.split(_ABBREVIATION.sub("", text)) if _WORD.search(part)))
    long_words = sum(len(word) > LONG_WORD for word in words)
    per_sentence = len(words) / sentences
    if language not in LANGUAGES_WITH_LIX:
        return Reading(len(words), sentences, long_words, None, _named(per_sentence, SENTENCES, LONGEST_SENTENCES))
    lix = per_sentence + 100 * long_words / len(words)
    return Reading(len(words), sentences, long_words, round(lix), _named(lix, LEVELS, HARDEST))


def _named(value: float, levels: tuple[tuple[int, object], ...], hardest: object) -> str:
    return str(next((name for limit, name in levels if value < limit), hardest))
