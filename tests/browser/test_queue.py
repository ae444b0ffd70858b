"""Seeing who waits, and reading a long thread, in a real browser."""

import re
import time
from uuid import uuid4

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from messaging.inbox.listing import ROWS
from tests.browser.chromium import Problems
from tests.browser.material import numbers, write
from tests.browser.product import Product
from tests.browser.staff import Staff
from tests.browser.visit import Visit
from tests.whole import whole

pytestmark = pytest.mark.browser

READ_MEANWHILE = "+4917604069057"
LINES = 70  # more than two parts of a thread
TOP_OF = "line => Math.round(line.getBoundingClientRect().top)"
# What a thread keeps of a place; the reply box beneath it may have got another line.
FROM_BELOW = """line => Math.round(
  document.getElementById("thread-log").getBoundingClientRect().bottom - line.getBoundingClientRect().top)"""


def test_an_urgent_word_lifts_at_once_and_the_pill_says_so_while_somebody_points(
    product: Product, staff: Staff
) -> None:
    name = somebody_new(product, "+491713920073", "Uwe Eilig", "Guten Tag, eine Frage.")
    write(product, numbers(product)["Georg Lindner"], type="text", text="Guten Tag")  # whatever he did before, he waits
    page = staff.at_work()
    expect(page.locator("#link-state [data-link-on]")).to_be_visible()
    row, first = page.get_by_role("option").filter(has_text=name), page.get_by_role("option").first
    expect(row).to_be_attached()
    expect(page.get_by_role("option").filter(has_text="Lindner").first).to_be_attached()
    first.hover()
    on_top = first.locator(".row__name").inner_text()
    pill = page.locator("#queue-pill")

    write(product, "+491713920073", type="text", text="Jetzt blutet es wieder stark")

    expect(row.locator(".urgent")).to_contain_text("blutet")
    expect(pill).to_have_accessible_name("1 neue dringend")
    expect(pill.locator(".icon").last).to_be_visible()  # the octagon
    assert first.locator(".row__name").inner_text() == on_top
    page.evaluate("document.body.dispatchEvent(new CustomEvent('roger:inbox'))")
    write(product, numbers(product)["Georg Lindner"], type="text", text="Guten Tag")
    expect(page.get_by_role("option").filter(has_text="Lindner").first).to_be_attached()
    expect(pill).to_have_accessible_name(re.compile("[12] neue dringend"))  # also by the looks that follow

    pill.click()
    expect(pill).to_be_hidden()
    above = page.locator("#conversation-rows li", has=page.locator(".urgent")).filter(has_text=name)
    expect(above.locator("xpath=preceding-sibling::li[not(.//*[@class='urgent'])]")).to_have_count(0)
    row.click()
    expect(page.locator("#thread-head .urgent")).to_contain_text("blutet")


def somebody_new(product: Product, number: str, name: str, text: str, practice: int = 0) -> str:
    """The whole name of somebody nobody has seen before, who writes this."""
    name = f"{name}-{uuid4().hex[:6]}"
    product.control("POST", "/people", {"phone": number, "name": name})
    to = product.practices[practice].phone
    product.control("POST", "/messages", {"from": number, "to": to, "type": "text", "text": text})
    return name


@whole
def test_how_many_wait_is_said_as_a_number_when_it_rises_and_never_of_what_one_does_oneself(
    product: Product, staff: Staff
) -> None:
    page = staff.at_work()
    expect(page.locator("#link-state [data-link-on]")).to_be_visible()
    page.get_by_role("option").first.hover()
    page.evaluate(
        """() => {
          const words = document.getElementById("queue-news")
          new MutationObserver(() => (window.said ??= []).push(words.textContent)).observe(words, { childList: true })
        }"""
    )
    said = page.locator("#queue-news")
    assert said.get_attribute("role") == "status"

    first = somebody_new(product, "+491713920074", "Ina Erste", "Guten Tag")
    expect(said).to_have_text("Eine neue Nachricht wartet")
    somebody_new(product, "+491713920075", "Zoe Zweite", "Guten Tag")
    expect(said).to_have_text("2 neue Nachrichten warten")
    page.locator("#queue-pill").click()
    row = page.get_by_role("option").filter(has_text=first)
    row.click()
    page.get_by_role("button", name="Erledigt", exact=True).click()
    expect(page.locator(".toast")).to_contain_text("Erledigt")
    page.locator(".toast").get_by_role("button", name="Rückgängig").click()
    expect(page.locator(".toast")).to_contain_text("Zurückgenommen")
    expect(row).to_contain_text("Gesehen")

    expect(said).to_have_text("")
    assert [one for one in page.evaluate("window.said") if one] == [
        "Eine neue Nachricht wartet", "2 neue Nachrichten warten",
    ]  # fmt: skip


