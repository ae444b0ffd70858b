"""What patients and strangers write is text, wherever it is shown: nothing of it runs, nothing loads."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.material import numbers, wait_until_drained, write
from tests.browser.product import Product
from tests.browser.staff import Staff
from tests.browser.visit import Visit
from tests.whole import of_whole, whole

pytestmark = pytest.mark.browser

CORPUS = (
    "<script>window.ran = 1</script>",
    '"><img src=x onerror="window.ran = 1">',
    "'-alert(1)-'",
    "<svg/onload=window.ran=1>",
    "javascript:window.ran=1",
    "{{ 7|add:7 }}{% now 'Y' %}${7*7}#{7*7}",
    "</textarea></title><iframe srcdoc='<script>parent.ran=1</script>'>",
    '<a href="javascript:window.ran=1" hx-get="/logout/" hx-trigger="load" hx-on:load="window.ran=1">da</a>',
    "<style>*{background:url(//evil.example/x)}</style>",
    "<base href=//evil.example/><meta http-equiv=refresh content=0;url=//evil.example>",
)
NAME = "<img src=x onerror=window.ran=1>"
PHONE = "+4917604069052"


@pytest.fixture(scope="module")
def attacked(product: Product) -> Product:
    """Every piece as text, file name and quote; a profile name; all of somebody unknown and of somebody known."""
    product.control("POST", "/people", {"phone": PHONE, "name": NAME})
    for person in (PHONE, numbers(product)["Elif Arslan"]):
        for piece in CORPUS:
            first = write(product, person, type="text", text=piece)
            write(product, person, type="document", document={"filename": f"{piece}.pdf", "caption": piece})
            write(product, person, type="button_reply", button_reply={"id": piece, "title": piece[:20]})
            write(product, person, type="text", text="darauf", context={"message_id": first})
        write(product, person, type="location", location={"latitude": 1, "longitude": 2, "name": NAME, "address": NAME})
        write(product, person, type="contacts", contacts=[{"name": {"formatted_name": NAME, "first_name": NAME}}])
    wait_until_drained(product)
    return product


def assert_nothing_ran(page: Page) -> None:
    assert page.evaluate("window.ran") is None
    assert (
        page.evaluate("document.querySelectorAll('main iframe, main [onerror], main [onload], main base').length") == 0
    )


@pytest.mark.parametrize("who", [NAME, of_whole("Arslan")])
def test_a_thread_shows_it_as_text(attacked: Product, staff: Staff, who: str) -> None:
    page = Visit(attacked, staff).thread(who)

    for piece in CORPUS:
        expect(page.get_by_text(piece, exact=True).first).to_be_attached()

    assert_nothing_ran(page)


@whole
def test_list_search_and_front_desk_show_it_as_text(attacked: Product, staff: Staff) -> None:
    visit = Visit(attacked, staff)

    for path in (
        "inbox/",
        "inbox/?tab=open",
        f"inbox/?q={'%22%3E%3Cscript%3Ewindow.ran=1%3C/script%3E'}",
        "front-desk/",
    ):
        assert_nothing_ran(visit.of_staff(path))


def test_the_live_page_shows_it_as_text(attacked: Product, staff: Staff) -> None:
    page = Visit(attacked, staff).thread("Arslan")
    expect(page.get_by_text("Verbunden", exact=True)).to_be_visible()

    for number, piece in enumerate(CORPUS):
        write(attacked, numbers(attacked)["Elif Arslan"], type="text", text=f"{piece} live {number}")

    last = f"{CORPUS[-1]} live {len(CORPUS) - 1}"
    expect(page.get_by_role("article").filter(has_text=last)).to_be_attached()
    assert_nothing_ran(page)


@whole
def test_the_phone_shows_the_practices_answer_as_text(attacked: Product, staff: Staff) -> None:
    page = Visit(attacked, staff).thread("Arslan")
    page.get_by_label("Antwort an").fill(CORPUS[0])
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("article").filter(has_text=CORPUS[0]).locator(".ticks")).to_have_count(1)

    phone = staff.stranger()
    digits, number = numbers(attacked)["Elif Arslan"][1:], attacked.practices[0].phone[1:]
    phone.goto(f"{attacked.phones}/phones/{digits}/{number}/")

    expect(phone.locator(".bubble--theirs").filter(has_text=CORPUS[0])).to_be_visible()
    assert_nothing_ran(phone)
