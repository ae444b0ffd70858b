"""Two people at two screens share the work: who is where, what is done and taken back, several at once, a note."""

import re
from itertools import groupby
from uuid import uuid4

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.held import first
from tests.browser.material import write
from tests.browser.product import Product
from tests.browser.staff import Staff
from tests.browser.visit import BLANK, row_of
from tests.whole import whole

pytestmark = pytest.mark.browser

SOMEBODY, PHOTOGRAPHER = "+491713920060", "+491713920067"
A_SECOND = 1_500  # ms: the promise is one, the machine has two cores


def open_thread(page: Page, name: str, tab: str = "open") -> None:
    row_of(page, name, tab).click()
    expect(page.locator("#thread-name")).to_contain_text(name)
    expect(page.get_by_text("Verbunden", exact=True)).to_be_visible()


def test_a_colleague_sees_who_looks_and_who_writes_and_who_has_gone(product: Product, staff: Staff) -> None:
    mine, theirs = staff.at_work(), staff.at_work(role="practice_manager")
    open_thread(mine, "Wolf")

    open_thread(theirs, "Wolf")
    in_head = mine.locator("#thread-presence > .here")
    in_row = mine.get_by_role("option").filter(has_text="Wolf").locator(".here")
    expect(in_head).to_have_attribute("data-state", "viewing")
    expect(in_row).to_have_attribute("data-state", "viewing")

    theirs.get_by_label("Antwort an").press("H")
    expect(in_head).to_have_attribute("data-state", "typing", timeout=A_SECOND)
    expect(in_head).to_contain_text("schreibt gerade")

    theirs.goto(BLANK)
    expect(in_head).to_have_count(0)
    expect(in_row).to_have_count(0)


def test_a_page_that_goes_says_nothing_after_its_goodbye_until_it_is_back(staff: Staff) -> None:
    page = staff.at_work()
    open_thread(page, "Wolf")
    said: list[str | None] = []
    page.on("request", lambda request: said.append(request.post_data) if "/presence/" in request.url else None)

    def since_the_goodbye() -> list[str]:  # what is only said again every ten seconds counts once
        words = [words for words, _again in groupby(filter(None, said))]
        return words[words.index("state=gone") :]

    page.evaluate("""() => {
      dispatchEvent(new PageTransitionEvent("pagehide"))
      Object.defineProperty(document, "hidden", { value: true, configurable: true })
      document.dispatchEvent(new Event("visibilitychange"))
    }""")
    page.wait_for_timeout(A_SECOND)
    assert since_the_goodbye() == ["state=gone"]

    page.evaluate("""() => {
      delete document.hidden
      dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }))
    }""")
    page.wait_for_timeout(A_SECOND)
    assert since_the_goodbye() == ["state=gone", "state=viewing"]


def test_one_key_takes_what_is_a_colleagues(staff: Staff) -> None:
    page = staff.at_work()
    open_thread(page, "Wolf")
    head = page.locator("#thread-head")
    page.keyboard.press("a")
    page.locator("#menu-assign").get_by_role("button", name="Jonas Fechner").click()
    expect(head).to_contain_text("Bei Jonas Fechner")

    page.keyboard.press("m")

    expect(head).to_contain_text("Bei Ihnen")
    expect(head.get_by_role("button", name="Übernehmen")).to_have_count(0)
    page.locator(".toast").get_by_role("button", name="Rückgängig").click()
    expect(head).to_contain_text("Bei Jonas Fechner")


@whole
def test_a_colleague_sees_who_has_done_nothing_for_a_minute_and_who_is_back(staff: Staff) -> None:
    mine, theirs = staff.at_work(), staff.at_work(role="practice_manager")
    open_thread(mine, "Wolf")
    theirs.clock.install()
    open_thread(theirs, "Wolf")
    in_head = mine.locator("#thread-presence > .here")
    expect(in_head).to_have_attribute("data-state", "viewing")

    theirs.clock.fast_forward(61_000)
    expect(in_head).to_have_attribute("data-state", "idle")
    expect(in_head).to_contain_text("gerade nicht am Platz")

    theirs.mouse.move(600, 300)
    expect(in_head).to_have_attribute("data-state", "viewing")


