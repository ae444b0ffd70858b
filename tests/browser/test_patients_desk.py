"""Patients beside the chat, in a browser: the list by keyboard, and a number that is linked while somebody types."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.material import agree_and_write, change_identity, wait_until_drained, write
from tests.browser.product import Product
from tests.browser.staff import Staff
from tests.browser.visit import Visit
from tests.whole import whole

pytestmark = pytest.mark.browser

STRANGER, CHANGED, NAMESAKE = "+4917604069055", "+4917604069058", "+491713920022"


def test_the_list_is_filtered_while_one_types_and_walked_by_arrows(product: Product, staff: Staff) -> None:
    page = Visit(product, staff).of_staff("patients/")
    field = page.get_by_label("Name, Nummer oder Geburtsdatum")

    field.fill("18.06.2017")
    expect(page.locator(".patients__row")).to_have_count(1)
    expect(field).to_be_focused()
    assert "18.06" not in page.url
    page.keyboard.press("ArrowDown")
    expect(page.locator(".patients__row")).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(field).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name="Hoffmann, Mia")).to_be_visible()


def open_link_tool(page: Page) -> None:
    page.locator("#panel-link-open").click()
    expect(page.get_by_label("Patient:in suchen")).to_be_focused()


def test_a_stranger_is_linked_without_losing_what_is_being_written(product: Product, staff: Staff) -> None:
    agree_and_write(product, "Greta Unbekannt", STRANGER)
    wait_until_drained(product)
    page = Visit(product, staff).thread("Greta")
    page.get_by_label("Antwort an").fill("Guten Tag, ")

    open_link_tool(page)
    page.keyboard.type("albr")
    expect(page.get_by_role("button", name="Albrecht, Günther")).to_be_visible()
    write(product, STRANGER, type="text", text="Sind Sie noch da?")
    expect(page.get_by_role("log")).to_contain_text("Sind Sie noch da?")
    expect(page.get_by_label("Patient:in suchen")).to_have_value("albr")
    page.get_by_label("Wer schreibt?").select_option("family")
    page.get_by_role("button", name="Albrecht, Günther").click()

    expect(page.locator("#panel .panel__name")).to_have_text("Albrecht, Günther")
    expect(page.get_by_label("Patient:in suchen")).to_have_count(0)
    expect(page.locator("#toasts")).to_contain_text("Nummer zugeordnet")
    expect(page.locator("#panel-link-open")).to_be_focused()
    expect(page.locator("#composer")).to_contain_text("Noch keine Einwilligung")  # one yes is for one person (C-22)
    expect(page.locator(".composer__kept")).to_contain_text("Guten Tag,")


@whole
def test_a_tool_that_is_left_gives_the_focus_back(product: Product, staff: Staff) -> None:
    page = Visit(product, staff).thread("Lindner")

    open_link_tool(page)
    page.locator("[data-link-close]").click()

    expect(page.locator("#panel-link-open")).to_be_focused()


def test_whoever_presses_what_goes_in_the_panel_goes_on_beside_it_and_hears_what_was_done(
    product: Product, staff: Staff
) -> None:
    agree_and_write(product, "Nele Wechsel", CHANGED)
    wait_until_drained(product)
    change_identity(product, CHANGED)
    wait_until_drained(product)
    page = Visit(product, staff).thread("Nele Wechsel")
    told = page.locator("#toasts")

    page.get_by_role("button", name="Ja, dieselbe Person").press("Enter")
    expect(told).to_contain_text("Bestätigt: dieselbe Person")
    expect(page.locator("#identity-changed")).to_have_count(0)
    expect(page.get_by_label("Antwort an")).to_be_focused()

    open_link_tool(page)
    page.keyboard.type("albr")
    page.get_by_role("button", name="Albrecht, Günther").press("Enter")
    expect(page.locator("#panel-link-open")).to_be_focused()
    page.locator("summary", has_text="Gehört nicht zu dieser Nummer").press("Enter")
    page.get_by_role("button", name="Verknüpfung lösen").press("Enter")
    expect(told).to_contain_text("Verknüpfung gelöst")
    expect(page.locator("#panel .panel__name")).to_have_count(0)
    expect(page.locator("#panel-link-open")).to_be_focused()

    page.locator("summary", has_text="Nummer sperren").press("Enter")
    page.get_by_label("Grund").select_option("spam")
    page.get_by_role("button", name="Sperren", exact=True).press("Enter")
    expect(told).to_contain_text("Nummer gesperrt")
    expect(page.get_by_role("link", name="Alle gesperrten Nummern")).to_be_focused()


def test_a_wrong_press_beside_the_chat_is_taken_back_with_one_key(product: Product, staff: Staff) -> None:
    agree_and_write(product, "Günther Albrecht", NAMESAKE)
    wait_until_drained(product)
    page = Visit(product, staff).thread("Günther Albrecht")
    told, is_he = page.locator("#toasts"), page.get_by_role("button", name="Ist Albrecht, Günther")

    is_he.press("Enter")
    expect(told).to_contain_text("Nummer zugeordnet")
    expect(page.locator("#panel .panel__name")).to_have_text("Albrecht, Günther")
    page.keyboard.press("z")
    expect(told).to_contain_text("Zurückgenommen")
    expect(page.locator("#panel .panel__name")).to_have_count(0)
    expect(is_he).to_be_visible()

    page.locator("summary", has_text="Nummer sperren").press("Enter")
    page.get_by_label("Grund").select_option("spam")
    page.get_by_role("button", name="Sperren", exact=True).press("Enter")
    expect(told).to_contain_text("Nummer gesperrt")
    page.keyboard.press("z")
    expect(told).to_contain_text("Zurückgenommen")
    expect(page.locator("summary", has_text="Nummer sperren")).to_be_visible()


def test_whoever_would_end_consent_hears_which_before_it_does(product: Product, staff: Staff) -> None:
    page = Visit(product, staff).thread("Hoffmann")
    family = page.locator("#panel .panel__name").count()
    page.locator("summary", has_text="Gehört nicht zu dieser Nummer").last.press("Enter")

    page.get_by_role("button", name="Verknüpfung lösen").last.press("Enter")

    asked = page.locator("#panel").get_by_role("alert")
    expect(asked).to_contain_text("Hier wurde zugestimmt zu „Termine und Organisation")
    expect(asked).to_be_focused()
    expect(page.get_by_role("button", name="Trotzdem lösen")).to_be_visible()
    expect(page.locator("#panel .panel__name")).to_have_count(family)


def test_an_appointment_is_noted_in_the_panel_and_stands_there_at_once(product: Product, staff: Staff) -> None:
    page = Visit(product, staff).thread("Lindner")
    page.get_by_text("Termin notieren").first.click()

    page.get_by_label("Tag", exact=True).fill("2031-03-04")
    page.get_by_label("Uhrzeit").fill("09:20")
    page.get_by_label("Was").fill("Beratung")
    page.get_by_role("button", name="Notieren").click()

    expect(page.locator("#panel details[open]")).to_have_count(0)
    expect(page.locator("#toasts")).to_contain_text("Termin notiert")
    expect(page.locator("#panel summary").filter(has_text="Termin notieren").first).to_be_focused()
    page.locator("#panel .panel__name").first.click()
    expect(page.locator(".visits")).to_contain_text("04.03.2031, 09:20")


def test_a_tool_that_is_open_never_goes_over_to_another_thread(product: Product, staff: Staff) -> None:
    page = Visit(product, staff).thread("Lindner")
    open_link_tool(page)
    page.keyboard.type("albr")
    expect(page.get_by_role("button", name="Albrecht, Günther")).to_be_visible()

    page.get_by_role("option").filter(has_text="Krüger").first.click()

    expect(page.locator("#thread-name")).to_contain_text("Krüger")
    expect(page.get_by_label("Patient:in suchen")).to_have_count(0)
    opened = str(page.locator("#thread").get_attribute("data-conversation"))
    expect(page.locator("#panel-link")).to_have_attribute("data-keep", opened)
