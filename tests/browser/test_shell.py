"""Keys, palette, shield and quick switch in a real browser, without a mouse where one has none."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from urllib.parse import unquote
from uuid import uuid4

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.chromium import Problems
from tests.browser.material import numbers, write
from tests.browser.patients import PHONE
from tests.browser.product import Product
from tests.browser.screens import inbox as screens_of_the_inbox
from tests.browser.screens.screen import Show
from tests.browser.staff import Staff, log_in
from tests.browser.visit import Visit

pytestmark = pytest.mark.browser

# What a screenshot could show: letters of elements that are painted.
READABLE = """() => [...document.querySelectorAll("#desk *")].filter(one =>
  one.childNodes.length && one.checkVisibility({ visibilityProperty: true }) && one.textContent.trim()).length"""

HTMX_SAYS = ("console: htmx:", "console: Response Status Error")


def ready(page: Page) -> Page:
    page.locator("[data-palette-open]:not([hidden])").wait_for(state="attached")
    return page


def test_the_help_sheet_lists_what_the_page_has_and_gives_the_focus_back(product: Product, staff: Staff) -> None:
    page = ready(Visit(product, staff).thread("Krüger"))
    row = page.locator('a.row[aria-selected="true"]')
    row.focus()

    page.keyboard.press("?")
    sheet = page.get_by_role("dialog", name="Tasten")
    expect(sheet).to_be_visible()
    expect(sheet.get_by_text("antworten", exact=True)).to_be_visible()
    page.keyboard.press("Escape")

    expect(sheet).to_be_hidden()
    expect(row).to_be_focused()
    page.goto(page.url.partition("/inbox/")[0] + "/me/")
    ready(page).keyboard.press("?")
    expect(page.get_by_role("dialog", name="Tasten").get_by_text("antworten", exact=True)).to_have_count(0)


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


def test_the_palette_opens_nobody_who_was_found_for_other_words_or_after_one_chose(staff: Staff) -> None:
    page = ready(staff.at_work())
    keys, options = page.keyboard, page.locator("#palette-options")
    chosen = options.locator("[aria-selected=true]")
    keys.press("Control+k")
    keys.type("Krüg")
    expect(chosen).to_contain_text("Krüger")
    held: list[Route] = []
    page.route("**/inbox/people/", hold_in(held))

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
    held[-1].continue_()
    expect(options.get_by_role("option").filter(has_text="Lindner")).to_be_visible()
    expect(chosen).to_have_text(command)

    keys.press("Control+a")
    with page.expect_request("**/inbox/people/"):
        keys.insert_text("Lin")
    keys.press("Escape")
    keys.press("Control+k")
    with page.expect_response("**/inbox/people/"):
        held[-1].continue_()
    page.wait_for_timeout(300)  # nothing is to come of it
    expect(options.get_by_role("option").filter(has_text="Lindner")).to_have_count(0)


def hold_in(held: list[Route]) -> Callable[[Route], None]:
    """What is asked waits there until the test lets it go on."""

    def hold(route: Route) -> None:
        held.append(route)

    return hold


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
}
OF_A_THREAD = {"Geschütztes Dokument senden", "Datei anfordern", "Zurückstellen"}  # they say whose


def test_the_palette_offers_what_a_thread_can_do_with_or_without_a_key(product: Product, staff: Staff) -> None:
    page = ready(Visit(product, staff).thread("Krüger"))

    for letters, deed in DEEDS.items():
        chosen = offered(page, letters)
        expect(chosen.locator("span")).to_have_text(deed)
        expect(chosen.locator("small")).to_have_text(["Krüger, Stefan"] if deed in OF_A_THREAD else [])
        page.keyboard.press("Escape")


def test_the_palette_does_what_has_no_key(product: Product, staff: Staff) -> None:
    page = ready(Visit(product, staff).thread("Krüger"))

    expect(offered(page, "aufg anl").locator("span")).to_have_text("Aufgabe anlegen")
    page.keyboard.press("Enter")

    expect(page.locator("#menu-task:popover-open")).to_be_visible()


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


def test_the_palette_chooses_a_template_where_only_templates_go_out(product: Product, staff: Staff) -> None:
    page = ready(Visit(product, staff).thread("Böttcher"))
    last = page.locator(".choice input[type=radio]").last
    name = page.locator(".choice label > span").last.inner_text()

    expect(offered(page, f"Vorlage: {name}").locator("span")).to_have_text(f"Vorlage: {name}")
    page.keyboard.press("Enter")

    expect(last).to_be_checked()
    expect(last).to_be_focused()


def test_the_palette_leads_to_the_record_of_who_has_never_written(staff: Staff) -> None:
    page = staff.at_work()
    page.goto(page.url.replace("/inbox/", "/patients/new/"))
    for field, value in {"Vorname": "Quirin", "Nachname": "Xaverski", "Geburtsdatum": "1961-04-03"}.items():
        page.locator(".details").get_by_label(field).fill(value)
    page.get_by_role("button", name="Anlegen").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Xaverski")
    record = page.url

    page.goto(page.url.partition("/patients/")[0] + "/inbox/")
    expect(offered(ready(page), "Xaver")).to_contain_text("Xaverski, Quirin 1961")
    page.keyboard.press("Enter")

    page.wait_for_url(record)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Xaverski")


def test_whoever_switched_letters_off_has_none(staff: Staff) -> None:
    page = ready(staff.at_work())
    page.evaluate("document.body.dataset.shortcuts = 'off'")

    for key in ("j", "/", "?", "r"):
        page.keyboard.press(key)

    expect(page.locator("#keys")).to_be_hidden()
    expect(page.get_by_role("searchbox")).not_to_be_focused()
    assert page.evaluate("document.activeElement.tagName") == "BODY"


def test_the_shield_hides_every_letter_stays_after_a_reload_and_falls_by_pin(product: Product, staff: Staff) -> None:
    login = product.practices[1].login("owner")
    page = staff.stranger()
    log_in(page, product.address, login)
    page.wait_for_url("**/inbox/")
    page.goto(page.url.replace("/inbox/", "/me/"))
    page.get_by_label("Neue PIN", exact=True).fill("2719")
    page.get_by_label("Neue PIN noch einmal").fill("2719")
    page.get_by_label("Ihr Passwort").fill(login.password)
    page.get_by_role("button", name="PIN speichern").click()
    expect(page.get_by_text("Gespeichert.")).to_be_visible()
    page.goto(page.url.partition("/me/")[0] + "/inbox/")
    twin = page.context.new_page()
    twin.goto(page.url)
    ready(twin)
    ready(page)
    assert page.evaluate(READABLE) > 10

    page.keyboard.press("Control+Shift+l")
    expect(page.locator("#shield")).to_be_visible()
    expect(twin.locator("#shield")).to_be_visible()
    assert page.evaluate(READABLE) == 0
    page.keyboard.press("Escape")
    expect(page.locator("#shield")).to_be_visible()
    expect(page.locator("#shield-secret")).to_be_focused()
    twin.reload()
    expect(twin.get_by_role("heading", name="Sichtschutz")).to_be_visible()
    expect(twin.get_by_role("option")).to_have_count(0)

    page.keyboard.type("1111")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Noch 4 Versuche")).to_be_visible()
    page.locator("#shield-secret").fill("2719")
    page.keyboard.press("Enter")
    expect(page.locator("#shield")).to_be_hidden()
    assert page.evaluate(READABLE) > 10

    page.set_viewport_size({"width": 390, "height": 844})
    page.get_by_role("option").first.click()
    page.locator("#thread").get_by_role("button", name="Sichtschutz").click()
    expect(page.locator("#shield")).to_be_visible()
    page.locator("#shield-secret").fill("2719")
    page.keyboard.press("Enter")
    expect(page.locator("#shield")).to_be_hidden()


def test_a_shield_that_the_server_put_up_covers_the_page_and_asks_who_waits_here(
    product: Product, staff: Staff
) -> None:
    login = product.practices[1].login("practice_manager")
    page = at_the_counter(product, staff, login.role)
    page.goto(page.url.replace("/inbox/", "/me/"))
    covers_by_itself(page, login.password)  # by what it asks for tones and counts

    page.goto(page.url.replace("/me/", "/inbox/"))
    page.route("**/alerts/*", lambda route: route.abort())
    covers_by_itself(page, login.password)  # by the list


def test_whoever_does_nothing_for_a_while_is_covered_and_whoever_moves_is_not(product: Product, staff: Staff) -> None:
    page = staff.stranger()
    page.clock.install()
    log_in(page, product.address, product.practices[1].login("prophylaxis"))
    page.wait_for_url(f"**/{product.practices[1].slug}/inbox/")
    shield = page.locator("#shield")
    after = int(str(ready(page).locator("#shield").get_attribute("data-after"))) * 60_000

    page.clock.fast_forward(after - 60_000)
    page.mouse.move(400, 400)
    page.clock.fast_forward(after - 60_000)
    page.clock.run_for(2_000)
    expect(shield).to_be_hidden()
    with page.expect_response("**/shield/"):
        page.clock.fast_forward(61_000)

    expect(shield).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Sichtschutz")).to_be_visible()


def covers_by_itself(page: Page, password: str) -> None:
    """The shield goes up without this page's doing; the next thing it hears of makes it ask."""
    with ready(page).expect_request("**/workplace/*"):
        page.evaluate(
            """async () => {
              const headers = { ...JSON.parse(document.body.getAttribute("hx-headers")), "HX-Request": "true" }
              await fetch("/shield/", { method: "POST", headers })
              document.body.dispatchEvent(new CustomEvent("roger:inbox"))
            }"""
        )

    expect(page.locator("#shield")).to_be_visible()
    page.locator("#shield-secret").fill(password)
    page.keyboard.press("Enter")
    expect(page.locator("#shield")).to_be_hidden()


