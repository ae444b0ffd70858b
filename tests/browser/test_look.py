"""Where things stand in a real browser, measured: in low windows, with long names, with more than there is room for."""

import re

import pytest
from playwright.sync_api import FloatRect, Locator, Page, expect

from tests.browser.held import first, hold
from tests.browser.material import wait_until_drained, write
from tests.browser.patients import PHONE
from tests.browser.product import Product
from tests.browser.staff import Staff, ready
from tests.browser.visit import Visit
from tests.whole import whole

pytestmark = pytest.mark.browser

AT_200_PER_CENT, AT_400_PER_CENT = {"width": 640, "height": 360}, {"width": 320, "height": 180}
AT_400_PER_CENT_OF_1024 = {"width": 320, "height": 256}
LINES = "one => { const of = new Range(); of.selectNodeContents(one); return of.getClientRects().length }"
LEAST_OF_THE_MESSAGES = 120  # px: two short ones
LONG_NAME = "Friederike Charlotte Gräfin von Hohenstein-Überschwänglich"


def thread(product: Product, staff: Staff, name: str, **options: object) -> Page:
    page = ready(staff.at_work(**options))  # type: ignore[arg-type]
    Visit(product, staff, {(0, "reception"): page}).thread(name)
    return ready(page)


def somebody_writes(product: Product, number: str, name: str, text: str) -> None:
    """Somebody new, who has agreed to nothing."""
    product.control("POST", "/people", {"phone": number, "name": name})
    write(product, number, type="text", text=text)
    wait_until_drained(product)


def box(place: Locator) -> FloatRect:
    found = place.bounding_box()
    assert found, place
    return found


def lower_edge(place: Locator) -> float:
    return box(place)["y"] + box(place)["height"]


def is_in_sight(page: Page, place: Locator) -> bool:
    """All of it stands in the window, and nothing lies over its middle."""
    found, window = box(place), page.viewport_size
    assert window
    middle = [found["x"] + found["width"] / 2, found["y"] + found["height"] / 2]
    is_on_top = place.evaluate("(one, [x, y]) => one.contains(document.elementFromPoint(x, y))", middle)
    return bool(is_on_top) and found["y"] >= 0 and found["y"] + found["height"] <= window["height"] + 1


def overlaps(page: Page) -> list[str]:
    """Parts of the thread that begin before the one above them ends, or reach out of the column."""
    return list(
        page.evaluate(
            """() => {
              const parts = [...document.querySelectorAll("#thread > *")].filter(one => one.checkVisibility() &&
                getComputedStyle(one).position === "static" && one.offsetHeight)
              return parts.filter((one, at) => at && one.getBoundingClientRect().top + 1 <
                parts[at - 1].getBoundingClientRect().bottom).map(one => one.id)
            }"""
        )
    )


# ── enlarged ──


def test_at_200_per_cent_messages_and_the_button_to_send_stand_in_one_window(product: Product, staff: Staff) -> None:
    page = thread(product, staff, "Krüger", viewport=AT_200_PER_CENT)

    assert box(page.locator("#thread-log"))["height"] >= LEAST_OF_THE_MESSAGES
    assert is_in_sight(page, page.locator("#composer [type=submit].button--primary"))
    assert overlaps(page) == []


def test_at_400_per_cent_the_thread_scrolls_as_a_whole_and_the_keyboard_finds_all_of_it(
    product: Product, staff: Staff
) -> None:
    page = thread(product, staff, "Krüger", viewport=AT_400_PER_CENT)
    log, box_to_write_in = page.locator("#thread-log"), page.locator("#reply")

    assert AT_400_PER_CENT["height"] - box(log)["y"] >= 80, "messages at first sight"
    page.keyboard.press("r")
    expect(box_to_write_in).to_be_focused()
    assert is_in_sight(page, box_to_write_in)
    box_to_write_in.fill("Guten Tag")
    send = page.locator("#composer [type=submit].button--primary")
    send.focus()
    assert is_in_sight(page, send)
    page.locator("#assign-button").focus()
    assert is_in_sight(page, page.locator("#assign-button"))
    assert page.evaluate("document.scrollingElement.scrollHeight") == AT_400_PER_CENT["height"]
    box_to_write_in.fill("")


@whole
def test_at_400_per_cent_the_list_has_the_window_to_itself_once_one_scrolls(product: Product, staff: Staff) -> None:
    page = ready(staff.at_work(viewport=AT_400_PER_CENT))

    page.locator("#queue-list").evaluate("list => list.scrollIntoView()")

    assert box(page.locator("#queue-list"))["height"] >= 75, "a row"
    assert is_in_sight(page, page.locator(".queue a.row").first)


@pytest.mark.parametrize("window", [AT_400_PER_CENT, AT_400_PER_CENT_OF_1024])
def test_at_400_per_cent_the_bar_below_leads_on_from_the_list_and_a_thread_leads_back_to_it(
    product: Product, staff: Staff, window: dict[str, int]
) -> None:
    page = thread(product, staff, "Krüger", viewport=window)
    links = page.locator(".rail a:visible")
    page.locator("#thread .thread__back").click()
    expect(links).to_have_count(7)
    assert [is_in_sight(page, one) for one in links.all()] == [True] * 7

    links.last.click()
    expect(links.last).to_have_attribute("aria-current", "page")
    page.mouse.move(window["width"] / 2, window["height"] / 2)
    page.mouse.wheel(0, 10_000)
    expect(page.locator(".bar")).not_to_be_in_viewport()
    assert [is_in_sight(page, one) for one in links.all()] == [True] * 7


