"""Taking consent back in a real browser, by the patient and by the team: clicks counted, and what both then see."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser import withdrawals
from tests.browser.material import agree_and_write, wait_until_drained
from tests.browser.patients import PHONE
from tests.browser.product import Product
from tests.browser.staff import Staff
from tests.browser.visit import Visit
from tests.whole import whole

pytestmark = pytest.mark.browser
CLICKER, LINKER = "+491713920094", "+491713920098"


def counting_clicks(page: Page) -> list[str]:
    """Every press from now on, also across pages."""
    clicks: list[str] = []
    page.expose_function("noteClick", lambda pressed: clicks.append(pressed))  # noqa: PLW0108
    page.add_init_script("addEventListener('click', event => event.isTrusted && noteClick(event.target.tagName), true)")
    return clicks


def test_c_12_reception_withdraws_in_two_clicks(product: Product, staff: Staff) -> None:
    agree_and_write(product, "Klara Klick", CLICKER)
    withdrawals.link_of(product, CLICKER)
    wait_until_drained(product)  # ticks that still come would renew the panel under the mouse
    visit = Visit(product, staff)
    visit.pages[0, "reception"] = page = staff.at_work()
    clicks = counting_clicks(page)
    visit.thread("Klara Klick")

    page.get_by_role("link", name="Widerruf eintragen").click()
    page.get_by_role("button", name="am Telefon").click()

    expect(page.get_by_role("heading", name="Widerruf eingetragen")).to_be_visible()
    assert len(clicks) == 2, clicks
    page.get_by_role("link", name="Zurück", exact=True).click()
    expect(page.locator(".consent__title")).to_have_text(re.compile("Widerrufen"))
    expect(page.locator("#thread-flow")).to_contain_text("Ihr Widerruf ist gespeichert")


def test_c_12_the_patient_withdraws_in_one_click_on_the_phone_without_a_script(product: Product, staff: Staff) -> None:
    agree_and_write(product, "Lina Link", LINKER)
    page = staff.stranger(viewport=PHONE, java_script_enabled=False)
    page.goto(withdrawals.link_of(product, LINKER))

    page.get_by_role("button", name="Alles abmelden").click()

    expect(page.get_by_role("heading", name="Ihr Widerruf ist gespeichert")).to_be_visible()
    expect(page.get_by_text("an Ihrer Patientenakte ändert sich nichts")).to_be_visible()
    assert page.context.cookies() == []
    page.reload()
    expect(page.get_by_role("heading", name="Das war schon abgemeldet")).to_be_visible()


@whole
def test_a_doubt_appears_in_the_open_thread_and_one_press_settles_it(product: Product, staff: Staff) -> None:
    visit = Visit(product, staff)

    page = withdrawals.doubt(visit)
    expect(page.locator(".doubt__words")).to_have_text(re.compile("in Ruhe"))
    page.get_by_role("button", name="War kein Widerruf").click()

    expect(page.locator(".doubt")).to_have_count(0)
    expect(page.locator(".consent__title")).to_have_text(re.compile("Einwilligung liegt vor"))


@whole
def test_c_10_a_stranger_is_answered_neutrally_and_asked_once(product: Product, staff: Staff) -> None:
    page = Visit(product, staff).thread("Marlow")

    page.get_by_role("button", name="Bitte anrufen").click()
    expect(page.locator("#thread-flow")).to_contain_text("bitte rufen Sie uns an")
    page.get_by_role("button", name="Um Einwilligung bitten").click()

    asked = page.get_by_role("article").filter(has_text="Bevor wir hier weiterschreiben")
    expect(asked).to_have_count(1)
    expect(page.get_by_role("article").filter(has_text="bitte rufen Sie uns an")).to_have_count(1)
