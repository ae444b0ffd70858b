"""Who agreed to what: the practice's choices, a person over time, withdrawals that people settle."""

from playwright.sync_api import Page

from tests.browser import withdrawals
from tests.browser.screens.screen import Screen, Show
from tests.browser.visit import Visit


def a_person(query: str = "") -> Show:
    """Somebody's consent over time, reached from the panel beside the thread."""

    def show(visit: Visit) -> Page:
        page = visit.thread("Lindner")
        page.get_by_role("link", name="Verlauf und Nachweis").click()
        page.locator(".act").first.wait_for()
        if query:
            page.get_by_role("link", name=query).click()
            page.locator(".act__sentence").first.wait_for()
        return page

    return show


def a_shown_text(visit: Visit) -> Page:
    page = a_person()(visit)
    page.get_by_role("link", name="wie er gezeigt wurde").first.click()
    page.locator(".paper--letters").wait_for()
    return page


def a_go_live_without_its_confirmations(visit: Visit) -> Page:
    page = visit.of_new_practice("consent/choices/")
    page.get_by_role("button", name="WhatsApp freigeben").click()
    page.get_by_role("alert").wait_for()
    return page


SCREENS = (
    Screen("choices", lambda visit: visit.of_staff("consent/choices/", role="owner")),
    Screen("choices-before-go-live", lambda visit: visit.of_new_practice("consent/choices/")),
    Screen("choices-refused", a_go_live_without_its_confirmations),
    Screen("thread-possible-withdrawal", withdrawals.doubt),
    Screen("withdrawal-form", withdrawals.form),
    Screen("withdrawal-booked", withdrawals.booked),
    Screen("consent-overview", lambda visit: visit.of_staff("consent/")),
    Screen("consent-overview-empty", lambda visit: visit.of_new_practice("consent/")),
    Screen("consent-reviews", lambda visit: visit.of_staff("consent/reviews/")),
    Screen("consent-person", a_person()),
    Screen("consent-person-for-the-patient", a_person("zum Vorlesen oder Zeigen")),
    Screen("consent-shown-text", a_shown_text),
)