def test_done_is_taken_back_with_the_keyboard_alone(staff: Staff) -> None:
    page = staff.at_work()
    page.clock.install()
    open_thread(page, "Lindner")

    page.locator("#closure-button").press("Enter")
    toast = page.locator(".toast")
    expect(toast).to_contain_text("Erledigt")
    expect(toast.locator("[data-toast-whom]")).to_contain_text("Lindner, ")
    expect(toast.locator("kbd")).to_have_text("z")
    expect(page.locator("#thread-head")).to_contain_text("Wieder öffnen")
    undo = toast.get_by_role("button", name="Rückgängig")
    undo.focus()
    page.clock.fast_forward(12_500)  # longer than it stays by itself
    undo.press("Enter")

    expect(toast).to_contain_text("Zurückgenommen")
    expect(toast.locator("[data-toast-whom]")).to_contain_text("Lindner, ")
    expect(toast.get_by_role("button")).to_be_focused()
    expect(page.locator("#closure-button")).to_contain_text("Erledigt")


def test_a_menu_stays_open_while_something_arrives_and_gives_the_focus_back(staff: Staff) -> None:
    page = staff.at_work()
    open_thread(page, "Arslan")
    conversation = page.locator("#thread").get_attribute("data-conversation")

    page.locator("#snooze-button").press("Enter")
    menu = page.locator("#menu-snooze")
    expect(menu.get_by_role("button", name="In einer Stunde")).to_be_focused()
    page.evaluate("id => document.body.dispatchEvent(new CustomEvent(`roger:conversation-${id}`))", conversation)
    page.wait_for_timeout(600)
    expect(menu.get_by_role("button", name="In einer Stunde")).to_be_focused()

    page.keyboard.press("Enter")
    expect(menu).to_be_hidden()
    expect(page.locator("#snooze-button")).to_be_focused()
    expect(page.locator("#thread-head")).to_contain_text("Zurückgestellt bis")
    page.locator(".toast").get_by_role("button", name="Rückgängig").click()
    expect(page.locator("#thread-head")).not_to_contain_text("Zurückgestellt bis")


def test_several_are_chosen_with_shift_given_away_and_taken_back(staff: Staff) -> None:
    page = staff.at_work()
    page.goto(re.sub(r"/inbox/.*", "/inbox/?tab=open", page.url))
    rows = page.locator("a.row")
    address = page.url

    page.get_by_role("button", name="Mehrere auswählen").click()
    rows.nth(0).click()
    rows.nth(2).click(modifiers=["Shift"])
    expect(page.locator('a.row[aria-checked="true"]')).to_have_count(3)
    assert page.url == address, "a press on a row must not open it now"
    assign, menu = page.locator("#bulk-assign"), page.locator("#bulk-menu-assign")
    assign.press("Enter")
    expect(menu.get_by_role("button", name="Ich selbst")).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    expect(assign).to_be_focused()
    expect(page.locator(".toast")).to_have_count(0)  # nothing is done before somebody presses
    assign.press("Enter")
    expect(menu.get_by_role("button", name="Ich selbst")).to_be_focused()
    page.keyboard.press("Enter")

    toast = page.locator(".toast")
    expect(toast).to_contain_text(re.compile("Unterhaltung(en)? geändert"))
    expect(page.locator("#bulk-bar")).to_be_hidden()
    expect(page.locator("a.row[aria-checked]")).to_have_count(0)
    expect(page.get_by_role("button", name="Mehrere auswählen")).to_be_focused()
    toast.get_by_role("button", name="Rückgängig").click()
    expect(toast).to_contain_text("Zurückgenommen")


@whole
def test_shift_chooses_from_the_open_row_and_from_nowhere_one_row_alone(staff: Staff) -> None:
    page = staff.at_work()
    page.goto(re.sub(r"/inbox/.*", "/inbox/?tab=open", page.url))
    rows, chosen = page.locator("a.row"), page.locator('a.row[aria-checked="true"]')

    rows.nth(3).click(modifiers=["Shift"])
    expect(chosen).to_have_count(1)
    page.keyboard.press("Escape")
    expect(chosen).to_have_count(0)

    rows.nth(2).click()
    expect(page.locator("#thread[data-conversation]")).to_be_visible()
    expect(rows.nth(2)).to_have_attribute("aria-selected", "true")
    page.locator("#thread").focus()
    rows.nth(4).click(modifiers=["Shift"])
    expect(chosen).to_have_count(3)
    expect(rows.nth(1)).to_have_attribute("aria-checked", "false")


