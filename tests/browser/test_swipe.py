"""Sweeping a row aside with a finger, on a phone: done to the right, put off to the left, and back by one press."""

from uuid import uuid4

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.held import first_of, hold
from tests.browser.material import numbers, write
from tests.browser.patients import PHONE
from tests.browser.product import Product
from tests.browser.staff import Staff
from tests.whole import whole

pytestmark = pytest.mark.browser

ENOUGH, TOO_LITTLE = 140, 50  # px
WISCH = ("+4917604069084", "+4917604069085", "+4917604069086")


@pytest.fixture
def phone(staff: Staff) -> Page:
    return staff.at_work(viewport=PHONE, has_touch=True, is_mobile=True)


@pytest.fixture
def row(product: Product, phone: Page) -> Locator:
    """Of somebody who waits."""
    text = f"Wischen {uuid4().hex[:6]}"
    write(product, numbers(product)["Georg Lindner"], type="text", text=text)
    found = phone.get_by_role("option").filter(has_text="Lindner")
    expect(found).to_contain_text(text)
    return found


def sweep(row: Locator, across: int) -> None:
    """A finger on the row, so many pixels to the right (or to the left, below 0), and off it."""
    row.scroll_into_view_if_needed()
    box = row.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    finger = row.page.context.new_cdp_session(row.page)
    finger.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for step in range(1, 11):
        points = [{"x": x + across * step / 10, "y": y}]
        finger.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": points})
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


@pytest.mark.parametrize(("across", "said"), [(ENOUGH, "erledigt"), (-ENOUGH, "Zurückgestellt")])
def test_a_row_is_swept_aside_and_comes_back_by_one_press(phone: Page, row: Locator, across: int, said: str) -> None:
    sweep(row, across)
    expect(phone.locator(".toast [data-toast-text]")).to_contain_text(said)
    expect(row).to_have_count(0)

    # Chromium takes a tap that follows at once for one that stops the gliding of the sweep.
    phone.locator(".toast").get_by_role("button", name="Rückgängig").click()

    expect(row).to_be_visible()
    expect(phone.locator(".queue")).to_be_visible()  # a sweep opens nothing


@whole
def test_a_row_that_was_hardly_moved_stays_and_opens_nothing(phone: Page, row: Locator) -> None:
    sweep(row, TOO_LITTLE)

    expect(row).to_be_visible()
    expect(phone.locator(".queue")).to_be_visible()
    expect(phone.locator(".toast [data-toast-text]")).to_have_count(0)
    assert row.evaluate("row => row.style.translate") == ""


@whole
def test_each_of_several_quick_sweeps_is_done(product: Product, phone: Page) -> None:
    names = [f"{name}-{uuid4().hex[:6]}" for name in ("Wilma Wisch", "Wanda Wisch", "Wim Wisch")]
    for number, name in zip(WISCH, names, strict=True):
        product.control("POST", "/people", {"phone": number, "name": name})
        write(product, number, type="text", text="Guten Tag")
    phone.goto(f"{phone.url}?tab=open&order=newest")
    rows = [phone.get_by_role("option").filter(has_text=name) for name in names]
    for row in rows:
        expect(row).to_be_visible()
    held = hold(phone, "**/inbox/bulk/")

    for row in rows:
        with phone.expect_request("**/inbox/bulk/"):
            sweep(row, ENOUGH)
    for one in first_of(phone, held, len(rows)):
        one.continue_()

    for row in rows:
        expect(row).to_have_count(0)
