"""From the practice's website to a consent, as a visitor goes: button, text D, WhatsApp, text C, yes."""

import re
from uuid import uuid4

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.gateways import text_d
from tests.browser.patients import PHONE, PatientsPhone
from tests.browser.product import Product
from tests.browser.staff import Staff
from tests.whole import whole

pytestmark = pytest.mark.browser


@pytest.fixture
def website(staff: Staff) -> Page:
    return staff.stranger(viewport=PHONE)


@pytest.mark.parametrize("by_script", [True, False], ids=["script", "link"])
def test_from_the_website_to_a_consent(product: Product, staff: Staff, website: Page, by_script: bool) -> None:
    visitor = f"Wanda Web-{uuid4().hex[:6]}"

    phone = when_the_visitor_reads_text_d_and_opens_whatsapp(website, product, by_script)
    phone.belongs_to(visitor)
    then_the_phone_holds_a_neutral_sentence(phone)

    phone.send()
    then_the_practice_asks_for_consent(phone)
    desk = staff.at_work()
    then_nothing_may_be_sent_yet(desk, product, visitor)

    phone.page.get_by_role("button", name="Ja, einverstanden").last.click()
    then_the_practice_thanks(phone)
    then_reception_sees_that_it_came_from_the_website(desk, product, visitor)


def when_the_visitor_reads_text_d_and_opens_whatsapp(website: Page, product: Product, by_script: bool) -> PatientsPhone:
    page = text_d(website, product, by_script=by_script)
    expect(page.get_by_text("Ein Klick öffnet WhatsApp. Meta erhält dann Daten von Ihnen")).to_be_visible()
    page.get_by_label("Ich habe das gelesen.").check()
    page.get_by_role("button", name="WhatsApp öffnen").click()
    return PatientsPhone(page)


def then_the_phone_holds_a_neutral_sentence(phone: PatientsPhone) -> None:
    expect(phone.composer).to_have_value(
        re.compile(r"^Guten Tag, ich möchte über WhatsApp schreiben\. Code: [0-9A-Z]{4}-[0-9A-Z]{4}$")
    )


def then_the_practice_asks_for_consent(phone: PatientsPhone) -> None:
    asked = phone.received.first
    expect(asked).to_contain_text("Bevor wir hier weiterschreiben, brauchen wir Ihr Einverständnis.")
    expect(asked).not_to_contain_text("gilt nicht mehr")


def then_nothing_may_be_sent_yet(desk: Page, product: Product, visitor: str) -> None:
    open_thread(desk, product, visitor)
    expect(desk.get_by_label("Antwort an")).to_have_count(0)


def then_the_practice_thanks(phone: PatientsPhone) -> None:
    expect(phone.received.nth(1)).to_contain_text("Sie haben zugestimmt zu: Termine und Organisation.")


def then_reception_sees_that_it_came_from_the_website(desk: Page, product: Product, visitor: str) -> None:
    open_thread(desk, product, visitor)
    expect(desk.locator(".consent__source")).to_contain_text("Website")
    expect(desk.get_by_label("Antwort an")).to_be_visible()


def open_thread(desk: Page, product: Product, visitor: str) -> None:
    desk.goto(f"{product.address}/p/morgenthal/inbox/?tab=done&order=newest")
    row = desk.get_by_role("option").filter(has_text=visitor)
    if not row.count():
        desk.goto(f"{product.address}/p/morgenthal/inbox/?tab=open&order=newest")
    desk.goto(product.address + str(row.first.get_attribute("href")))


def test_the_website_asks_roger_for_one_script_and_nobody_else(product: Product, website: Page) -> None:
    asked: list[str] = []
    website.on("request", lambda request: asked.append(request.url))

    website.goto(f"{product.phones}/website/")
    expect(website.locator("roger-whatsapp")).to_be_visible()

    foreign = [url for url in asked if not url.startswith(product.phones)]
    assert [re.sub(r"/widget/[\w-]+", "/widget/…", url) for url in foreign] == [f"{product.address}/widget/….js"]


@whole
def test_before_the_click_nothing_is_kept_in_the_visitors_browser(product: Product, website: Page) -> None:
    page = text_d(website, product)

    assert website.context.cookies() == []
    assert page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]


def test_text_d_works_without_a_script(product: Product, staff: Staff) -> None:
    website = staff.stranger(viewport=PHONE, java_script_enabled=False)

    page = text_d(website, product, by_script=False)
    page.get_by_role("button", name="WhatsApp öffnen").click()
    expect(page.get_by_role("alert")).to_contain_text("dass Sie den Text gelesen haben")
    page.get_by_label("Ich habe das gelesen.").check()
    page.get_by_role("button", name="WhatsApp öffnen").click()

    expect(page.get_by_role("heading", name="Chat mit Zahnarztpraxis Dr. Morgenthal")).to_be_visible()


def test_a_website_that_is_not_on_the_list_gets_no_button(product: Product, staff: Staff, website: Page) -> None:
    """The same page under another name: the script is refused, and the browser says so."""
    with website.expect_event("requestfailed", lambda request: request.url.endswith(".js")):
        website.goto(f"{product.phones.replace('127.0.0.1', 'localhost')}/website/")

    expect(website.locator("roger-whatsapp")).to_have_count(0)
    expect(website.get_by_role("link", name="Über WhatsApp schreiben")).to_have_count(1)  # the plain one
    [complaint] = staff.problems.found
    assert "No 'Access-Control-Allow-Origin' header is present" in complaint
    staff.problems.found.clear()


@whole
def test_a_form_on_a_foreign_page_cannot_send_visitors_on(product: Product, website: Page) -> None:
    link = re.findall(r'href="([^"]+)"', product.control("GET", "/website")["link"])[0]
    form_id = re.findall(r'name="form_id" value="([^"]+)"', httpx.get(link).text)[0]
    form = (
        f'<!doctype html><html lang="de"><title>Fremd</title><form method="post" action="{link}">'
        f'<input name="form_id" value="{form_id}"><input name="read" value="1"><button>Los</button></form>'
    )
    elsewhere = product.phones.replace("127.0.0.1", "localhost") + "/fremd/"
    website.route(elsewhere, lambda route: route.fulfill(body=form, content_type="text/html"))
    website.goto(elsewhere)

    with website.expect_response(link) as answered:
        website.get_by_role("button", name="Los").click()

    assert answered.value.status == 403
