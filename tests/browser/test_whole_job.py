"""The main job of a reception, whole: find who waits, open, take over, answer, put off, label, done, next, and back.
Once with the keyboard alone, once on a phone."""

from uuid import uuid4

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.material import agree_and_write, write
from tests.browser.patients import PHONE
from tests.browser.product import Product
from tests.browser.screens import team
from tests.browser.staff import Staff, newest_first
from tests.browser.visit import Visit

pytestmark = pytest.mark.browser

ROWS_AT_MOST = 60
QUESTION = "Guten Tag, ich habe noch eine Frage."
ANSWER = "Guten Tag, wir rufen Sie heute noch an."


def somebody_waits(product: Product, staff: Staff, phone: str, name: str) -> str:
    """Somebody new, whom one may answer, in a practice that has labels; the whole name."""
    team.labels(Visit(product, staff))
    name = f"{name}-{uuid4().hex[:6]}"
    agree_and_write(product, name, phone)
    write(product, phone, type="text", text=QUESTION)
    return name


def toast(page: Page) -> Locator:
    return page.locator(".toast [data-toast-text]")


def test_the_whole_job_is_done_with_the_keyboard_alone(product: Product, staff: Staff) -> None:
    name = somebody_waits(product, staff, "+491713920086", "Tara Tasten")
    page = newest_first(staff.at_work())
    keys, head = page.keyboard, page.locator("#thread-head")
    expect(page.get_by_role("option").filter(has_text=name)).to_be_attached(timeout=40_000)
    page.mouse.move(900, 5)  # nobody points at the list

    step_to(page, name)
    keys.press("Enter")
    expect(page.locator("#thread")).to_be_focused()
    expect(page.locator("#thread-name")).to_contain_text(name)
    address = page.url

    keys.press("m")
    expect(head).to_contain_text("Bei Ihnen")
    keys.press("r")
    keys.type(ANSWER)
    keys.press("Control+Enter")
    expect(page.get_by_role("article").filter(has_text=ANSWER)).to_be_visible()
    expect(page.get_by_label("Antwort an")).to_have_value("")

    keys.press("Escape")  # out of the box
    keys.press("h")
    expect(page.get_by_role("button", name="In einer Stunde")).to_be_focused()
    keys.press("Enter")
    expect(head).to_contain_text("Zurückgestellt bis")
    keys.press("z")
    expect(toast(page)).to_contain_text("Zurückgenommen")
    expect(head).not_to_contain_text("Zurückgestellt bis")

    keys.press("l")
    chosen = page.locator("#menu-labels .menu__choice").first
    expect(chosen).to_be_focused()
    label = chosen.inner_text().strip()
    keys.press("Enter")
    expect(head.locator(".label-mark")).to_contain_text(label)
    expect(page.get_by_role("option").filter(has_text=name)).to_be_focused()  # as before "l"

    keys.press("Shift+E")
    expect(toast(page)).to_have_text("Erledigt")
    expect(page.locator("#thread-name")).not_to_contain_text(name)  # the next
    keys.press("z")
    expect(toast(page)).to_contain_text("Zurückgenommen")
    page.goto(address)
    expect(head.get_by_role("button", name="Erledigt", exact=True)).to_be_visible()


def step_to(page: Page, name: str) -> None:
    """From row to row, as somebody does who looks for whoever waits."""
    for _ in range(ROWS_AT_MOST):
        page.keyboard.press("j")
        if name in page.evaluate("document.activeElement.textContent"):
            return
    raise LookupError("nobody of this name waits")


def test_the_whole_job_is_done_on_a_phone(product: Product, staff: Staff) -> None:
    name = somebody_waits(product, staff, "+491713920087", "Hanna Handy")
    page = newest_first(staff.at_work(viewport=PHONE, has_touch=True, is_mobile=True))
    row = page.get_by_role("option").filter(has_text=name)
    head = page.locator("#thread-head")

    row.tap()
    expect(page.locator("#thread-name")).to_contain_text(name)
    expect(page.locator(".queue")).to_be_hidden()
    head.get_by_role("button", name="Übernehmen").tap()
    expect(head).to_contain_text("Bei Ihnen")
    page.get_by_label("Antwort an").fill(ANSWER)
    page.locator("#composer").get_by_role("button", name="Senden", exact=True).tap()
    expect(page.get_by_role("article").filter(has_text=ANSWER)).to_be_in_viewport()

    page.locator("#snooze-button").tap()
    page.get_by_role("button", name="In einer Stunde").tap()
    expect(head).to_contain_text("Zurückgestellt bis")
    take_back(page)
    expect(head).not_to_contain_text("Zurückgestellt bis")
    page.locator("#label-button").tap()
    page.locator("#menu-labels .menu__choice").first.tap()
    expect(head.locator(".label-mark")).to_be_visible()

    page.locator("#closure-button").tap()
    expect(toast(page)).to_have_text("Erledigt")
    take_back(page)
    expect(page.locator("#closure-button")).to_contain_text("Erledigt")
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]

    page.get_by_role("link", name="Zurück zur Liste").tap()
    expect(page.locator(".queue")).to_be_visible()
    page.get_by_role("option").first.tap()  # the next
    expect(page.locator("#thread-log")).to_be_visible()
    expect(page.locator("#thread-name")).not_to_contain_text(name)


def take_back(page: Page) -> None:
    page.locator(".toast").get_by_role("button", name="Rückgängig").tap()
    expect(toast(page)).to_contain_text("Zurückgenommen")
