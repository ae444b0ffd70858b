"""What our pages type into WhatsApp for a person, told apart from what the person says in addition."""

import re
from collections.abc import Iterator

from consent.codes import without_code
from consent.editions import sentences_ever_prefilled
from consent.website import GREETINGS
from consent.words import normalise

SAMPLE_CODE, PLACEHOLDER = "2A2A-2A2A", re.compile(r"\{\w+\}")


def says_more_than_typed(text: str) -> bool:
    """Whether a message with a code says anything that no page of ours had typed for the person.

    Whatever the practice was called when the page was shown, and whichever of its texts held then.
    """
    rest = normalise(without_code(text))
    return bool(rest) and not any(_pattern(sentence).fullmatch(rest) for sentence in _sentences())


def _sentences() -> Iterator[str]:
    yield from sentences_ever_prefilled()
    yield from GREETINGS.values()


def _pattern(sentence: str) -> re.Pattern[str]:
    parts = PLACEHOLDER.split(without_code(sentence.replace("{code}", SAMPLE_CODE)))
    return re.compile(".+".join(re.escape(normalise(part)) for part in parts))
