"""Consent as a patient gives it, on a phone set to each of the seven languages: three taps after the scan.

Every run does so in German and in Arabic, which runs the other way; a whole one in all of them.
"""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from uuid import uuid4

import pytest
from playwright.sync_api import Locator, Page, expect

from consent import texts
from consent.texts import TextSet
from tests.browser.patients import PHONE, PatientsPhone
from tests.browser.product import Product
from tests.browser.staff import Staff
from tests.whole import languages, whole

pytestmark = pytest.mark.browser

MOST_SECONDS = 30  # with reading; the machine's own part is far less
MACHINE_SECONDS = 10
LOCALES = {"de": "de-DE", "en": "en-GB", "tr": "tr-TR", "ar": "ar-SY", "ru": "ru-RU", "uk": "uk-UA", "pl": "pl-PL"}


@dataclass
class Finger:
    """Taps, and counts them from the scan on."""

    page: Page
    taps: int = 0
    began: float = field(default_factory=time.monotonic)

    def tap(self, place: Locator) -> None:
        self.taps += 1
        place.tap()

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.began


@pytest.fixture(params=languages(texts.CURRENT))
def spoken(request: pytest.FixtureRequest) -> TextSet:
    return texts.current(request.param)


@pytest.fixture
def page(staff: Staff, spoken: TextSet) -> Iterator[Page]:
    yield staff.stranger(viewport=PHONE, has_touch=True, is_mobile=True, locale=LOCALES[spoken.language])


def test_consent_takes_three_taps_after_the_scan_in_the_language_of_the_phone(
    product: Product, page: Page, spoken: TextSet
) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    finger = Finger(page)

    page.goto(product.practices[0].qr)
    then_the_page_speaks(page, spoken)
    finger.tap(page.get_by_label(spoken.page.purposes[0].label))
    finger.tap(page.get_by_role("button", name=spoken.page.agree_label))
    expect(page).to_have_url(re.compile(rf"^{product.phones}/"))
    seconds = finger.seconds
    assert [url for url in asked if not url.startswith((product.address, product.phones))] == []

    phone = PatientsPhone(page)
    phone.belongs_to(f"Lea {spoken.language} {uuid4().hex[:6]}")  # the stand-in asks; a real phone is one's own
    then_the_phone_holds_the_sentence(phone, spoken)
    began = time.monotonic()
    finger.tap(page.locator(".composer").get_by_role("button", name="Senden"))
    then_the_practice_thanks(phone, spoken)
    seconds += time.monotonic() - began

    assert finger.taps == 3
    assert seconds < MACHINE_SECONDS < MOST_SECONDS


def then_the_page_speaks(page: Page, spoken: TextSet) -> None:
    expect(page.locator("html")).to_have_attribute("lang", spoken.language)
    expect(page.locator("html")).to_have_attribute("dir", spoken.direction)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Zahnarztpraxis Dr. Morgenthal")
    boxes = page.get_by_role("checkbox")
    expect(boxes).to_have_count(4)
    assert [boxes.nth(place).is_checked() for place in range(4)] == [False] * 4
    both = [page.get_by_role("button", name=label) for label in (spoken.page.agree_label, spoken.page.decline_label)]
    sizes = [button.bounding_box() for button in both]
    assert sizes[0]
    assert sizes[1]
    assert sizes[0]["width"] == sizes[1]["width"]
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


def then_the_phone_holds_the_sentence(phone: PatientsPhone, spoken: TextSet) -> None:
    before = spoken.prefilled.body.partition("{")[0]
    expect(phone.composer).to_have_value(re.compile(re.escape(before) + r".*Code: [0-9A-Z]{4}-[0-9A-Z]{4}$"))


def then_the_practice_thanks(phone: PatientsPhone, spoken: TextSet) -> None:
    """E1, in the language of the page."""
    expect(phone.received.first).to_contain_text(spoken.messages[texts.MessageKey.OPTIN_DONE].body.partition("(")[0])
    expect(phone.received.first).to_contain_text(spoken.page.purposes[0].label)


@whole
def test_in_arabic_the_box_stands_on_the_right_of_its_words(product: Product, staff: Staff) -> None:
    page = staff.stranger(viewport=PHONE)
    page.goto(f"{product.practices[0].qr}?lang=ar")

    box = page.get_by_role("checkbox").first.bounding_box()
    words = page.locator(".big-choice span").first.bounding_box()

    assert box
    assert words
    assert box["x"] > words["x"] + words["width"] - 1


def test_declining_in_a_language_shows_the_other_ways_in_it(product: Product, page: Page, spoken: TextSet) -> None:
    page.goto(product.practices[0].qr)

    page.get_by_role("button", name=spoken.page.decline_label).tap()

    expect(page.get_by_role("heading", level=1)).to_have_text(spoken.words.declined_title)
    expect(page.locator(".patient__ways")).to_contain_text(spoken.words.on_site)
