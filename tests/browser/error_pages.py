"""Error pages as the product would answer them, without breaking it first."""

from django.template import loader
from django.utils.translation import override
from playwright.sync_api import Page

from tests.browser.visit import Visit


def show(visit: Visit, status: int) -> Page:
    """Rendered here, seen at the product's address with the product's own styles."""
    with override("de"):
        html = loader.render_to_string(f"{status}.html")
    page, address = visit.patient, f"{visit.product.address}/error/{status}"
    page.route(address, lambda route: route.fulfill(body=html, content_type="text/html"))
    page.goto(address)
    return page
