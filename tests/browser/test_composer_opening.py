"""From the press on a row until its thread has come: nothing reaches the one before, nor the next by chance."""

import re
from collections.abc import Iterator
from uuid import uuid4

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.chromium import Problems
from tests.browser.held import first, hold
from tests.browser.material import numbers, write
from tests.browser.patients import PHONE
from tests.browser.product import Product
from tests.browser.staff import Staff
from tests.whole import whole

pytestmark = pytest.mark.browser

HERE, NEXT = "Vogt, Jana", "Krüger"


@pytest.fixture
def desk(staff: Staff) -> Iterator[Page]:
    """Reception's browser on a thread with a box; what a test leaves in it is cleared away."""
    page = staff.at_work()
    page.goto(re.sub(r"/inbox/.*", "/inbox/?tab=open", page.url))
    row_of(page, HERE).click()
    expect(page.locator("#thread-name")).to_contain_text(HERE)
    yield page
    page.unroute_all()
    row_of(page, HERE).click()
    expect(page.locator("#thread-name")).to_contain_text(HERE)
    box, state = page.locator("#reply"), page.locator("[data-composer] [data-draft-state]")
    if box.input_value():
        expect(state).to_have_text("Entwurf gespeichert")  # an empty state may be one that was not asked yet
        box.fill("")
    expect(state).to_have_text("")


def row_of(page: Page, name: str) -> Locator:
    return page.locator("a.row", has_text=name).first


def press(page: Page, name: str) -> Route:
    """The row is pressed, and its thread does not come before the test lets it."""
    row = row_of(page, name)
    held = hold(page, f"**{row.get_attribute('href')}")
    row.click()
    return first(page, held)


def sent(page: Page) -> list[str]:
    """Addresses of what is posted from now on, besides drafts, presence and what was seen."""
    asked: list[str] = []

    def note(method: str, url: str) -> None:
        if method != "GET" and not re.search(r"/(draft|presence|seen)/$", url):
            asked.append(url)

    page.on("request", lambda request: note(request.method, request.url))
    return asked


def test_while_the_next_thread_is_on_its_way_nothing_is_written_or_sent_to_the_one_before(desk: Page) -> None:
    box = desk.locator("#reply")
    box.fill("Für Jana")
    asked = sent(desk)

    coming = press(desk, NEXT)
    for place in ("#reply", "[data-composer] .button--primary", "#closure-button", "#panel a"):
        at = desk.locator(place).first.bounding_box()
        assert at
        desk.mouse.click(at["x"] + at["width"] / 2, at["y"] + at["height"] / 2)
    desk.keyboard.type("und noch mehr")
    desk.keyboard.press("Control+Enter")
    expect(box).to_have_value("Für Jana")
    box.evaluate("box => box.focus()")
    expect(box).not_to_be_focused()
    row_of(desk, NEXT).focus()
    for _ in range(30):
        desk.keyboard.press("Tab")
        assert desk.locator("#thread :focus, #panel :focus").count() == 0
    desk.locator("#panel a").first.evaluate("link => link.focus()")
    expect(row_of(desk, NEXT)).to_be_focused()
    coming.continue_()

    expect(desk.locator("#thread-name")).to_contain_text(NEXT)
    expect(desk.locator("#thread")).to_be_focused()
    expect(box).to_be_editable()
    expect(box).not_to_have_value(re.compile("Jana|mehr"))
    assert asked == []
    row_of(desk, HERE).click()
    expect(box).to_have_value("Für Jana")


def test_a_thread_that_does_not_come_leaves_the_one_before_as_it_was_and_says_so(
    desk: Page, problems: Problems
) -> None:
    box = desk.locator("#reply")
    box.fill("Einen Moment")
    row = row_of(desk, NEXT)
    held = hold(desk, f"**{row.get_attribute('href')}")
    box.focus()
    row.evaluate("row => row.click()")  # as Shift+E does it, without the focus
    expect(box).not_to_be_focused()
    first(desk, held).abort()

    expect(desk.get_by_role("alert").filter(has_text="Nicht ausgeführt.")).to_be_visible()
    expect(box).to_be_focused()
    desk.keyboard.type(" bitte")
    expect(box).to_have_value(re.compile("bitte"))
    expect(desk.locator("#thread-name")).to_contain_text(HERE)
    expect(desk.locator("#thread")).not_to_have_attribute("aria-busy", "true")
    problems.found = [one for one in problems.found if not one.startswith("console: htmx:")]