# ── a slow line ──


def test_a_row_that_was_read_while_the_list_was_held_does_not_become_new_again(product: Product, staff: Staff) -> None:
    name = somebody_new(product, READ_MEANWHILE, "Rita Gelesen", "Guten Tag")
    page = staff.at_work()
    expect(page.locator("#link-state [data-link-on]")).to_be_visible()
    row = page.get_by_role("option").filter(has_text=name)
    row.hover()  # from now on the list is held
    with page.expect_response("**/inbox/rows/**"):
        write(product, READ_MEANWHILE, type="text", text="Sind Sie da?")
    expect(row.locator("[data-state=new]")).to_be_visible()

    row.click()
    read(page, "Sind Sie da?")
    row.hover()
    expect(row.locator("[data-state=seen]")).to_be_visible()
    page.locator("#thread-log").hover()  # and now it is put
    page.wait_for_timeout(500)

    expect(row.locator("[data-state=seen]")).to_be_visible()


def read(page: Page, text: str) -> None:
    page.get_by_role("article").filter(has_text=text).scroll_into_view_if_needed()


def test_who_was_read_and_writes_again_is_said_again(product: Product, staff: Staff) -> None:
    name = somebody_new(product, READ_MEANWHILE, "Rita Gelesen", "Guten Tag, ist da wer?")
    page, colleague = staff.at_work(), staff.at_work(role="owner")
    expect(page.locator("#link-state [data-link-on]")).to_be_visible()
    row = page.get_by_role("option").filter(has_text=name)
    expect(row.locator("[data-state=new]")).to_be_attached()
    page.get_by_role("option").first.hover()
    colleague.get_by_role("option").filter(has_text=name).click()
    read(colleague, "Guten Tag, ist da wer?")
    expect(row.locator("[data-state=seen]")).to_be_attached()
    colleague.goto("about:blank")

    write(product, READ_MEANWHILE, type="text", text="Noch etwas")

    expect(page.locator("#queue-news")).to_have_text("Eine neue Nachricht wartet")


MORE_THAN_A_PAGE = 30
MORE = "**/inbox/rows/**page=2**"


@pytest.fixture(scope="module")
def many_wait(product: Product) -> None:
    """In the practice whose list no other test reads."""
    for number in range(30, 30 + MORE_THAN_A_PAGE):
        somebody_new(product, f"+4917139200{number}", "Viele", "Guten Tag", practice=1)


def comes_late(page: Page, address: str) -> None:
    """What is asked for there comes once the test lets it: `window.mayCome`."""

    def bring_late(route: Route) -> None:
        page.wait_for_function("() => window.mayCome")
        route.continue_()

    page.route(address, bring_late)


MOTION = "one => getComputedStyle(one, '::before').animationName"
RECTS = "parts => parts.map(part => JSON.stringify(part.getBoundingClientRect()))"


def test_a_row_says_at_once_that_it_is_being_opened_and_nothing_moves(product: Product, staff: Staff) -> None:
    name = somebody_new(product, "+491713920076", "Lena Leitung", "Guten Tag")
    page = staff.at_work()
    row = page.get_by_role("option").filter(has_text=name)
    expect(row).to_be_visible()
    comes_late(page, f"**{row.get_attribute('href')}")
    row.scroll_into_view_if_needed()
    parts = page.locator("#thread, #panel, .queue, a.row .row__name")
    before = parts.evaluate_all(RECTS)

    row.click()

    expect(row).to_have_class("row htmx-request")
    assert row.evaluate("row => getComputedStyle(row, '::before').inlineSize") == "4px"
    expect(page.locator("#thread")).to_have_attribute("aria-busy", "true")
    assert parts.evaluate_all(RECTS) == before
    page.evaluate("window.mayCome = true")
    expect(page.locator("#thread-name")).to_contain_text(name)
    expect(page.locator("#thread[aria-busy]")).to_have_count(0)
    expect(row).to_have_class("row")


