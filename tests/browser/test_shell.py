"""Keys, palette, shield and quick switch in a real browser, without a mouse where one has none."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.patients import PHONE
from tests.browser.product import Product
from tests.browser.staff import Staff, log_in
from tests.browser.visit import Visit

pytestmark = pytest.mark.browser

# What a screenshot could show: letters of elements that are painted.
READABLE = """() => [...document.querySelectorAll("#desk *")].filter(one =>
  one.childNodes.length && one.checkVisibility({ visibilityProperty: true }) && one.textContent.trim()).length"""


def ready(page: Page) -> Page:
    page.locator("[data-palette-open]:not([hidden])").wait_for(state="attached")
    return page


def test_the_help_sheet_lists_what_the_page_has_and_gives_the_focus_back(product: Product, staff: Staff) -> None:
    page = ready(Visit(product, staff).thread("Krüger"))
    row = page.locator('a.row[aria-selected="true"]')
    row.focus()

    page.keyboard.press("?")
    sheet = page.get_by_role("dialog", name="Tasten")
    expect(sheet).to_be_visible()
    expect(sheet.get_by_text("antworten", exact=True)).to_be_visible()
    page.keyboard.press("Escape")

    expect(sheet).to_be_hidden()
    expect(row).to_be_focused()
    page.goto(page.url.partition("/inbox/")[0] + "/me/")
    ready(page).keyboard.press("?")
    expect(page.get_by_role("dialog", name="Tasten").get_by_text("antworten", exact=True)).to_have_count(0)


def test_the_palette_finds_a_person_by_keyboard_and_no_name_stands_in_an_address(
    product: Product, staff: Staff
) -> None:
    page = ready(staff.at_work())
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox", name="Person oder Befehl")).to_be_focused()
    page.keyboard.type("Krüg")
    first = page.get_by_role("option").filter(has_text="Krüger").last
    expect(first).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")

    expect(page.locator("#thread-name")).to_contain_text("Krüger")
    assert [address for address in asked if re.search("kr(ü|%C3%BC)g", address, re.IGNORECASE)] == []


def test_the_palette_ranks_actions_by_letters_and_closes_to_where_one_was(staff: Staff) -> None:
    page = ready(staff.at_work())
    row = page.get_by_role("option").first
    row.focus()

    page.keyboard.press("Control+k")
    page.keyboard.type("mei ein")
    chosen = page.locator("#palette-options [aria-selected=true]")
    expect(chosen).to_have_text("Meine Einstellungen")
    page.keyboard.press("Escape")

    expect(row).to_be_focused()


def test_whoever_switched_letters_off_has_none(staff: Staff) -> None:
    page = ready(staff.at_work())
    page.evaluate("document.body.dataset.shortcuts = 'off'")

    for key in ("j", "/", "?", "r"):
        page.keyboard.press(key)

    expect(page.locator("#keys")).to_be_hidden()
    expect(page.get_by_role("searchbox")).not_to_be_focused()
    assert page.evaluate("document.activeElement.tagName") == "BODY"


def test_the_shield_hides_every_letter_stays_after_a_reload_and_falls_by_pin(product: Product, staff: Staff) -> None:
    login = product.practices[1].login("owner")
    page = staff.stranger()
    log_in(page, product.address, login)
    page.wait_for_url("**/inbox/")
    page.goto(page.url.replace("/inbox/", "/me/"))
    page.get_by_label("Neue PIN", exact=True).fill("2719")
    page.get_by_label("Neue PIN noch einmal").fill("2719")
    page.get_by_label("Ihr Passwort").fill(login.password)
    page.get_by_role("button", name="PIN speichern").click()
    expect(page.get_by_text("Gespeichert.")).to_be_visible()
    page.goto(page.url.partition("/me/")[0] + "/inbox/")
    twin = page.context.new_page()
    twin.goto(page.url)
    ready(twin)
    ready(page)
    assert page.evaluate(READABLE) > 10

    page.keyboard.press("Control+Shift+l")
    expect(page.locator("#shield")).to_be_visible()
    expect(twin.locator("#shield")).to_be_visible()
    assert page.evaluate(READABLE) == 0
    page.keyboard.press("Escape")
    expect(page.locator("#shield")).to_be_visible()
    expect(page.locator("#shield-secret")).to_be_focused()
    twin.reload()
    expect(twin.get_by_role("heading", name="Sichtschutz")).to_be_visible()
    expect(twin.get_by_role("option")).to_have_count(0)

    page.keyboard.type("1111")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Noch 4 Versuche")).to_be_visible()
    page.locator("#shield-secret").fill("2719")
    page.keyboard.press("Enter")
    expect(page.locator("#shield")).to_be_hidden()
    assert page.evaluate(READABLE) > 10


def test_what_a_phone_keeps_is_style_and_script_and_nothing_of_a_person(product: Product, staff: Staff) -> None:
    page = staff.at_work(viewport=PHONE)
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.reload()
    Visit(product, staff, {(0, "reception"): page}).thread("Krüger")
    page.wait_for_timeout(500)

    kept = page.evaluate(
        """async () => (await Promise.all((await caches.keys()).map(async name =>
          (await (await caches.open(name)).keys()).map(one => new URL(one.url).pathname)))).flat()"""
    )

    assert kept
    assert [path for path in kept if not path.startswith("/static/")] == []


def test_on_a_phone_nothing_is_wider_than_the_screen_and_everything_can_be_hit(staff: Staff) -> None:
    page = ready(staff.at_work(viewport=PHONE))

    small = page.evaluate(
        """[...document.querySelectorAll(".bar a, .bar button, .rail a")].filter(one => {
          const { width, height } = one.getBoundingClientRect()
          return one.checkVisibility() && width && (width < 43.5 || height < 43.5) && !one.matches(".bar__mark")
        }).map(one => one.outerHTML.slice(0, 80))"""
    )

    assert small == []
    assert page.evaluate("document.documentElement.scrollWidth") == page.evaluate("innerWidth")
