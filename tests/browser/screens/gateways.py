"""The tablet, the practice's website, and the phones of the stand-in."""

from playwright.sync_api import Page

from tests.browser import gateways
from tests.browser.screens.screen import OTHER_LANGUAGES, Screen, Show, of_patient
from tests.browser.visit import Visit


def text_d_in(language: str) -> Show:
    return lambda visit: visit.of_patient(f"{gateways.text_d_address(visit.patient, visit.product)}?lang={language}")


def phones(path: str = "") -> Show:
    return lambda visit: visit.of_patient(f"{visit.product.phones}/phones/{path}")


def a_tablet(visit: Visit) -> Page:
    """Paired, in a browser of its own."""
    code = gateways.pairing_code(visit.page_of(role="owner"), visit.product, "Wartezimmer")
    return gateways.pair(visit.staff.stranger(viewport=gateways.TABLET), visit.product, code)


def a_tablet_without_network(visit: Visit) -> Page:
    page = a_tablet(visit)
    page.context.set_offline(True)
    page.locator("#offline").wait_for()
    return page


def a_wrong_pairing_code(visit: Visit) -> Page:
    page = gateways.ask_for_code(visit.patient, visit.product)
    page.get_by_label("Kopplungscode").fill("ABCD-2345")
    page.get_by_role("button", name="Koppeln").click()
    page.get_by_role("alert").wait_for()
    return page


def text_d_unread(visit: Visit) -> Page:
    page = gateways.text_d(visit.patient, visit.product)
    page.get_by_role("button", name="WhatsApp öffnen").click()
    page.get_by_role("alert").wait_for()
    return page


SCREENS = (
    Screen("kiosk", a_tablet),
    Screen("kiosk-offline", a_tablet_without_network),
    Screen("kiosk-code", lambda visit: gateways.ask_for_code(visit.patient, visit.product)),
    Screen("kiosk-code-wrong", a_wrong_pairing_code),
    Screen("website", lambda visit: visit.of_patient(f"{visit.product.phones}/website/")),
    Screen("widget", lambda visit: gateways.text_d(visit.patient, visit.product)),
    *(Screen(f"widget-{one}", text_d_in(one)) for one in OTHER_LANGUAGES),
    Screen("widget-unread", text_d_unread),
    Screen("widget-invalid", of_patient("/widget/AAAAAAAAAAAAAAAAAAAAAA")),
    Screen("phones", phones()),
    Screen("phones-list", phones("491713920009/")),
    Screen("phones-chat", lambda visit: phones(f"491713920009/{visit.digits}/")(visit)),
    Screen("phones-whose", lambda visit: visit.of_patient(f"{visit.product.phones}/wa/{visit.digits}?text=Guten+Tag")),
    Screen("phones-unknown", phones("1/")),
)