@whole
def test_shift_and_arrows_choose_rows_and_control_a_chooses_what_is_listed(staff: Staff) -> None:
    page = staff.at_work()
    page.goto(re.sub(r"/inbox/.*", "/inbox/?tab=open", page.url))
    rows, chosen, keys = page.locator("a.row"), page.locator('a.row[aria-checked="true"]'), page.keyboard
    rows.nth(1).focus()

    keys.press("Shift+ArrowDown")
    keys.press("Shift+ArrowDown")
    expect(chosen).to_have_count(3)
    expect(rows.nth(3)).to_be_focused()
    keys.press("Shift+ArrowUp")
    expect(chosen).to_have_count(2)
    expect(rows.nth(2)).to_be_focused()

    keys.press("Control+a")
    expect(page.locator('a.row[aria-checked="false"]')).to_have_count(0)


@whole
def test_what_a_colleague_has_done_meanwhile_is_chosen_no_more(product: Product, staff: Staff) -> None:
    name = f"Viola Vorbei-{uuid4().hex[:6]}"
    product.control("POST", "/people", {"phone": SOMEBODY, "name": name})
    write(product, SOMEBODY, type="text", text="Guten Tag")
    mine, theirs = staff.at_work(), staff.at_work(role="practice_manager")
    open_thread(theirs, name)
    mine.goto(re.sub(r"/inbox/.*", "/inbox/?tab=open", mine.url))
    row = mine.get_by_role("option").filter(has_text=name)
    mine.get_by_role("button", name="Mehrere auswählen").press("Enter")
    row.press("Space")
    mine.get_by_role("option").filter(has_not_text=name).first.press("Space")
    expect(mine.locator("[data-bulk-count]")).to_have_text("2")
    mine.locator("#bulk-assign").focus()

    theirs.locator("#closure-button").click()

    expect(row).to_have_count(0)
    expect(mine.locator("[data-bulk-count]")).to_have_text("1")


def test_a_double_press_makes_one_task(product: Product, staff: Staff) -> None:
    page, words = staff.at_work(), f"Rückruf {uuid4().hex[:6]}"
    open_thread(page, "Wolf")
    asked: list[Route] = []
    page.route("**/tasks/", lambda route: asked.append(route) if route.request.method == "POST" else route.continue_())

    fill_task(page, words)
    page.get_by_role("button", name="Anlegen", exact=True).dblclick()
    expect(page.locator("#menu-task")).to_be_visible()
    with page.expect_response("**/tasks/"):
        first(page, asked).continue_()

    expect(page.locator("#menu-task")).to_be_hidden()
    expect(page.locator("#panel .task").filter(has_text=words)).to_have_count(1)
    assert len(asked) == 1


def fill_task(page: Page, words: str) -> None:
    page.locator("#task-button").press("Enter")
    expect(page.get_by_label("Was ist zu tun?")).to_be_focused()  # the form has come anew
    page.get_by_label("Worum geht es?").fill(words)


@whole
def test_whoever_presses_what_goes_with_its_answer_goes_on_beside_it(product: Product, staff: Staff) -> None:
    name = f"Frieda Fokus-{uuid4().hex[:6]}"
    product.control("POST", "/people", {"phone": PHOTOGRAPHER, "name": name})
    write(product, PHOTOGRAPHER, type="image")
    page = staff.at_work()
    open_thread(page, name)

    page.get_by_role("link", name="Ansehen").last.press("Enter")
    expect(page.locator("img.picture__open")).to_be_focused()
    page.locator("#take-over").press("Enter")
    expect(page.locator("#thread-head")).to_contain_text("Bei Ihnen")
    expect(page.locator("#assign-button")).to_be_focused()

    for words in ("Erstens", "Zweitens"):
        fill_task(page, words)
        page.get_by_role("button", name="Anlegen", exact=True).press("Enter")
        expect(page.locator("#panel .task").filter(has_text=words)).to_have_count(1)
    page.goto(re.sub(r"/inbox/.*", "/inbox/tasks/?whose=all", page.url))
    expect(page.get_by_text("Verbunden", exact=True)).to_be_visible()
    first = page.locator(".task").filter(has_text="Erstens")
    first.get_by_role("button", name="Aufgabe erledigt").press("Enter")
    expect(first).to_have_count(0)
    expect(page.locator(".task button:focus")).to_have_count(1)