def test_a_tab_of_who_was_there_before_shows_nothing_of_theirs_any_more(product: Product, staff: Staff) -> None:
    page = at_the_counter(product, staff, "owner")
    twin = page.context.new_page()
    twin.goto(page.url)
    before = ready(twin).locator(".bar__name").inner_text()

    ready(page).get_by_role("button", name="Abmelden").first.click()
    page.wait_for_url("**/login/")
    log_in(page, product.address, product.practices[1].login("practice_manager"))
    page.wait_for_url("**/inbox/")

    assert ready(page).locator(".bar__name").inner_text() != before
    expect(twin.locator(".bar__name", has_text=before)).to_have_count(0)


def test_who_logs_in_again_finds_no_tab_left_behind_the_shield_of_before(product: Product, staff: Staff) -> None:
    page = ready(at_the_counter(product, staff, "owner"))
    twin = page.context.new_page()
    twin.goto(page.url)
    ready(twin).keyboard.press("Control+Shift+l")
    expect(page.locator("#shield")).to_be_visible()

    log_in(page, product.address, product.practices[1].login("owner"))
    page.wait_for_url("**/inbox/")

    expect(twin.get_by_role("option").first).to_be_visible()
    expect(twin.locator("#shield")).to_be_hidden()


def test_what_was_pressed_and_not_done_is_said_and_what_the_page_asks_by_itself_is_not(
    product: Product, staff: Staff, problems: Problems
) -> None:
    page = ready(Visit(product, staff).thread("Krüger"))
    word, done = page.locator("#failed"), page.locator("#closure-button")
    conversation = page.locator("#thread").get_attribute("data-conversation")
    page.route("**/newer/**", lambda route: route.abort())
    with page.expect_event("requestfailed"):
        page.evaluate("id => document.body.dispatchEvent(new CustomEvent(`roger:conversation-${id}`))", conversation)

    page.route("**/closure/", lambda route: route.fulfill(status=429))
    expect(word).to_be_hidden()
    done.press("Enter")
    expect(word.get_by_text("Bitte versuchen Sie es noch einmal.")).to_be_visible()
    expect(word.get_by_role("button")).to_be_hidden()
    page.route("**/closure/", lambda route: route.abort())
    done.press("Enter")
    expect(word).to_be_visible()

    page.route("**/closure/", lambda route: route.fulfill(status=403))
    done.press("Enter")
    word.get_by_role("button", name="Seite neu laden").press("Enter")
    expect(word).to_be_hidden()
    problems.found = [one for one in problems.found if not one.startswith(HTMX_SAYS)]  # what failed


