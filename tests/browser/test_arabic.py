"""Arabic stands the right way round inside the German desk: the end is what is cut off, and figures stay in place."""

import time
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.material import agree_and_write, wait_until_drained, write
from tests.browser.product import Product
from tests.browser.staff import Staff
from tests.whole import whole

pytestmark = pytest.mark.browser

A_SECOND = 1.1
PERSON, NAME = "+491713920096", "سلمى الخطيب"
LONG = "صباح الخير، عندي ألم في الضرس منذ أمس، هل هناك موعد يوم الثلاثاء أو الأربعاء في الصباح الباكر من فضلكم؟"
# Where a run of characters stands, in pixels from the left of the element.
PLACE = """(element, [from, to]) => {
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT), range = document.createRange()
  const text = walker.nextNode()
  range.setStart(text, from); range.setEnd(text, to)
  const place = range.getBoundingClientRect(), own = element.getBoundingClientRect()
  return { left: place.left - own.left, right: place.right - own.left, width: own.width }
}"""


@pytest.fixture(scope="module")
def written(product: Product) -> Product:
    agree_and_write(product, NAME, PERSON)
    wait_until_drained(product)  # Roger's own answer comes first
    time.sleep(A_SECOND)  # phones tell whole ones: within the same, its own words would stand before that answer
    write(product, PERSON, type="text", text=LONG)
    wait_until_drained(product)
    return product


@pytest.fixture
def row(written: Product, staff: Staff) -> Locator:
    page = staff.at_work()
    page.goto(f"{written.address}/p/morgenthal/inbox/?tab=open&order=newest")
    return page.get_by_role("option").filter(has_text=NAME)


def place(element: Locator, first: int, last: int) -> dict[str, float]:
    found: dict[str, Any] = element.evaluate(PLACE, [first, last])
    return found


def test_a_row_shows_the_beginning_of_what_was_written(row: Locator) -> None:
    words = row.locator(".row__words")
    expect(words).to_contain_text(LONG[:20])
    first, last = place(words, 0, 4), place(words, len(LONG) - 4, len(LONG))

    assert first["right"] == pytest.approx(first["width"], abs=2), "Arabic begins on the right"
    assert last["right"] < 0, "and what does not fit is its end"


@whole
def test_short_words_stand_where_all_others_begin(row: Locator, written: Product) -> None:
    write(written, PERSON, type="text", text="شكراً جزيلاً!")
    wait_until_drained(written)
    expect(row.locator(".row__words")).to_have_text("شكراً جزيلاً!")

    words = row.locator(".row__words")
    line = row.locator(".row__line")
    assert words.bounding_box()["x"] == pytest.approx(line.bounding_box()["x"], abs=1)  # type: ignore[index]
    mark = place(words, 12, 13)
    assert mark["left"] < 2, "the mark at its end is the leftmost"


def test_what_somebody_answers_turns_round_with_its_first_letter(row: Locator) -> None:
    row.click()
    box = row.page.get_by_label("Antwort an")

    box.fill("أهلاً بكِ")
    assert direction(row.page) == "rtl"
    box.fill("Guten Tag")
    assert direction(row.page) == "ltr"
    box.fill("")


def direction(page: Page) -> str:
    return str(page.locator("#reply").evaluate("box => getComputedStyle(box).direction"))
