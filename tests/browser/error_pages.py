"""Error pages as the product would answer them, without breaking it first."""

from types import SimpleNamespace

from django.template import loader
from django.utils.translation import override
from playwright.sync_api import Page

from consent import texts
from tests.browser.visit import Visit

PRACTICE = SimpleNamespace(
    name="Zahnarztpraxis Beispiel",
    phone="+493023125100",
    email="praxis@praxis.example",
    address="Beispielweg 2, 10115 Berlin",
)


def of_practice(visit: Visit, template: str, language: str = "de") -> Page:
    """A page that knows whose patient it speaks to."""
    spoken = texts.current(language)
    return show(visit, template, practice=PRACTICE, words=spoken.words, language=language, direction=spoken.direction)


def show(visit: Visit, template: str, **context: object) -> Page:
    """Rendered here, seen at the product's address with the product's own styles."""
    with override("de"):
        html = loader.render_to_string(template, context)
    page, address = visit.patient, f"{visit.product.address}/error/{template}"
    page.route(address, lambda route: route.fulfill(body=html, content_type="text/html"))
    page.goto(address)
    return page
