"""What the screen does by itself: one stream for all tabs, a word when it is gone, and nothing missed."""

import time
from uuid import uuid4

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.chromium import Problems
from tests.browser.held import first, hold
from tests.browser.material import agree_and_write, numbers, wait_until_drained, write
from tests.browser.product import Product
from tests.browser.staff import Staff, newest_first
from tests.browser.visit import Visit
from tests.whole import whole

pytestmark = pytest.mark.browser

NOT_YET = 100  # ms; the page's own timers after an answer take 40
SEEN = "+4917604069056"
LOCKS = "navigator.locks.query().then(all => all.held.filter(one => one.name.endsWith('/stream/')).length)"


def is_connected(page: Page) -> None:
    expect(page.get_by_text("Verbunden", exact=True)).to_be_visible()


def test_two_tabs_share_one_stream_and_both_hear(product: Product, staff: Staff) -> None:
    first = staff.at_work()
    is_connected(first)
    streams: list[str] = []
    first.context.on("request", lambda asked: streams.append(asked.url) if asked.url.endswith("/stream/") else None)
    first.reload()
    is_connected(first)

    second = first.context.new_page()
    second.goto(first.url)
    is_connected(second)
    write(product, numbers(product)["Georg Lindner"], type="text", text="Hören mich beide?")

    for page in (first, second):
        expect(page.get_by_role("option").filter(has_text="Hören mich beide?")).to_be_visible()
    assert len(streams) == 1
    assert second.evaluate(LOCKS) == 1


def test_answers_that_are_slow_do_not_ask_for_one_another_for_ever(product: Product, staff: Staff) -> None:
    page = staff.at_work()
    is_connected(page)
    line = page.context.new_cdp_session(page)
    slow = {"offline": False, "latency": 600, "downloadThroughput": -1, "uploadThroughput": -1}
    line.send("Network.emulateNetworkConditions", slow)
    for word in ("Erstens", "Zweitens", "Drittens"):
        write(product, numbers(product)["Georg Lindner"], type="text", text=f"{word}: langsam")
        page.wait_for_timeout(500)
    expect(page.get_by_role("option").filter(has_text="Drittens: langsam")).to_be_visible()
    page.wait_for_timeout(2_000)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "hx-request" in request.headers else None)

    page.wait_for_timeout(2_000)

    assert asked == []


@whole
def test_what_one_is_reading_is_asked_for_before_the_counts(product: Product, staff: Staff) -> None:
    page = Visit(product, staff).thread("Lindner")
    page.clock.install()
    page.reload()
    is_connected(page)
    page.wait_for_timeout(1_000)  # until nothing is under way
    stop_clock(page)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/tabs/" in request.url else None)
    held = hold(page, "**/newer/**")

    write(product, numbers(product)["Georg Lindner"], type="text", text="Zuerst lesen, dann zählen")
    expect(page.get_by_role("option").filter(has_text="Zuerst lesen, dann zählen")).to_be_visible()
    page.clock.run_for(NOT_YET)
    assert asked == []

    with page.expect_request("**/tabs/**"):
        first(page, held).continue_()
        for _answer in ("the message", "its panel"):
            page.wait_for_timeout(1_000)
            page.clock.run_for(NOT_YET)  # together less than the second after which they are asked for anyway


@whole
def test_the_counts_come_within_a_second_however_long_the_message_takes(product: Product, staff: Staff) -> None:
    page = Visit(product, staff).thread("Lindner")
    is_connected(page)
    held = hold(page, "**/newer/**")

    with page.expect_request("**/tabs/**"):
        write(product, numbers(product)["Georg Lindner"], type="text", text="Das dauert")

    expect(page.get_by_role("article").filter(has_text="Das dauert")).to_be_hidden()
    first(page, held).continue_()
    expect(page.get_by_role("article").filter(has_text="Das dauert")).to_be_visible()


def test_a_colleagues_look_changes_row_and_head_and_asks_for_nothing_else(product: Product, staff: Staff) -> None:
    agree_and_write(product, "Gerda Gesehen", SEEN)
    write(product, SEEN, type="text", text="Guten Tag")
    reader, colleague = (staff.at_work(role=role) for role in ("reception", "owner"))
    for page in (reader, colleague):
        is_connected(page)
    open_quietly(reader, "Gerda Gesehen")
    write(product, SEEN, type="text", text="Wer sieht das zuerst?")
    expect(reader.get_by_role("article").filter(has_text="Wer sieht das zuerst?")).to_be_visible()
    reader.wait_for_timeout(1_500)  # all that came with the message is there
    asked: list[str] = []
    reader.on("request", lambda request: asked.append(request.url) if "hx-request" in request.headers else None)

    colleague.get_by_role("option").filter(has_text="Wer sieht das zuerst?").click()
    colleague.get_by_role("article").filter(has_text="Wer sieht das zuerst?").scroll_into_view_if_needed()

    expect(reader.locator("#thread-seen")).to_contain_text("Gesehen von")
    row = reader.get_by_role("option").filter(has_text="Gerda Gesehen")
    expect(row.locator("[data-state=seen]")).to_be_visible()
    reader.wait_for_timeout(500)  # what might follow
    assert {url.rsplit("/", 2)[1] for url in asked} <= {"row", "seen-by", "presence"}


