"""The reply box as somebody at the counter uses it: drafts, taking back, saved replies, files, voice."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import FilePayload, Locator, Page, Response, expect

from tests.browser.chromium import Problems
from tests.browser.composing import open_thread, press_row
from tests.browser.held import first, hold
from tests.browser.material import A_PDF, a_picture
from tests.browser.product import Product
from tests.browser.staff import Staff, remove_file
from tests.whole import whole

pytestmark = pytest.mark.browser

LONG_ENOUGH = 30  # seconds, to open another thread on a busy machine
LENGTH = "audio => new Promise(done => { audio.onloadedmetadata = () => done(audio.duration); audio.load() })"


@pytest.fixture
def desk(staff: Staff) -> Iterator[Page]:
    """Reception's browser; what a test leaves in a box is cleared away, since it would be there for the next."""
    page = staff.at_work()
    yield page
    box, state = page.locator("#reply"), page.locator("[data-draft-state]")
    if box.count() and box.input_value():
        expect(state).to_have_text("Entwurf gespeichert")  # an empty state may be one that was not asked yet
        box.fill("")
    if box.count():
        expect(state).to_have_text("")


def test_a_draft_comes_back_and_follows_nobody_elsewhere(desk: Page) -> None:
    box = open_thread(desk, "Vogt, Jana")
    box.fill("Einen Moment, ich")
    expect(desk.locator("[data-draft-state]")).to_have_text("Entwurf gespeichert")

    other = open_thread(desk, "Krüger")
    expect(desk.locator("#thread-name")).to_contain_text("Krüger")
    expect(other).not_to_have_value("Einen Moment, ich")

    again = open_thread(desk, "Vogt, Jana")
    expect(again).to_have_value("Einen Moment, ich")
    again.fill("")
    expect(desk.locator("[data-draft-state]")).to_have_text("")


def test_whoever_leaves_at_once_loses_nothing(desk: Page) -> None:
    box = open_thread(desk, "Vogt, Jana")
    box.fill("schnell weg")
    open_thread(desk, "Krüger")

    again = open_thread(desk, "Vogt, Jana")
    for _ in range(10):  # the last words of a page that went are still on their way while the next one comes
        if not again.input_value():
            again = open_thread(desk, "Vogt, Jana")

    expect(again).to_have_value("schnell weg")
    again.fill("")
    expect(desk.locator("[data-draft-state]")).to_have_text("")


def test_two_windows_of_one_person_lose_neither_text(desk: Page) -> None:
    first = open_thread(desk, "Vogt, Jana")
    window = desk.context.new_page()
    window.goto(desk.url)
    second = window.locator("#reply")
    first.fill("im ersten Fenster")
    expect(desk.locator("[data-draft-state]")).to_have_text("Entwurf gespeichert")

    second.fill("im zweiten Fenster")

    expect(window.locator("[data-overtaken]")).to_contain_text("im ersten Fenster")
    expect(second).to_have_value("im zweiten Fenster")
    window.get_by_role("button", name="Den anderen Text nehmen").click()
    expect(second).to_have_value("im ersten Fenster")
    second.fill("")
    expect(window.locator("[data-draft-state]")).to_have_text("")
    window.close()


def test_a_line_that_is_down_keeps_the_text_and_saves_it_later(desk: Page, problems: Problems) -> None:
    box = open_thread(desk, "Vogt, Jana")
    desk.context.set_offline(True)
    box.fill("ohne Netz geschrieben")
    expect(desk.locator("[data-draft-state]")).to_have_text("Entwurf noch nicht gespeichert")

    desk.context.set_offline(False)

    expect(desk.locator("[data-draft-state]")).to_have_text("Entwurf gespeichert")
    expect(box).to_have_value("ohne Netz geschrieben")
    problems.found = [one for one in problems.found if not one.startswith("console: htmx:sendError")]
    box.fill("")
    expect(desk.locator("[data-draft-state]")).to_have_text("")


