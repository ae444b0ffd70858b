"""Protected documents on both sides of the desk, for tests and pictures."""

import re
import time
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from urllib.parse import urljoin

from PIL import Image, ImageDraw
from playwright.sync_api import Page

from tests.browser.material import ARABIC_NEWCOMER, agree_and_write, numbers
from tests.browser.product import Product
from tests.browser.visit import Visit
from tests.browser.withdrawals import link_of

SECONDS_TO_SEND = 30
LINK = re.compile(r"https?://\S+(/[du]/\S+)")
PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n%%EOF\n"
PHONED = "+491713920089"  # a newcomer nobody has linked: a PIN
BORN = "1958-02-27"  # Herr Lindner of the demo


def a_pdf(name: str = "Kostenplan.pdf") -> Path:
    return _file(name, PDF)


def much_too_large(name: str = "Scan.pdf") -> Path:
    """More than the server reads at all."""
    path = _file(name, PDF)
    with path.open("r+b") as file:
        file.truncate(26 * 2**20)
    return path


def a_photo(name: str = "Bonusheft.png") -> Path:
    """A page with lines, as a phone takes it."""
    picture = Image.new("RGB", (800, 560), "#f4efe4")
    draw = ImageDraw.Draw(picture)
    for line in range(60, 520, 44):
        draw.line([(60, line), (740, line)], fill="#8a7f6a", width=3)
    draw.rectangle([60, 60, 300, 150], outline="#0b5a5e", width=6)
    path = _file(name, b"")
    picture.save(path)
    return path


def _file(name: str, content: bytes) -> Path:
    path = Path(mkdtemp(prefix="roger-document-")) / name
    path.write_bytes(content)
    return path


def next_link(product: Product, phone: str, after: int) -> str:
    """The address of the page that is sent to this number after so many texts, on the product's own address."""
    deadline = time.monotonic() + SECONDS_TO_SEND
    while time.monotonic() < deadline:
        for body in texts_sent(product)[after:]:
            found = LINK.search((body.get("text") or {}).get("body") or "")
            if found and str(body.get("to", "")).removeprefix("+") == phone.removeprefix("+"):
                return product.address + found[1]
        time.sleep(0.3)
    raise TimeoutError("no link was sent")


def texts_sent(product: Product) -> list[dict[str, Any]]:
    return [call["body"] for call in product.control("GET", "/sent") if call["body"].get("text")]


# ── reception ──


def begin(page: Page, name: str = "Geschütztes Dokument senden") -> Page:
    """From an open thread to one of the two forms."""
    page.locator("#panel").get_by_role("link", name=name).click()
    page.get_by_role("heading", name=name).wait_for()
    return page


def send(page: Page, title: str, file: Path, factor: str = "Geburtsdatum", whom: str = "") -> None:
    """Fill in the form and send it, to the very person it asks about."""
    if whom:
        page.get_by_label("Für wen?").select_option(label=whom)
    page.get_by_label("Titel").fill(title)
    page.get_by_label("Datei", exact=True).set_input_files(file)
    page.get_by_label(factor, exact=True).check()
    page.get_by_role("button", name="Link senden").click()
    page.get_by_role("button", name="Ja, senden").click()


def form(visit: Visit) -> Page:
    return begin(visit.thread("Lindner"))


def form_of_family(visit: Visit) -> Page:
    return begin(visit.thread("Hoffmann"))


def empty_form(visit: Visit) -> Page:
    page = form(visit)
    page.get_by_role("button", name="Link senden").click()
    page.get_by_role("alert").wait_for()
    return page


def asked_form(visit: Visit) -> Page:
    page = form(visit)
    page.get_by_label("Titel").fill("Kostenplan Mai")
    page.get_by_label("Datei", exact=True).set_input_files(a_pdf())
    page.get_by_role("button", name="Link senden").click()
    page.get_by_role("button", name="Ja, senden").wait_for()
    return page


def refused_form(visit: Visit) -> Page:
    """Whom the panel offered it to before the withdrawal came."""
    page = visit.thread("Klein")
    page.goto(urljoin(page.url, "documents/"))
    return page


def invitation_form(visit: Visit) -> Page:
    return begin(visit.thread("Lindner"), "Datei anfordern")