def open_quietly(page: Page, name: str) -> None:
    """The thread on a page that says of nothing that it was seen."""
    page.route("**/seen/", lambda route: route.fulfill(status=204))
    page.get_by_role("option").filter(has_text=name).click()
    expect(page.locator("#thread-name")).to_contain_text(name)


def stop_clock(page: Page) -> None:
    """From now on only the test lets time pass in this page, so that a busy machine changes nothing."""
    page.clock.pause_at(page.evaluate("Date.now()") / 1_000 + 1)
    page.wait_for_timeout(1_000)  # what the leap has asked for is answered
    page.clock.run_for(1_000)


@whole
def test_the_second_tab_takes_over_when_the_first_is_closed(product: Product, staff: Staff) -> None:
    first = staff.at_work()
    is_connected(first)
    second = first.context.new_page()
    second.goto(first.url)
    is_connected(second)

    first.close()
    write(product, numbers(product)["Georg Lindner"], type="text", text="Und wer hört jetzt?")

    expect(second.get_by_role("option").filter(has_text="Und wer hört jetzt?")).to_be_visible()


def test_what_came_while_the_stream_was_away_is_shown_when_it_is_back(
    product: Product, staff: Staff, problems: Problems
) -> None:
    page = staff.at_work()
    is_connected(page)
    page.evaluate("window.sinceTheKill = true")

    killed = product.kill("stream")
    write(product, numbers(product)["Georg Lindner"], type="text", text="Während der Pause geschrieben")

    expect(page.get_by_role("option").filter(has_text="Während der Pause geschrieben")).to_be_visible()
    assert page.evaluate("window.sinceTheKill"), "the page was loaded anew"
    product.wait_until_restarted("stream", killed)
    page.reload()
    is_connected(page)
    problems.found = [one for one in problems.found if not one.endswith("/stream/")]  # nobody was there to answer


def test_where_no_stream_comes_through_the_page_asks_every_ten_seconds_and_says_so(
    product: Product, staff: Staff
) -> None:
    page = staff.at_work(service_workers="block")  # a worker would ask past the route below
    page.route("**/stream/", lambda asked: asked.abort())
    page.clock.install()
    page.reload()
    expect(page.locator("#link-state")).to_be_hidden()  # a blink is not worth a word

    page.clock.fast_forward(5_000)
    expect(page.get_by_text("Alle 10 Sekunden", exact=True)).to_be_visible()
    expect(page.locator("#connection-lost")).to_be_hidden()
    write(product, numbers(product)["Georg Lindner"], type="text", text="Auch ohne Leitung?")
    wait_until_drained(product)
    page.clock.fast_forward(10_000)

    expect(page.get_by_role("option").filter(has_text="Auch ohne Leitung?")).to_be_visible()


@whole
def test_ticks_that_come_before_their_message_is_on_the_screen_are_shown_all_the_same(
    product: Product, staff: Staff
) -> None:
    page = staff.at_work()
    page.get_by_role("option").filter(has_text="Lindner").click()
    is_connected(page)
    text = f"Bis Dienstag um {uuid4().hex[:6]}."

    def bring_late(route: Route) -> None:
        answer = route.fetch()
        until_the_phone_has(product, text)
        page.wait_for_timeout(1_000)
        route.fulfill(response=answer)

    page.route("**/newer/**", bring_late, times=1)
    page.get_by_label("Antwort an").fill(text)
    page.keyboard.press("Control+Enter")

    expect(page.get_by_role("article").filter(has_text=text).locator(".ticks")).to_have_text("zugestellt")


def until_the_phone_has(product: Product, text: str) -> None:
    for _ in range(150):
        if any(
            text in str(one["content"]) and one["state"] == "delivered" for one in product.control("GET", "/messages")
        ):
            return
        time.sleep(0.1)
    raise TimeoutError("nothing was delivered")


