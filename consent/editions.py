"""Which texts hold for the practice in scope: its own newest edition, else the house's (C-05)."""

from consent import texts
from consent.models import TextEdition
from consent.texts import TextSet


def current_set(language: str) -> TextSet:
    """The texts to show now in a language ("en", "en-GB"); German where there are none. One query."""
    house = texts.current(language)
    own = TextEdition.objects.filter(language=house.language).order_by("-published_at", "-pk").first()
    return texts.text_set(own.content) if own else house
