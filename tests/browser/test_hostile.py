"""Messages nobody writes who means well do not run and do not break the layout, at the desk and on a phone."""

import pytest
from playwright.sync_api import Page, expect

from messaging.inbox.thread import PAGE
from tests.browser.material import wait_until_drained, write
from tests.browser.patients import PHONE
from tests.browser.product import Product
from tests.browser.staff import RECEPTION_PC, Staff
from tests.messaging.inbox import hostile
from tests.whole import as_many, whole

pytestmark = pytest.mark.browser

ATTACKER = "+491713920095"
PAGES_UP = 5
IN_ALL = as_many(whole=999, everyday=PAGE * (PAGES_UP + 1))  # and a file: twenty pages of the thread, or six
NAME = f"Vogt{hostile.TURNED}{hostile.ZALGO[:200]}"


@pytest.fixture(scope="module")
def attacked(product: Product) -> Product:
    product.control("POST", "/people", {"phone": ATTACKER, "name": NAME})
    for number in range(IN_ALL):
        text = hostile.TEXTS[number % len(hostile.TEXTS)]
        write(product, ATTACKER, type="text", text=text)
    write(product, ATTACKER, type="document", document={"filename": hostile.FILE_NAME, "caption": hostile.ZALGO})
    wait_until_drained(product)
    return product


WIDER = """() => [...document.querySelectorAll("#thread-log, #conversation-list, .queue, .thread, body, html")]
  .filter(each => each.scrollWidth > each.clientWidth + 1).map(each => each.id || each.className || each.tagName)"""
OUTSIDE = """() => [...document.querySelectorAll("#thread-log .message__slip")].filter(slip => {
  const log = slip.closest("#thread-log").getBoundingClientRect(), own = slip.getBoundingClientRect()
  return own.left < log.left - 1 || own.right > log.right + 1
}).length"""
HEIGHTS = """() => [...new Set([...document.querySelectorAll("a.row[data-owed]")]
  .filter(row => row.checkVisibility({ contentVisibilityAuto: true }))
  .map(row => Math.round(row.getBoundingClientRect().height)))]"""


@pytest.mark.parametrize("viewport", [RECEPTION_PC, PHONE])
def test_list_and_thread_keep_their_shape(attacked: Product, staff: Staff, viewport: dict[str, int]) -> None:
    page = staff.at_work(viewport=viewport)
    page.goto(f"{attacked.address}/p/morgenthal/inbox/?tab=open&order=newest")
    rows_alike(page)
    page.get_by_role("option").first.click()
    page.locator("#thread-log").wait_for()

    expect(page.get_by_text("mehr anzeigen").first).to_be_attached()
    assert page.evaluate(WIDER) == []
    assert page.evaluate(OUTSIDE) == 0
    assert page.evaluate("window.ran") is None


def test_whoever_reads_five_pages_up_among_them_finds_each_in_its_shape(attacked: Product, staff: Staff) -> None:
    page = staff.at_work()
    page.goto(f"{attacked.address}/p/morgenthal/inbox/?tab=open&order=newest")
    page.get_by_role("option").first.click()
    log = page.locator("#thread-log")
    messages = log.get_by_role("article")
    log.wait_for()

    while (shown := messages.count()) <= PAGE * PAGES_UP:
        log.evaluate("log => { log.scrollTop = -log.scrollHeight }")
        expect(messages.nth(shown)).to_be_attached()

    assert page.evaluate(WIDER) == []
    assert page.evaluate(OUTSIDE) == 0
    assert page.evaluate("window.ran") is None


def rows_alike(page: Page) -> None:
    """Every row with a waiting clock is as high as the others, and nothing is wider than its pane."""
    page.get_by_role("option").first.wait_for()
    assert page.evaluate(WIDER) == []
    assert len(page.evaluate(HEIGHTS)) == 1


@whole
def test_the_whole_of_a_text_is_one_press_away(attacked: Product, staff: Staff) -> None:
    page = staff.at_work()
    page.goto(f"{attacked.address}/p/morgenthal/inbox/?tab=open&order=newest")
    page.get_by_role("option").first.click()
    cut = page.get_by_role("article").filter(has=page.get_by_text("mehr anzeigen")).last
    name = cut.get_attribute("id")

    cut.get_by_text("mehr anzeigen").click()

    expect(page.locator(f"#{name}").get_by_text("mehr anzeigen")).to_have_count(0)
    assert page.evaluate(WIDER) == []