def test_a_message_is_taken_back_and_stands_in_the_box_again(desk: Page) -> None:
    box = open_thread(desk, "Vogt, Jana")
    box.fill("Das war zu früh")
    box.press("Control+Enter")
    expect(desk.get_by_role("article").filter(has_text="Das war zu früh")).to_have_count(1)

    desk.get_by_role("button", name="Zurückholen").click()

    expect(desk.locator("#reply")).to_have_value("Das war zu früh")
    expect(desk.get_by_role("article").filter(has_text="Das war zu früh")).to_have_count(0)
    desk.locator("#reply").fill("")
    expect(desk.locator("[data-draft-state]")).to_have_text("")


def test_a_message_is_taken_back_from_another_thread_and_nothing_of_that_goes_along(
    product: Product, staff: Staff
) -> None:
    page = staff.at_work(role="dentist")
    wait_before_sending(page, product.address, seconds=LONG_ENOUGH)
    box = open_thread(page, "Vogt, Jana")
    box.fill("Für Jana, zu früh")
    box.press("Control+Enter")
    expect(page.get_by_role("button", name="Zurückholen")).to_be_visible()
    press_row(page, "Krüger")
    box.fill("Für Herrn Krüger")

    undo = page.locator("#toasts [data-undo-aside]")
    expect(undo).to_contain_text("An Vogt, Jana: Wird gleich gesendet.")
    undo.get_by_role("button", name="Zurückholen").press("Enter")

    expect(undo).to_contain_text("Zurückgeholt. Es wurde nichts gesendet.")
    expect(box).to_have_value("Für Herrn Krüger")
    expect(page.locator("#thread-name")).to_contain_text("Krüger")
    clear(box)
    expect(undo.get_by_role("link", name="Zur Unterhaltung")).to_be_visible()
    undo.get_by_role("link", name="Zur Unterhaltung").press("Enter")
    expect(page.locator("#thread-name")).to_contain_text("Vogt, Jana")
    expect(undo).to_have_count(0)
    expect(box).to_have_value("Für Jana, zu früh")
    expect(page.get_by_role("article").filter(has_text="Für Jana, zu früh")).to_have_count(0)
    clear(box)
    wait_before_sending(page, product.address, seconds=5)


@whole
def test_what_was_sent_just_before_one_left_is_taken_back_too(product: Product, staff: Staff) -> None:
    page = staff.at_work(role="dentist")
    wait_before_sending(page, product.address, seconds=LONG_ENOUGH)
    box = open_thread(page, "Vogt, Jana")
    sendings = hold(page, "**/reply/")
    box.fill("Im Weggehen")
    box.press("Control+Enter")
    sending = first(page, sendings)
    press_row(page, "Krüger")
    sending.continue_()

    page.locator("#toasts [data-undo-aside]").get_by_role("button", name="Zurückholen").click()

    expect(page.locator("#toasts [data-undo-aside]")).to_contain_text("Zurückgeholt. Es wurde nichts gesendet.")
    press_row(page, "Vogt, Jana")
    expect(box).to_have_value("Im Weggehen")
    expect(page.get_by_role("article").filter(has_text="Im Weggehen")).to_have_count(0)
    clear(box)
    wait_before_sending(page, product.address, seconds=5)


@whole
def test_in_its_own_thread_what_can_be_taken_back_stands_above_the_box_again(product: Product, staff: Staff) -> None:
    page = staff.at_work(role="dentist")
    wait_before_sending(page, product.address, seconds=LONG_ENOUGH)
    box = open_thread(page, "Vogt, Jana")
    box.fill("Noch einmal zu früh")
    box.press("Control+Enter")
    expect(page.get_by_role("button", name="Zurückholen")).to_be_visible()
    press_row(page, "Krüger")
    expect(page.locator("#toasts [data-undo-aside]")).to_be_visible()

    press_row(page, "Vogt, Jana")

    expect(page.locator("#toasts [data-undo-aside]")).to_have_count(0)
    page.locator("#composer-undo").get_by_role("button", name="Zurückholen").click()
    expect(box).to_have_value("Noch einmal zu früh")
    clear(box)
    wait_before_sending(page, product.address, seconds=5)


