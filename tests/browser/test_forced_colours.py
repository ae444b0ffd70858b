"""Where the system paints every colour itself (Windows: contrast themes), shape says what colour says elsewhere."""

from io import BytesIO

import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.browser.looks import FORCED, put_on
from tests.browser.product import Product
from tests.browser.staff import Staff
from tests.browser.visit import Visit
from tests.whole import whole

pytestmark = pytest.mark.browser

OUTLINE = """one => { const of = getComputedStyle(one); return of.outlineStyle === "none" ? "" : of.outlineWidth }"""
# A sign that is painted: in the colour of texts, or with a border in it.
SIGN = """one => {
  const of = getComputedStyle(one, "::before")
  const ground = getComputedStyle(document.body).backgroundColor
  const isFilled = !["rgba(0, 0, 0, 0)", ground].includes(of.backgroundColor)
  const isFramed = parseFloat(of.borderBottomWidth) > 0 && of.borderBottomColor !== ground
  const shape = [of.borderTopLeftRadius, of.borderBottomStyle, of.clipPath, of.transform, of.backgroundImage]
  return [isFilled ? "filled" : "", isFramed ? "framed" : "", ...shape].join(" ")
}"""
UNDERLINE = "one => getComputedStyle(one).borderBottomColor"
CANVAS = "rgb(0, 0, 0)"  # of the system's colours as Chromium acts them
BORDER = "one => parseFloat(getComputedStyle(one).borderTopWidth)"


@pytest.fixture
def page(product: Product, staff: Staff) -> Page:
    visit = Visit(product, staff)
    visit.thread("Wolf")
    page = visit.of_staff("inbox/?tab=open")
    page.get_by_role("option", name="Wolf").click()
    expect(page.locator("#thread-name")).to_contain_text("Wolf")
    page.mouse.move(0, 0)
    put_on(page, FORCED)
    return page


def test_the_selected_row_and_the_one_with_the_focus_are_told_apart(page: Page) -> None:
    rows = page.locator(".queue a.row")
    selected, other = page.locator('.queue a.row[aria-selected="true"]'), rows.nth(2)
    page.locator("#thread-log").focus()
    assert [outline(selected), outline(other)] == ["1px", ""]

    page.keyboard.press("Escape")
    expect(selected).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(selected).not_to_be_focused()

    assert [outline(selected), outline(page.locator(".queue a.row:focus"))] == ["1px", "3px"]


@whole
def test_each_state_keeps_a_sign_of_its_own(page: Page) -> None:
    states = page.locator(".queue .state")
    signs = {str(one.get_attribute("data-state")): one.evaluate(SIGN) for one in states.all()}

    assert len(signs) > 2
    assert len(set(signs.values())) == len(signs)
    assert [state for state, sign in signs.items() if "filled" not in sign and "framed" not in sign] == []


@whole
def test_what_is_urgent_what_is_said_and_what_can_be_pressed_have_a_border(page: Page) -> None:
    parts = (".queue .urgent", "#thread-log .message__slip", ".consent", "#closure-button", "#composer .composer__box")

    borders = {part: page.locator(part).first.evaluate(BORDER) for part in parts}

    assert [part for part, width in borders.items() if width < 1] == []


def test_the_meter_of_the_24_hours_is_filled_as_far_as_time_is_left(page: Page) -> None:
    meter = page.locator(".panel progress")
    meter.evaluate("one => { one.max = one.value * 4 / 3 }")

    with Image.open(BytesIO(meter.screenshot())) as picture:
        shades = [picture.convert("L").getpixel((picture.width * at // 8, picture.height // 2)) for at in (1, 5, 7)]

    assert shades == [255, 255, 0]


@whole
def test_of_the_pages_of_an_area_the_open_one_alone_is_underlined(product: Product, staff: Staff) -> None:
    page = Visit(product, staff).of_staff("consent/", role="owner")
    put_on(page, FORCED)
    pages = page.locator(".sections a")

    underlined = [one.inner_text() for one in pages.all() if one.evaluate(UNDERLINE) != CANVAS]

    assert pages.count() > 2
    assert underlined == [page.locator('.sections a[aria-current="page"]').inner_text()]


def outline(row: Locator) -> str:
    return str(row.evaluate(OUTLINE))
