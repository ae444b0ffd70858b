"""The inbox without a mouse."""

import re
from uuid import uuid4

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser import searches
from tests.browser.looks import LOOKS, put_on
from tests.browser.material import numbers, write
from tests.browser.product import Product
from tests.browser.screens import team
from tests.browser.staff import Staff
from tests.browser.visit import Visit
from tests.whole import of_whole, whole

pytestmark = pytest.mark.browser

FOCUSED = "(here => [here.tagName, here.id, ...here.classList].join(' '))(document.activeElement)"
HAS_RING = """() => {
  const here = document.activeElement
  const around = here.closest(".composer__box, .search, .choice, label") ?? here
  const isRing = style => style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2
  return isRing(getComputedStyle(here)) || isRing(getComputedStyle(around))
}"""


def test_j_and_k_move_enter_opens_r_replies_and_escape_goes_back(staff: Staff) -> None:
    page = staff.at_work()
    rows = page.get_by_role("option")

    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(rows.nth(1)).to_be_focused()
    page.keyboard.press("k")
    expect(rows.nth(0)).to_be_focused()
    with_a_box = page.get_by_role("option").filter(has_text="Krüger")
    for _ in range(rows.count()):
        page.keyboard.press("j")
        if with_a_box.evaluate("row => row === document.activeElement"):
            break
    page.keyboard.press("Enter")
    expect(page.locator("#thread")).to_be_focused()
    expect(with_a_box).to_have_attribute("aria-selected", "true")

    page.keyboard.press("r")
    expect(page.get_by_label("Antwort an")).to_be_focused()
    page.keyboard.type("jk/r")
    expect(page.get_by_label("Antwort an")).to_have_value("jk/r")
    page.keyboard.press("Escape")
    expect(with_a_box).to_be_focused()
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()


def test_a_assigns_n_writes_a_note_f_filters_e_is_done_and_z_takes_it_back(product: Product, staff: Staff) -> None:
    page, _row, _other = two_wait(product, staff)
    keys = page.keyboard

    keys.press("a")
    expect(page.locator("#menu-assign .menu__choice").first).to_be_focused()
    keys.press("Escape")
    expect(page.locator("#menu-assign")).to_be_hidden()

    page.locator("#thread").focus()
    keys.press("n")
    expect(page.locator("#note")).to_be_focused()
    keys.type("anefz")
    expect(page.locator("#note")).to_have_value("anefz")
    page.locator("#note").fill("")
    page.locator("#thread").focus()

    keys.press("f")
    expect(page.locator("#queue-menu")).to_have_attribute("open", "")
    keys.press("f")
    expect(page.locator("#queue-menu[open]")).to_have_count(0)

    page.locator("#thread").focus()
    keys.press("e")
    expect(page.locator("#closure-button")).to_contain_text("Wieder öffnen")
    keys.press("z")
    expect(page.locator("#closure-button")).to_contain_text("Erledigt")


# ── keys of a thread, while one stands on the row of another ──

OF_A_THREAD = ["a", "e", "h", "l", "m", "n", "r"]


def two_wait(product: Product, staff: Staff) -> tuple[Page, Locator, Locator]:
    """A page with the thread of the first open; the rows of both."""
    names = [f"{name}-{uuid4().hex[:6]}" for name in ("Anton Offen", "Berta Gemeint")]
    for name, number in zip(names, ("+491713920071", "+491713920072"), strict=True):
        product.control("POST", "/people", {"phone": number, "name": name})
        write(product, number, type="text", text="Guten Tag, eine Frage.")
    page = staff.at_work()
    page.goto(f"{page.url}?tab=open&order=newest")
    is_open, other = (page.get_by_role("option").filter(has_text=name) for name in names)
    is_open.click()
    expect(page.locator("#thread-name")).to_contain_text(names[0])
    return page, is_open, other


def is_done(page: Page, row: Locator) -> bool:
    """As everybody finds it."""
    twin = page.context.new_page()
    twin.goto(page.evaluate("path => location.origin + path", row.get_attribute("href")))
    words = twin.locator("#closure-button").inner_text()
    twin.close()
    return "Wieder öffnen" in words


def name_in(row: Locator) -> str:
    return row.locator(".row__name b").inner_text()