def test_after_the_shield_the_list_goes_on_to_show_what_comes(product: Product, staff: Staff) -> None:
    page = ready(at_the_counter(product, staff, "owner", practice=0))
    number = numbers(product)["Georg Lindner"]
    page.keyboard.press("Control+Shift+l")
    expect(page.locator("#shield")).to_be_visible()
    page.evaluate("document.body.dispatchEvent(new CustomEvent('roger:inbox'))")  # the list may not ask now
    write(product, number, type="text", text="Hinter dem Sichtschutz")

    page.locator("#shield-secret").fill(product.practices[0].login("owner").password)
    page.keyboard.press("Enter")
    expect(page.get_by_role("option").filter(has_text="Hinter dem Sichtschutz")).to_be_visible()

    write(product, number, type="text", text="Und danach auch")
    expect(page.get_by_role("option").filter(has_text="Und danach auch")).to_be_visible()


def at_the_counter(product: Product, staff: Staff, role: str, practice: int = 1) -> Page:
    """Somebody in a browser and a session of their own."""
    page = staff.stranger()
    log_in(page, product.address, product.practices[practice].login(role))
    page.wait_for_url("**/inbox/")
    return page


# ── tones and notifications ──


def test_what_was_told_is_told_once_however_often_the_server_says_it(staff: Staff) -> None:
    page = staff.at_work(service_workers="block")  # a worker would ask past the routes below
    answers: list[list[dict[str, object]]] = []
    page.route("**/alerts/*", lambda route: route.fulfill(json=alerts(answers[-1])))
    page.route(re.compile("/inbox/$"), with_tones_all_day)
    page.add_init_script("addEventListener('roger:tone', ({ detail }) => (window.heard ??= []).push(detail), true)")
    old, new, newest = (news(name) for name in ("old", "new", "newest"))

    answers.append([{**old, "is_earlier": True}])
    with page.expect_response("**/alerts/*"):
        page.reload()
    told = [
        tones_after(page, answers, [old]),
        tones_after(page, answers, [{**new, "is_earlier": True}, old]),
        tones_after(page, answers, [{**new, "urgent": True}]),
        tones_after(page, answers, [{**newest, "urgent": True}]),
    ]

    assert told == [[], ["soft"], ["soft"], ["soft", "urgent"]]


