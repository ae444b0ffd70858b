"""The palette: people, deeds and places by letters, in a real browser, without a mouse."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.held import hold, newest
from tests.browser.product import Product
from tests.browser.staff import Staff, ready
from tests.browser.visit import Visit
from tests.whole import whole

pytestmark = pytest.mark.browser


def test_the_palette_finds_a_person_by_keyboard_and_no_name_stands_in_an_address(
    product: Product, staff: Staff
) -> None:
    page = ready(staff.at_work())
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox", name="Person oder Befehl")).to_be_focused()
    page.keyboard.type("Krüg")
    first = page.get_by_role("option").filter(has_text="Krüger").last
    expect(first).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")

    expect(page.locator("#thread-name")).to_contain_text("Krüger")
    assert [address for address in asked if re.search("kr(ü|%C3%BC)g", address, re.IGNORECASE)] == []


@whole
def test_the_palette_opens_nobody_who_was_found_for_other_words_or_after_one_chose(staff: Staff) -> None:
    page = ready(staff.at_work())
    keys, options = page.keyboard, page.locator("#palette-options")
    chosen = options.locator("[aria-selected=true]")
    keys.press("Control+k")
    keys.type("Krüg")
    expect(chosen).to_contain_text("Krüger")
    held = hold(page, "**/inbox/people/")

    keys.press("Control+a")
    keys.insert_text("Qqx")
    keys.press("Enter")
    expect(page.locator("#palette")).to_be_visible()
    expect(options.get_by_role("option")).to_have_count(0)

    keys.press("Control+a")
    with page.expect_request("**/inbox/people/"):
        keys.insert_text("Li")
    keys.press("ArrowDown")
    command = chosen.inner_text()
    newest(page, held).continue_()
    expect(options.get_by_role("option").filter(has_text="Lindner")).to_be_visible()
    expect(chosen).to_have_text(command)

    keys.press("Control+a")
    with page.expect_request("**/inbox/people/"):
        keys.insert_text("Lin")
    keys.press("Escape")
    keys.press("Control+k")
    with page.expect_response("**/inbox/people/"):
        newest(page, held).continue_()
    page.wait_for_timeout(300)  # nothing is to come of it
    expect(options.get_by_role("option").filter(has_text="Lindner")).to_have_count(0)


def test_who_is_only_called_like_it_says_so_below_the_deeds(product: Product, staff: Staff) -> None:
    page = ready(staff.at_work())
    options = page.locator("#palette-options [role=option]")
    page.keyboard.press("Control+k")
    page.keyboard.type("krger")
    krueger = options.filter(has_text="Krüger").last
    expect(krueger).to_contain_text("ähnlich")

    answer = f"<ul>{krueger.evaluate('one => one.outerHTML')}</ul>"
    page.route("**/inbox/people/", lambda route: route.fulfill(content_type="text/html", body=answer))
    page.keyboard.press("Control+a")
    page.keyboard.type("einst")

    expect(krueger).to_be_visible()
    expect(options.first).to_have_text("Meine Einstellungen")
    expect(options.first).to_have_attribute("aria-selected", "true")


def test_the_palette_ranks_actions_by_letters_and_closes_to_where_one_was(staff: Staff) -> None:
    page = ready(staff.at_work())
    row = page.get_by_role("option").first
    row.focus()

    page.keyboard.press("Control+k")
    page.keyboard.type("mei ein")
    chosen = page.locator("#palette-options [aria-selected=true]")
    expect(chosen).to_have_text("Meine Einstellungen")
    page.keyboard.press("Escape")

    expect(row).to_be_focused()


def offered(page: Page, words: str) -> Locator:
    """What the palette has chosen for these letters."""
    page.keyboard.press("Control+k")
    page.keyboard.type(words)
    return page.locator("#palette-options [aria-selected=true]")


DEEDS = {
    "gesch dok": "Geschütztes Dokument senden",
    "dat anf": "Datei anfordern",
    "mehrere": "Mehrere auswählen",
    "sichts": "Sichtschutz",
    "zurückst": "Zurückstellen",
    "überg": "Übergabe",
    "gesperr": "Gesperrte Nummern",
    "neue pat": "Neue Patient:in",
    "uebergabe": "Übergabe",
    "einstell": "Meine Einstellungen",
    "handover": "Übergabe",
    "vorlagen": "Schnellantworten",
    "abmel": "Abmelden",
    "log out": "Abmelden",
    "dunkel": "Farben: dunkel",
    "contr hi": "Kontrast: hoch",
}
OF_A_THREAD = {"Geschütztes Dokument senden", "Datei anfordern", "Zurückstellen"}  # they say whose


def test_the_palette_offers_what_a_thread_can_do_with_or_without_a_key(product: Product, staff: Staff) -> None:
    page = ready(Visit(product, staff).thread("Krüger"))

    for letters, deed in DEEDS.items():
        chosen = offered(page, letters)
        expect(chosen.locator("span")).to_have_text(deed)
        expect(chosen.locator("small")).to_have_text(["Krüger, Stefan"] if deed in OF_A_THREAD else [])
        page.keyboard.press("Escape")


@whole
def test_the_palette_says_that_it_found_nothing_only_when_all_answers_came(staff: Staff) -> None:
    page = ready(staff.at_work())
    none = page.locator(".palette__none")
    held = hold(page, "**/inbox/people/")

    page.keyboard.press("Control+k")
    with page.expect_request("**/inbox/people/"):
        page.keyboard.insert_text("Qqx")
    expect(page.locator("#palette-options").get_by_role("option")).to_have_count(0)
    expect(none).to_be_hidden()
    newest(page, held).continue_()

    expect(none).to_be_visible()


@whole
def test_the_palette_puts_on_other_colours_at_once_and_they_stay(staff: Staff) -> None:
    page = ready(staff.at_work())
    root = page.locator("html")

    for letters, theme in (("dark", "dark"), ("hell", "light")):
        offered(page, letters)
        page.keyboard.press("Enter")
        expect(root).to_have_attribute("data-theme", theme)
    page.reload()
    expect(root).to_have_attribute("data-theme", "light")

    offered(page, "wie das System")
    page.keyboard.press("Enter")
    expect(root).not_to_have_attribute("data-theme", re.compile("."))


@whole
def test_the_palette_does_what_has_no_key(product: Product, staff: Staff) -> None:
    page = ready(Visit(product, staff).thread("Krüger"))

    expect(offered(page, "aufg anl").locator("span")).to_have_text("Aufgabe anlegen")
    page.keyboard.press("Enter")

    expect(page.locator("#menu-task:popover-open")).to_be_visible()


@whole
def test_the_palette_puts_a_saved_reply_into_the_box(product: Product, staff: Staff) -> None:
    page = ready(Visit(product, staff).thread("Krüger"))

    expect(offered(page, "schnella park")).to_contain_text("Schnellantwort: Parken und Anfahrt")
    page.keyboard.press("Enter")

    box = page.locator("#reply")
    expect(box).to_have_value(re.compile("^Sie finden uns in der "))
    expect(box).to_be_focused()
    expect(page.locator("[data-draft-state]")).to_have_text("Entwurf gespeichert")
    with page.expect_response("**/draft/"):  # nobody finds it there later
        box.fill("")


@whole
def test_the_palette_chooses_a_template_where_only_templates_go_out(product: Product, staff: Staff) -> None:
    page = ready(Visit(product, staff).thread("Böttcher"))
    last = page.locator(".choice input[data-deed-name]").last
    name = str(last.get_attribute("data-deed-name"))

    assert name.startswith("Vorlage: ")
    expect(offered(page, name).locator("span")).to_have_text(name)
    page.keyboard.press("Enter")

    expect(last).to_be_checked()
    expect(last).to_be_focused()


@whole
def test_the_palette_leads_to_the_record_of_who_has_never_written(staff: Staff) -> None:
    page = staff.at_work()
    page.goto(page.url.replace("/inbox/", "/patients/new/"))
    for field, value in {"Vorname": "Quirin", "Nachname": "Xaverski", "Geburtsdatum": "1961-04-03"}.items():
        page.locator(".details").get_by_label(field).fill(value)
    page.get_by_role("button", name="Anlegen").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Xaverski")
    record = page.url.partition("#")[0]

    page.goto(page.url.partition("/patients/")[0] + "/inbox/")
    expect(offered(ready(page), "Xaver")).to_contain_text("Xaverski, Quirin 1961")
    page.keyboard.press("Enter")

    page.wait_for_url(record)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Xaverski")
