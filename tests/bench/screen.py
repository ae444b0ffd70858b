"""From the webhook to another browser: posted at the front, stored, drained, told, fetched anew, one after another.

The browser is one that does not draw (browser.py); what it counts is the moment at which row and message are there.
"""

import json
import random
import time
from collections.abc import Iterator
from uuid import UUID

import httpx
from django.db import transaction

from messaging.models import Conversation
from messaging.webhook import PREFIX
from practices.models import Role
from practices.scope import practice_scope
from tests.bench.browser import Inbox, session_of, watching
from tests.bench.crowd import event, phone
from tests.bench.desk import open_practice, welcome
from tests.bench.figures import Figure, below, percentile, spread
from tests.bench.installation import running
from tests.bench.progress import say
from tests.messaging.factories import Line
from tests.people import make_member

MESSAGES = 100
TO_WARM_UP = 10
LONGEST_SECONDS = 20.0


def measure() -> Iterator[Figure]:
    line, chance = open_practice(), random.Random(3)
    welcome(line, 1)
    with running("web", "stream", "inbound", "caddy") as started:
        front = f"http://127.0.0.1:{started.front}"
        cookie = session_of(make_member(line.practice, Role.RECEPTION))
        with httpx.Client(base_url=front, headers={"X-Roger-Webhook-Secret": line.secret}) as dialog:
            inbox = Inbox(front, cookie, line.practice, first_message(dialog, line))
            with watching(inbox):
                taken = [
                    milliseconds(dialog, line, inbox, f"Nachricht {number:04d}", chance) for number in range(MESSAGES)
                ]
    taken = taken[TO_WARM_UP:]
    say(f"screen: {spread(taken)}")
    yield Figure("screen", percentile(taken, 0.95), "ms", below(500))


def first_message(dialog: httpx.Client, line: Line) -> UUID:
    """The thread of the only person here, once the worker has made it. Raises TimeoutError."""
    post(dialog, line, "Guten Tag")
    deadline = time.monotonic() + LONGEST_SECONDS
    while time.monotonic() < deadline:
        with practice_scope(line.practice.pk), transaction.atomic():
            if found := Conversation.objects.first():
                return found.pk
        time.sleep(0.1)
    raise TimeoutError("the worker does not drain")


def milliseconds(dialog: httpx.Client, line: Line, inbox: Inbox, words: str, chance: random.Random) -> float:
    """From posting these words until the browser has them on screen. Raises queue.Empty when they never come."""
    time.sleep(chance.uniform(0.05, 0.35))  # so that no rhythm of ours meets one of Roger's
    begun = time.perf_counter()
    post(dialog, line, words)
    while True:
        shown, at = inbox.shown.get(timeout=LONGEST_SECONDS)
        if shown.count(words) >= 2:  # in the list and in the thread
            return 1000 * (at - begun)


def post(dialog: httpx.Client, line: Line, words: str) -> None:
    body = json.dumps(event(line, phone(0), words)).encode()
    dialog.post(f"{PREFIX}{line.token}/", content=body).raise_for_status()