def opens_late(page: Page, row: Locator) -> None:
    """The thread of this row comes once the test lets it: `window.mayCome`."""

    def bring_late(route: Route) -> None:
        page.wait_for_function("() => window.mayCome")
        route.continue_()

    page.route(f"**{row.get_attribute('href')}", bring_late)


def test_a_key_means_the_row_one_stands_on_and_never_the_thread_that_is_open(product: Product, staff: Staff) -> None:
    page, is_open, other = two_wait(product, staff)
    of_thread = page.evaluate("[...document.querySelectorAll('#thread [data-key]')].map(one => one.dataset.key)")
    assert sorted({*of_thread, "r"}) == OF_A_THREAD  # no box to reply in without a consent

    other.focus()
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()  # of no thread: at once
    page.keyboard.press("Escape")
    expect(page.locator("#thread-name")).to_contain_text(name_in(is_open))
    other.focus()
    page.keyboard.press("e")

    expect(page.locator("#thread-name")).to_contain_text(name_in(other))
    expect(page.locator("#closure-button")).to_contain_text("Wieder öffnen")
    assert [is_done(page, row) for row in (is_open, other)] == [False, True]


def test_escape_keeps_to_the_open_thread_when_its_row_has_left_the_list(product: Product, staff: Staff) -> None:
    page, is_open, other = two_wait(product, staff)
    page.goto(page.url.partition("?")[0] + "?tab=unassigned&order=newest")
    page.keyboard.press("m")
    expect(is_open).to_have_count(0)
    expect(other).to_be_visible()

    page.get_by_role("searchbox").focus()
    page.keyboard.press("Escape")
    expect(page.locator("#thread")).to_be_focused()
    page.keyboard.press("e")

    expect(page.locator("#closure-button")).to_contain_text("Wieder öffnen")
    assert not is_done(page, other)
    page.locator("#thread").focus()
    page.keyboard.press("Escape")
    expect(page.get_by_role("option").first).to_be_focused()


def test_r_leads_from_a_note_to_the_box_and_what_is_typed_then_presses_nothing(staff: Staff) -> None:
    page = staff.at_work()
    page.get_by_role("option").filter(has_text="Krüger").click()
    box = page.get_by_label("Antwort an")
    box.fill("")
    box.press("Escape")

    page.keyboard.press("n")
    expect(page.locator("#note")).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("r")
    page.keyboard.type("Guten Tag, eh")

    expect(box).to_have_value("Guten Tag, eh")
    expect(page.locator("#note-box")).not_to_have_attribute("open", "")
    box.fill("")


def test_where_a_gate_stands_r_leads_to_its_words_and_a_text_begun_presses_nothing(
    product: Product, staff: Staff
) -> None:
    page, is_open, _ = two_wait(product, staff)  # no consent

    page.keyboard.press("r")
    page.keyboard.type("Hallo, nehmen")

    expect(page.locator("#composer")).to_be_focused()
    expect(page.locator("#note-box")).not_to_have_attribute("open", "")
    expect(page.locator(":popover-open")).to_have_count(0)
    assert not is_done(page, is_open)


@whole
def test_done_and_next_goes_on_from_the_row_one_stands_on(product: Product, staff: Staff) -> None:
    page, is_open, other = two_wait(product, staff)
    after = other.locator("xpath=../following-sibling::li[1]").get_by_role("option")

    other.focus()
    page.keyboard.press("Shift+E")

    expect(page.locator("#thread-name")).to_contain_text(name_in(after))
    assert [is_done(page, row) for row in (is_open, other, after)] == [False, True, False]


@whole
def test_escape_takes_back_a_key_whose_thread_has_not_come_yet(product: Product, staff: Staff) -> None:
    page, is_open, other = two_wait(product, staff)
    opens_late(page, other)

    other.focus()
    for key in ("e", "Escape"):
        page.keyboard.press(key)
    page.evaluate("window.mayCome = true")

    expect(page.locator("#thread-name")).to_contain_text(name_in(other))
    expect(page.locator("#thread")).to_be_focused()
    assert [is_done(page, row) for row in (is_open, other)] == [False, False]


