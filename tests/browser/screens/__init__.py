"""Every screen there is, and how one gets there: for the accessibility check and for `make screenshots`."""

from tests.browser.screens import (
    consent,
    counter,
    documents,
    entry,
    gateways,
    inbox,
    patients,
    public,
    replies,
    shell,
    team,
    texts,
    threads,
)
from tests.browser.screens.screen import Screen

AREAS = (
    team, inbox, threads, replies, shell, consent, counter, patients, texts, entry, public, documents, gateways,
)  # fmt: skip
SCREENS = tuple(screen for area in AREAS for screen in area.SCREENS)

__all__ = ["SCREENS", "Screen"]
