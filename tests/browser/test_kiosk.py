"""The tablet at the desk, in a real browser: paired, shown, without network, and led nowhere."""

import re
from collections.abc import Iterator
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from tests.browser.gateways import TABLET, leave_place, pair, pairing_code, tablets_of
from tests.browser.product import Product
from tests.browser.staff import Staff
from tests.whole import whole

pytestmark = pytest.mark.browser


@pytest.fixture
def name() -> str:
    return f"Tresen {uuid4().hex[:6]}"


@pytest.fixture
def desk(staff: Staff) -> Page:
    return staff.at_work(role="owner")


@pytest.fixture
def tablet(product: Product, staff: Staff, desk: Page, name: str) -> Iterator[Page]:
    page = staff.stranger(viewport=TABLET)
    pair(page, product, pairing_code(desk, product, name))
    yield page
    page.context.set_offline(False)


def test_it_is_paired_with_a_code_typed_once(desk: Page, product: Product, staff: Staff, name: str) -> None:
    code = pairing_code(desk, product, name)
    page = staff.stranger(viewport=TABLET)

    pair(page, product, code.lower().replace("-", " "))

    expect(page.get_by_role("heading", name="Schreiben Sie uns auf WhatsApp")).to_be_visible()
    expect(page.get_by_role("img", name="QR-Code zur Einwilligung")).to_be_visible()


def test_without_network_it_still_shows_the_code_after_a_reload_and_says_since_when(tablet: Page) -> None:
    drawn = tablet.locator(".qr__ink").get_attribute("d")

    tablet.context.set_offline(True)
    expect(tablet.get_by_role("status")).to_have_text(
        re.compile(r"Ohne Verbindung seit \d\d:\d\d – der Code gilt weiter\.")
    )
    since = tablet.locator("#offline time").get_attribute("datetime")
    tablet.reload()

    expect(tablet.get_by_role("status")).to_be_visible()
    assert tablet.locator("#offline time").get_attribute("datetime") == since
    assert tablet.locator(".qr__ink").get_attribute("d") == drawn
    assert tablet.evaluate("getComputedStyle(document.body).display") == "grid"  # with its look, not as bare text


@whole
def test_back_on_the_network_the_note_is_gone(tablet: Page) -> None:
    tablet.context.set_offline(True)
    tablet.reload()
    expect(tablet.locator("#offline")).to_be_visible()

    tablet.context.set_offline(False)

    expect(tablet.locator("#offline")).to_be_hidden()


@whole
def test_nothing_on_it_can_be_pressed_or_typed(tablet: Page) -> None:
    pressed = tablet.locator("a, button, input, select, textarea, summary, [tabindex], [contenteditable]")

    expect(pressed).to_have_count(0)
    tablet.keyboard.press("Tab")
    assert tablet.evaluate("document.activeElement === document.body")


def test_its_browser_is_a_stranger_to_the_rest_of_roger(tablet: Page, product: Product) -> None:
    tablet.goto(f"{product.address}/p/morgenthal/inbox/")

    expect(tablet).to_have_url(re.compile(r"/login/"))


@whole
def test_the_worker_sees_no_other_page(tablet: Page, product: Product) -> None:
    scopes = tablet.evaluate(
        "navigator.serviceWorker.getRegistrations().then(all => all.map(one => new URL(one.scope).pathname))"
    )
    tablet.goto(f"{product.address}/login/")

    assert scopes == ["/p/morgenthal/kiosk/"]
    assert tablet.evaluate("navigator.serviceWorker.controller") is None


@whole
def test_what_it_keeps_holds_the_screen_alone(tablet: Page) -> None:
    kept = tablet.evaluate(
        "caches.open('roger-kiosk').then(one => one.keys()).then(all => all.map(one => new URL(one.url).pathname))"
    )

    assert sorted(path.split(".")[0] for path in kept) == [
        "/p/morgenthal/kiosk/",
        "/static/css/base",
        "/static/css/kiosk",
        "/static/css/reset",
        "/static/css/tokens",
        "/static/icons/roger",
        "/static/js/kiosk",
    ]


@whole
def test_once_its_place_is_taken_it_says_so_and_keeps_nothing(
    tablet: Page, desk: Page, product: Product, name: str
) -> None:
    leave_place(desk, product, name)

    tablet.reload()

    expect(tablet.get_by_text("Dieses Tablet ist nicht mehr gekoppelt.")).to_be_visible()
    expect(tablet.get_by_label("Kopplungscode")).to_be_visible()
    assert tablet.evaluate("caches.keys()") == []
    assert [cookie["name"] for cookie in tablet.context.cookies() if cookie["name"] == "kiosk"] == []
    assert tablets_of(desk, product).filter(has_text=name).count() == 0


@whole
def test_the_practice_sees_that_it_shows_the_code(tablet: Page, desk: Page, product: Product, name: str) -> None:
    card = tablets_of(desk, product).filter(has_text=name)

    expect(card.get_by_text("zeigt den Code, zuletzt gesehen")).to_be_visible()


@whole
def test_it_asks_nobody_but_roger(product: Product, staff: Staff, desk: Page, name: str) -> None:
    page, asked = staff.stranger(viewport=TABLET), set[str]()
    page.on("request", lambda request: asked.add(re.sub(r"(https?://[^/]+).*", r"\1", request.url)))

    pair(page, product, pairing_code(desk, product, name))

    assert asked == {product.address}
