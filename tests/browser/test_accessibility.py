"""Every screen, by day and by night, at the reception's PC and on a phone: axe finds 0 violations of WCAG A and AA, and
whoever enlarges it need not scroll sideways. The main ones with more contrast too.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, StorageState

from tests.browser.chromium import Problems
from tests.browser.looks import CONTRAST, LOOKS, Look, at_its_size_again, put_on
from tests.browser.material import prepare
from tests.browser.product import Product
from tests.browser.screens import SCREENS, Screen
from tests.browser.staff import Staff
from tests.browser.visit import Visit

pytestmark = pytest.mark.browser

AXE = (Path(__file__).parent / "vendor" / "axe-4.14.1.min.js").read_text()
RULES = """runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]"""
# The night changes colours and nothing else (static/css/tokens.css).
OF_COLOURS = """runOnly: { type: "rule", values: ["color-contrast", "link-in-text-block"] }"""
USUAL = tuple(look for look in LOOKS if look.name != "dark-390")
# Whoever asks for contrast gets 7 to 1 (AAA). These screens have every ground and every ink.
OF_MORE_CONTRAST = """runOnly: { type: "rule", values: ["color-contrast-enhanced"] },
    rules: { "color-contrast-enhanced": { enabled: true } }"""
WITH_MORE_CONTRAST = {"inbox", "thread", "thread-every-kind", "patients", "patient", "me"}


@pytest.fixture(scope="module")
def visit(product: Product, browser: Browser, sessions: dict[str, StorageState]) -> Iterator[Visit]:
    prepare(product)
    staff = Staff(product, browser, Problems(), sessions)
    yield Visit(product, staff)
    staff.close()


@pytest.fixture(scope="module", params=SCREENS, ids=lambda screen: str(screen.name))
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
    looks = USUAL + CONTRAST if screen.name in WITH_MORE_CONTRAST else USUAL
    with at_its_size_again(page):
        violations = {look.name: violations_of(page, rules_for(look)) for look in looks if put_on(page, look)}

    assert violations == {look.name: [] for look in looks}
    assert visit.staff.problems.found == []


def test_at_200_and_400_per_cent_nothing_is_cut_off(page: Page) -> None:
    """A window of 1280 px at 200 % has 640 px of CSS, at 400 % 320 px (WCAG 1.4.10)."""
    with at_its_size_again(page):
        widths = {width: width_of_content(page, width) for width in (640, 320)}

    assert widths == {640: 640, 320: 320}


def width_of_content(page: Page, width: int) -> int:
    page.set_viewport_size({"width": width, "height": 400})
    return int(page.evaluate("document.documentElement.scrollWidth"))


def rules_for(look: Look) -> str:
    if look.contrast == "more":
        return OF_MORE_CONTRAST
    return OF_COLOURS if look.scheme == "dark" else RULES


def violations_of(page: Page, rules: str) -> list[str]:
    """Rule, element and reason of each."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    found: dict[str, Any] = page.evaluate(f'axe.run({{ {rules}, resultTypes: ["violations"] }})')
    return [
        f"{violation['id']}: {node['html'][:160]} {node['failureSummary']}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]
