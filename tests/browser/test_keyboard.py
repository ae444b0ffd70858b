"""The inbox without a mouse."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looks import LOOKS, put_on
from tests.browser.material import numbers, write
from tests.browser.product import Product
from tests.browser.staff import Staff
from tests.browser.visit import Visit

pytestmark = pytest.mark.browser

FOCUSED = "(here => [here.tagName, here.id, ...here.classList].join(' '))(document.activeElement)"
HAS_RING = """() => {
  const here = document.activeElement
  const around = here.closest(".composer__box, .search, .choice, label") ?? here
  const isRing = style => style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2
  return isRing(getComputedStyle(here)) || isRing(getComputedStyle(around))
}"""


def test_j_and_k_move_enter_opens_r_replies_and_escape_goes_back(staff: Staff) -> None:
    page = staff.at_work()
    rows = page.get_by_role("option")

    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(rows.nth(1)).to_be_focused()
    page.keyboard.press("k")
    expect(rows.nth(0)).to_be_focused()
    with_a_box = page.get_by_role("option").filter(has_text="Krüger")
    for _ in range(rows.count()):
        page.keyboard.press("j")
        if with_a_box.evaluate("row => row === document.activeElement"):
            break
    page.keyboard.press("Enter")
    expect(page.locator("#thread")).to_be_focused()
    expect(with_a_box).to_have_attribute("aria-selected", "true")

    page.keyboard.press("r")
    expect(page.get_by_label("Antwort an")).to_be_focused()
    page.keyboard.type("jk/r")
    expect(page.get_by_label("Antwort an")).to_have_value("jk/r")
    page.keyboard.press("Escape")
    expect(with_a_box).to_be_focused()
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()


def test_tab_reaches_everything_in_reading_order_and_shows_where_it_stands(product: Product, staff: Staff) -> None:
    page = Visit(product, staff).thread("Krüger")

    stations = walk(page, 60)

    reading_order = ("skip", "bar__mark", "q", "rail__tab", "row", "thread-log", "reply", "panel")
    order = [next(at for at, names in enumerate(stations) if one in names) for one in reading_order]
    assert order == sorted(order)


def walk(page: Page, presses: int) -> list[list[str]]:
    """The names (tag, id, classes) of what Tab reaches; each must show a ring around itself or its box."""
    stations = []
    for _ in range(presses):
        page.keyboard.press("Tab")
        stations.append(str(page.evaluate(FOCUSED)).split())
        assert page.evaluate(HAS_RING) or stations[-1] == ["BODY"], f"no ring around {stations[-1]}"
    return stations


def test_what_comes_anew_keeps_the_focus(product: Product, staff: Staff) -> None:
    page = staff.at_work()
    row = page.get_by_role("option").filter(has_text="Lindner")
    tab = page.get_by_role("link", name="Wartet auf uns")
    number = numbers(product)["Georg Lindner"]
    write(product, number, type="text", text="Guten Tag")  # an answer of another test may have taken the row away

    row.focus()
    write(product, number, type="text", text="Steht der Termin noch?")
    expect(row).to_contain_text("Steht der Termin noch?")
    expect(row).to_be_focused()

    tab.focus()
    page.evaluate("document.querySelector('#inbox-tabs').dataset.isOld = 1")
    write(product, number, type="text", text="Oder doch nicht?")
    expect(row).to_contain_text("Oder doch nicht?")
    expect(page.locator("#inbox-tabs[data-is-old]")).to_have_count(0)
    expect(tab).to_be_focused()


def test_reduced_motion_moves_nothing(product: Product, staff: Staff) -> None:
    page = Visit(product, staff).thread("Krüger")
    put_on(page, LOOKS[0])  # asks for reduced motion

    moving = page.evaluate(
        """[...document.querySelectorAll("*")].filter(one => {
          const { transitionDuration, animationDuration } = getComputedStyle(one)
          return `${transitionDuration},${animationDuration}`.split(",").some(each => parseFloat(each) > 0.001)
        }).length"""
    )

    assert moving == 0