def a_pin(visit: Visit) -> Page:
    page = _newcomer(visit)
    send(begin(page), "Kostenplan", a_pdf(), "PIN")
    page.locator("#pin").wait_for()
    return page


def _newcomer(visit: Visit) -> Page:
    agree_and_write(visit.product, "Pia Nummer", PHONED)
    link_of(visit.product, PHONED)
    return visit.thread("Pia Nummer")


def receipts(visit: Visit) -> Page:
    """A thread with a document that was opened, one that waits, and papers that came."""
    opened(visit)
    handed_in(visit)
    page = visit.thread("Lindner")
    send(begin(page), "Röntgenaufnahme zum Mitnehmen", a_photo())
    page.locator(".led").last.wait_for()
    page.locator(".document-list").scroll_into_view_if_needed()
    return page


# ── the patient ──


def link_for(visit: Visit, title: str = "Kostenplan Mai", file: Path | None = None) -> str:
    """A document is sent to Herr Lindner; the address of its page."""
    page = visit.thread("Lindner")
    before = len(texts_sent(visit.product))
    send(begin(page), title, file or a_pdf())
    page.locator("#thread").wait_for()
    return next_link(visit.product, lindner(visit.product), before)


def lindner(product: Product) -> str:
    return next(phone for name, phone in numbers(product).items() if "Lindner" in name)


def say_birth_date(page: Page, birth_date: str) -> None:
    """ISO date, as somebody types it on a phone."""
    year, month, day = birth_date.split("-")
    page.locator("input[name=day]").fill(str(int(day)))
    page.locator("input[name=month]").fill(str(int(month)))
    page.locator("input[name=year]").fill(year)
    page.locator("form button").click()


def question(visit: Visit) -> Page:
    return visit.of_patient(link_for(visit))


def wrong(visit: Visit) -> Page:
    page = question(visit)
    say_birth_date(page, "1950-01-01")
    page.get_by_role("alert").wait_for()
    return page


def locked(visit: Visit) -> Page:
    page = question(visit)
    for _try in range(5):
        say_birth_date(page, "1950-01-01")
    page.get_by_role("heading", name="Gerade gesperrt").wait_for()
    return page


def opened(visit: Visit) -> Page:
    page = visit.of_patient(link_for(visit))
    say_birth_date(page, BORN)
    page.get_by_role("heading", name="Kostenplan Mai").wait_for()
    return page


def opened_picture(visit: Visit) -> Page:
    page = visit.of_patient(link_for(visit, "Aufnahme vom 3. Mai", a_photo("Aufnahme.png")))
    say_birth_date(page, BORN)
    page.locator(".opened-picture").wait_for()
    return page


def in_arabic(visit: Visit) -> Page:
    link_of(visit.product, ARABIC_NEWCOMER)
    page = visit.thread("ليلى")
    before = len(texts_sent(visit.product))
    send(begin(page), "Kostenplan", a_pdf(), "PIN")
    page.locator("#pin").wait_for()
    return visit.of_patient(next_link(visit.product, ARABIC_NEWCOMER, before))


def upload_link(visit: Visit) -> str:
    page = visit.thread("Lindner")
    before = len(texts_sent(visit.product))
    begin(page, "Datei anfordern")
    page.get_by_label("Was fehlt noch?").fill("das Bonusheft")
    page.get_by_role("button", name="Link senden").click()
    page.locator("#thread").wait_for()
    return next_link(visit.product, lindner(visit.product), before)


def upload_question(visit: Visit) -> Page:
    return visit.of_patient(upload_link(visit))


def upload_page(visit: Visit) -> Page:
    page = upload_question(visit)
    say_birth_date(page, BORN)
    page.locator("#files").wait_for()
    return page


def hand_in(page: Page, *files: Path) -> None:
    page.locator("#files").set_input_files(list(files))
    page.locator("form button").click()


def handed_in(visit: Visit) -> Page:
    page = upload_page(visit)
    hand_in(page, a_photo(), a_pdf("Überweisung.pdf"))
    page.get_by_role("status").wait_for()
    return page


def refused_upload(visit: Visit) -> Page:
    page = upload_page(visit)
    hand_in(page, _file("Brief.pdf", b"<html>no letter</html>"), a_photo())
    page.get_by_role("alert").wait_for()
    return page
