"""What is written arrives once and whole, whatever the line, the gate or a second thought does meanwhile."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import FilePayload, Locator, Page, Request, expect

from tests.browser.chromium import Problems
from tests.browser.composing import at_thread, open_thread
from tests.browser.held import first, hold
from tests.browser.material import A_PDF, change_identity, numbers, write
from tests.browser.product import Product
from tests.browser.staff import Staff, remove_file
from tests.whole import whole

pytestmark = pytest.mark.browser

BILL: FilePayload = {"name": "Rechnung.pdf", "mimeType": "application/pdf", "buffer": A_PDF}


@pytest.fixture
def desk(staff: Staff) -> Iterator[Page]:
    """Reception's browser on a thread."""
    yield from at_thread(staff, "Vogt, Jana")


def heard(page: Page, ending: str) -> list[Request]:
    """What the page asks of an address from now on."""
    requests: list[Request] = []

    def note(request: Request) -> None:
        if request.url.endswith(ending):
            requests.append(request)

    page.on("request", note)
    return requests


def bubble(page: Page, text: str) -> Locator:
    return page.get_by_role("article").filter(has_text=text)


# ── what stays in the box ──


def take_a_new_phone(product: Product, name: str = "Jana Vogt") -> None:
    """WhatsApp says that the number may be somebody else's: nothing may be written until somebody has asked."""
    phone = numbers(product)[name]
    write(product, phone, type="text", text="Ich habe ein neues Telefon")
    change_identity(product, phone)


@whole
def test_what_was_sent_after_the_gate_had_closed_and_opened_does_not_come_back(desk: Page, product: Product) -> None:
    box = desk.locator("#reply")
    box.fill("Ja, um 9 Uhr")
    expect(desk.locator("[data-draft-state]")).to_have_text("Entwurf gespeichert")
    take_a_new_phone(product)
    expect(desk.locator(".composer__kept")).to_contain_text("Ja, um 9 Uhr")
    desk.get_by_role("button", name="Ja, ich habe nachgefragt").click()
    expect(box).to_have_value("Ja, um 9 Uhr")

    box.press("Control+Enter")

    expect(bubble(desk, "Ja, um 9 Uhr")).to_have_count(1)
    write(product, numbers(product)["Jana Vogt"], type="text", text="Dann bis morgen")
    expect(bubble(desk, "Dann bis morgen")).to_have_count(1)  # what comes with it has been swapped in
    expect(box).to_have_value("")


@whole
def test_where_there_is_no_box_no_message_offers_an_answer_or_a_sign(desk: Page, product: Product) -> None:
    take_a_new_phone(product)
    deeds = bubble(desk, "Ich habe ein neues Telefon").last.get_by_role("button")
    again = desk.get_by_role("button", name="Ja, ich habe nachgefragt")
    expect(again).to_be_visible()
    expect(deeds).to_have_count(0)

    again.click()

    expect(deeds).to_have_text(["Antworten", "Reagieren"])


def test_for_whom_a_text_is_stays_with_it_whatever_comes_and_is_chosen_anew_for_the_next(
    desk: Page, product: Product
) -> None:
    box, whom, purpose = open_thread(desk, "Hoffmann"), desk.get_by_label("Für wen?"), desk.get_by_label("Zweck")
    box.fill("Mia darf morgen kommen")
    whom.select_option(label="Mia Hoffmann, 2017")
    purpose.select_option(label="Behandlung und Kostenplan")
    take_a_new_phone(product, "Daniela Hoffmann")
    expect(box).to_have_count(0)
    desk.get_by_role("button", name="Ja, ich habe nachgefragt").click()
    expect(box).to_have_value("Mia darf morgen kommen")
    write(product, numbers(product)["Daniela Hoffmann"], type="text", text="Sind Sie noch da?")
    expect(bubble(desk, "Sind Sie noch da?")).to_have_count(1)
    expect(whom.locator("option:checked")).to_have_text("Mia Hoffmann, 2017")
    expect(purpose.locator("option:checked")).to_have_text("Behandlung und Kostenplan")

    box.press("Control+Enter")

    expect(bubble(desk, "Mia darf morgen kommen").get_by_text("betrifft Mia")).to_have_count(1)
    expect(whom).to_have_value("")
    expect(purpose).to_have_value("organisation")


