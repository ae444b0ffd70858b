"""How a person comes by the link that withdraws, and words that may be a withdrawal, for tests and pictures."""

import re
import time
from collections.abc import Callable

from playwright.sync_api import Page

from tests.browser.material import agree_and_write, write
from tests.browser.product import Product
from tests.browser.visit import Visit

Show = Callable[[Visit], Page]

LEAVER, DOUBTER = "+491713920092", "+491713920093"
SPEAKERS = {language: f"+49176040690{place}" for place, language in enumerate(("en", "tr", "ar", "ru", "uk", "pl"), 61)}
DOUBTFUL = "Bitte lassen Sie mich mit diesen Nachrichten in Ruhe, Termine gern weiter."
SECONDS_TO_THANK = 30
LINK = re.compile(r"https?://\S+/w/[\w-]+")


def link_of(product: Product, phone: str) -> str:
    """Agrees (once more) in the chat; the link in the thanks for it, on the product's own address."""
    write(product, phone, type="button_reply", button_reply={"id": "ja_einverstanden", "title": "Ja, einverstanden"})
    deadline = time.monotonic() + SECONDS_TO_THANK
    while time.monotonic() < deadline:
        for call in reversed(product.control("GET", "/sent")):
            body = call["body"]
            found = LINK.search((body.get("text") or {}).get("body") or "")
            if found and str(body.get("to", "")).removeprefix("+") == phone.removeprefix("+"):
                return product.address + "/w/" + found.group().rpartition("/w/")[2]
        time.sleep(0.3)
    raise TimeoutError("nobody was thanked with a link")


def page_of(visit: Visit, phone: str = LEAVER, name: str = "Lea Abend") -> Page:
    agree_and_write(visit.product, name, phone)
    return visit.of_patient(link_of(visit.product, phone))


def page_in(language: str) -> Show:
    """As somebody reads it who agreed in that language."""

    def show(visit: Visit) -> Page:
        phone = SPEAKERS[language]
        agree_and_write(visit.product, f"Leyla {language}", phone, language)
        page = visit.of_patient(link_of(visit.product, phone))
        page.locator(f"html[lang={language}]").wait_for()
        return page

    return show


def done(visit: Visit) -> Page:
    page = page_of(visit)
    page.locator("button[value=everything]").click()
    page.get_by_role("heading", name="Ihr Widerruf ist gespeichert").wait_for()
    return page


def doubt(visit: Visit) -> Page:
    """A thread with the banner that asks what was meant."""
    agree_and_write(visit.product, "Dora Zweifel", DOUBTER)
    link_of(visit.product, DOUBTER)
    write(visit.product, DOUBTER, type="text", text=DOUBTFUL)
    visit.product.control("GET", "/settled")
    page = visit.thread("Dora Zweifel")
    page.locator(".doubt").wait_for()
    return page


def form(visit: Visit) -> Page:
    page = visit.thread("Krüger")
    page.get_by_role("link", name="Widerruf eintragen").click()
    page.locator("#book-withdrawal").wait_for()
    return page


def booked(visit: Visit) -> Page:
    agree_and_write(visit.product, "Lea Abend", LEAVER)
    link_of(visit.product, LEAVER)
    page = visit.thread("Lea Abend")
    page.get_by_role("link", name="Widerruf eintragen").click()
    page.get_by_role("button", name="am Telefon").click()
    page.locator(".withdrawal__done").wait_for()
    return page