def wait_before_sending(page: Page, address: str, seconds: int) -> None:
    """As somebody sets it on the page of their own settings."""
    page.goto(f"{address}/p/morgenthal/me/")
    page.get_by_label("Rückgängig nach dem Senden").fill(str(seconds))
    page.get_by_role("button", name="Speichern", exact=True).click()
    expect(page.get_by_label("Rückgängig nach dem Senden")).to_have_value(str(seconds))
    page.goto(f"{address}/p/morgenthal/inbox/")


def clear(box: Locator) -> None:
    """What a test leaves in a box would be there for the next."""
    state = box.page.locator("[data-composer] [data-draft-state]")
    expect(state).to_have_text("Entwurf gespeichert")
    box.fill("")
    expect(state).to_have_text("")


@whole
def test_plain_enter_sends_for_who_wants_it_and_shift_enter_breaks_the_line(desk: Page) -> None:
    box = open_thread(desk, "Vogt, Jana")
    box.press_sequentially("Erste Zeile")
    box.press("Enter")
    expect(box).to_have_value("Erste Zeile\n")
    desk.locator("form[data-draft-url]").evaluate("form => (form.dataset.enterSends = '')")  # as for who chose it

    box.press("Shift+Enter")
    box.press_sequentially("dritte Zeile")
    expect(box).to_have_value("Erste Zeile\n\ndritte Zeile")
    box.press("Enter")

    expect(desk.get_by_role("article").filter(has_text="dritte Zeile")).to_have_count(1)
    desk.get_by_role("button", name="Zurückholen").click()
    expect(desk.locator("#reply")).to_have_value("Erste Zeile\n\ndritte Zeile")
    desk.locator("#reply").fill("")
    expect(desk.locator("[data-draft-state]")).to_have_text("")


def test_a_saved_reply_is_chosen_by_keys_alone(desk: Page) -> None:
    box = open_thread(desk, "Vogt, Jana")
    box.press_sequentially("/park")
    expect(desk.get_by_role("option", name="Parken und Anfahrt")).to_have_attribute("aria-selected", "true")

    box.press("Enter")

    expect(box).to_have_value(re.compile(r"^Sie finden uns in der .*rechts neben dem Tor\.$"))
    expect(desk.locator("[data-picker]")).to_be_hidden()
    box.fill("")


def empties_the_draft(answer: Response) -> bool:
    return answer.url.endswith("/draft/") and 'name="body"\r\n\r\n\r\n' in (answer.request.post_data or "")


def test_a_gap_is_selected_and_does_not_go_out(desk: Page) -> None:
    box = open_thread(desk, "Vogt, Jana")
    box.press_sequentially("/termin")
    expect(desk.locator("[data-picker] [role=option][aria-selected=true]")).to_be_visible()
    box.press("Enter")
    expect(box).to_have_value(re.compile("{naechster_termin}"))
    assert desk.evaluate("getSelection().toString()") == "{naechster_termin}"
    expect(desk.locator("[data-effects]")).to_contain_text("Erledigt")

    box.press("Control+Enter")

    expect(desk.locator("#composer-errors")).to_contain_text("nächster Termin")
    desk.get_by_role("button", name="Nur der Text").click()
    with desk.expect_response(empties_the_draft):  # it was kept before it was refused
        desk.locator("#reply").fill("")
    expect(desk.locator("[data-draft-state]")).to_have_text("")
    desk.reload()
    expect(desk.locator("#reply")).to_have_value("")