@whole
def test_what_was_said_about_a_text_that_did_not_go_is_gone_with_the_next_that_did(desk: Page) -> None:
    box = desk.locator("#reply")
    box.fill("Ihr Termin: {naechster_termin}")
    box.press("Control+Enter")
    expect(desk.locator("#composer-errors")).to_contain_text("Nicht gesendet.")

    box.fill("Bis übermorgen")
    box.press("Control+Enter")

    expect(bubble(desk, "Bis übermorgen")).to_have_count(1)
    expect(desk.locator("#composer-errors")).to_have_count(0)


@whole
def test_what_the_gate_took_away_before_it_was_kept_stands_in_the_box_again(desk: Page, product: Product) -> None:
    held = hold(desk, "**/draft/")
    box = desk.locator("#reply")
    box.fill("Noch nirgends gespeichert")
    take_a_new_phone(product)
    again = desk.get_by_role("button", name="Ja, ich habe nachgefragt")
    expect(again).to_be_visible()
    for one in held:
        one.abort()

    again.click()

    expect(box).to_have_value("Noch nirgends gespeichert")
    desk.unroute_all()
    expect(desk.locator("[data-draft-state]")).to_have_text("Entwurf gespeichert")


@whole
def test_what_another_window_kept_while_the_gate_was_shut_stands_in_the_box_when_it_opens(
    desk: Page, product: Product
) -> None:
    box = desk.locator("#reply")
    window = desk.context.new_page()
    window.goto(desk.url)
    box.fill("Ja, gern")
    expect(desk.locator("[data-composer] [data-draft-state]")).to_have_text("Entwurf gespeichert")
    box.press("Control+Enter")
    expect(box).to_have_value("")
    window.locator("#reply").fill("Neues aus dem zweiten Fenster")
    expect(window.locator("[data-composer] [data-draft-state]")).to_have_text("Entwurf gespeichert")
    window.close()
    take_a_new_phone(product)

    desk.get_by_role("button", name="Ja, ich habe nachgefragt").click()

    expect(box).to_have_value("Neues aus dem zweiten Fenster")


@whole
def test_a_sign_that_is_refused_takes_nothing_of_a_text_that_is_not_kept_yet(desk: Page, problems: Problems) -> None:
    composer = desk.evaluate(
        "fetch(location.href).then(answer => answer.text())"
        ".then(text => new DOMParser().parseFromString(text, 'text/html').querySelector('#composer').outerHTML)"
    )
    refused = {"HX-Retarget": "#composer", "HX-Reswap": "outerHTML", "Content-Type": "text/html"}
    desk.route("**/reaction/", lambda route: route.fulfill(status=422, headers=refused, body=composer))
    drafts, box = hold(desk, "**/draft/"), desk.locator("#reply")
    box.fill("Noch nirgends gespeichert")

    desk.locator("[data-react]").last.evaluate("sign => sign.click()")
    with desk.expect_response("**/reaction/"):
        desk.locator("#menu-reactions button").first.click()
    desk.wait_for_timeout(300)  # the answer stands there

    expect(box).to_have_value("Noch nirgends gespeichert")
    for one in drafts:
        one.continue_()
    desk.unroute_all()
    expect(desk.locator("[data-draft-state]").first).to_have_text("Entwurf gespeichert")
    problems.found = [one for one in problems.found if "422" not in one]


def test_who_types_on_while_a_message_leaves_keeps_the_rest_alone(desk: Page) -> None:
    sendings = hold(desk, "**/reply/")
    box = desk.locator("#reply")
    box.fill("Guten Tag")
    box.press("Control+Enter")
    box.press_sequentially(" wie geht es")
    expect(box).to_have_value("Guten Tag wie geht es")

    first(desk, sendings).continue_()

    expect(box).to_have_value("wie geht es")
    expect(bubble(desk, "Guten Tag")).to_have_count(1)