@pytest.mark.usefixtures("many_wait")
def test_further_rows_are_foreshadowed_and_come_into_the_one_list_without_a_jump(staff: Staff) -> None:
    page = staff.at_work(practice=1)
    comes_late(page, MORE)
    rows, line = page.get_by_role("option"), page.locator("#more-rows")
    last = page.locator(f"#{rows.nth(ROWS - 1).get_attribute('id')}")

    last.focus()
    line.scroll_into_view_if_needed()

    outline = line.locator(".skeleton")
    expect(outline).to_be_in_viewport()
    assert outline.evaluate(MOTION) == "under-way"
    page.emulate_media(reduced_motion="reduce")
    assert outline.evaluate(MOTION) == "none"
    height, of_a_row = (one.evaluate("one => one.offsetHeight") for one in (outline, last))
    assert height == pytest.approx(2 * of_a_row, abs=3)
    before = last.evaluate(TOP_OF)
    page.evaluate("window.mayCome = true")
    expect(rows.nth(ROWS)).to_be_in_viewport()
    assert last.evaluate(TOP_OF) == before
    expect(page.get_by_role("listbox", name="Wartet auf uns")).to_have_count(1)
    assert page.get_by_role("listbox").get_by_role("option").count() == rows.count()
    last.press("j")
    expect(rows.nth(ROWS)).to_be_focused()


@whole
@pytest.mark.usefixtures("many_wait")
def test_rows_that_fail_to_come_leave_the_link_that_asks_for_them(staff: Staff, problems: Problems) -> None:
    page = staff.at_work(practice=1)
    page.route(MORE, lambda asked: asked.abort())
    link = page.get_by_role("link", name="Weitere Unterhaltungen")

    page.locator("#more-rows").scroll_into_view_if_needed()

    expect(page.locator("#more-rows .skeleton")).to_be_hidden()
    link.click()
    page.wait_for_url("**page=2")
    expect(page.get_by_role("option").first).to_be_visible()
    problems.found = [one for one in problems.found if not one.startswith("console: htmx:")]  # it says what failed


def test_the_clock_runs_on_in_opening_hours_alone(staff: Staff) -> None:
    page = staff.at_work()
    page.clock.install()
    page.reload()
    expect(page.locator("#link-state [data-link-on]")).to_be_visible()
    page.wait_for_timeout(2_000)  # the look at everything that follows a new stream
    clock = page.locator(".row .clock").first
    clock.evaluate("""clock => {
      const now = Date.parse(document.body.dataset.now), second = ms => Math.floor(ms / 1000)
      document.getElementById("inbox-tabs").dataset.openings =
        JSON.stringify([[second(now - 9 * 60e3), second(now - 2 * 60e3)], [second(now - 60e3), second(now + 3600e3)]])
      Object.assign(clock.dataset, { waited: 58, at: new Date(now - 10 * 60e3).toISOString(), promisedMinutes: 120 })
    }""")

    page.clock.fast_forward(20_000)  # the page counts again

    # Seven minutes of the first opening and one of the second.
    expect(clock.locator("[data-clock-words]")).to_have_text("1 Std. 06")
    expect(clock).to_have_attribute("data-level", "due")


@whole
def test_escape_closes_the_menu_of_the_list_and_gives_the_focus_back(staff: Staff) -> None:
    page = staff.at_work()
    menu = page.locator("#queue-menu")

    menu.locator("summary").press("Enter")
    expect(menu.get_by_role("link", name="Alle offenen")).to_be_visible()
    menu.get_by_label("Diese Auswahl als Ansicht speichern").press("Escape")

    expect(menu.get_by_role("link", name="Alle offenen")).to_be_hidden()
    expect(menu.locator("summary")).to_be_focused()
    menu.locator("summary").click()
    page.locator("#queue-title").click()
    expect(menu.get_by_role("link", name="Alle offenen")).to_be_hidden()


def newest(page: Page) -> Locator:
    """The last line of the long thread, not its row in the list."""
    return page.locator("#thread-flow").get_by_text(f"Zeile {LINES - 1}", exact=True)


def a_long_thread(product: Product, staff: Staff) -> Page:
    page = Visit(product, staff).thread("Arslan")
    if newest(page).count() == 0:
        for number in range(LINES):
            write(product, numbers(product)["Elif Arslan"], type="text", text=f"Zeile {number}")
            time.sleep(0.02)
        expect(newest(page)).to_be_visible(timeout=20_000)
    return page