# ── the thread's head ──


def test_the_head_has_two_lines_whatever_it_has_to_say(product: Product, staff: Staff) -> None:
    somebody_writes(product, "+491713920061", LONG_NAME, "Guten Tag, ich habe eine Schwellung und Fieber.")
    page = thread(product, staff, LONG_NAME)
    head, done = page.locator("#thread-head"), page.locator("#closure-button")
    before, place = box(head), box(done)
    of_somebody_short = box(thread(product, staff, "Wolf").locator("#thread-head"))

    hang_all_labels(page)
    page.keyboard.press("m")
    expect(head).to_contain_text("Bei Ihnen")

    assert before["height"] == of_somebody_short["height"] < 80
    assert (box(head), box(done)) == (before, place)
    assert overlaps(page) == []
    shown = page.locator("#thread-name bdi")
    assert shown.evaluate("one => one.scrollWidth > one.clientWidth")
    expect(page.locator("#thread-name")).to_contain_text(LONG_NAME)
    assert str(shown.get_attribute("title")).startswith(LONG_NAME)


def hang_all_labels(page: Page) -> list[str]:
    """Every label the practice has; their names."""
    page.locator("#label-button").click()
    choices = page.locator("#menu-labels .menu__choice")
    choices.first.wait_for()
    names = choices.locator(".label-mark").all_inner_texts()
    page.keyboard.press("Escape")
    for name in names:
        page.locator("#label-button").click()
        whole = re.compile(rf"^\s*{re.escape(name)}\s*$")
        choice = choices.filter(has=page.locator(".label-mark", has_text=whole))
        if choice.get_attribute("aria-pressed") == "false":
            choice.click()
        page.keyboard.press("Escape")
        expect(page.locator("#thread-head .label-mark", has_text=whole)).to_have_count(1)
    return names


# ── rows ──

# Of a row: what is cut off of what stands there, which labels stand there, which are counted, and by how many pixels
# the first of these is wider than the room that is left: by itself, for below the line it is as narrow as that. Its
# letters have come by then, and what they changed is counted.
WHAT_STANDS_THERE = """async row => {
  await document.fonts.ready
  for (const _ of "12") await new Promise(requestAnimationFrame)
  const line = row.querySelector(".fits"), rest = row.querySelector(".fits__rest"), all = [...line.children]
  const edges = line.getBoundingClientRect()
  const shown = all.filter(one => one.getBoundingClientRect().top < edges.bottom)
  const urgent = row.querySelector(".urgent__words"), range = new Range()
  range.selectNodeContents(urgent)
  const isUrgentCut = range.getBoundingClientRect().width > urgent.getBoundingClientRect().width + 0.01
  const words = some => some.map(one => one.textContent)
  const gap = shown.length ? parseFloat(getComputedStyle(line).columnGap) : 0
  const end = (shown.at(-1)?.getBoundingClientRect().right ?? edges.left) + gap
  return {
    cut: words([...shown.filter(one => one.scrollWidth > one.clientWidth), ...(isUrgentCut ? [urgent] : [])]),
    shown: words(shown),
    counted: rest.hidden ? [] : rest.title.split(", "),
    says: rest.hidden ? "" : rest.innerText,
    missing: (all[shown.length]?.scrollWidth ?? Infinity) - (edges.right - end),
  }
}"""


def test_in_a_row_the_urgent_words_come_first_and_each_label_stands_whole_or_is_counted(
    product: Product, staff: Staff
) -> None:
    name = "Ronja Vielgenannt"
    somebody_writes(product, "+491713920062", name, "Die Schwellung wird größer und ich habe Fieber")
    page = thread(product, staff, name)
    names = hang_all_labels(page)

    for width in (1280, 800, 390):
        page.set_viewport_size({"width": width, "height": 720})
        page.goto(re.sub(r"/inbox/.*", "/inbox/?tab=open&order=newest", page.url))
        row = page.locator("a.row").filter(has_text=name)
        expect(row.locator(".urgent__words")).to_be_visible()
        expect(row).to_contain_text(names[0])
        there = row.evaluate(WHAT_STANDS_THERE)

        assert there["cut"] == [], width
        assert there["shown"] + there["counted"] == names, width
        assert there["says"] == (f"+{len(there['counted'])}" if there["counted"] else "")
        assert there["counted"] or width == 800, f"{width}: no room for all"
        assert there["missing"] > 0, f"{width}: room for one more"
        assert all(one in row.inner_text() for one in names), "read out"


@whole
def test_what_a_label_more_changes_is_counted_at_once(product: Product, staff: Staff) -> None:
    page = thread(product, staff, "Arslan")
    line = page.locator("a.row[aria-selected=true] .fits")
    before = line.locator(".label-mark").count()

    hang_all_labels(page)

    expect(line.locator("+ .fits__rest")).to_have_text(re.compile(r"\+\d"))
    assert line.locator(".label-mark").count() > before