def test_who_types_on_while_a_text_is_refused_goes_on_with_their_own_words(desk: Page) -> None:
    sendings = hold(desk, "**/reply/")
    box = desk.locator("#reply")
    box.fill("Der Befund ist da")
    box.press("Control+Enter")
    box.press_sequentially(", danke")

    first(desk, sendings).continue_()

    expect(desk.locator("#composer-findings")).to_be_visible()
    expect(box).to_have_value("Der Befund ist da, danke")
    expect(box).to_be_focused()
    expect(desk.locator("[data-composer] [data-draft-state]")).to_have_text("Entwurf gespeichert")
    desk.reload()
    expect(box).to_have_value("Der Befund ist da, danke")


def test_what_the_box_says_by_now_goes_by_the_protected_link(desk: Page) -> None:
    box = desk.locator("#reply")
    box.fill("Der Befund ist da: Karies")
    box.press("Control+Enter")
    expect(desk.locator("#composer-findings")).to_be_visible()
    box.fill("Der Befund ist da: keine Karies")

    desk.get_by_role("button", name="Als geschütztes Dokument senden").click()

    expect(desk.locator("textarea[name=text]")).to_have_value("Der Befund ist da: keine Karies")
    open_thread(desk, "Vogt, Jana")


@whole
def test_what_is_typed_before_a_message_is_taken_back_stands_below_it(desk: Page) -> None:
    box = desk.locator("#reply")
    box.fill("Das war zu früh")
    box.press("Control+Enter")
    expect(box).to_have_value("")
    desk.route("**/draft/", lambda route: route.abort())  # nothing of what follows is kept yet
    box.fill("Und noch etwas")

    desk.get_by_role("button", name="Zurückholen").click()

    expect(box).to_have_value("Das war zu früh\n\nUnd noch etwas")


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (403, "Nicht gesendet: Diese Seite gilt nicht mehr."),
        (429, "Nicht gesendet, Ihr Text steht noch hier. Bitte versuchen Sie es noch einmal."),
    ],
)
def test_whatever_keeps_a_text_from_leaving_is_said(desk: Page, problems: Problems, status: int, words: str) -> None:
    desk.route("**/reply/", lambda route: route.fulfill(status=status))
    box = desk.locator("#reply")
    box.fill("Kommt nicht an")
    box.press("Control+Enter")
    expect(desk.get_by_role("alert").filter(has_text=words)).to_be_visible()
    expect(box).to_have_value("Kommt nicht an")

    desk.unroute_all()
    box.press("Control+Enter")

    expect(bubble(desk, "Kommt nicht an")).to_have_count(1)
    expect(desk.locator("[data-unsent]")).to_be_hidden()
    problems.found = [one for one in problems.found if not one.startswith("console: Response Status Error Code")]


# ── files ──


def test_nothing_goes_while_a_file_is_on_its_way_and_then_both_go(desk: Page) -> None:
    uploads = hold(desk, "**/files/")
    sendings = heard(desk, "/reply/")
    desk.locator("[data-choose]").set_input_files(BILL)
    expect(desk.locator("li[data-uploading]")).to_have_count(1)
    box = desk.locator("#reply")
    box.fill("Die Rechnung für Sie")

    box.press("Control+Enter")
    first(desk, uploads).continue_()
    expect(desk.locator("li[data-file]")).to_contain_text("Rechnung.pdf")
    box.press("Control+Enter")
    desk.get_by_role("button", name="Ja, senden").click()

    expect(bubble(desk, "Die Rechnung für Sie")).to_contain_text("Rechnung.pdf")
    assert len(sendings) == 2  # the question to whom the file goes, and the yes


