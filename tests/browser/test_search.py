"""Searching by keyboard and on a phone, and what of it stands in an address: nothing."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser import searches
from tests.browser.patients import PHONE
from tests.browser.product import Product
from tests.browser.staff import Staff
from tests.browser.visit import Visit
from tests.whole import whole

pytestmark = pytest.mark.browser


@pytest.fixture
def page(staff: Staff) -> Page:
    return staff.at_work()


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.className || document.activeElement.id"))


def test_the_keyboard_alone_searches_opens_and_comes_back(product: Product, page: Page) -> None:
    page.keyboard.press("/")
    page.keyboard.type("termin")
    page.keyboard.press("Enter")
    page.locator("a.hit").first.wait_for()
    page.wait_for_load_state()  # a page is seen before its keys are

    page.keyboard.press("/")
    page.keyboard.press("ArrowDown")
    assert focused(page) == "hit"
    page.keyboard.press("j")
    page.keyboard.press("k")
    expect(page.locator("a.hit").first).to_be_focused()
    page.keyboard.press("ArrowUp")
    assert focused(page) == "q"
    page.keyboard.press("ArrowDown")
    page.keyboard.press("j")
    page.keyboard.press("Enter")

    found = page.locator(".message[data-found]")
    expect(found).to_be_in_viewport()
    assert found.get_attribute("id") == page.locator("a.hit").nth(1).get_attribute("data-hit")
    page.keyboard.press("Escape")
    expect(page.locator("a.hit").nth(1)).to_be_focused()
    page.keyboard.press("Escape")
    assert focused(page) == "q"


@whole
def test_escape_belongs_to_what_is_open_in_the_thread_before_it_leads_to_the_hits(
    product: Product, staff: Staff
) -> None:
    page = searches.a_hit_is_open(Visit(product, staff))
    button, menu = page.locator("#assign-button"), page.locator("#menu-assign")

    button.press("Enter")
    expect(menu.locator(".menu__choice").first).to_be_focused()
    page.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    expect(button).to_be_focused()

    page.locator("#note-box > summary").press("Enter")
    note, names = page.locator("#note"), page.locator("#note-names")
    expect(note).to_be_focused()
    page.keyboard.type("@")
    expect(names).to_be_visible()
    page.keyboard.press("Escape")
    expect(names).to_be_hidden()
    expect(note).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("a.hit").first).to_be_focused()


def test_further_people_come_below_and_the_keys_go_on_with_them(page: Page) -> None:
    page.locator("#q").fill("+491")  # with which most numbers begin
    page.keyboard.press("Enter")
    first_there = page.locator("#found-people-0 a.row")
    expect(first_there).to_have_count(20)

    page.get_by_role("button", name="Weitere Personen").press("Enter")

    expect(page.locator("#found-people-20 a.row").first).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(first_there.last).to_be_focused()


def test_no_word_of_a_search_reaches_an_address(product: Product, page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(f"{request.url} {request.headers}"))

    searches.search(page, "geheimwort")
    searches.search(page, "termin geheimwort")
    page.get_by_role("button", name="Auch mitten in Wörtern suchen").click()
    page.locator(".found__progress").wait_for()

    assert "geheimwort" not in page.url + page.title()
    assert [one for one in asked if "geheimwort" in one] == []


@whole
def test_a_plain_word_in_the_address_is_taken_out_of_it(product: Product, page: Page) -> None:
    page.goto(f"{product.address}/p/morgenthal/inbox/?q=termin")

    expect(page.locator("a.hit").first).to_be_visible()
    page.wait_for_url("**/inbox/search/")
    assert page.locator("#q").input_value() == "termin"


@whole
def test_filters_narrow_at_once(product: Product, page: Page) -> None:
    searches.search(page, "termin")
    before = page.locator(".hits").count()
    page.get_by_text("Eingrenzen").click()

    with page.expect_response("**/inbox/search/"):
        page.get_by_label("Geschrieben").select_option("in")

    expect(page.locator(".hit__who")).to_have_count(0)
    assert 0 < page.locator(".hits").count() < before


def test_on_a_phone_a_step_back_leads_to_the_hits(product: Product, staff: Staff) -> None:
    page = staff.at_work(viewport=PHONE, has_touch=True)
    searches.search(page, "termin")

    page.locator("a.hit").first.click()
    expect(page.locator(".message[data-found]")).to_be_in_viewport()
    expect(page.locator("a.hit").first).to_be_hidden()
    page.go_back()
    expect(page.locator("a.hit").first).to_be_in_viewport()
    page.locator("a.hit").nth(1).click()
    page.get_by_role("link", name="Zurück zur Liste").click()

    expect(page.locator("a.hit").nth(1)).to_be_focused()


def test_without_a_script_every_step_works(product: Product, staff: Staff) -> None:
    page = staff.at_work(java_script_enabled=False)

    searches.search(page, "rmin")
    page.get_by_role("button", name="Auch mitten in Wörtern suchen").click()

    expect(page.locator(".found__progress")).to_be_visible()
    assert page.url.endswith("/inbox/search/")
    page.locator("a.hit").first.click()
    expect(page.locator("#thread-log")).to_be_visible()


@whole
def test_one_press_on_a_reason_shows_the_thread(product: Product, staff: Staff) -> None:
    visit = Visit(product, staff)
    page = searches.it_asks_why(visit)
    assert page.locator("#thread-log, .composer").count() == 0

    page.get_by_role("button", name="Anruf der Person").press("Enter")

    expect(page.locator("#thread-log")).to_be_visible()
    page.reload()
    expect(page.locator("#thread-log")).to_be_visible()
