"""A draft that is not kept yet is kept in the end: behind the shield, after leaving, between windows."""

from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest
from playwright.sync_api import Dialog, Locator, Page, expect

from tests.browser.composing import at_thread, open_thread, press_row
from tests.browser.held import first, hold
from tests.browser.product import Product
from tests.browser.staff import Staff, log_in
from tests.whole import whole

pytestmark = pytest.mark.browser


@pytest.fixture
def desk(staff: Staff) -> Iterator[Page]:
    """Reception's browser on a thread."""
    yield from at_thread(staff, "Vogt, Jana")


def let_pass(page: Page, address: str) -> None:
    """Whatever is asked from now on; what is held stays held."""
    page.route(address, lambda route: route.continue_())


@whole
def test_what_is_typed_while_a_draft_is_being_kept_is_kept_when_one_goes_to_another_thread(desk: Page) -> None:
    drafts = hold(desk, "**/draft/")
    box = desk.locator("#reply")
    with desk.expect_request("**/draft/"):
        box.fill("Eins")
    box.fill("Eins und zwei")
    desk.locator("a.row", has_text="Krüger").first.click()
    expect(desk.locator("#thread-name")).to_contain_text("Krüger")

    let_pass(desk, "**/draft/")
    with desk.expect_response(lambda one: one.url.endswith("/draft/") and "und zwei" in (one.request.post_data or "")):
        with desk.expect_response("**/draft/"):
            first(desk, drafts).continue_()
        for late in drafts[1:]:
            late.continue_()

    expect(open_thread(desk, "Vogt, Jana")).to_have_value("Eins und zwei")


def test_what_is_typed_just_before_the_shield_is_kept_when_it_is_lifted(product: Product, staff: Staff) -> None:
    page, owner = staff.stranger(), product.practices[0].login("owner")
    log_in(page, product.address, owner)
    page.wait_for_url("**/inbox/")
    box = open_thread(page, "Vogt, Jana")
    drafts = hold(page, "**/draft/")
    with page.expect_request("**/draft/"):
        box.fill("Kurz davor")
    with page.expect_response("**/shield/"):
        page.keyboard.press("Control+Shift+l")
    let_pass(page, "**/draft/")
    with page.expect_response("**/draft/") as refused:
        first(page, drafts).continue_()

    page.locator("#shield-secret").fill(owner.password)
    page.keyboard.press("Enter")

    expect(page.locator("#shield")).to_be_hidden()
    expect(page.locator("[data-draft-state]")).to_have_text("Entwurf gespeichert")
    assert refused.value.status == 423
    page.reload()
    expect(box).to_have_value("Kurz davor")
    box.fill("")
    expect(page.locator("[data-draft-state]")).to_have_text("")


# ── of a box that has left the page ──

NO_LINE = "Entwurf noch nicht gespeichert"


def open_note(page: Page) -> Locator:
    page.locator("#note-box > summary").press("Enter")
    note = page.locator("#note")
    expect(note).to_be_focused()
    return note


def the_reply(page: Page) -> Locator:
    return page.locator("#reply")


@pytest.mark.parametrize("box_of", [the_reply, open_note])
def test_what_could_not_be_kept_before_one_left_is_tried_again_until_it_is(
    desk: Page, box_of: Callable[[Page], Locator]
) -> None:
    desk.route("**/draft/", lambda route: route.abort())
    text = f"Ohne Netz {uuid4().hex[:6]}"
    box_of(desk).fill(text)
    press_row(desk, "Krüger")
    desk.wait_for_timeout(1_000)
    desk.unroute_all()

    with desk.expect_response(lambda one: one.url.endswith("/draft/") and text in (one.request.post_data or "")):
        pass  # while somebody else's thread stands there

    open_thread(desk, "Vogt, Jana")
    box = box_of(desk)
    expect(box).to_have_value(text)
    box.fill("")
    expect(box.locator("xpath=ancestor::form").locator("[data-draft-state]")).to_have_text("")


@whole
def test_what_could_not_be_kept_yet_stands_in_its_box_when_one_comes_back(desk: Page) -> None:
    desk.route("**/draft/", lambda route: route.abort())
    box, state = desk.locator("#reply"), desk.locator("[data-composer] [data-draft-state]")
    box.fill("Noch nicht bewahrt")
    press_row(desk, "Krüger")
    expect(box).to_have_value("")

    press_row(desk, "Vogt, Jana")

    expect(box).to_have_value("Noch nicht bewahrt")
    expect(state).to_have_text(NO_LINE)
    box.press_sequentially(", jetzt ja")
    desk.unroute_all()
    expect(state).to_have_text("Entwurf gespeichert")
    desk.reload()
    expect(box).to_have_value("Noch nicht bewahrt, jetzt ja")


def test_the_page_does_not_go_unasked_while_a_text_is_not_kept(desk: Page) -> None:
    asked: list[str] = []

    def answer(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    desk.on("dialog", answer)
    box = desk.locator("#reply")
    box.fill("Gehört Jana")
    expect(desk.locator("[data-draft-state]")).to_have_text("Entwurf gespeichert")
    desk.reload()
    assert asked == []

    desk.route("**/draft/", lambda route: route.abort())
    box.fill("Gehört noch immer Jana")
    expect(desk.locator("[data-draft-state]")).to_have_text(NO_LINE)
    press_row(desk, "Krüger")
    desk.reload()

    assert asked == ["beforeunload"]
    desk.unroute_all()
    open_thread(desk, "Vogt, Jana")


@whole
def test_of_two_windows_the_one_that_left_offline_is_asked_when_it_comes_back(desk: Page) -> None:
    box, window = desk.locator("#reply"), desk.context.new_page()
    window.goto(desk.url)
    desk.route("**/draft/", lambda route: route.abort())
    box.fill("im ersten Fenster")
    press_row(desk, "Krüger")
    window.locator("#reply").fill("im zweiten Fenster")
    expect(window.locator("[data-draft-state]")).to_have_text("Entwurf gespeichert")
    desk.unroute_all()
    with desk.expect_response(lambda one: one.url.endswith("/draft/") and one.status == 409):
        pass

    press_row(desk, "Vogt, Jana")

    expect(box).to_have_value("im ersten Fenster")
    expect(desk.locator("[data-overtaken]")).to_contain_text("im zweiten Fenster")
    desk.get_by_role("button", name="Diesen Text behalten").click()
    expect(desk.locator("[data-draft-state]")).to_have_text("Entwurf gespeichert")
    window.close()