@whole
def test_a_file_that_was_lost_on_its_way_holds_nothing_back(desk: Page) -> None:
    desk.route("**/files/", lambda route: route.abort())
    desk.locator("[data-choose]").set_input_files(BILL)
    expect(desk.locator("li[data-refused]")).to_contain_text("Nicht hochgeladen: keine Verbindung.")
    box = desk.locator("#reply")
    box.fill("Ohne die Rechnung")

    box.press("Control+Enter")

    expect(bubble(desk, "Ohne die Rechnung")).to_have_count(1)


@whole
def test_a_file_that_could_not_be_removed_stands_there_again_and_nothing_goes_meanwhile(desk: Page) -> None:
    desk.locator("[data-choose]").set_input_files(BILL)
    file = desk.locator("li[data-file]")
    expect(file).to_contain_text("Rechnung.pdf")
    removals = hold(desk, "**/files/*/")
    desk.locator("#reply").fill("Ohne die Rechnung")
    send = desk.locator("[data-composer]").get_by_role("button", name="Senden")

    desk.get_by_role("button", name="Rechnung.pdf entfernen").click()
    expect(file).to_be_hidden()
    expect(send).to_be_disabled()
    first(desk, removals).abort()

    expect(file.get_by_role("alert")).to_have_text("Nicht entfernt. Bitte noch einmal.")
    expect(send).to_be_enabled()
    desk.unroute_all()
    remove_file(desk, "Rechnung.pdf")


@whole
def test_a_file_chosen_while_a_message_leaves_waits_in_sight_for_the_next(desk: Page) -> None:
    sendings = hold(desk, "**/reply/")
    box = desk.locator("#reply")
    box.fill("Noch ohne Rechnung")
    box.press("Control+Enter")
    desk.locator("[data-choose]").set_input_files(BILL)
    expect(desk.locator("li[data-file]")).to_have_count(1)

    first(desk, sendings).continue_()

    expect(bubble(desk, "Noch ohne Rechnung")).to_have_count(1)
    expect(box).to_have_value("")
    expect(desk.locator("li[data-file]")).to_contain_text("Rechnung.pdf")
    remove_file(desk, "Rechnung.pdf")


# ── behind the shield ──


def raise_shield(page: Page) -> None:
    """As this page does it; the server does not hear of it, since other tests share the session."""
    page.route("**/shield/", lambda route: route.fulfill(status=204))
    page.keyboard.press("Control+Shift+l")
    expect(page.locator("#shield")).to_be_visible()


def lift_shield(page: Page) -> None:
    page.evaluate("document.body.dispatchEvent(new CustomEvent('roger:shield-lifted'))")
    expect(page.locator("#shield")).to_be_hidden()


@whole
def test_behind_the_shield_nothing_is_recorded_and_what_was_said_until_then_is_kept(desk: Page) -> None:
    desk.get_by_role("button", name="Sprachnachricht aufnehmen").click()
    expect(desk.locator(".recorder")).to_contain_text("0:01")
    desk.route("**/files/", lambda route: route.fulfill(status=423))  # as the server answers behind the shield

    raise_shield(desk)

    expect(desk.locator(".recorder")).to_have_count(0)
    desk.unroute("**/files/")
    lift_shield(desk)
    expect(desk.locator("li[data-file] audio")).to_have_count(1)
    remove_file(desk, "Sprachnachricht.ogg")


@whole
def test_behind_the_shield_nothing_is_heard(desk: Page) -> None:
    desk.get_by_role("button", name="Sprachnachricht aufnehmen").click()
    expect(desk.locator(".recorder")).to_contain_text("0:01")
    desk.get_by_role("button", name="Fertig").click()
    player = desk.locator("li[data-file] audio")
    player.evaluate("audio => { audio.loop = true; return audio.play() }")
    expect(player).to_have_js_property("paused", False)

    raise_shield(desk)

    expect(player).to_have_js_property("paused", True)
    lift_shield(desk)
    remove_file(desk, "Sprachnachricht.ogg")
