"""What the withdrawal page says, in every language a person may have agreed in (consent/withdrawal_page.toml)."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources


@dataclass(frozen=True)
class PageWords:
    """The sentences of the page in one language, and the answer to a wish for erasure with its `{date}`."""

    title: str
    lead: str
    number: str
    active: str
    everything: str
    part: str
    part_button: str
    nothing_ticked: str
    unknown_choice: str
    done: str
    done_already: str
    nothing_active: str
    off: str
    on: str
    nothing_sent: str
    stays_title: str
    stays: str
    again: str
    invalid_title: str
    invalid: str
    limited_title: str
    limited: str
    erasure: str


def page_words(language: str) -> PageWords:
    """In this language ("tr", "pt-BR"); German where we have no words."""
    known = _all()
    return known.get(language.lower().partition("-")[0], known["de"])


@cache
def _all() -> dict[str, PageWords]:
    tables = tomllib.loads((resources.files("consent") / "withdrawal_page.toml").read_text("utf-8"))
    return {language: PageWords(**sentences) for language, sentences in tables.items()}