@whole
def test_what_follows_a_key_before_its_thread_has_come_is_a_text_begun_and_no_key(
    product: Product, staff: Staff
) -> None:
    page, is_open, other = two_wait(product, staff)
    opens_late(page, other)

    other.focus()
    page.keyboard.type("hame")
    page.evaluate("window.mayCome = true")

    expect(page.get_by_role("button", name="In einer Stunde")).to_be_focused()
    expect(page.locator("#thread-name")).to_contain_text(name_in(other))
    assert [is_done(page, row) for row in (is_open, other)] == [False, False]


@whole
def test_whoever_presses_another_row_meanwhile_presses_no_key_there(product: Product, staff: Staff) -> None:
    page, is_open, other = two_wait(product, staff)
    third = other.locator("xpath=../following-sibling::li[1]").get_by_role("option")
    opens_late(page, other)

    other.focus()
    page.keyboard.press("e")
    third.click()
    expect(page.locator("#thread-name")).to_contain_text(name_in(third))
    page.evaluate("window.mayCome = true")
    other.click()
    expect(page.locator("#thread-name")).to_contain_text(name_in(other))
    expect(page.locator("#thread")).to_be_focused()

    assert [is_done(page, row) for row in (is_open, other, third)] == [False, False, False]


def test_where_a_thread_asks_for_a_reason_a_key_presses_nothing(product: Product, staff: Staff) -> None:
    visit = Visit(product, staff)
    path = searches.long_done(visit)
    page = visit.of_staff("inbox/?tab=done", practice=searches.OTHER)
    first = page.get_by_role("option").first
    first.click()
    expect(page.locator("#thread-name")).to_contain_text(name_in(first))

    page.locator(f'a.row[href$="/{path}"]').focus()
    page.keyboard.press("n")

    expect(page.locator("#asks-why")).to_be_visible()
    expect(page.locator("#note-box")).to_have_count(0)


@whole
def test_the_caps_lock_takes_no_key_away(staff: Staff) -> None:
    page = staff.at_work()
    rows = page.get_by_role("option")

    for _ in range(2):
        page.evaluate("document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key: 'J', bubbles: true }))")

    expect(rows.nth(1)).to_be_focused()


def test_tab_reaches_everything_in_reading_order_and_shows_where_it_stands(product: Product, staff: Staff) -> None:
    page = Visit(product, staff).thread("Krüger")

    stations = walk(page, 60)

    reading_order = ("skip", "bar__mark", "q", "rail__tab", "row", "thread-log", "reply", "panel")
    order = [next(at for at, names in enumerate(stations) if one in names) for one in reading_order]
    assert order == sorted(order)


def walk(page: Page, presses: int) -> list[list[str]]:
    """The names (tag, id, classes) of what Tab reaches; each must show a ring around itself or its box."""
    stations = []
    for _ in range(presses):
        page.keyboard.press("Tab")
        stations.append(str(page.evaluate(FOCUSED)).split())
        assert page.evaluate(HAS_RING) or stations[-1] == ["BODY"], f"no ring around {stations[-1]}"
    return stations


def test_what_comes_anew_keeps_the_focus(product: Product, staff: Staff) -> None:
    page = staff.at_work()
    row = page.get_by_role("option").filter(has_text="Lindner")
    tab = page.get_by_role("link", name="Wartet auf uns")
    number = numbers(product)["Georg Lindner"]
    write(product, number, type="text", text="Guten Tag")  # an answer of another test may have taken the row away

    row.focus()
    write(product, number, type="text", text="Steht der Termin noch?")
    expect(row).to_contain_text("Steht der Termin noch?")
    expect(row).to_be_focused()

    tab.focus()
    page.evaluate("document.querySelector('#inbox-tabs').dataset.isOld = 1")
    write(product, number, type="text", text="Oder doch nicht?")
    expect(row).to_contain_text("Oder doch nicht?")
    expect(page.locator("#inbox-tabs[data-is-old]")).to_have_count(0)
    expect(tab).to_be_focused()


def test_a_number_that_is_shown_has_the_focus_and_keeps_it_when_the_panel_comes_anew(
    product: Product, staff: Staff
) -> None:
    page = Visit(product, staff).thread("Krüger")
    place, button = page.locator("#panel-number"), page.get_by_role("button", name="Nummer zeigen")
    masked = place.locator(".ltr").inner_text()

    button.focus()
    page.keyboard.press("Enter")
    expect(place.get_by_role("link")).to_be_focused()
    assert re.fullmatch(masked.replace("•••", r"\d+"), place.inner_text())
    write(product, numbers(product)["Stefan Krüger"], type="text", text="Rufen Sie mich an?")
    expect(page.locator("#thread-log")).to_contain_text("Rufen Sie mich an?")

    expect(button).to_have_count(0)
    expect(place.get_by_role("link")).to_be_focused()