def tones_after(page: Page, answers: list[list[dict[str, object]]], answer: list[dict[str, object]]) -> list[str]:
    answers.append(answer)
    with page.expect_response("**/alerts/*"):
        page.evaluate("document.body.dispatchEvent(new CustomEvent('roger:inbox'))")
    page.wait_for_timeout(100)
    return list(page.evaluate("window.heard ?? []"))


def news(message: str) -> dict[str, object]:
    return {"conversation": f"of-{message}", "message": message, "is_earlier": False, "urgent": False, "name": ""}


def alerts(found: list[dict[str, object]], **counts: object) -> dict[str, object]:
    none = {"waiting": 1, "urgent": 0, "overdue": 0, "shielded": False}
    return {"until": "2027-01-12T09:30:00+00:00", "news": found, **none, **counts}


def given(newest: str) -> dict[str, object]:
    return {"count": 2, "conversation": "c", "newest": newest, "is_earlier": False}


def with_tones_all_day(route: Route) -> None:
    with_preferences(route, "40 00:00 24:00")


def with_preferences(route: Route, tones: str) -> None:
    """Notifications too, and a shield that nobody waits for."""
    page = route.fetch()
    wished = re.sub('data-tones="[^"]*"', f'data-tones="{tones}" data-notify="plain"', page.text())
    route.fulfill(response=page, body=re.sub('data-after="[^"]*"', 'data-after="6000"', wished))


# Of what the system is asked to show, what stands there; nobody looks at the page.
SHOWN = """
Document.prototype.hasFocus = () => false
window.Notification = class {
  static permission = "granted"
  constructor(title, { body, tag, silent }) { (window.shown ??= []).push([title, body, tag, silent]) }
  close() {}
}
"""


def test_what_a_colleague_gives_somebody_is_told_softly_once_and_without_a_name(staff: Staff) -> None:
    page = staff.at_work(service_workers="block")  # a worker would ask past the routes below
    answers: list[Mapping[str, object]] = []
    page.route("**/alerts/*", lambda route: route.fulfill(json={**alerts([]), "mine": answers[-1]}))
    page.route(re.compile("/inbox/$"), with_tones_all_day)
    page.add_init_script(SHOWN)
    page.add_init_script("addEventListener('roger:tone', ({ detail }) => (window.heard ??= []).push(detail), true)")
    old, new = (given(name) for name in ("old", "new"))

    answers.append({**old, "is_earlier": True})
    with page.expect_response("**/alerts/*"):
        page.reload()
    for answer in (old, new, {**new, "is_earlier": True}):
        answers.append(answer)
        with page.expect_response("**/alerts/*"):
            page.evaluate("document.body.dispatchEvent(new CustomEvent('roger:inbox'))")
    page.wait_for_function("() => window.shown")
    answers.append(old)
    with page.expect_response("**/alerts/*"):
        page.evaluate("document.body.dispatchEvent(new CustomEvent('roger:inbox'))")

    assert page.evaluate("window.shown") == [["Neues aus dem Team (2)", "", "mine", True]]
    assert page.evaluate("window.heard") == ["soft"]


