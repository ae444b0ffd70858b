"""How consent comes in: at the counter, from codes, tablets, websites and old lists."""

from collections.abc import Callable

from playwright.sync_api import Page

from tests.browser import gateways, old_lists
from tests.browser.product import Product
from tests.browser.screens.screen import Screen, Show
from tests.browser.visit import Visit


def the_front_desk_searches(visit: Visit) -> Page:
    page = visit.of_staff("front-desk/")
    page.get_by_role("button", name="Suchen oder neu anlegen").first.click()
    page.locator(".newcomer__forms").wait_for()
    return page


def nobody_is_found_at_the_front_desk(visit: Visit) -> Page:
    page = the_front_desk_searches(visit)
    page.get_by_label("Patient:in suchen").fill("Niemandsen")
    page.locator(".newcomer__forms").get_by_role("button", name="Suchen").click()
    page.get_by_text("Niemand mit diesem Namen gefunden.").wait_for()
    return page


def a_mother_agrees_on_paper(visit: Visit) -> Page:
    """The form with everything that a guardian and a paper ask for."""
    page = visit.of_staff("consent/intake/")
    page.get_by_label("eine sorgeberechtigte Person, für ein Kind").check()
    page.get_by_label("auf Papier, unterschrieben").check()
    page.get_by_label("Patient:in suchen").fill("Mia")
    page.get_by_role("button", name="Suchen", exact=True).click()
    page.get_by_label("Mia Hoffmann").check()
    return page


def an_empty_intake(visit: Visit) -> Page:
    page = visit.of_staff("consent/intake/")
    page.get_by_role("button", name="Aufnehmen", exact=True).click()
    page.get_by_role("alert").wait_for()
    return page


def a_consent_is_taken_down(visit: Visit) -> Page:
    """Somebody new agreed at the counter; the number is being asked."""
    page = visit.of_staff("consent/intake/")
    page.get_by_label("Vorname").fill("Rosa")
    page.get_by_label("Nachname").fill("Tresen")
    page.get_by_label("Geburtsdatum", exact=True).fill("1971-03-12")
    page.get_by_label("Handynummer mit WhatsApp").fill("0176 04069083")
    page.get_by_label("Termine und Organisation").check()
    page.get_by_role("button", name="Aufnehmen", exact=True).click()
    page.get_by_role("heading", name="Einwilligung aufgenommen").wait_for()
    return page


def a_list(step: Callable[[Page, Product], Page]) -> Show:
    """A step on the way of a list of old consents."""
    return lambda visit: step(visit.page_of(role="owner"), visit.product)


def a_code(visit: Visit) -> Page:
    page = visit.of_staff("consent/codes/", role="owner")
    page.locator(".codes tbody a").first.click()
    page.get_by_role("heading", name="Drucken").wait_for()
    return page


def a_revoked_code(visit: Visit) -> Page:
    page = visit.of_staff("consent/codes/new/", role="owner")
    page.get_by_label("Name", exact=True).fill("Zimmer 2, alt")
    page.get_by_role("button", name="Anlegen").click()
    page.get_by_text("Code zurückziehen").click()
    page.get_by_role("button", name="Zurückziehen").click()
    page.get_by_role("link", name="Zimmer 2, alt").click()
    page.get_by_text("Dieser Code gilt nicht mehr.").wait_for()
    return page


def a_code_without_a_name(visit: Visit) -> Page:
    page = visit.of_staff("consent/codes/new/", role="owner")
    page.get_by_label("Name", exact=True).fill(" ")
    page.get_by_role("button", name="Anlegen").click()
    page.locator("[aria-invalid]").wait_for()
    return page


def a_tablet_is_to_be_paired(visit: Visit) -> Page:
    page = visit.page_of(role="owner")
    gateways.pairing_code(page, visit.product, "Tresen links")
    return page


def a_wrong_address_of_a_website(visit: Visit) -> Page:
    page = visit.of_staff("consent/widgets/", role="owner")
    page.get_by_label("Name", exact=True).last.fill("Zweite Website")
    page.get_by_label("Adressen der Website").last.fill("http://praxis.example")
    page.get_by_role("button", name="Hinzufügen").click()
    page.locator("[aria-invalid]").first.wait_for()
    return page


SCREENS = (
    Screen("front-desk-empty", lambda visit: visit.of_new_practice("front-desk/")),
    Screen("front-desk", lambda visit: visit.of_staff("front-desk/")),
    Screen("front-desk-search", the_front_desk_searches),
    Screen("front-desk-nobody", nobody_is_found_at_the_front_desk),
    Screen("kiosks-empty", lambda visit: visit.of_new_practice("consent/kiosks/")),
    Screen("kiosks-pairing", a_tablet_is_to_be_paired),
    Screen("kiosks", lambda visit: visit.of_staff("consent/kiosks/", role="owner")),
    Screen("widgets", lambda visit: visit.of_staff("consent/widgets/", role="owner")),
    Screen("widgets-wrong", a_wrong_address_of_a_website),
    Screen("widgets-empty", lambda visit: visit.of_new_practice("consent/widgets/")),
    Screen("intake", lambda visit: visit.of_staff("consent/intake/")),
    Screen("intake-guardian-paper", a_mother_agrees_on_paper),
    Screen("intake-refused", an_empty_intake),
    Screen("intake-taken-down", a_consent_is_taken_down),
    Screen("lists-empty", lambda visit: visit.of_new_practice("consent/imports/")),
    Screen("lists-refused", a_list(old_lists.refused)),
    Screen("lists-columns", a_list(old_lists.upload)),
    Screen("lists-columns-missing", a_list(old_lists.columns_missing)),
    Screen("lists-rows", a_list(old_lists.look_through)),
    Screen("lists-question", a_list(old_lists.ask)),
    Screen("lists-result", a_list(old_lists.result)),
    Screen("lists", a_list(old_lists.lists)),
    Screen("code", a_code),
    Screen("code-new", lambda visit: visit.of_staff("consent/codes/new/", role="owner")),
    Screen("code-new-refused", a_code_without_a_name),
    Screen("code-revoked", a_revoked_code),
    Screen("codes", lambda visit: visit.of_staff("consent/codes/", role="owner")),
    Screen("codes-reception", lambda visit: visit.of_staff("consent/codes/")),
    Screen("codes-empty", lambda visit: visit.of_new_practice("consent/codes/")),
)
