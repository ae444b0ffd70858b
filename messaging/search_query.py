"""What somebody typed into the search: words in any order, and phrases in quotes that must stand just so."""

import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property

WORD = re.compile(r"[^\W_]+", re.UNICODE)
# The marks Germans type: "…", „…“, “…”, »…«, «…».
QUOTED = re.compile(r"\"([^\"]+)\"|„([^“”\"]+)[“”\"]|“([^”\"]+)[”\"]|»([^«]+)«|«([^»]+)»")
MOST_WORDS = 12
_SPELLED = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


@dataclass(frozen=True)
class Query:
    """A search as it was typed. Its repr tells nothing: it may hold a name."""

    text: str

    def __repr__(self) -> str:
        return "Query(…)"

    @cached_property
    def words(self) -> list[str]:
        """Every word of it, those in quotes too, as they are compared."""
        return words(self.text)

    @cached_property
    def phrases(self) -> list[list[str]]:
        """The words of each quoted part that has more than one, in their spelling without umlauts."""
        quoted = (next(filter(None, found.groups())) for found in QUOTED.finditer(self.text))
        return [phrase for phrase in (words(spelled(part)) for part in quoted) if len(phrase) > 1]

    @cached_property
    def parts(self) -> list[str]:
        """What to look for inside words: each word by itself, a quoted part as a whole."""
        quoted = [" ".join(phrase) for phrase in self.phrases]
        loose = words(spelled(QUOTED.sub(self._without_phrase, self.text)))
        return [*quoted, *loose][:MOST_WORDS]

    @staticmethod
    def _without_phrase(found: "re.Match[str]") -> str:
        """A single word in quotes is a word like any other."""
        inside = next(filter(None, found.groups()))
        return inside if len(words(inside)) == 1 else " "

    def has_phrases(self, text: str) -> bool:
        """Whether each quoted part stands in this text, word for word. The index cannot say: it knows no order."""
        if not self.phrases:
            return True
        said = f" {' '.join(words(spelled(text)))} "
        return all(f" {' '.join(phrase)} " in said for phrase in self.phrases)

    def has_parts(self, text: str) -> bool:
        """Whether each part stands anywhere in this text, also inside other words."""
        said = spelled(text)
        if self.phrases:  # a single word stands in the text as it is; only phrases care what is between words
            said = " ".join(WORD.findall(said))
        return all(part in said for part in self.parts)


def words(text: str) -> list[str]:
    """The words of a text as they are compared."""
    return WORD.findall(fold(text))


def fold(text: str) -> str:
    """One spelling of what looks the same: NFKC, no case."""
    return unicodedata.normalize("NFKC", text).casefold()


def spelled(text: str) -> str:
    """Folded, and with umlauts written out, so that "Zähne" and "Zaehne" are alike."""
    return fold(text).translate(_SPELLED)
