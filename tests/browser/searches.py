"""Searching, and who looked: how one gets there, for tests and pictures."""

import subprocess
import sys

from playwright.sync_api import Page

from roger.embedded.environment import read
from tests.browser.product import Product
from tests.browser.visit import Visit

OTHER = 1  # the practice whose done conversations nobody else's pictures show
DONE_LONG_AGO = """
from datetime import timedelta
from django.db import transaction
from django.utils import timezone
from messaging.models import Conversation
from practices.models import AccessLog, Practice
from practices.scope import practice_scope
practice = Practice.objects.get(slug={slug!r})
with practice_scope(practice.pk), transaction.atomic():
    Conversation.objects.filter(pk={pk!r}).update(closed_at=timezone.now() - timedelta(days=120), waiting_since=None)
    AccessLog.objects.filter(about_id={pk!r}).delete()
"""


def search(page: Page, words: str) -> Page:
    """Typed into the bar and sent, as people do."""
    page.locator("#q").fill(words)
    page.keyboard.press("Enter")
    page.locator(".found__sum").wait_for()
    return page


def narrowed(visit: Visit) -> Page:
    """A person, a time and a direction, and nothing that fits all of them."""
    page = search(visit.of_staff("inbox/"), "Rechnung")
    page.get_by_text("Eingrenzen").click()
    page.get_by_label("Geschrieben").select_option("out")
    page.get_by_label("Person", exact=True).fill("Krüger")
    page.get_by_label("Von", exact=True).fill("2026-01-01")
    page.locator("#search-filters").get_by_role("button", name="Suchen").click()
    page.locator(".found__sum", has_text="Person „Krüger“").wait_for()
    return page


def inside_words(visit: Visit) -> Page:
    page = search(visit.of_staff("inbox/"), "rmin")
    page.get_by_role("button", name="Auch mitten in Wörtern suchen").click()
    page.locator(".found__progress").wait_for()
    return page


def a_hit_is_open(visit: Visit) -> Page:
    page = search(visit.of_staff("inbox/"), "termin")
    page.locator("a.hit").first.click()
    page.locator(".message[data-found]").wait_for()
    return page


def it_asks_why(visit: Visit) -> Page:
    """Somebody opens a conversation that has been done for four months."""
    page = visit.of_staff(long_done(visit), practice=OTHER)
    page.locator("#asks-why").wait_for()
    return page


def long_done(visit: Visit) -> str:
    """The path of such a conversation, below the other practice, that nobody has explained yet."""
    page = visit.of_staff("inbox/?tab=done", practice=OTHER)
    others = page.get_by_role("option").filter(has_not_text="Ziegler")  # she stands in a picture of her own
    pk = str(others.last.get_attribute("href")).rstrip("/").rpartition("/")[2]
    slug = visit.product.practices[OTHER].slug
    manage(visit.product, DONE_LONG_AGO.format(slug=slug, pk=pk))
    return f"inbox/{pk}/"


def manage(product: Product, code: str) -> None:
    """As the operator could: on the running installation."""
    environment = read(product.home / "env")
    subprocess.run([sys.executable, "manage.py", "shell", "-c", code], env=environment, capture_output=True, check=True)


def access(visit: Visit) -> Page:
    """The owner's sheet, after a look that had to say why."""
    page = it_asks_why(visit)
    page.get_by_role("button", name="Anruf der Person").click()
    page.locator("#thread-log").wait_for()
    return visit.of_staff("access/", practice=OTHER, role="owner")


def who_looked(visit: Visit) -> Page:
    page = access(visit)
    page.locator(".access__words a").first.click()
    page.get_by_role("heading", name="Wer hingesehen hat").wait_for()
    return page