def test_a_notification_says_that_somebody_wrote_and_not_who(product: Product, staff: Staff) -> None:
    number, name = "+491713920077", f"Nele Namenlos-{uuid4().hex[:6]}"
    product.control("POST", "/people", {"phone": number, "name": name})
    page = staff.at_work(service_workers="block")
    page.add_init_script(SHOWN)
    page.route(re.compile("/inbox/$"), lambda route: with_preferences(route, "0 00:00 00:00"))
    with page.expect_response("**/alerts/*"):
        page.reload()

    write(product, number, type="text", text="Guten Tag")
    page.wait_for_function("() => window.shown?.length === 1")
    write(product, number, type="text", text="Es blutet stark")
    page.wait_for_function("() => window.shown.length === 2")

    assert page.evaluate("window.shown.map(one => one.slice(0, 2))") == [
        ["Neue Nachricht", ""],
        ["Neue dringende Nachricht", ""],
    ]


def test_tones_keep_the_quiet_hours_and_their_distance(staff: Staff) -> None:
    page = staff.at_work(service_workers="block")
    answers = [alerts([])]
    page.route("**/alerts/*", lambda route: route.fulfill(json=answers[-1]))
    page.route(re.compile("/inbox/$"), lambda route: with_preferences(route, "40 08:00 18:00"))
    page.add_init_script("addEventListener('roger:tone', ({ detail }) => (window.heard ??= []).push(detail), true)")
    inbox = page.url
    page.goto("about:blank")  # or this page would take the leap for somebody's absence
    page.clock.install(time=datetime(2027, 1, 12, 6, 59, tzinfo=UTC))  # 07:59 in Berlin
    with page.expect_response("**/alerts/*"):
        page.goto(inbox)

    def heard_after(seconds: int, answer: dict[str, object]) -> list[str]:
        answers.append(answer)
        page.clock.fast_forward(seconds * 1_000)
        with page.expect_response("**/alerts/*"):
            page.evaluate("document.body.dispatchEvent(new CustomEvent('roger:inbox'))")
        page.wait_for_timeout(100)
        heard = list(page.evaluate("window.heard ?? []"))
        page.evaluate("window.heard = []")
        return heard

    assert heard_after(0, alerts([news("before-opening")])) == []
    assert heard_after(120, alerts([news("first")])) == ["soft"]
    assert heard_after(2, alerts([news("at-once")])) == []
    assert heard_after(0, alerts([{**news("and-urgent"), "urgent": True}])) == ["urgent"]  # of another kind
    assert heard_after(9, alerts([news("later")])) == ["soft"]
    assert heard_after(0, alerts([], overdue=1)) == ["late"]
    assert heard_after(60, alerts([], overdue=2)) == []
    assert heard_after(600, alerts([], overdue=3)) == ["late"]
    assert heard_after(0, alerts([], overdue=2)) == []
    assert heard_after(10 * 3_600, alerts([news("after-closing")], overdue=9)) == []


# ── the count in the title and on the icon ──

ICON = "link[rel=icon]"


def test_title_and_icon_count_who_waits_as_it_changes(product: Product, staff: Staff) -> None:
    page = ready(staff.at_work())
    waiting = int(str(page.locator("#inbox-tabs .rail__tab").first.get_attribute("data-count")))
    expect(page).to_have_title(f"({waiting}) Eingang – Roger")
    number = "+491713920078"
    product.control("POST", "/people", {"phone": number, "name": f"Zita Zähler-{uuid4().hex[:6]}"})

    write(product, number, type="text", text="Guten Tag")

    expect(page).to_have_title(f"({waiting + 1}) Eingang – Roger")
    expect(page.locator(ICON)).to_have_attribute("href", re.compile(quoted_count(waiting + 1)))


