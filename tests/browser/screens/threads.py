"""One conversation, and the gates before its box."""

from playwright.sync_api import Page

from tests.browser.screens.screen import Screen, Show
from tests.browser.visit import Visit


def thread(name: str, practice: int = 0, role: str = "reception") -> Show:
    return lambda visit: visit.thread(name, practice=practice, role=role)


def a_day_is_to_be_chosen(visit: Visit) -> Page:
    page = visit.thread("Krüger")
    page.locator("#jump-button").click()
    return page


def a_template_is_filled_in(visit: Visit) -> Page:
    page = visit.thread("Böttcher")
    page.locator(".choice input[type=radio]").first.check()
    return page


def it_says_what_cannot_go(visit: Visit) -> Page:
    page = visit.thread("Böttcher")
    page.locator(".barred > summary").click()
    page.locator(".barred").evaluate("element => element.scrollIntoView()")
    return page


def a_picture_is_open(visit: Visit) -> Page:
    page = visit.thread("Sommerfeld")
    page.get_by_role("link", name="Ansehen").first.click()
    page.locator(".picture__open").first.wait_for()
    return page


def the_panel_is_folded(visit: Visit) -> Page:
    """In a browser of its own, which remembers it."""
    page = visit.thread("Sommerfeld", role="dentist")
    page.locator("[data-panel-toggle]").click()
    return page


SCREENS = (
    Screen("thread-jump", a_day_is_to_be_chosen),
    Screen("thread", thread("Krüger")),
    Screen("thread-children", thread("Hoffmann")),
    Screen("thread-every-kind", thread("Sommerfeld")),
    Screen("thread-picture-open", a_picture_is_open),
    Screen("thread-panel-folded", the_panel_is_folded),
    Screen("thread-arabic", thread("ليلى")),
    Screen("thread-failed", thread("Jansen")),
    Screen("thread-unconfirmed", thread("Peters")),
    Screen("thread-notes", thread("Wolf")),
    Screen("gate-consent", thread("Marlow")),
    Screen("gate-stopped", thread("Klein")),
    Screen("gate-window", thread("Böttcher")),
    Screen("gate-window-template", a_template_is_filled_in),
    Screen("gate-window-barred", it_says_what_cannot_go),
    Screen("gate-identity", thread("Weiß")),
    Screen("thread-number-stated", thread("Kim Sander")),
    Screen("gate-blocked", thread("Schubert")),
    Screen("gate-pending", thread("Demir")),
    Screen("thread-for-whom", thread("Hoffmann")),
    Screen("gate-channel", thread("Ziegler", practice=1)),
    Screen("gate-role", thread("Lindner", role="trainee")),
)