def test_a_pulled_cable_is_said_and_the_text_stays(product: Product, staff: Staff, problems: Problems) -> None:
    write(product, numbers(product)["Georg Lindner"], type="text", text="Sind Sie noch da?")
    page = staff.at_work()
    page.get_by_role("option").filter(has_text="Lindner").click()
    page.get_by_label("Antwort an").fill("Halb geschrieben")
    is_connected(page)
    lost = page.locator("#connection-lost")

    page.context.set_offline(True)
    expect(lost).to_be_visible()
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Noch nicht gesendet: keine Verbindung.")).to_be_visible()
    expect(page.get_by_label("Antwort an")).to_have_value("Halb geschrieben")
    write(product, numbers(product)["Georg Lindner"], type="text", text="Hinter der Wand geschrieben")

    page.context.set_offline(False)
    expect(lost).to_be_hidden()
    expect(page.get_by_role("log")).to_contain_text("Hinter der Wand geschrieben")
    expect(page.get_by_role("option").filter(has_text="Lindner")).to_contain_text("Entwurf: Halb geschrieben")
    page.get_by_label("Antwort an").fill("")  # or other tests find this draft in the row
    expect(page.locator("[data-draft-state]")).to_have_text("")
    problems.found = [one for one in problems.found if not one.startswith("console: htmx:")]  # it says what failed


def test_the_row_under_the_mouse_never_moves(product: Product, staff: Staff) -> None:
    page = staff.at_work()
    is_connected(page)
    first = page.get_by_role("option").first
    first.hover()
    before = first.inner_text()

    product.control("POST", "/people", {"phone": "+4917604069053", "name": "Paula Plötzlich"})
    write(product, "+4917604069053", type="text", text="Guten Tag, sind Sie da?")

    expect(page.get_by_role("button", name="1 neue")).to_be_visible()
    assert first.inner_text().splitlines()[0] == before.splitlines()[0]
    page.get_by_role("button", name="1 neue").click()
    expect(page.get_by_role("option").filter(has_text="Paula Plötzlich")).to_be_visible()


def test_what_one_sends_is_on_the_screen_also_for_who_had_scrolled_up(product: Product, staff: Staff) -> None:
    for number in range(12):
        write(product, numbers(product)["Georg Lindner"], type="text", text=f"Noch etwas, Punkt {number}")
    page = staff.at_work()
    page.get_by_role("option").filter(has_text="Lindner").click()
    expect(page.get_by_role("article").filter(has_text="Punkt 11")).to_be_attached()
    page.locator("#thread-log").evaluate("log => log.scrollTop = -log.scrollHeight")
    text = f"Das klären wir am Telefon ({uuid4().hex[:6]})."

    page.get_by_label("Antwort an").fill(text)
    page.keyboard.press("Control+Enter")

    expect(page.get_by_role("article").filter(has_text=text)).to_be_in_viewport()


@whole
def test_changes_that_come_while_a_slow_fragment_is_on_its_way_do_not_make_it_ask_for_ever(
    product: Product, staff: Staff
) -> None:
    page = Visit(product, staff).thread("Lindner")
    page.goto(f"{page.url}?tab=done")  # beside a list without their row, nobody but the thread asks
    is_connected(page)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/newer/" in request.url else None)

    def slowly(route: Route) -> None:
        time.sleep(0.3)
        route.continue_()

    page.route("**/newer/**", slowly)
    for number in range(3):
        write(product, numbers(product)["Georg Lindner"], type="text", text=f"Langsame Leitung {number}")
    expect(page.get_by_role("article").filter(has_text="Langsame Leitung 2")).to_be_visible()
    page.wait_for_timeout(2_000)  # what was told meanwhile

    asked.clear()
    page.wait_for_timeout(2_000)
    assert asked == []


def test_whose_answer_was_lost_waits_again_in_the_list_and_the_open_thread_says_why(
    product: Product, staff: Staff
) -> None:
    number = "+491713920079"
    name = f"Vera Verloren-{uuid4().hex[:6]}"
    agree_and_write(product, name, number)
    write(product, number, type="text", text="Wann darf ich kommen?")
    page = newest_first(staff.at_work())
    is_connected(page)
    row = page.get_by_role("option").filter(has_text=name)
    row.click()
    box = page.get_by_label("Antwort an")
    rule = {"action": "fail", "to": number, "code": 131026}
    product.control("PUT", "/faults", {"rules": [rule], "window": {"unseen": "open"}})

    box.fill("Dienstag um 9 Uhr.")
    box.press("Control+Enter")

    expect(row.locator(".state")).to_have_text("Beantwortet")
    row.hover()  # so that the list is in use, and draws none of its rows anew
    expect(row.locator(".state")).to_have_text("Nicht zugestellt")
    expect(row).to_have_attribute("data-owed", "")
    expect(page.locator("#thread-unreached")).to_contain_text("Über WhatsApp gerade nicht erreichbar.")
    expect(page.locator("#thread-head .clock")).to_be_visible()
    product.control("PUT", "/faults", {"window": {"unseen": "open"}})