def quoted_count(waiting: int) -> str:
    return f"%3E{'9%2B' if waiting > 9 else waiting}%3C%2Ftext"


def test_the_icon_shows_the_number_to_nine_an_octagon_for_what_is_urgent_and_its_tick_when_nobody_waits(
    staff: Staff,
) -> None:
    page = staff.at_work(service_workers="block")
    icon = page.locator(ICON)
    answers = [alerts([], waiting=0)]
    page.route("**/alerts/*", lambda route: route.fulfill(json=answers[-1]))
    with page.expect_response("**/alerts/*"):
        page.reload()
    octagon = "M7 0h10l7 7v10l-7 7H7l-7-7V7z"

    def drawn(**counts: object) -> str:
        answers.append(alerts([], **counts))
        with page.expect_response("**/alerts/*"):
            page.evaluate("document.body.dispatchEvent(new CustomEvent('roger:inbox'))")
        page.wait_for_timeout(100)
        return unquote(str(icon.get_attribute("href")))

    assert ">9</text>" in drawn(waiting=9)
    assert octagon not in drawn(waiting=9)
    assert ">9+</text>" in drawn(waiting=10)
    assert octagon in drawn(waiting=10, urgent=1)
    assert drawn(waiting=0).endswith(".svg")


def test_a_name_is_taken_back_from_the_system_with_the_screen_it_was_meant_for(staff: Staff) -> None:
    page = staff.at_work()
    page.context.grant_permissions(["notifications"])
    page.route("**/shield/", lambda route: route.fulfill(status=204))  # others use the same session after this
    mine = str(page.locator("#shield").get_attribute("data-person"))
    notify(ready(page), mine, "somebody-else")

    page.reload()
    expect_notifications(ready(page), [mine])
    page.keyboard.press("Control+Shift+l")

    expect_notifications(page, [])


def notify(page: Page, *persons: str) -> None:
    page.evaluate(
        """async persons => {
          const worker = await navigator.serviceWorker.ready
          for (const person of persons) await worker.showNotification("Neu", { tag: person, data: { person } })
        }""",
        persons,
    )


def expect_notifications(page: Page, of: list[str]) -> None:
    """Raises TimeoutError when others stand there."""
    page.wait_for_function(
        """async of => {
          const there = await (await navigator.serviceWorker.ready).getNotifications()
          return JSON.stringify(there.map(one => one.data.person)) === JSON.stringify(of)
        }""",
        arg=of,
    )


@pytest.mark.parametrize(
    ("tabs", "opens"),
    [
        (["/p/b/inbox/", "/p/a/me/", "/p/a/inbox/1/"], "navigate /p/a/inbox/1/ /p/a/inbox/2/"),
        (["/p/b/inbox/", "/kiosk/", "/p/a/me/"], "open /p/a/inbox/2/"),
        ([], "open /p/a/inbox/2/"),
    ],
)
def test_a_notification_opens_in_a_tab_of_its_inbox_and_in_no_other(
    product: Product, staff: Staff, tabs: list[str], opens: str
) -> None:
    page = staff.stranger()  # on no page, so that no policy forbids what follows
    script = page.request.get(f"{product.address}/service-worker.js").text()

    did = page.evaluate(
        """async ([script, tabs]) => {
          const did = []
          const tab = path => ({
            url: `https://roger.example${path}`, focus() {}, navigate: to => did.push(`navigate ${path} ${to}`)
          })
          const clients = { matchAll: async () => tabs.map(tab), openWindow: to => did.push(`open ${to}`) }
          const open = new Function("self", `${script}; return open`)({ addEventListener() {}, clients })
          await open("/p/a/inbox/2/")
          return did
        }""",
        [script, tabs],
    )

    assert did == [opens]


def test_what_a_phone_keeps_is_style_and_script_and_nothing_of_a_person(product: Product, staff: Staff) -> None:
    page = staff.at_work(viewport=PHONE)
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.reload()
    Visit(product, staff, {(0, "reception"): page}).thread("Krüger")
    page.wait_for_timeout(500)

    kept = page.evaluate(
        """async () => (await Promise.all((await caches.keys()).map(async name =>
          (await (await caches.open(name)).keys()).map(one => new URL(one.url).pathname)))).flat()"""
    )

    assert kept
    assert [path for path in kept if not path.startswith("/static/")] == []


