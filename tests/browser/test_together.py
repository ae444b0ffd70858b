"""What a day does to two people at one patient: a lid that is closed, two answers at once, a thread that a colleague
closes. Nothing is lost, and whoever must know is told."""

import re
import time
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from tests.browser.chromium import Problems
from tests.browser.material import agree_and_write, write
from tests.browser.product import Product
from tests.browser.staff import Staff, newest_first

pytestmark = pytest.mark.browser

A_MINUTE = 60_000  # ms
SUBMIT_AT = "at => setTimeout(() => document.querySelector('form[data-composer]').requestSubmit(), at - Date.now())"


def somebody_asks(product: Product, phone: str, name: str) -> str:
    """Somebody new, who may be answered; the whole name."""
    name = f"{name}-{uuid4().hex[:6]}"
    agree_and_write(product, name, phone)
    write(product, phone, type="text", text="Wann darf ich kommen?")
    return name


def at_thread(page: Page, name: str) -> Page:
    """On the thread of somebody who waits, with the stream open."""
    newest_first(page).get_by_role("option").filter(has_text=name).click()
    expect(page.locator("#thread-name")).to_contain_text(name)
    expect(page.get_by_role("article").filter(has_text="Wann darf ich kommen?")).to_be_visible()
    expect(page.get_by_text("Verbunden", exact=True)).to_be_visible()
    return page


def test_a_laptop_that_slept_for_a_minute_shows_all_that_came_and_keeps_what_was_begun(
    product: Product, staff: Staff, problems: Problems
) -> None:
    phone, other = "+491713920081", "+491713920082"
    name, other_name = somebody_asks(product, phone, "Selma Schlaf"), somebody_asks(product, other, "Otto Ohr")
    page = staff.at_work()
    page.clock.install()
    page.reload()
    at_thread(page, name)
    page.evaluate("window.sinceTheLidWasOpen = true")
    page.get_by_label("Antwort an").fill("Halb geschr")

    page.context.set_offline(True)
    for number in range(3):
        write(product, phone, type="text", text=f"Im Schlaf {number}")
    write(product, other, type="text", text="Auch im Schlaf")
    page.clock.fast_forward(A_MINUTE)  # as a lid does it: what was due meanwhile comes once, when it opens
    page.context.set_offline(False)

    for number in range(3):
        expect(page.get_by_role("article").filter(has_text=f"Im Schlaf {number}")).to_have_count(1)
    assert page.locator(".queue").evaluate("queue => queue.matches(':hover')")  # and its rows say so all the same
    expect(page.get_by_role("option").filter(has_text=other_name)).to_contain_text("Auch im Schlaf")
    expect(page.get_by_label("Antwort an")).to_have_value("Halb geschr")
    expect(page.locator("[data-draft-state]")).to_have_text("Entwurf gespeichert")
    expect(page.locator("#connection-lost")).to_be_hidden()
    write(product, phone, type="text", text="Und jetzt wach")
    expect(page.get_by_role("article").filter(has_text="Und jetzt wach")).to_have_count(1)
    assert page.evaluate("window.sinceTheLidWasOpen"), "the page was loaded anew"
    problems.found = [one for one in problems.found if not one.startswith("console: htmx:")]  # it says what failed


def test_of_two_answers_at_the_same_moment_one_goes_out_and_the_other_asks(product: Product, staff: Staff) -> None:
    name = somebody_asks(product, "+491713920083", "Zoe Zugleich")
    pages = [at_thread(staff.at_work(role=role), name) for role in ("reception", "practice_manager")]
    texts = [f"Um {hour} Uhr, {uuid4().hex[:6]}." for hour in (9, 10)]
    for page, text in zip(pages, texts, strict=True):
        page.get_by_label("Antwort an").fill(text)

    at = time.time() * 1000 + 2_000  # both have been told by then
    for page in pages:
        page.evaluate(SUBMIT_AT, at)

    told = [page.get_by_role("alert").filter(has_text="Trotzdem senden?") for page in pages]
    expect(told[0].or_(pages[0].get_by_role("article").filter(has_text=texts[0]))).to_be_visible()
    expect(told[1].or_(pages[1].get_by_role("article").filter(has_text=texts[1]))).to_be_visible()
    [late] = [which for which, alert in enumerate(told) if alert.count()]
    first = texts[1 - late]
    expect(told[late]).to_contain_text(first)
    expect(pages[late].get_by_label("Antwort an")).to_have_value(texts[late])
    for page in pages:
        expect(page.get_by_role("article").filter(has_text=first)).to_have_count(1)
        expect(page.get_by_role("article").filter(has_text=texts[late])).to_have_count(0)

    pages[late].get_by_label("Antwort an").press("Control+Enter")
    for page in pages:
        expect(page.get_by_role("article").filter(has_text=texts[late])).to_have_count(1)


def test_a_colleague_who_closes_the_thread_takes_nothing_from_whoever_types(product: Product, staff: Staff) -> None:
    name = somebody_asks(product, "+491713920084", "Tim Tippt")
    mine, theirs = (at_thread(staff.at_work(role=role), name) for role in ("reception", "practice_manager"))
    box = mine.get_by_label("Antwort an")
    box.press_sequentially("Guten Tag, ")
    expect(mine.locator("[data-draft-state]")).to_have_text("Entwurf gespeichert")

    theirs.get_by_role("button", name="Erledigt", exact=True).click()

    expect(mine.locator("#thread-head")).to_contain_text(re.compile(r"Erledigt von \w+ \w+"))
    expect(box).to_be_focused()
    with mine.expect_response("**/draft/"):
        mine.keyboard.type("kommen Sie um neun.")
    expect(box).to_have_value("Guten Tag, kommen Sie um neun.")
    mine.reload()
    expect(box).to_have_value("Guten Tag, kommen Sie um neun.")
    box.press("Control+Enter")
    expect(mine.locator("#composer-closed")).to_contain_text("hat die Unterhaltung erledigt")
    box.press("Control+Enter")
    expect(mine.get_by_role("article").filter(has_text="kommen Sie um neun.")).to_have_count(1)


def test_who_sends_what_they_typed_while_a_colleague_closed_is_asked_once_and_whoever_saw_it_first_is_not(
    product: Product, staff: Staff
) -> None:
    name = somebody_asks(product, "+491713920085", "Nele Nichtsahnend")
    mine, theirs = (at_thread(staff.at_work(role=role), name) for role in ("reception", "practice_manager"))
    box = mine.get_by_label("Antwort an")
    box.fill("Kommen Sie um zehn.")
    theirs.get_by_role("button", name="Erledigt", exact=True).click()
    expect(mine.locator("#thread-head")).to_contain_text("Erledigt von")  # the stream has renewed the page

    box.press("Control+Enter")

    expect(mine.locator("#composer-closed")).to_contain_text("Trotzdem senden?")
    expect(box).to_have_value("Kommen Sie um zehn.")
    expect(mine.get_by_role("article").filter(has_text="Kommen Sie um zehn.")).to_have_count(0)
    box.press("Control+Enter")
    expect(mine.get_by_role("article").filter(has_text="Kommen Sie um zehn.")).to_have_count(1)
    expect(mine.locator("#composer-closed")).to_have_count(0)
    box.fill("Bis morgen!")  # begun on a page that says it is done
    box.press("Control+Enter")
    expect(mine.get_by_role("article").filter(has_text="Bis morgen!")).to_have_count(1)