# ── gates ──

LEAST_SHARE = 0.45


def share_of_the_messages(page: Page) -> float:
    """Of the pane's height, to the hundredth."""
    return round(box(page.locator("#thread-log"))["height"] / box(page.locator("#thread"))["height"], 2)


@pytest.mark.parametrize(("name", "button"), [("Marlow", "Einwilligung aufnehmen"), ("Böttcher", "Vorlage senden")])
def test_where_no_text_may_go_out_nearly_half_of_the_pane_is_the_messages_and_the_way_on_stands_in_sight(
    product: Product, staff: Staff, name: str, button: str
) -> None:
    page = thread(product, staff, name)
    way_on = page.locator("#composer").get_by_text(button)

    assert share_of_the_messages(page) >= LEAST_SHARE
    assert is_in_sight(page, way_on)
    assert overlaps(page) == []

    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    assert share_of_the_messages(page) >= LEAST_SHARE
    way_on.scroll_into_view_if_needed()
    assert is_in_sight(page, way_on)


@whole
def test_a_template_with_all_its_fields_is_read_within_the_list(product: Product, staff: Staff) -> None:
    page = thread(product, staff, "Böttcher")
    page.locator(".choice:not([data-barred]) input[type=radio]").last.check()

    assert share_of_the_messages(page) >= LEAST_SHARE
    assert is_in_sight(page, page.get_by_role("button", name="Vorlage senden"))


# ── the list's head ──


@whole
def test_the_pill_has_its_own_place_beside_a_title_that_stands_whole(product: Product, staff: Staff) -> None:
    somebody_writes(product, "+491713920063", "Paula Vorher", "Guten Tag")
    page = ready(staff.at_work())
    expect(page.locator("#link-state [data-link-on]")).to_be_visible()
    page.get_by_role("option").first.hover()
    title, pill, head = page.locator("#queue-title"), page.locator("#queue-pill"), page.locator(".queue__head")
    before = [box(title), box(head), box(page.locator("#bulk-begin"))]

    write(product, "+491713920063", type="text", text="Ich blute und habe Atemnot")
    page.evaluate("document.body.dispatchEvent(new CustomEvent('roger:inbox'))")
    expect(pill).to_be_visible()

    assert [box(title), box(head), box(page.locator("#bulk-begin"))] == before
    assert title.evaluate("one => one.scrollWidth <= one.clientWidth")
    others = page.locator(".queue__head > :is(h2, form, button, details):not(#queue-pill)").all()
    assert [one.inner_text() for one in others if do_meet(box(one), box(pill))] == []


def do_meet(one: FloatRect, other: FloatRect) -> bool:
    return (
        one["x"] < other["x"] + other["width"] and other["x"] < one["x"] + one["width"]
        and one["y"] < other["y"] + other["height"] and other["y"] < one["y"] + one["height"]
    )  # fmt: skip


# ── the rail ──


def test_the_saved_views_stand_on_every_page_and_nothing_moves_when_they_come(product: Product, staff: Staff) -> None:
    page = ready(staff.at_work())
    views, below = page.locator(".rail__view"), page.locator("#rail-tasks")
    names = views.all_inner_texts()
    assert names, "the demo has some"

    tabs = "**/inbox/tabs/**"
    for path in ("patients/", "front-desk/", "me/", "inbox/tasks/"):
        held = hold(page, tabs)
        page.goto(re.sub(r"/p/([^/]+)/.*", rf"/p/\1/{path}", page.url))
        first(page, held)
        before = box(below)
        for asked in held:
            asked.continue_()
        page.unroute(tabs)  # what comes meanwhile may have them asked for anew
        expect(views).to_have_count(len(names))
        assert (views.all_inner_texts(), box(below)) == (names, before), path


@pytest.mark.parametrize("word", ["Terminwünsche", "Zahnreinigungen"])
def test_a_long_word_in_the_name_of_a_view_is_not_broken_for_its_count(staff: Staff, word: str) -> None:
    page = ready(staff.at_work())
    view = page.locator(".rail__view").first
    words, count = view.locator(".rail__words"), view.locator(".rail__number")
    words.evaluate("(one, word) => { one.textContent = word }", word)
    count.evaluate("one => { one.textContent = '12' }")

    lines = words.evaluate(LINES), count.evaluate(LINES)

    assert lines == (1, 1)
    assert is_in_sight(page, count)
    assert words.evaluate("one => one.scrollWidth <= one.clientWidth")


# ── a thread that gives way to another ──


@whole
def test_a_thread_fades_only_when_the_next_is_long_in_coming(product: Product, staff: Staff) -> None:
    page = thread(product, staff, "Krüger")
    at_once = page.locator("#thread").evaluate(
        "one => { one.ariaBusy = 'true'; const now = getComputedStyle(one); return [now.transitionDelay, now.opacity] }"
    )

    assert at_once == ["0.15s", "1"]
    expect(page.locator("#thread")).to_have_css("opacity", "0.6")
