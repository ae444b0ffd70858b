"""What a screen is, and ways there that several areas share."""

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page

from consent import texts
from tests.browser.visit import Visit

Show = Callable[[Visit], Page]
OTHER_LANGUAGES = [language for language in texts.CURRENT if language != texts.BINDING]


@dataclass(frozen=True)
class Screen:
    """A name for its picture, and how to reach it; every call shows it afresh."""

    name: str
    show: Show


def of_patient(path: str) -> Show:
    return lambda visit: visit.of_patient(visit.product.address + path)