@whole
def test_an_open_menu_has_the_keys_and_gives_the_focus_back(product: Product, staff: Staff) -> None:
    page = Visit(product, staff).thread("Krüger")
    button, menu = page.locator("#assign-button"), page.locator("#menu-assign")

    button.press("Enter")
    expect(menu.locator(".menu__choice").first).to_be_focused()
    for letter in ("m", "e", "j"):
        page.keyboard.press(letter)
    expect(menu.locator(".menu__choice").first).to_be_focused()
    page.keyboard.press("Escape")

    expect(menu).to_be_hidden()
    expect(button).to_be_focused()
    expect(page.locator("#closure-button")).to_contain_text("Erledigt")


@pytest.mark.parametrize(("key", "menu"), [("a", "assign"), of_whole("h", "snooze"), of_whole("l", "labels")])
def test_arrows_walk_through_a_menu_opened_by_key_and_escape_leads_back_to_its_button(
    product: Product, staff: Staff, key: str, menu: str
) -> None:
    team.labels(Visit(product, staff))
    page = Visit(product, staff).thread("Krüger")
    choices, press = page.locator(f"#menu-{menu} .menu__choice"), page.keyboard.press
    page.evaluate("document.activeElement.blur()")

    press(key)
    expect(choices.first).to_be_focused()
    press("ArrowDown")
    expect(choices.nth(1)).to_be_focused()
    press("End")
    expect(choices.last).to_be_focused()
    press("ArrowDown")
    expect(choices.first).to_be_focused()
    press("ArrowUp")
    expect(choices.last).to_be_focused()
    press("Home")
    expect(choices.first).to_be_focused()
    press("Escape")

    expect(page.locator(f"#menu-{menu}")).to_be_hidden()
    expect(page.locator(f'[popovertarget="menu-{menu}"]')).to_be_focused()


@whole
def test_escape_closes_what_lies_on_top_and_nothing_beneath_it(product: Product, staff: Staff) -> None:
    page = Visit(product, staff).thread("Krüger")
    keys, sheet, bar = page.keyboard, page.locator("#keys"), page.locator("#bulk-bar")
    page.get_by_role("button", name="Mehrere auswählen").press("Enter")
    expect(bar).to_be_visible()

    keys.press("?")
    expect(sheet).to_be_visible()
    keys.press("Escape")
    expect(sheet).to_be_hidden()
    page.locator("#note-box > summary").press("Enter")
    note, names = page.locator("#note"), page.locator("#note-names")
    expect(note).to_be_focused()
    keys.type("@")
    expect(names).to_be_visible()
    keys.press("Escape")
    expect(names).to_be_hidden()
    expect(note).to_be_focused()
    keys.press("Escape")
    expect(page.locator('a.row[aria-selected="true"]')).to_be_focused()
    expect(bar).to_be_visible()
    keys.press("Escape")
    expect(bar).to_be_hidden()
    expect(page.get_by_role("button", name="Mehrere auswählen")).to_be_focused()

    page.set_viewport_size({"width": 1000, "height": 720})
    page.reload()
    page.locator("#panel-toggle").press("Enter")
    expect(page.locator("#panel")).to_be_visible()
    keys.press("?")
    expect(sheet).to_be_visible()
    keys.press("Escape")
    expect(sheet).to_be_hidden()
    expect(page.locator("#panel")).to_be_visible()
    keys.press("Escape")
    expect(page.locator("#panel")).to_be_hidden()


@whole
def test_reduced_motion_moves_nothing(product: Product, staff: Staff) -> None:
    page = Visit(product, staff).thread("Krüger")
    put_on(page, LOOKS[0])  # asks for reduced motion

    moving = page.evaluate(
        """[...document.querySelectorAll("*")].filter(one => {
          const { transitionDuration, animationDuration } = getComputedStyle(one)
          return `${transitionDuration},${animationDuration}`.split(",").some(each => parseFloat(each) > 0.001)
        }).length"""
    )

    assert moving == 0
