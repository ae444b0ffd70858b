"""The tablet at the desk and the practice's website: how one gets there."""

from playwright.sync_api import Locator, Page

from tests.browser.product import Product

TABLET = {"width": 1180, "height": 820}


def pairing_code(desk: Page, product: Product, name: str) -> str:
    """Somebody who leads the practice adds a tablet; the code that pairs it."""
    desk.goto(f"{product.address}/p/morgenthal/consent/kiosks/")
    desk.get_by_label("Name", exact=True).fill(name)
    desk.get_by_role("button", name="Hinzufügen und koppeln").click()
    return desk.locator(".pairing__code").inner_text()


def ask_for_code(tablet: Page, product: Product) -> Page:
    tablet.goto(f"{product.address}/p/morgenthal/kiosk/")
    return tablet


def pair(tablet: Page, product: Product, code: str) -> Page:
    """Ends when the screen is kept for times without network."""
    ask_for_code(tablet, product)
    tablet.get_by_label("Kopplungscode").fill(code)
    tablet.get_by_role("button", name="Koppeln").click()
    tablet.locator(".kiosk").wait_for()
    tablet.evaluate("navigator.serviceWorker.ready.then(() => true)")
    return tablet


def tablets_of(desk: Page, product: Product) -> Locator:
    """One card each."""
    desk.goto(f"{product.address}/p/morgenthal/consent/kiosks/")
    return desk.locator(".gateway")


def leave_place(desk: Page, product: Product, name: str) -> None:
    tablets_of(desk, product).filter(has_text=name).get_by_role("button", name="Entkoppeln").click()


def text_d(website: Page, product: Product, *, by_script: bool = True) -> Page:
    """A visitor presses the practice's button; the new tab."""
    website.goto(f"{product.phones}/website/")
    place = website.locator("roger-whatsapp") if by_script else website.locator(".plain")
    with website.expect_popup() as opened:
        place.get_by_role("link", name="Über WhatsApp schreiben").click()
    opened.value.get_by_role("checkbox").wait_for()
    return opened.value


def text_d_address(website: Page, product: Product) -> str:
    """Where the practice's button leads."""
    website.goto(f"{product.phones}/website/")
    link = website.locator(".plain").get_by_role("link", name="Über WhatsApp schreiben")
    return str(link.get_attribute("href"))