def test_words_kept_while_their_own_thread_came_anew_stand_in_it(desk: Page) -> None:
    box, state = desk.locator("#reply"), desk.locator("[data-composer] [data-draft-state]")
    box.fill("Einen Moment")
    expect(state).to_have_text("Entwurf gespeichert")
    drafts = hold(desk, "**/draft/")
    box.fill("Einen Moment bitte")
    coming = press(desk, HERE)
    without_the_last_word = coming.fetch()
    with desk.expect_response("**/draft/"):
        first(desk, drafts).continue_()
    desk.unroute("**/draft/")

    desk.evaluate("window.before = document.getElementById('reply')")
    coming.fulfill(response=without_the_last_word)
    desk.wait_for_function("!window.before.isConnected && document.querySelector('[data-composer]:not([inert] *)')")

    expect(box).to_have_value("Einen Moment bitte")
    with desk.expect_response("**/draft/") as emptied:
        box.fill("")
    assert emptied.value.status == 200


@whole
def test_letters_typed_before_the_thread_has_come_press_nothing_there(desk: Page) -> None:
    asked = sent(desk)

    coming = press(desk, NEXT)
    desk.keyboard.type("hallo, mein")
    coming.continue_()
    while NEXT not in desk.locator("#thread-name").inner_text():
        desk.keyboard.type("e")
    desk.keyboard.type("e")  # in the midst of a word
    expect(desk.locator("#thread")).to_be_focused()
    desk.wait_for_timeout(1_000)

    assert asked == []
    expect(desk.locator(":popover-open")).to_have_count(0)
    desk.keyboard.press("h")  # after a pause a key is a key again
    expect(desk.locator("#menu-snooze")).to_be_visible()
    desk.keyboard.press("Escape")


@whole
def test_one_moves_in_the_list_and_finds_help_while_a_thread_is_on_its_way(desk: Page) -> None:
    row = row_of(desk, NEXT)
    coming = press(desk, NEXT)
    expect(row).to_be_focused()

    desk.keyboard.press("k")
    expect(row).not_to_be_focused()
    desk.keyboard.press("j")
    expect(row).to_be_focused()
    desk.keyboard.press("?")
    expect(desk.locator("#keys")).to_be_visible()
    expect(desk.locator("#keys .keys")).not_to_contain_text("Notiz")
    desk.keyboard.press("Escape")
    coming.continue_()
    expect(desk.locator("#thread-name")).to_contain_text(NEXT)


@whole
def test_the_palette_offers_no_deed_of_the_thread_one_has_left(desk: Page) -> None:
    coming = press(desk, NEXT)
    desk.keyboard.press("Control+k")
    desk.keyboard.type("Zuweisen")

    expect(desk.locator("#palette")).to_be_visible()
    expect(desk.locator("#palette").get_by_role("option").filter(has_text="Zuweisen")).to_have_count(0)
    desk.keyboard.press("Escape")
    coming.continue_()
    expect(desk.locator("#thread-name")).to_contain_text(NEXT)


# ── what is shown anew meanwhile ──


def somebody_writes(product: Product) -> str:
    """Georg Lindner, whose row says so; his words."""
    text = f"Noch etwas {uuid4().hex[:6]}"
    write(product, numbers(product)["Georg Lindner"], type="text", text=text)
    return text


def test_a_row_that_is_shown_anew_under_a_button_held_down_opens_all_the_same(desk: Page, product: Product) -> None:
    row = desk.get_by_role("option").filter(has_text="Lindner").first
    before = somebody_writes(product)
    expect(row).to_contain_text(before)
    row.locator(".row__words").hover()

    desk.mouse.down()
    now = somebody_writes(product)
    expect(row).to_contain_text(now)
    desk.mouse.up()

    expect(desk.locator("#thread-name")).to_contain_text("Lindner")


def test_no_row_moves_under_a_finger(product: Product, staff: Staff) -> None:
    phone = staff.at_work(viewport=PHONE, has_touch=True, is_mobile=True)
    expect(phone.locator("#link-state [data-link-on]")).to_be_attached()
    phone.goto(f"{phone.url}?tab=open&order=newest")
    rows = phone.get_by_role("option")
    expect(rows.first).to_be_visible()
    finger = phone.context.new_cdp_session(phone)
    at = rows.nth(1).bounding_box()
    assert at
    point = {"x": at["x"] + at["width"] / 2, "y": at["y"] + at["height"] / 2}
    before = rows.nth(1).get_attribute("id")

    finger.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [point]})
    text = somebody_writes(product)
    expect(phone.get_by_role("option").filter(has_text=text)).to_be_attached()
    phone.wait_for_timeout(1_000)  # the look at the list that follows

    assert rows.nth(1).get_attribute("id") == before
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
