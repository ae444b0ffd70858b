"""A practice at work, served as `make run` serves it, and Chromium windows in which its people are logged in.

Playwright keeps an event loop in its thread, beside which Django asks its database nothing: who, what and where is made
before the first window opens.
"""

import json
import random
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import httpx
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from playwright.sync_api import Browser, Page, ViewportSize

from messaging.models import Conversation, Message
from messaging.webhook import PREFIX
from patients.models import Contact
from practices.models import Role
from practices.scope import practice_scope
from tests.bench.browser import session_of
from tests.bench.crowd import event, phone
from tests.bench.desk import open_practice, welcome
from tests.bench.german import text
from tests.bench.installation import running
from tests.bench.progress import say
from tests.messaging.factories import Line
from tests.people import make_member

PEOPLE = 40  # more than a page of the list
LINES = 60  # of the first of them: more than a part of a thread
SECONDS_TO_DRAIN = 60
RECEPTION_PC: ViewportSize = {"width": 1280, "height": 720}
NAMES = ("Anna Arnold", "Jonas Fechner")


@dataclass(frozen=True)
class Desk:
    """The reception desk of a practice: where it is served, its line, its two people's sessions, its threads."""

    front: str
    line: Line
    cookies: Sequence[str]
    threads: Sequence[str]  # ids, the longest first
    whatsapp: httpx.Client  # stays connected, as 360dialog does; making one takes longer than the webhook

    @property
    def inbox(self) -> str:
        return f"{self.front}/p/{self.line.practice.slug}/inbox/"

    def write(self, person: int, words: str) -> None:
        """As the phone of that person does it, by the webhook."""
        body = json.dumps(event(self.line, phone(person), words)).encode()
        headers = {"X-Roger-Webhook-Secret": self.line.secret}
        address = f"{self.front}{PREFIX}{self.line.token}/"
        self.whatsapp.post(address, content=body, headers=headers).raise_for_status()


@contextmanager
def desk() -> Iterator[Desk]:
    """Forty people have written, one of them sixty times. Raises TimeoutError if the worker does not drain."""
    line = open_practice()
    welcome(line, PEOPLE)
    prove_numbers(line)
    with running("web", "stream", "inbound", "caddy") as started, httpx.Client() as whatsapp:
        cookies = [session_of(make_member(line.practice, Role.RECEPTION, name=name)) for name in NAMES]
        made = Desk(f"http://127.0.0.1:{started.front}", line, cookies, (), whatsapp)
        chance = random.Random(17)
        writers = [*range(PEOPLE), *[0] * (LINES - 1)]
        for person in writers:
            made.write(person, text(chance))
        yield replace(made, threads=drained(line, len(writers)))


def prove_numbers(line: Line) -> None:
    """Everybody may be answered."""
    with practice_scope(line.practice.pk), transaction.atomic():
        Contact.objects.update(number_proven_at=timezone.now())


def drained(line: Line, messages: int) -> list[str]:
    """The threads once so many messages are there, the one with most of them first."""
    deadline = time.monotonic() + SECONDS_TO_DRAIN
    while time.monotonic() < deadline:
        with practice_scope(line.practice.pk), transaction.atomic():
            if Message.objects.count() >= messages:
                threads = Conversation.objects.order_by("pk")
                return sorted(map(str, threads.values_list("pk", flat=True)), key=lambda pk: -lines_of(pk))
        time.sleep(0.2)
    raise TimeoutError("the worker does not drain")


def lines_of(thread: str) -> int:
    return Message.objects.filter(conversation_id=thread).count()


def window(browser: Browser, desk: Desk, person: int = 0) -> Page:
    """A window of one of the two, with an empty cache and no worker of its own, so that everything is asked for."""
    context = browser.new_context(
        viewport=RECEPTION_PC, locale="de-DE", timezone_id="Europe/Berlin", service_workers="block"
    )
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": desk.cookies[person], "url": desk.front}])
    page = context.new_page()
    page.on("pageerror", lambda error: say(f"a script failed: {error}"))
    return page


def at_work(page: Page, address: str) -> Page:
    """On this page of the inbox, with its stream open."""
    page.goto(address)
    page.locator("[data-link-on]:not([hidden])").wait_for()
    return page
