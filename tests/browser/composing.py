"""Reception's browser on a thread, for the tests of its reply box."""

import re
from collections.abc import Iterator

from playwright.sync_api import Locator, Page, expect

from tests.browser.staff import Staff, ready


def at_thread(staff: Staff, name: str) -> Iterator[Page]:
    """What a test leaves in the box is cleared away."""
    page = staff.at_work()
    open_thread(page, name)
    yield page
    page.unroute_all()
    box = page.locator("#reply")
    if box.count() and box.input_value():
        box.fill("")
        box.blur()
    if box.count():
        expect(page.locator("[data-composer] [data-draft-state]")).to_have_text("")


def open_thread(page: Page, name: str) -> Locator:
    """Somebody's thread, from the list of all that are open; the box of it."""
    page.goto(re.sub(r"/inbox/.*", "/inbox/?tab=open", page.url))
    page.locator("a.row", has_text=name).first.click()
    expect(page.locator("#thread-name")).to_contain_text(name)
    return ready(page).locator("#reply")


def press_row(page: Page, name: str) -> None:
    """Within the page, which stays."""
    page.locator("a.row", has_text=name).first.click()
    expect(page.locator("#thread-name")).to_contain_text(name)
