"""Done, from a page that does not know yet what the patient has written since."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from tests.browser.chromium import Problems
from tests.browser.material import write
from tests.browser.product import Product
from tests.browser.staff import Staff
from tests.whole import whole

pytestmark = pytest.mark.browser

PHONE, OTHER = "+4917604069050", "+4917604069051"
NAME, OTHER_NAME = f"Nora Neu-{uuid4().hex[:6]}", f"Olaf Offen-{uuid4().hex[:6]}"


@pytest.fixture
def behind(product: Product, staff: Staff) -> Iterator[Page]:
    """A thread with one message, on a page that is told nothing more."""
    product.control("POST", "/people", {"phone": PHONE, "name": NAME})
    asked = f"Darf ich kommen? {uuid4().hex[:6]}"
    write(product, PHONE, type="text", text=asked)
    page = staff.at_work()
    page.get_by_role("option").filter(has_text=NAME).click()
    expect(page.get_by_role("article").filter(has_text=asked)).to_be_visible()
    page.route("**/newer/**", lambda route: route.abort())
    yield page
    page.unroute_all()


def test_a_message_the_page_does_not_show_keeps_the_conversation_open(
    product: Product, behind: Page, problems: Problems
) -> None:
    newer = f"Es ist dringend: {uuid4().hex[:6]}"
    write(product, PHONE, type="text", text=newer)
    expect(behind.get_by_role("option").filter(has_text=newer)).to_be_visible()

    behind.get_by_role("button", name="Erledigt").click()

    notice = behind.get_by_role("alert").filter(has_text="Inzwischen ist eine neue Nachricht da.")
    expect(notice).to_be_visible()
    expect(behind.get_by_role("button", name="Erledigt")).to_be_visible()

    behind.unroute_all()
    write(product, PHONE, type="text", text="Hallo?")
    expect(behind.get_by_role("article").filter(has_text=newer)).to_be_visible()
    expect(behind.get_by_role("article").filter(has_text="Hallo?")).to_be_visible()
    behind.get_by_role("button", name="Erledigt").click()
    expect(behind.get_by_role("button", name="Wieder öffnen")).to_be_visible()
    expect(notice).to_be_hidden()
    problems.found = [one for one in problems.found if "/newer/" not in one and not one.startswith("console: htmx:")]


@whole
def test_done_and_next_goes_nowhere_while_a_message_is_unread(
    product: Product, behind: Page, problems: Problems
) -> None:
    newer = f"Noch etwas: {uuid4().hex[:6]}"
    write(product, PHONE, type="text", text=newer)
    expect(behind.get_by_role("option").filter(has_text=newer)).to_be_visible()

    behind.keyboard.press("Shift+E")

    expect(behind.get_by_role("alert").filter(has_text="Inzwischen ist eine neue Nachricht da.")).to_be_visible()
    behind.unroute_all()
    write(product, PHONE, type="text", text="Sind Sie da?")
    expect(behind.get_by_role("article").filter(has_text="Sind Sie da?")).to_be_visible()
    expect(behind.locator("#thread-name")).to_contain_text(NAME)
    problems.found = [one for one in problems.found if "/newer/" not in one and not one.startswith("console: htmx:")]


def test_what_stood_on_the_screen_is_told_as_seen_and_by_its_id(product: Product, staff: Staff) -> None:
    text = f"Gesehen? {uuid4().hex[:6]}"
    product.control("POST", "/people", {"phone": OTHER, "name": OTHER_NAME})
    write(product, OTHER, type="text", text=text)
    page = staff.at_work()
    page.goto(f"{page.url}?tab=open&order=newest")
    row = page.get_by_role("option").filter(has_text=OTHER_NAME)
    expect(row).to_be_visible()

    with page.expect_request("**/seen/") as told:
        row.click()

    message = page.get_by_role("article").filter(has_text=text)
    shown = (message.get_attribute("id") or "").removeprefix("message-")
    assert shown in (told.value.post_data or "")
    expect(message).not_to_have_attribute("data-unseen", shown)
