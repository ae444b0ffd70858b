"""Protected documents in real browsers: reception sends, the patient opens on a phone without a script, the receipt
appears by itself; the patient hands papers in, and they appear too."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser import documents
from tests.browser.patients import PHONE
from tests.browser.product import Product
from tests.browser.staff import Staff
from tests.browser.visit import Visit
from tests.whole import whole

pytestmark = pytest.mark.browser


def test_c_25_a_document_is_sent_opened_with_the_birth_date_and_its_receipt_appears(
    product: Product, staff: Staff
) -> None:
    visit = Visit(product, staff)
    address = documents.link_for(visit, "Kostenplan Brücke")
    reception = visit.pages[0, "reception"]
    slip = reception.locator(".led").filter(has_text="Kostenplan Brücke")
    expect(slip).to_have_text(re.compile("noch nicht geöffnet"))
    expect(reception.locator("#thread-flow")).not_to_contain_text("wurde geöffnet")

    phone = staff.stranger(viewport=PHONE, java_script_enabled=False, accept_downloads=True)
    phone.goto(address)
    assert "Kostenplan" not in phone.content()
    documents.say_birth_date(phone, "1958-02-28")
    expect(phone.get_by_role("alert")).to_have_text(re.compile("Verbleibende Versuche: 4"))
    documents.say_birth_date(phone, documents.BORN)
    expect(phone.get_by_role("heading", name="Kostenplan Brücke")).to_be_visible()
    with phone.expect_download() as saved:
        phone.get_by_role("link", name="Herunterladen").click()

    assert saved.value.suggested_filename == "Kostenplan.pdf"
    assert saved.value.path().read_bytes() == documents.PDF
    assert phone.context.cookies() == []
    expect(slip).to_have_text(re.compile(r"geöffnet am \d\d\.\d\d\., \d\d:\d\d"))
    expect(reception.locator("#thread-flow")).to_contain_text(
        "Geschütztes Dokument „Kostenplan Brücke“ wurde geöffnet."
    )
    expect(reception.locator("#panel .document-list")).to_contain_text("geöffnet am")


def test_what_is_mended_and_asked_before_sending_loses_neither_the_file_nor_the_place(
    product: Product, staff: Staff
) -> None:
    page = documents.form(Visit(product, staff))
    file, button = page.get_by_label("Datei", exact=True), page.locator("#send-document")
    chosen = "input => [...input.files].map(file => file.name)"
    file.set_input_files(documents.a_pdf())

    button.click()
    expect(page.get_by_text("Bitte geben Sie dem Dokument einen Titel.")).to_be_in_viewport()
    kept = [file.evaluate(chosen)]
    page.get_by_label("Titel").fill("Kostenplan Juni")
    button.click()
    expect(page.locator("#composer-brake")).to_contain_text("Geht die Datei an Lindner")
    kept.append(file.evaluate(chosen))
    expect(page.locator("#composer-brake")).to_be_in_viewport()
    expect(button).to_be_focused()
    expect(button).to_have_accessible_name("Ja, senden")
    button.click()

    expect(page.locator("#toasts")).to_contain_text("Dokument gesendet")
    expect(page.locator(".led").filter(has_text="Kostenplan Juni")).to_be_visible()
    assert kept == [["Kostenplan.pdf"]] * 2


def test_a_file_that_is_too_large_is_refused_where_it_is_chosen_and_never_sent(product: Product, staff: Staff) -> None:
    page = documents.form(Visit(product, staff))
    file, refusal = page.get_by_label("Datei", exact=True), page.get_by_text("Die Datei ist zu groß.")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.method))

    file.set_input_files(documents.much_too_large())
    expect(refusal).to_be_visible()
    page.get_by_label("Titel").fill("Kostenplan Juni")
    page.locator("#send-document").click()
    expect(file).to_be_focused()
    expect(refusal).to_have_count(1)
    sent = asked.count("POST")
    file.set_input_files(documents.a_pdf())

    expect(refusal).to_have_count(0)
    assert sent == 0
    page.locator("#send-document").click()
    expect(page.locator("#composer-brake")).to_contain_text("Geht die Datei an Lindner")


@whole
def test_a_document_is_withdrawn_beside_the_thread_and_opens_no_more(product: Product, staff: Staff) -> None:
    visit = Visit(product, staff)
    address = documents.link_for(visit, "Irrtum")
    reception = visit.pages[0, "reception"]
    row = reception.locator(".document-list li").filter(has_text="Irrtum")

    row.get_by_text("Zurückziehen", exact=True).click()
    row.get_by_role("button", name="Endgültig zurückziehen").click()

    expect(row).to_contain_text("zurückgezogen, nicht geöffnet")
    phone = staff.stranger(viewport=PHONE)
    phone.goto(address)
    expect(phone.get_by_role("heading", name="Dieser Link gilt nicht mehr")).to_be_visible()


def test_t_08_papers_are_asked_for_handed_in_on_the_phone_and_appear_in_the_thread(
    product: Product, staff: Staff
) -> None:
    visit = Visit(product, staff)
    address = documents.upload_link(visit)
    reception = visit.pages[0, "reception"]
    arrived = reception.get_by_role("article").filter(has_text="über den geschützten Link")
    earlier = arrived.count()

    phone = staff.stranger(viewport=PHONE, java_script_enabled=False)
    phone.goto(address)
    documents.say_birth_date(phone, documents.BORN)
    documents.hand_in(phone, documents.a_photo("Bonusheft.png"), documents.a_pdf("Überweisung.pdf"))

    expect(phone.get_by_role("status")).to_contain_text("Die Praxis hat die Dateien jetzt.")
    expect(arrived).to_have_count(earlier + 2)
    expect(arrived.last).to_contain_text("Überweisung.pdf")
    expect(reception.locator(".led").last).to_contain_text("2 Dateien angekommen")


@whole
def test_while_files_are_on_their_way_the_page_says_so(product: Product, staff: Staff) -> None:
    phone = staff.stranger(viewport=PHONE)
    phone.goto(documents.upload_link(Visit(product, staff)))
    documents.say_birth_date(phone, documents.BORN)
    sending = phone.locator("[data-sending]")
    expect(sending).to_be_hidden()
    phone.evaluate(
        "document.querySelector('[data-upload]').addEventListener('submit', event => event.preventDefault())"
    )

    phone.locator("#files").set_input_files([documents.a_photo("Bonusheft.png")])
    phone.get_by_role("button", name="Hochladen").click()

    expect(sending).to_be_visible()
    expect(sending).to_contain_text("Wird hochgeladen")
    expect(phone.get_by_role("button", name="Hochladen")).to_be_disabled()
    phone.evaluate("dispatchEvent(new PageTransitionEvent('pageshow'))")  # back in the history
    expect(phone.locator("[data-sending]")).to_be_hidden()
