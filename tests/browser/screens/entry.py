"""Logging in, and errors."""

from playwright.sync_api import Page

from tests.browser import error_pages
from tests.browser.screens.screen import Screen, Show
from tests.browser.visit import Visit


def login(visit: Visit) -> Page:
    return visit.of_nobody("/login/")


def a_wrong_password(visit: Visit) -> Page:
    page = login(visit)
    page.get_by_label("E-Mail").fill("niemand@praxis.example")
    page.get_by_label("Passwort").fill("falsch")
    page.get_by_role("button", name="Weiter").click()
    page.get_by_role("alert").wait_for()
    return page


def the_code(visit: Visit) -> Page:
    known = visit.product.practices[1].login("prophylaxis")
    page = login(visit)
    page.get_by_label("E-Mail").fill(known.email)
    page.get_by_label("Passwort").fill(known.password)
    page.get_by_role("button", name="Weiter").click()
    page.get_by_label("Sechsstelliger Code").wait_for()
    return page


def a_code_with_letters(visit: Visit) -> Page:
    page = the_code(visit)
    page.get_by_label("Sechsstelliger Code").fill("abcdef")
    page.get_by_role("button", name="Anmelden").click()
    page.locator("[aria-invalid], [role=alert]").first.wait_for()
    return page


def error(status: int | str, **context: object) -> Show:
    return lambda visit: error_pages.show(visit, f"{status}.html", **context)


SCREENS = (
    Screen("login", login),
    Screen("login-wrong", a_wrong_password),
    Screen("login-code", the_code),
    Screen("login-code-wrong", a_code_with_letters),
    Screen("login-choice", lambda visit: visit.at_two_practices),
    *(Screen(f"error-{status}", error(status)) for status in (400, 403, 404, 429, 500, 503)),
    *(Screen(f"error-staff-{status}", error(f"desk/{status}")) for status in (403, 404)),
    Screen("error-413", error(413, megabytes=25)),
)
