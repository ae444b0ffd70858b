"""A list of old consents in a browser: how one gets to each of its steps."""

from playwright.sync_api import Page

from tests.browser.product import Product
from tests.consent.imports.rows import WORDING, csv_of, jana

# Numbers of nobody in the demo; the fourth row has a fault, the fifth says no.
ROWS = (
    jana(Nachname="Altmann", Vorname="Greta", Handy="0176 04069071"),
    jana(Nachname="Altmann", Vorname="Heinz", Handy="0176 04069072", Datum_der_Einwilligung="03.02.2022"),
    jana(Nachname="Ostermann", Vorname="Ute", Handy="0176 0406", Geburtsdatum="17.08.1961"),
    jana(Nachname="Seifert", Vorname="Björn", Handy="0176 04069074", WhatsApp="nein"),
    jana(Nachname="Thalbach", Vorname="Karl", Handy="0176 04069075", Datum_der_Einwilligung=""),
)
OF_ITS_OWN = jana(Nachname="Wiegand", Vorname="Lotte", Handy="0176 04069079")


def lists(desk: Page, product: Product) -> Page:
    desk.goto(f"{product.address}/p/morgenthal/consent/imports/")
    return desk


def upload(desk: Page, product: Product, content: bytes = csv_of(*ROWS), name: str = "whatsapp-2023.csv") -> Page:
    """The first step; ends where the columns are asked for."""
    lists(desk, product)
    desk.get_by_label("Liste (CSV oder XLSX)").set_input_files(
        {"name": name, "mimeType": "text/csv", "buffer": content}
    )
    desk.get_by_label("Wortlaut des alten Formulars").fill(WORDING)
    desk.get_by_label("Stand des Formulars").fill("2021-03-01")
    desk.get_by_label("Termine und Organisation").check()
    desk.get_by_role("button", name="Hochladen").click()
    desk.get_by_role("heading", name="Was steht in welcher Spalte?").wait_for()
    return desk


def look_through(desk: Page, product: Product, content: bytes = csv_of(*ROWS)) -> Page:
    upload(desk, product, content).get_by_role("button", name="Zeilen durchsehen").click()
    desk.get_by_role("heading", name="Das würde Roger tun").wait_for()
    return desk


def ask(desk: Page, product: Product, content: bytes = csv_of(*ROWS)) -> Page:
    look_through(desk, product, content).get_by_role("link", name="Weiter zum Übernehmen").click()
    desk.get_by_role("heading", name="Liste jetzt übernehmen?").wait_for()
    return desk


def result(desk: Page, product: Product) -> Page:
    """Of a list that was carried out before, or is now: its people are not taken over twice."""
    done = lists(desk, product).locator(".imports__list li", has_text="übernommen").get_by_role("link")
    if done.count():
        done.first.click()
    else:
        ask(desk, product, csv_of(OF_ITS_OWN)).get_by_role("button", name="Jetzt übernehmen").click()
    desk.get_by_text("Übernommen.").wait_for()
    return desk


def columns_missing(desk: Page, product: Product) -> Page:
    """Nobody says where the numbers are."""
    upload(desk, product).get_by_label("Handy", exact=True).select_option("")
    desk.get_by_role("button", name="Zeilen durchsehen").click()
    desk.get_by_role("alert").first.wait_for()
    return desk


def refused(desk: Page, product: Product) -> Page:
    """Nothing was filled in."""
    lists(desk, product).get_by_role("button", name="Hochladen").click()
    desk.get_by_role("alert").first.wait_for()
    return desk
