"""Consent at the desk, whole: taken down, asked on the patient's phone, tapped, and then it holds."""

import re
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from tests.browser.patients import PatientsPhone
from tests.browser.product import Product
from tests.browser.staff import Staff

pytestmark = pytest.mark.browser

LAST_NAME = f"Tresen-{uuid4().hex[:6]}"  # also when the product has served this test before
NUMBER, DIGITS = "0176 04069081", "4917604069081"
PAPER_NUMBER = "0176 04069082"


@pytest.fixture
def a_phone_in_a_pocket(product: Product) -> Iterator[None]:
    """Somebody who never wrote to the practice."""
    product.control("POST", "/people", {"phone": f"+{DIGITS}", "name": f"Rosa {LAST_NAME}"})
    yield


@pytest.mark.usefixtures("a_phone_in_a_pocket")
def test_c_07_what_the_desk_takes_down_holds_once_the_patient_has_tapped(
    product: Product, staff: Staff, phone: PatientsPhone
) -> None:
    desk = staff.at_work()

    when_reception_takes_it_down(desk, product)
    then_the_desk_is_told_that_the_number_was_asked(desk)
    then_the_phone_shows_the_question(phone, product)

    when_the_patient_confirms(phone)
    then_the_practice_thanks(phone)
    then_the_thread_may_be_written_in(desk)


def test_without_scripts_a_paper_is_taken_down_in_one_go(product: Product, staff: Staff, tmp_path: Path) -> None:
    desk = staff.at_work(java_script_enabled=False)
    scan = tmp_path / "einwilligung.pdf"
    scan.write_bytes(b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n")

    fill_in(desk, product, PAPER_NUMBER)
    desk.get_by_label("auf Papier, unterschrieben").check()
    desk.get_by_label("Scan oder Foto des Papiers").set_input_files(scan)
    desk.get_by_role("button", name="Aufnehmen", exact=True).click()

    expect(desk.get_by_role("heading", name="Einwilligung aufgenommen")).to_be_visible()
    with desk.expect_download() as download:
        desk.get_by_role("link", name="Papier herunterladen").click()
    assert download.value.suggested_filename == "einwilligung.pdf"


def fill_in(desk: Page, product: Product, number: str) -> None:
    desk.goto(f"{product.address}/p/morgenthal/consent/intake/")
    desk.get_by_label("Vorname").fill("Rosa")
    desk.get_by_label("Nachname").fill(LAST_NAME)
    desk.get_by_label("Geburtsdatum", exact=True).fill("1971-03-12")
    desk.get_by_label("Handynummer mit WhatsApp").fill(number)
    desk.get_by_label("Termine und Organisation").check()
    desk.get_by_label("Vorsorge-Erinnerung").check()


def when_reception_takes_it_down(desk: Page, product: Product) -> None:
    fill_in(desk, product, NUMBER)
    desk.get_by_role("button", name="Aufnehmen", exact=True).click()


def then_the_desk_is_told_that_the_number_was_asked(desk: Page) -> None:
    expect(desk.get_by_role("heading", name="Einwilligung aufgenommen")).to_be_visible()
    expect(desk.get_by_role("status").filter(has_text="gefragt, ob sie stimmt")).to_be_visible()
    expect(desk.get_by_text("wartet auf Bestätigung der Nummer")).to_have_count(2)


def then_the_phone_shows_the_question(phone: PatientsPhone, product: Product) -> None:
    phone.page.goto(f"{product.phones}/phones/{DIGITS}/{product.practices[0].phone.removeprefix('+')}/")
    expect(phone.received.last).to_contain_text("Waren Sie das nicht? Dann tippen Sie auf „Falsche Nummer“.")


def when_the_patient_confirms(phone: PatientsPhone) -> None:
    phone.page.get_by_role("button", name="Ja, bestätigen").click()


def then_the_practice_thanks(phone: PatientsPhone) -> None:
    expect(phone.received.last).to_contain_text(
        re.compile(r"Vielen Dank\. .* Sie haben zugestimmt zu: Termine und Organisation, Vorsorge-Erinnerung\.")
    )


def then_the_thread_may_be_written_in(desk: Page) -> None:
    desk.get_by_role("link", name="Zur Unterhaltung").click()
    expect(desk.get_by_role("heading", name="Einwilligung liegt vor")).to_be_visible()
    expect(desk.get_by_label("Antwort an")).to_be_visible()