def test_a_note_names_a_colleague_and_the_reply_stays_as_it_was(staff: Staff) -> None:
    page = staff.at_work()
    open_thread(page, "Lindner")
    page.get_by_label("Antwort an").fill("Halb fertig")

    page.locator("#note-box > summary").press("Enter")
    note = page.locator("#note")
    expect(note).to_be_focused()
    expect(page.get_by_label("Antwort an")).to_be_hidden()
    note.press_sequentially("Bitte @Sab")
    expect(page.locator("#note-names").get_by_role("option", name="Sabine Kruse")).to_have_attribute(
        "aria-selected", "true"
    )
    note.press("Enter")
    expect(note).to_have_value("Bitte @Sabine Kruse ")
    note.press_sequentially("ansehen")
    note.press("Control+Enter")

    expect(page.locator('[data-kind="note"]').last).to_contain_text("Bitte @Sabine Kruse ansehen")
    expect(page.get_by_label("Antwort an")).to_have_value("Halb fertig")
    named = staff.at_work(role="practice_manager")
    expect(named.locator("#rail-mentions .rail__mark")).to_have_text(re.compile(r"[1-9]"))


@whole
def test_a_note_that_was_begun_is_there_again_after_a_reload_and_nowhere_else(staff: Staff) -> None:
    page = staff.at_work()
    open_thread(page, "Lindner")
    begin_note(page).fill("Ruft am Nachmittag")
    expect(page.locator("[data-note-form] [data-draft-state]")).to_have_text("Entwurf gespeichert")
    page.reload()
    note = begin_note(page)
    expect(note).to_have_value("Ruft am Nachmittag")
    note.fill("Ruft am Nachmittag zurück")
    open_thread(page, "Peters")
    expect(begin_note(page)).to_have_value("")

    open_thread(page, "Lindner")
    note = begin_note(page)
    expect(note).to_have_value("Ruft am Nachmittag zurück")
    note.press("Control+Enter")
    expect(page.locator('[data-kind="note"]').last).to_contain_text("Ruft am Nachmittag zurück")
    expect(begin_note(page)).to_have_value("")


def begin_note(page: Page) -> Locator:
    page.locator("#note-box > summary").press("Enter")
    note = page.locator("#note")
    expect(note).to_be_focused()
    return note


@whole
def test_the_panel_stays_folded_for_whoever_folded_it_and_for_nobody_else(staff: Staff) -> None:
    page, colleague = staff.at_work(), staff.at_work(role="practice_manager")
    open_thread(page, "Lindner")
    panel = page.locator("#panel")
    expect(panel).to_be_visible()

    with page.expect_response("**/inbox/panel/"):
        page.locator("#panel-toggle").click()
    page.evaluate("localStorage.clear()")
    page.reload()
    open_thread(colleague, "Lindner")

    expect(panel).to_be_hidden()
    expect(page.locator("#panel-toggle")).to_have_attribute("aria-expanded", "false")
    expect(colleague.locator("#panel")).to_be_visible()
    with page.expect_response("**/inbox/panel/"):
        page.locator("#panel-toggle").click()
    expect(panel).to_be_visible()


@whole
def test_the_number_of_notes_leads_to_them(staff: Staff) -> None:
    page = staff.at_work()
    open_thread(page, "Lindner")
    begin_note(page).fill("Nur zum Wiederfinden")
    page.locator("#note").press("Control+Enter")
    expect(page.locator('[data-kind="note"]').last).to_contain_text("Nur zum Wiederfinden")

    page.locator("#panel-notes").click()

    expect(page.locator("#thread[data-arrive]")).to_be_visible()
    expect(page.locator('[data-kind="note"]').last).to_be_in_viewport()


def test_without_a_script_a_conversation_is_given_away_noted_and_put_off(staff: Staff) -> None:
    page = staff.at_work(java_script_enabled=False)
    row_of(page, "Peters", "open").click()

    page.locator("#assign-button").click()
    page.locator("#menu-assign a").click()
    page.get_by_role("button", name="Jonas Fechner").click()
    expect(page.locator("#thread-head")).to_contain_text("Bei Jonas Fechner")

    page.locator("#note-box > summary").click()
    page.get_by_role("link", name="Notiz schreiben").click()
    page.locator("#note").fill("Ohne Skript")
    page.get_by_role("button", name="Notiz speichern").click()
    expect(page.locator('[data-kind="note"]').last).to_contain_text("Ohne Skript")