def test_the_panel_folds_away_and_stays_so_until_it_is_wanted(product: Product, staff: Staff) -> None:
    page = ready(Visit(product, staff).thread("Krüger"))
    panel, toggle = page.locator("#panel"), page.locator("#panel-toggle")
    expect(panel).to_be_visible()

    with page.expect_response("**/inbox/panel/"):
        toggle.click()
    expect(panel).to_be_hidden()
    expect(toggle).to_have_attribute("aria-expanded", "false")
    page.get_by_role("option").filter(has_not_text="Krüger").first.click()
    expect(page.locator("#thread-name")).not_to_contain_text("Krüger")
    expect(panel).to_be_hidden()
    page.reload()
    expect(panel).to_be_hidden()

    with page.expect_response("**/inbox/panel/"):
        toggle.click()
    expect(panel).to_be_visible()
    page.reload()
    expect(panel).to_be_visible()
    expect(toggle).to_have_attribute("aria-expanded", "true")


# What can be pressed and is smaller than a finger; of a box within its words the words count (WCAG 2.5.5: nor does what
# stands in a sentence). What stands small below a message is hit beside it too.
TOO_SMALL = """() => {
  const isSmall = one => {
    const { width, height } = one.getBoundingClientRect()
    return width > 2 && (width < 43.5 || height < 43.5)
  }
  const isMissed = one => {
    const { left, top, width, height } = one.getBoundingClientRect()
    const at = y => document.elementFromPoint(left + width / 2, top + height / 2 + y)
    const isInSight = [-22, 0, 22].every(y => at(y)?.closest("#thread-log"))
    return isInSight && ![at(-20), at(20)].every(hit => one.contains(hit))
  }
  const pressed = "a[href], button, summary, select, textarea, input, label:has(> input), [role=option]"
  return [...document.querySelectorAll(pressed)].filter(one =>
    one.checkVisibility({ visibilityProperty: true, opacityProperty: true })
    && !one.closest(".visually-hidden, .skip")
    && !one.matches("label > input, [type=hidden]")
    && !(one.matches("a") && getComputedStyle(one).display === "inline")
    && (one.matches(".message__deed") ? isMissed(one) : isSmall(one))
  ).map(one => one.outerHTML.slice(0, 80))
}"""


def test_on_a_phone_nothing_is_wider_than_the_screen_and_everything_can_be_hit(product: Product, staff: Staff) -> None:
    page = ready(staff.at_work(viewport=PHONE, has_touch=True, is_mobile=True))
    visit = Visit(product, staff, {(0, "reception"): page})
    small = {}

    for name, show in OF_THE_DESK.items():
        show(visit)
        small[name] = page.evaluate(TOO_SMALL)
        assert page.evaluate("document.documentElement.scrollWidth") == page.evaluate("innerWidth"), name

    assert small == {name: [] for name in OF_THE_DESK}


def pressed(button: str, opens: str) -> Show:
    """A thread in which this was pressed."""

    def show(visit: Visit) -> Page:
        page = ready(visit.thread("Wolf"))
        page.locator("[data-replies]:not([hidden])").wait_for()
        page.locator(button).click()
        page.locator(opens).first.wait_for()
        return page

    return show


OF_THE_DESK: dict[str, Show] = {
    "list and filters": screens_of_the_inbox.the_menu_of_the_list,
    "thread": lambda visit: visit.thread("Wolf"),
    "assigning": pressed("#assign-button", "#menu-assign .menu__form"),
    "putting off": pressed("#snooze-button", "#menu-snooze .menu__form"),
    "labels": pressed("#label-button", "#menu-labels .menu__form"),
    "a day": pressed("#jump-button", "#thread-jump:popover-open"),
    "saved replies": pressed("[data-replies]", "[data-picklist=replies] [role=option]"),
    "emoji": pressed("[data-emoji]", "[data-picklist=emoji] [data-sign]"),
    "note": pressed("#note-box > summary", "#note"),
    "panel": pressed("[data-panel-toggle]", ".panel__tool"),
    "templates": lambda visit: visit.thread("Böttcher"),
    "tasks": lambda visit: visit.of_staff("inbox/tasks/?whose=all"),
    "hand-over": lambda visit: visit.of_staff("inbox/handover/"),
}