@whole
def test_below_a_day_one_reads_on_to_the_newest_and_nothing_jumps(product: Product, staff: Staff) -> None:
    page = a_long_thread(product, staff)
    page.locator("#jump-button").click()
    page.get_by_label("Nachrichten ab").fill("2020-01-01")
    page.get_by_role("button", name="Anzeigen", exact=True).click()
    first = page.locator("#thread-flow article").first
    expect(newest(page)).to_have_count(0)
    expect(first).to_be_in_viewport()

    for _ in range(4):
        last = page.locator("#thread-flow article").last
        pk = last.get_attribute("id")
        count = page.locator("#thread-flow article").count()
        if page.locator("#thread-newer").count():
            break
        last.scroll_into_view_if_needed()
        before = last.evaluate(TOP_OF)
        expect(page.locator("#thread-flow article")).not_to_have_count(count)
        assert page.locator(f"#{pk}").evaluate(TOP_OF) == pytest.approx(before, abs=4)

    expect(newest(page)).to_have_count(1)
    write(product, numbers(product)["Elif Arslan"], type="text", text="Und noch eine")
    expect(page.locator("#thread-flow").get_by_text("Und noch eine")).to_have_count(1)


@whole
def test_who_comes_back_to_a_thread_reads_on_where_they_were(product: Product, staff: Staff) -> None:
    page = a_long_thread(product, staff)
    page.locator("#thread-log").evaluate("log => log.scrollTop = 0")
    page.wait_for_timeout(1_500)  # seen: else the first unread line is where one arrives
    page.goto(f"{page.url}?tab=open&order=newest")  # where the row stands on the first page
    expect(page.locator("#unread")).to_have_count(0)
    page.locator("#thread-log").evaluate("log => log.scrollBy(0, -600)")
    page.wait_for_timeout(400)
    line = page.locator("#thread-flow article").nth(-9)
    pk, before = line.get_attribute("id"), line.evaluate(FROM_BELOW)

    other = page.get_by_role("option").filter(has_not_text="Arslan").first
    other.click()
    expect(page.locator("#thread-name")).not_to_contain_text("Arslan")
    page.get_by_role("option").filter(has_text="Arslan").first.click()
    expect(page.locator("#thread-name")).to_contain_text("Arslan")

    expect(page.locator(f"#{pk}")).to_be_attached()
    page.wait_for_timeout(200)
    assert page.locator(f"#{pk}").evaluate(FROM_BELOW) == pytest.approx(before, abs=4)


def test_of_two_rows_pressed_one_after_the_other_the_last_is_what_one_sees_and_writes_to(
    product: Product, staff: Staff
) -> None:
    page = Visit(product, staff).thread("Lindner")
    for name in ("Georg Lindner", "Martin Wolf"):
        write(product, numbers(product)[name], type="text", text="Sind Sie da?")
    rows = [page.get_by_role("option").filter(has_text=name) for name in ("Wolf", "Lindner")]
    first, last = (str(row.get_attribute("id")) for row in rows)

    page.evaluate("rows => rows.forEach(row => document.getElementById(row).click())", [first, last])

    expect(page.locator("#thread-name")).to_contain_text("Lindner")
    page.evaluate("rows => rows.forEach(row => document.getElementById(row).click())", [last, first])
    expect(page.locator("#thread-name")).to_contain_text("Wolf")
    thread = page.locator("#thread").get_attribute("data-conversation")
    assert page.url.endswith(f"/inbox/{thread}/")


def test_what_the_thread_before_had_asked_for_never_stands_in_the_next(product: Product, staff: Staff) -> None:
    for name in ("Georg Lindner", "Martin Wolf"):
        write(product, numbers(product)[name], type="text", text="Noch eine Frage")
    page = Visit(product, staff).thread("Lindner")
    before = page.locator("#thread").get_attribute("data-conversation")
    next_row = page.get_by_role("option").filter(has_text="Wolf").get_attribute("id")
    late: list[str] = []

    def bring_late(route: Route) -> None:
        answer = route.fetch()
        time.sleep(0.8)
        late.append(route.request.url)
        route.fulfill(response=answer)

    page.route(f"**/inbox/{before}/*/", bring_late)
    page.evaluate(
        """([thread, row]) => {
          document.body.dispatchEvent(new CustomEvent(`roger:conversation-${thread}`))
          document.getElementById(row).click()
        }""",
        [before, next_row],
    )
    expect(page.locator("#thread")).not_to_have_attribute("data-conversation", str(before))
    page.wait_for_timeout(3_000)

    assert late
    for place in ("#thread-name", "#panel", "label[for=reply]"):
        expect(page.locator(place).first).to_contain_text("Wolf")
        expect(page.locator(place).first).not_to_contain_text("Lindner")
