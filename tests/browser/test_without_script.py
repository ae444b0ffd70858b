"""What must also work where no script runs: the login, the consent page, reading and answering."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.chromium import Problems
from tests.browser.gateways import text_d_address
from tests.browser.material import agree_and_write, numbers, write
from tests.browser.patients import PHONE, PatientsPhone
from tests.browser.product import Product
from tests.browser.staff import Staff, log_in
from tests.browser.visit import Visit
from tests.browser.withdrawals import LEAVER, link_of
from tests.whole import whole

pytestmark = pytest.mark.browser


def test_login_in_two_steps_and_logout(product: Product, staff: Staff) -> None:
    page = staff.stranger(java_script_enabled=False)

    log_in(page, product.address, product.practices[0].login("dentist"))
    expect(page).to_have_url(re.compile(r"/p/morgenthal/inbox/$"))
    page.get_by_role("button", name="Abmelden").click()

    expect(page).to_have_url(re.compile(r"/login/$"))


def test_the_consent_page_leads_to_whatsapp(product: Product, staff: Staff) -> None:
    phone = PatientsPhone(staff.stranger(viewport=PHONE, java_script_enabled=False))

    phone.consent(product.practices[0].qr, "Termine und Organisation", "Vorsorge-Erinnerung")

    expect(phone.page.get_by_role("heading", name="Chat mit Zahnarztpraxis Dr. Morgenthal")).to_be_visible()
    expect(phone.page.locator(".preview")).to_have_text(re.compile(r"^Ja, ich möchte mit der .* Code: \S{4}-\S{4}$"))


@whole
def test_declining_is_as_easy_as_agreeing(product: Product, staff: Staff) -> None:
    page = staff.stranger(viewport=PHONE, java_script_enabled=False)
    page.goto(product.practices[0].qr)

    page.get_by_role("button", name="Nein, danke").click()

    expect(page.get_by_role("heading", name="In Ordnung")).to_be_visible()
    expect(page.get_by_text("Wir schreiben Ihnen nicht über WhatsApp.")).to_be_visible()
    page.get_by_role("link", name="Ich habe es mir anders überlegt").click()
    expect(page.get_by_role("checkbox", checked=True)).to_have_count(0)


def test_an_answer_is_sent_and_stands_in_the_thread(product: Product, staff: Staff) -> None:
    write(product, numbers(product)["Stefan Krüger"], type="text", text="Noch eine Frage zum Termin")
    visit = Visit(product, staff)
    visit.pages[0, "reception"] = page = staff.at_work(java_script_enabled=False)
    visit.thread("Krüger")

    page.get_by_label("Antwort an").fill("Gern, welche denn?")
    page.get_by_role("button", name="Senden").click()

    expect(page.get_by_role("article").filter(has_text="Gern, welche denn?")).to_have_count(1)
    expect(page.get_by_label("Antwort an")).to_have_value("")


def test_no_public_page_asks_anybody_else(product: Product, staff: Staff, problems: Problems) -> None:
    agree_and_write(product, "Lea Abend", LEAVER)
    asked: set[str] = set()
    page = staff.stranger(viewport=PHONE)
    page.on("request", lambda request: asked.add(re.sub(r"(https?://[^/]+).*", r"\1", request.url)))

    withdrawal = link_of(product, LEAVER)
    for path in (
        *(product.practices[0].qr, f"{product.address}/datenschutz/morgenthal/", f"{product.address}/login/"),
        *(withdrawal, text_d_address(staff.stranger(), product)),
    ):
        page.goto(path)

    assert asked == {product.address}
