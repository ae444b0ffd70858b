"""What stands around every page: keys, palette, shield, one's own settings."""

from django.test import RequestFactory
from django.utils.module_loading import import_string
from django.utils.translation import override
from playwright.sync_api import Page

from tests.browser.screens.screen import Screen, of_patient
from tests.browser.visit import Visit

# What the line says is told to a dot that nobody sees.
AWAY = """() => {
  const [banner, dot] = ["connection-lost", "link-state"].map(id => document.getElementById(id))
  banner.hidden = false
  Object.defineProperty(banner, "hidden", { set() {} })
  const away = dot.cloneNode(true)
  away.removeAttribute("id")
  away.dataset.link = "off"
  for (const word of away.children) word.hidden = !word.hasAttribute("data-link-off")
  dot.replaceWith(away)
  document.head.append(dot)
}"""


def keys(visit: Visit) -> Page:
    page = visit.thread("Krüger")
    page.locator("[data-keys-open]").wait_for(state="attached")
    page.keyboard.press("?")
    page.locator("#keys[open]").wait_for()
    return page


def the_palette(visit: Visit) -> Page:
    page = visit.thread("Krüger")
    page.locator("[data-palette-open]:not([hidden])").wait_for(state="attached")
    page.keyboard.press("Control+k")
    page.locator("#palette-query").fill("kr")
    page.locator("[id^=palette-person]").first.wait_for()
    return page


def the_shield(visit: Visit) -> Page:
    """Over the open page. The server is kept out of it: others use the same session after this."""
    page = visit.thread("Krüger")
    page.route("**/shield/", lambda route: route.fulfill(status=204))
    page.get_by_role("button", name="Sichtschutz").click()
    page.locator("#shield[open]").wait_for()
    page.unroute("**/shield/")
    return page


def a_press_failed(visit: Visit) -> Page:
    page = visit.thread("Krüger")
    page.locator("#failed").evaluate("word => { word.hidden = false }")
    return page


def the_line_is_away(visit: Visit) -> Page:
    """As five seconds after the cable was pulled (test_live.py pulls it), and so it stays while pictures are taken."""
    page = visit.thread("Krüger")
    page.locator("#link-state[data-link=on]").wait_for(state="attached")
    page.evaluate(AWAY)
    return page


def a_wrong_pin_is_refused(visit: Visit) -> Page:
    page = visit.of_staff("me/")
    page.get_by_label("Neue PIN", exact=True).fill("1234")
    page.get_by_label("Neue PIN noch einmal").fill("1243")
    page.get_by_label("Ihr Passwort").fill("falsch")
    page.get_by_role("button", name="PIN speichern").click()
    page.locator("[aria-invalid]").first.wait_for()
    return page


def the_living_page(visit: Visit) -> Page:
    """Which no installation that serves a practice has: made here, seen with the product's own styles."""
    request = RequestFactory().get("/design/")
    request.csp_nonce = ""  # type: ignore[attr-defined]  # django-csp's middleware
    with override("de"):
        html = import_string("roger.design.views.page")(request).content  # late: screens are listed before Django is up
    page, address = visit.patient, f"{visit.product.address}/design/"
    page.route(address, lambda route: route.fulfill(body=html, content_type="text/html; charset=utf-8"))
    page.goto(address)
    return page


SCREENS = (
    Screen("keys", keys),
    Screen("palette", the_palette),
    Screen("shield", the_shield),
    Screen("press-failed", a_press_failed),
    Screen("line-away", the_line_is_away),
    Screen("offline", of_patient("/offline/")),
    Screen("me", lambda visit: visit.of_staff("me/", role="owner")),
    Screen("me-pin-refused", a_wrong_pin_is_refused),
    Screen("design", the_living_page),
)
