"""What patients read about protected documents, in every language they may have agreed in (messaging/documents/
pages.toml)."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources

Words = Mapping[str, str]
BINDING = "de"


def words_in(language: str) -> Words:
    """The sentences of the pages and of their message ("tr", "pt-BR"); German where we have no words."""
    known = all_words()
    return known.get(language.lower().partition("-")[0], known[BINDING])


@cache
def all_words() -> dict[str, Words]:
    """Every language's sentences by name."""
    return tomllib.loads((resources.files(__package__) / "pages.toml").read_text("utf-8"))
