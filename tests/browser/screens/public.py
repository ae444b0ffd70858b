"""Pages that patients see: behind the QR code and the link to withdraw."""

from playwright.sync_api import Page

from consent import texts
from tests.browser import error_pages, withdrawals
from tests.browser.screens.screen import OTHER_LANGUAGES, Screen, Show, of_patient
from tests.browser.visit import Visit


def qr(query: str = "") -> Show:
    return lambda visit: visit.of_patient(visit.product.practices[0].qr + query)


def nothing_is_ticked(visit: Visit) -> Page:
    page = qr()(visit)
    page.get_by_role("button", name="Zustimmen und WhatsApp öffnen").click()
    page.get_by_role("alert").wait_for()
    return page


def declined(visit: Visit) -> Page:
    page = qr()(visit)
    page.get_by_role("button", name="Nein, danke").click()
    page.get_by_role("heading", name="In Ordnung").wait_for()
    return page


def declined_in_arabic(visit: Visit) -> Page:
    page = qr("?lang=ar")(visit)
    page.get_by_role("button", name=texts.current("ar").page.decline_label).click()
    page.get_by_role("heading", name=texts.current("ar").words.declined_title).wait_for()
    return page


def unable(template: str) -> Show:
    return lambda visit: error_pages.of_practice(visit, f"consent/{template}.html")


SCREENS = (
    *(Screen(f"qr-{language}", qr(f"?lang={language}")) for language in texts.CURRENT),
    Screen("qr-nothing-ticked", nothing_is_ticked),
    Screen("qr-declined", declined),
    Screen("qr-limited", unable("qr_limited")),
    Screen("qr-unavailable", unable("qr_unavailable")),
    Screen("qr-invalid", of_patient("/q/AAAAAAAAAAAAAAAAAAAAAA")),
    Screen("withdrawal-page", withdrawals.page_of),
    *(Screen(f"withdrawal-page-{one}", withdrawals.page_in(one)) for one in OTHER_LANGUAGES),
    Screen("withdrawal-done", withdrawals.done),
    Screen("withdrawal-invalid", of_patient("/w/AAAAAAAAAAAAAAAAAAAAAA")),
    Screen("privacy-notice", of_patient("/datenschutz/morgenthal/")),
    *(Screen(f"privacy-notice-{one}", of_patient(f"/datenschutz/morgenthal/?lang={one}")) for one in OTHER_LANGUAGES),
    Screen("qr-declined-arabic", declined_in_arabic),
)
