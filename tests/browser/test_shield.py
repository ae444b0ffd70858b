"""The shield and the switch of persons in a real browser, by key, by idling, by the server."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.material import numbers, write
from tests.browser.product import Product
from tests.browser.staff import Staff, log_in, ready
from tests.whole import whole

pytestmark = pytest.mark.browser

# What a screenshot could show: letters of elements that are painted.
READABLE = """() => [...document.querySelectorAll("#desk *")].filter(one =>
  one.childNodes.length && one.checkVisibility({ visibilityProperty: true }) && one.textContent.trim()).length"""


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


@whole
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
    login = product.practices[1].login("reception")  # whose codes were not used a moment ago
    page = ready(at_the_counter(product, staff, login.role))
    twin = page.context.new_page()
    twin.goto(page.url)
    with twin.expect_response("**/shield/"):  # the server knows, too: it asks who is there
        ready(twin).keyboard.press("Control+Shift+l")
    expect(page.locator("#shield")).to_be_visible()

    log_in(page, product.address, login)
    page.wait_for_url("**/inbox/")

    expect(twin.get_by_role("option").first).to_be_visible()
    expect(twin.locator("#shield")).to_be_hidden()


@whole
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
