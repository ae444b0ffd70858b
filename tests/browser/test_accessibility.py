"""Every screen, by day and by night, at the reception's PC and on a phone: axe finds 0 violations of WCAG A and AA, and
whoever enlarges it need not scroll sideways. With more contrast 0 of AAA's; the main ones in English too.

Every run looks at what people pass on a working day, by day at the reception's PC, in German and Arabic; a whole one at
every screen in every look and language.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from operator import attrgetter
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Browser, Page, StorageState

from tests.browser.chromium import Problems
from tests.browser.looks import CONTRAST, LOOKS, Look, at_its_size_again, put_on
from tests.browser.material import prepare
from tests.browser.product import Product
from tests.browser.screens import SCREENS, Screen
from tests.browser.staff import Staff
from tests.browser.visit import Visit
from tests.whole import rows, whole

pytestmark = pytest.mark.browser

AXE = (Path(__file__).parent / "vendor" / "axe-4.14.1.min.js").read_text()
RULES = """runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]"""
# The night changes colours and nothing else (static/css/tokens.css).
OF_COLOURS = """runOnly: { type: "rule", values: ["color-contrast", "link-in-text-block"] }"""
# Whoever asks for contrast gets 7 to 1 (AAA).
OF_MORE_CONTRAST = """runOnly: { type: "rule", values: ["color-contrast-enhanced"] },
    rules: { "color-contrast-enhanced": { enabled: true } }"""
# What is cut off or pushed out of sight sideways: of the page, and of the panes that scroll by themselves.
PANES = ":root, .desk main, .queue, .queue__list, #thread-log, #composer, .panel"
TOO_WIDE = """panes => [...document.querySelectorAll(panes)]
  .filter(one => one.checkVisibility() && one.scrollWidth > one.clientWidth + 1)
  .map(one => one.id || one.className || one.tagName)"""
BY_DAY, *OTHERWISE = LOOKS + CONTRAST
EVERY_DAY = {
    *("inbox", "search", "thread", "thread-arabic", "gate-consent", "gate-window", "palette", "shield", "keys", "me"),
    *("reply-files", "reply-saved-replies", "reply-undo", "saved-replies", "saved-views", "urgent-words", "access"),
    *("team-bulk", "team-handover", "team-labels", "team-mentions", "team-note", "team-tasks"),
    *("patients", "patient", "patient-new", "panel-link", "front-desk", "intake", "lists", "kiosks", "widgets"),
    *("consent-overview", "consent-person", "withdrawal-form", "choices", "code", "codes", "texts", "text-draft"),
    *("login", "login-code", "offline", "error-404", "qr-de", "qr-ar", "qr-invalid", "privacy-notice", "kiosk"),
    *("withdrawal-page", "withdrawal-page-ar", "document-page", "document-opened", "upload-page"),
    *("website", "widget-ar"),
}
NAMES_IN_ENGLISH = {
    *("inbox", "search", "thread", "gate-window", "access", "team-tasks", "saved-views", "saved-replies"),
    *("patients", "patient", "me", "overview"),
}
IN_ENGLISH = [one for one in SCREENS if one.name in NAMES_IN_ENGLISH]
# The way to everything else stands in the window at first sight (test_look.py scrolls).
OUT_OF_SIGHT = """() => [...document.querySelectorAll(".rail a")].filter(one => one.checkVisibility())
  .map(one => [one.innerText, one.getBoundingClientRect()])
  .filter(([_, { top, bottom }]) => top < 0 || bottom > innerHeight + 1)
  .map(([words]) => words)"""
# A window of 1280 px at 200 % has 640 px of CSS, at 400 % 320 px (WCAG 1.4.10).
SIZES = ((1280, 720), (640, 400), (320, 400))
LOW = ((640, 360), (320, 256), (320, 180))  # of 1280 × 720 and 1280 × 1024
NAME = attrgetter("name")


@pytest.fixture(scope="module")
def visit(product: Product, browser: Browser, sessions: dict[str, StorageState]) -> Iterator[Visit]:
    prepare(product)
    staff = Staff(product, browser, Problems(), sessions)
    yield Visit(product, staff)
    staff.close()


@pytest.fixture(scope="module", params=rows(SCREENS, everyday=lambda one: one.name in EVERY_DAY), ids=NAME)
def screen(request: pytest.FixtureRequest) -> Screen:
    one: Screen = request.param
    return one


@pytest.fixture(scope="module")
def page(screen: Screen, visit: Visit) -> Page:
    """One screen after the other, each shown once for all tests of it."""
    visit.leave()
    visit.staff.problems.found.clear()
    return screen.show(visit)


def test_nobody_is_shut_out_and_no_rule_of_the_page_is_broken(visit: Visit, screen: Screen, page: Page) -> None:
    with at_its_size_again(page):
        put_on(page, BY_DAY)
        violations = violations_of(page, rules_for(BY_DAY))

    assert violations == []
    assert visit.staff.problems.found == []


@whole
def test_by_night_on_a_phone_and_with_more_contrast_no_rule_is_broken_either(
    visit: Visit, screen: Screen, page: Page
) -> None:
    with at_its_size_again(page):
        violations = {look.name: violations_of(page, rules_for(look)) for look in OTHERWISE if put_on(page, look)}

    assert violations == {look.name: [] for look in OTHERWISE}
    assert visit.staff.problems.found == []


def test_at_the_receptions_pc_at_200_and_at_400_per_cent_nothing_is_cut_off(page: Page) -> None:
    with at_its_size_again(page):
        cut_off = {size: too_wide(page, size) for size in SIZES}
        below = {size: out_of_sight(page, size) for size in LOW}

    assert cut_off == {size: [] for size in SIZES}
    assert below == {size: [] for size in LOW}


ENGLISH_EVERY_DAY = rows(IN_ENGLISH, everyday=lambda one: one.name in {"inbox", "thread", "patient"})


@pytest.mark.parametrize("screen", ENGLISH_EVERY_DAY, ids=NAME, indirect=True)
def test_in_english_no_rule_is_broken_and_nothing_is_cut_off_either(page: Page) -> None:
    with at_its_size_again(page), in_english(page):
        language = page.locator("html").get_attribute("lang")
        violations = violations_of(page, RULES)
        cut_off = {size: too_wide(page, size) for size in SIZES}

    assert (language, violations, cut_off) == ("en", [], {size: [] for size in SIZES})


def too_wide(page: Page, size: tuple[int, int]) -> list[str]:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    return list(page.evaluate(TOO_WIDE, PANES))


def out_of_sight(page: Page, size: tuple[int, int]) -> list[str]:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    return list(page.evaluate(OUT_OF_SIGHT))


@contextmanager
def in_english(page: Page) -> Iterator[None]:
    """Read anew in the other language; what follows is German again."""
    page.context.add_cookies([{"name": settings.LANGUAGE_COOKIE_NAME, "value": "en", "url": page.url}])
    page.reload()
    yield
    page.context.clear_cookies(name=settings.LANGUAGE_COOKIE_NAME)


def rules_for(look: Look) -> str:
    if look.contrast == "more":
        return OF_MORE_CONTRAST
    return OF_COLOURS if look.scheme == "dark" else RULES


def violations_of(page: Page, rules: str) -> list[str]:
    """Rule, element and reason of each."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    found: dict[str, Any] = page.evaluate(f'axe.run({{ {rules}, resultTypes: ["violations"], preload: false }})')
    return [
        f"{violation['id']}: {node['html'][:160]} {node['failureSummary']}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]
