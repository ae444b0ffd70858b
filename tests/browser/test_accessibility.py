"""axe on every screen, by day and by night, at the reception's PC and on a phone: 0 violations of WCAG A and AA."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, StorageState

from tests.browser.chromium import Problems
from tests.browser.looks import LOOKS, put_on
from tests.browser.material import prepare
from tests.browser.product import Product
from tests.browser.screens import SCREENS, Screen
from tests.browser.staff import Staff
from tests.browser.visit import Visit

pytestmark = pytest.mark.browser

AXE = (Path(__file__).parent / "vendor" / "axe-4.14.1.min.js").read_text()
RUN = """axe.run({ runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], resultTypes: ["violations"] })"""


@pytest.fixture(scope="module")
def visit(product: Product, browser: Browser, sessions: dict[str, StorageState]) -> Iterator[Visit]:
    prepare(product)
    staff = Staff(product, browser, Problems(), sessions)
    yield Visit(product, staff)
    staff.close()


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: str(screen.name))
def test_nobody_is_shut_out_and_no_rule_of_the_page_is_broken(visit: Visit, screen: Screen) -> None:
    problems = visit.staff.problems.found
    problems.clear()
    page = screen.show(visit)

    violations = {look.name: violations_of(page) for look in LOOKS if put_on(page, look)}

    assert violations == {look.name: [] for look in LOOKS}
    assert problems == []


def violations_of(page: Page) -> list[str]:
    """Rule, element and reason of each."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    found: dict[str, Any] = page.evaluate(RUN)
    return [
        f"{violation['id']}: {node['html'][:160]} {node['failureSummary']}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]
