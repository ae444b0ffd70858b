"""The desk's shell in a real browser: help sheet, panel, what was not done, and all of it on a phone."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.chromium import Problems
from tests.browser.patients import PHONE
from tests.browser.product import Product
from tests.browser.screens import inbox as screens_of_the_inbox
from tests.browser.screens.screen import Show
from tests.browser.staff import Staff, ready
from tests.browser.visit import Visit
from tests.whole import whole

pytestmark = pytest.mark.browser

HTMX_SAYS = ("console: htmx:", "console: Response Status Error")


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


def test_whoever_switched_letters_off_has_none(staff: Staff) -> None:
    page = ready(staff.at_work())
    page.evaluate("document.body.dataset.shortcuts = 'off'")

    for key in ("j", "/", "?", "r"):
        page.keyboard.press(key)

    expect(page.locator("#keys")).to_be_hidden()
    expect(page.get_by_role("searchbox")).not_to_be_focused()
    assert page.evaluate("document.activeElement.tagName") == "BODY"


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
    expect(word.get_by_role("button", name="Seite neu laden")).to_be_hidden()
    page.route("**/closure/", lambda route: route.abort())
    done.press("Enter")
    expect(word).to_be_visible()

    page.route("**/closure/", lambda route: route.fulfill(status=403))
    done.press("Enter")
    word.get_by_role("button", name="Seite neu laden").press("Enter")
    expect(word).to_be_hidden()
    problems.found = [one for one in problems.found if not one.startswith(HTMX_SAYS)]  # what failed


@whole
def test_that_a_press_failed_moves_no_row_is_closed_and_goes_by_itself_once_the_line_is_back(
    product: Product, staff: Staff, problems: Problems
) -> None:
    page = Visit(product, staff).thread("Krüger")
    page.clock.install()
    page.reload()
    word, done, row = ready(page).locator("#failed"), page.locator("#closure-button"), page.locator("a.row").first
    stood = row.bounding_box()
    page.route("**/closure/", lambda route: route.abort())

    done.press("Enter")
    expect(word).to_be_visible()
    assert row.bounding_box() == stood
    word.get_by_role("button", name="Hinweis schließen").press("Enter")
    expect(word).to_be_hidden()
    expect(done).to_be_focused()

    done.press("Enter")
    expect(word).to_be_visible()
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(word).to_be_visible()  # until somebody has read it
    page.clock.fast_forward(8_500)
    expect(word).to_be_hidden()
    problems.found = [one for one in problems.found if not one.startswith(HTMX_SAYS)]  # what failed


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
    assert [path for path in kept if not path.startswith("/static/")] == ["/offline/"]


def test_without_a_network_the_app_says_so_and_goes_on_by_itself(product: Product, staff: Staff) -> None:
    page = staff.at_work(viewport=PHONE)
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.reload()
    address = page.url

    page.context.set_offline(True)
    page.goto(address)
    expect(page.get_by_role("heading", name="Keine Verbindung")).to_be_visible()
    expect(page.get_by_role("heading", name="No connection")).to_be_visible()
    assert page.url == address
    page.get_by_role("button", name="Noch einmal versuchen").click()
    expect(page.get_by_role("heading", name="Keine Verbindung")).to_be_visible()
    page.context.set_offline(False)

    expect(page.locator("#queue-list")).to_be_visible()


@whole
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