def test_a_text_that_was_kept_while_it_was_refused_is_no_other_windows(desk: Page) -> None:
    box = open_thread(desk, "Vogt, Jana")
    drafts, sendings = hold(desk, "**/draft/"), hold(desk, "**/reply/")
    box.press_sequentially("/termin")
    expect(desk.locator("[data-picker] [role=option][aria-selected=true]")).to_be_visible()
    box.press("Enter")
    keeping = first(desk, drafts)
    box.press("Control+Enter")
    sending = first(desk, sendings)

    with desk.expect_response("**/draft/"):
        keeping.continue_()
    desk.unroute("**/draft/")
    sending.continue_()
    expect(desk.locator("#composer-errors")).to_contain_text("nächster Termin")
    with desk.expect_response(empties_the_draft) as emptied:
        desk.locator("#reply").fill("")

    assert emptied.value.status == 200
    expect(desk.locator("[data-draft-news]")).to_be_empty()


@whole
def test_escape_closes_the_list_and_leaves_the_text(desk: Page) -> None:
    box = open_thread(desk, "Vogt, Jana")
    box.press_sequentially("Um 9 /te")
    expect(desk.get_by_role("listbox", name="Schnellantworten")).to_be_visible()

    box.press("Escape")

    expect(desk.get_by_role("listbox", name="Schnellantworten")).to_have_count(0)
    expect(box).to_have_value("Um 9 /te")
    box.fill("")


def test_an_emoji_is_found_by_its_german_name(desk: Page) -> None:
    box = open_thread(desk, "Vogt, Jana")
    box.fill("Bis dann ")
    desk.get_by_role("button", name="Emoji einsetzen").click()
    desk.get_by_label("Emoji suchen").fill("daumen hoch")

    desk.get_by_role("button", name="Daumen hoch", exact=True).click()

    expect(box).to_have_value("Bis dann 👍")
    box.fill("")


def test_files_are_ordered_removed_and_sent_while_one_types(desk: Page) -> None:
    box = open_thread(desk, "Vogt, Jana")
    files: list[FilePayload] = [
        {"name": "Plan.pdf", "mimeType": "application/pdf", "buffer": A_PDF},
        {"name": "Bild.png", "mimeType": "image/png", "buffer": a_picture()},
        {"name": "zuviel.pdf", "mimeType": "application/pdf", "buffer": A_PDF},
        {"name": "Programm.exe", "mimeType": "application/x-msdownload", "buffer": b"MZ"},
    ]
    desk.locator("[data-choose]").set_input_files(files)
    box.fill("Beides für Sie")
    expect(desk.locator("li[data-file]")).to_have_count(3)
    expect(desk.locator("li[data-refused]")).to_contain_text("Fotos")

    remove_file(desk, "zuviel.pdf")
    desk.get_by_role("button", name="Bild.png weiter nach vorn").click()
    expect(desk.locator("li[data-file]").first).to_contain_text("Bild.png")
    box.press("Control+Enter")
    expect(desk.locator("#composer-brake")).to_contain_text("2 Dateien an Vogt, Jana")
    desk.get_by_role("button", name="Ja, senden").click()

    picture = desk.get_by_role("article").filter(has_text="Beides für Sie")
    expect(picture.locator("[data-unveil=image]")).to_have_count(1)
    expect(desk.get_by_role("article").filter(has_text="Plan.pdf")).to_have_count(1)
    expect(desk.locator("li[data-file]")).to_have_count(0)


def test_a_voice_note_is_recorded_heard_and_kept(desk: Page) -> None:
    open_thread(desk, "Vogt, Jana")
    desk.get_by_role("button", name="Sprachnachricht aufnehmen").click()
    expect(desk.locator(".recorder")).to_contain_text("Aufnahme läuft")
    desk.wait_for_timeout(1200)

    desk.get_by_role("button", name="Fertig").click()

    player = desk.locator("li[data-file] audio")
    expect(player).to_have_count(1)
    length = player.evaluate(
        "audio => new Promise(done => { audio.onloadedmetadata = () => done(audio.duration); audio.load() })"
    )
    assert 0.5 < length < 10
    remove_file(desk, "Sprachnachricht.ogg")
