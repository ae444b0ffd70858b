"""The main job, whole, as people see it: from the QR code to the patient's STOP."""

import re
import statistics
import time
from collections.abc import Iterator
from uuid import uuid4

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.patients import PatientsPhone
from tests.browser.product import Product
from tests.browser.staff import Staff, log_in
from tests.browser.stopwatch import note_when_text_appears, seconds_since

pytestmark = pytest.mark.browser

PATIENT = f"Mara Quell-{uuid4().hex[:6]}"  # also when the product has served this test before
QUESTION = "Guten Tag, ich hätte gern einen Termin zur Kontrolle."
ANSWER = "Guten Tag Frau Quell, passt Ihnen Dienstag um 10:40 Uhr?"


@pytest.fixture
def slow_delivery(product: Product) -> Iterator[None]:
    """Two seconds between gesendet and zugestellt, so that a person (and a test) can see both."""
    product.control("PUT", "/faults", {"statuses": {"delivered_after": 2}, "window": {"unseen": "open"}})
    yield
    product.control("PUT", "/faults", {"window": {"unseen": "open"}})


@pytest.mark.usefixtures("slow_delivery")
def test_from_the_qr_code_to_the_answer_and_to_stop(product: Product, staff: Staff, phone: PatientsPhone) -> None:
    practice = product.practices[0]

    desk = given_reception_has_logged_in(product, staff)
    when_the_patient_agrees_behind_the_qr_code(phone, practice.qr)
    then_the_phone_holds_a_prefilled_text(phone, practice.name)

    when_the_patient_sends_it(phone)
    then_the_practice_thanks_for_the_consent(phone)
    row = then_the_inbox_shows_within_a_second_who_asks(desk, phone)

    when_reception_opens_the_thread_and_answers(desk, row, phone)
    then_the_ticks_go_from_sent_over_delivered_to_read(desk, phone, practice.name)
    then_the_phone_shows_the_answer(phone)

    when_the_patient_writes_stop(phone)
    then_the_composer_turns_into_a_gate_that_says_why(desk)
    then_another_practice_finds_nothing_at_this_address(staff, desk.url.replace(practice.slug, "ostufer"))


def given_reception_has_logged_in(product: Product, staff: Staff) -> Page:
    desk = staff.stranger()
    log_in(desk, product.address, product.practices[0].login("reception"))
    expect(desk).to_have_url(re.compile(r"/p/morgenthal/inbox/$"))
    expect(desk.get_by_text("Verbunden", exact=True)).to_be_visible()
    desk.evaluate("window.sinceTheLogin = true")
    return desk


def when_the_patient_agrees_behind_the_qr_code(phone: PatientsPhone, qr: str) -> None:
    phone.consent(qr, "Termine und Organisation")
    phone.belongs_to(PATIENT)


def then_the_phone_holds_a_prefilled_text(phone: PatientsPhone, practice: str) -> None:
    code = r"[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}"
    wanted = rf"Ja, ich möchte mit der {re.escape(practice)} über WhatsApp schreiben\. Code: {code}"
    expect(phone.composer).to_have_value(re.compile(wanted))


def when_the_patient_sends_it(phone: PatientsPhone) -> None:
    phone.send()


def then_the_practice_thanks_for_the_consent(phone: PatientsPhone) -> None:
    expect(phone.received.first).to_have_text(
        re.compile(
            r"Vielen Dank\. Ihre Einwilligung ist gespeichert \(.* Uhr\)\. "
            r"Sie haben zugestimmt zu: Termine und Organisation\. Abmelden geht jederzeit: einfach STOP schreiben "
            r"oder .*/w/.* öffnen\..*"
        )
    )


def then_the_inbox_shows_within_a_second_who_asks(desk: Page, phone: PatientsPhone) -> Locator:
    row = desk.get_by_role("option").filter(has_text=PATIENT)
    expect(row).to_have_count(0)  # the code needs no answer

    seconds = [until_the_row_says(desk, row, phone, text) for text in ("Guten Tag", "Hier ist Mara Quell", QUESTION)]

    assert statistics.median(seconds) < 1
    assert desk.evaluate("window.sinceTheLogin"), "the page was loaded anew"
    expect(row).to_contain_text("Neu")
    return row


def until_the_row_says(desk: Page, row: Locator, phone: PatientsPhone, text: str) -> float:
    """Seconds from the tap on the phone."""
    note_when_text_appears(desk, "#conversation-list", text)
    tapped = time.time()
    phone.write(text)
    expect(row).to_contain_text(text)
    return seconds_since(desk, tapped)


def when_reception_opens_the_thread_and_answers(desk: Page, row: Locator, phone: PatientsPhone) -> None:
    phone.close_chat()
    row.click()
    expect(desk.locator("#thread-name")).to_contain_text(PATIENT)
    desk.get_by_label("Antwort an").fill(ANSWER)
    desk.keyboard.press("Control+Enter")


def then_the_ticks_go_from_sent_over_delivered_to_read(desk: Page, phone: PatientsPhone, practice: str) -> None:
    slip = desk.get_by_role("article").filter(has_text=ANSWER)
    expect(slip.locator(".ticks")).to_have_text("gesendet")
    expect(slip.locator(".ticks")).to_have_text("zugestellt")
    phone.open_chat(practice)
    expect(slip.locator(".ticks")).to_have_text("gelesen")


def then_the_phone_shows_the_answer(phone: PatientsPhone) -> None:
    expect(phone.received.last).to_have_text(ANSWER)


def when_the_patient_writes_stop(phone: PatientsPhone) -> None:
    phone.stop()
    expect(phone.received.last).to_have_text(re.compile(r"Ihr Widerruf ist gespeichert \(.*Schreiben Sie START\."))


def then_the_composer_turns_into_a_gate_that_says_why(desk: Page) -> None:
    expect(desk.get_by_role("heading", name="Abgemeldet: keine Nachrichten mehr")).to_be_visible()
    expect(desk.locator("#composer")).to_contain_text(
        "Die Einwilligung für „Termine und Organisation“ wurde widerrufen. Dafür darf nichts gesendet werden."
    )
    expect(desk.get_by_label("Antwort an")).to_have_count(0)
    expect(desk.get_by_role("heading", name="Widerrufen")).to_be_visible()
    assert desk.evaluate("window.sinceTheLogin"), "the page was loaded anew"


def then_another_practice_finds_nothing_at_this_address(staff: Staff, address: str) -> None:
    elsewhere = staff.at_work(practice=1)

    answers = [elsewhere.goto(address), elsewhere.goto(address.replace("ostufer", "morgenthal"))]

    assert [answer.status for answer in answers if answer] == [404, 404]
    expect(elsewhere.locator("body")).not_to_contain_text(PATIENT)
