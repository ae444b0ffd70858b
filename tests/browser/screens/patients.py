"""The list of patients, and one of them."""

from playwright.sync_api import Page

from tests.browser.screens.screen import Screen, Show
from tests.browser.visit import Visit


def patients(path: str = "", role: str = "reception") -> Show:
    return lambda visit: visit.of_staff(f"patients/{path}", role=role)


def a_patient(name: str, role: str = "owner") -> Show:
    """Somebody's page, reached by looking for them."""

    def show(visit: Visit) -> Page:
        page = visit.of_staff("patients/", role=role)
        page.get_by_label("Name, Nummer oder Geburtsdatum").fill(name)
        page.get_by_text("gefunden").first.wait_for()
        page.locator(".patients__row").filter(has_text=name.rsplit(maxsplit=1)[-1]).first.click()
        page.get_by_role("heading", name="Wer schreibt").wait_for()
        return page

    return show


def nobody_is_found_in_the_list(visit: Visit) -> Page:
    page = patients()(visit)
    page.get_by_label("Name, Nummer oder Geburtsdatum").fill("Niemandsen")
    page.get_by_role("heading", name="Niemand gefunden").wait_for()
    return page


def somebody_new(page: Page, first_name: str, last_name: str, born: str) -> Page:
    page.get_by_label("Vorname").fill(first_name)
    page.get_by_label("Nachname").fill(last_name)
    page.get_by_label("Geburtsdatum", exact=True).fill(born)
    page.get_by_role("button", name="Anlegen", exact=True).click()
    return page


def somebody_who_may_exist(visit: Visit) -> Page:
    """The form for somebody new, with the hint that she is a patient already."""
    page = somebody_new(patients("new/")(visit), "Daniela", "Hofmann", "1984-02-25")
    page.get_by_role("alert").wait_for()
    return page


def the_record_of_a_colleague(visit: Visit) -> Page:
    """Somebody called like one of the team: opening it asks why."""
    page = somebody_new(visit.of_staff("patients/new/", practice=1), "Carla", "Noack", "1990-04-12")
    page.locator("#asks-why").wait_for()
    return page


def two_records_of_one_person(visit: Visit) -> Page:
    page = a_patient("Daniela Hoffmann", role="reception")(visit)
    page.get_by_role("link", name="Doppelte Akte zusammenführen").click()
    page.get_by_label("Zweite Akte").fill("Krüger")
    page.get_by_role("button", name="Suchen", exact=True).click()
    page.locator(".patients__row").first.click()
    page.get_by_role("heading", name="Ist das dieselbe Person?").wait_for()
    return page


def a_number_is_linked(visit: Visit) -> Page:
    """Beside the thread of somebody nobody knows."""
    page = visit.thread("Nadja")
    if not page.locator("#panel-link-open").is_visible():
        page.locator("[data-panel-toggle]").click()
    page.locator("#panel-link-open").click()
    page.get_by_label("Patient:in suchen").fill("Hof")
    page.locator(".panel__candidate").first.wait_for()
    page.get_by_text("Neu anlegen", exact=True).click()
    return page


SCREENS = (
    Screen("patients", patients()),
    Screen("patients-nobody", nobody_is_found_in_the_list),
    Screen("patients-empty", lambda visit: visit.of_new_practice("patients/")),
    Screen("patients-blocked", patients("blocked/", role="owner")),
    Screen("patient", a_patient("Mia Hoffmann")),
    Screen("patient-new", patients("new/")),
    Screen("patient-similar", somebody_who_may_exist),
    Screen("patient-asks-why", the_record_of_a_colleague),
    Screen("patient-joining", two_records_of_one_person),
    Screen("panel-link", a_number_is_linked),
)
