"""A thousand messages on their way, and people who write STOP meanwhile: C-09 and C-14 with workers running.

Three hundred, unless the run is a whole one.
"""

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

import httpx
import pytest
from django.db import connections, transaction
from django.utils import timezone

from consent.gate import Kind
from consent.ledger import evidence_of
from consent.models import ConsentEvent
from consent.purposes import Purpose
from messaging import outbox
from messaging.inbound.drain import drain
from messaging.models import Conversation, Message, SendAttempt
from patients.models import Contact
from practices.models import Member
from practices.scope import practice_scope
from tests.consent_factories import make_contact, opt_in
from tests.fakes import FakeWhatsApp
from tests.messaging.factories import Line, message, now, wamid
from tests.whole import as_many

pytestmark = pytest.mark.django_db(transaction=True)

TALKATIVE = "+491713920099"
PEOPLE = [f"+4917139200{number:02d}" for number in range(35)]
TO_ONE, TO_EACH = as_many(whole=300, everyday=100), as_many(whole=20, everyday=6)
WORKERS = 3
STOPPED = [TALKATIVE, *PEOPLE[:29]]
LONGEST = 100.0  # seconds; on a machine of its own all of it takes about ten


@dataclass
class Listening:
    """The stand-in, and when which request for it began."""

    inside: FakeWhatsApp
    started: list[tuple[datetime, UUID, str]] = field(default_factory=list)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(request.read())
        if "to" in body:
            self.started.append((timezone.now(), UUID(body["biz_opaque_callback_data"]), body["to"]))
        return self.inside.handle_request(request)

    def close(self) -> None:
        """Ends with the stand-in."""


@dataclass
class Stop:
    """One withdrawal: what its event counted, and when it was certainly committed."""

    committed: datetime
    cancelled: int
    already_handed_over: int


@pytest.fixture
def people(line: Line, anna: Member, whatsapp: FakeWhatsApp) -> dict[str, Contact]:
    """Everybody agreed and wrote just now; reception has many messages for them in the queue."""
    return reached(line, anna, whatsapp, {TALKATIVE: TO_ONE} | dict.fromkeys(PEOPLE, TO_EACH))


def reached(line: Line, anna: Member, whatsapp: FakeWhatsApp, wanted: dict[str, int]) -> dict[str, Contact]:
    limits = {"pair_burst": None, "pair_seconds": None, "throughput_per_second": None}
    whatsapp.control("PUT", "faults", json={"limits": limits, "window": {"unseen": "open"}})
    with practice_scope(line.practice.pk), transaction.atomic():
        contacts = {phone: make_contact(phone) for phone in wanted}
        for phone, contact in contacts.items():
            opt_in(contact)
            queue(line, contact, anna, wanted[phone])
    return contacts


def queue(line: Line, contact: Contact, anna: Member, count: int) -> None:
    """As messaging.actions queues them, many at once."""
    wrote = timezone.now()
    conversation = Conversation.objects.create(channel=line.channel, contact=contact, last_inbound_at=wrote)
    Message.objects.bulk_create(
        Message(
            conversation=conversation,
            contact=contact,
            channel=line.channel,
            direction=Message.Direction.OUTBOUND,
            origin=Message.Origin.STAFF,
            state=Message.State.QUEUED,
            type="text",
            kind=Kind.FREE_TEXT,
            purpose=Purpose.ORGANISATION,
            body=f"Nummer {number}",
            sent_by=anna,
            at=wrote,
        )
        for number in range(count)
    )


@pytest.fixture
def listening(whatsapp: FakeWhatsApp, settings: Any) -> Listening:
    heard = Listening(whatsapp)
    settings.D360_TRANSPORT = heard
    return heard


def in_thread(line: Line, deed: Callable[[], Any]) -> Any:
    """In the practice's scope and with a connection of its own, as a worker process has them."""
    try:
        with practice_scope(line.practice.pk):
            return deed()
    finally:
        connections.close_all()


def work_until(ended: threading.Event) -> None:
    """One worker: drains the outbox as often as it is woken."""
    while not ended.is_set():
        outbox.drain()
        time.sleep(0.01)


def stop(line: Line, phone: str) -> datetime:
    """STOP from a phone through the webhook, understood by the worker for what people wrote."""
    body = message("STOP", phone=phone, id=wamid(phone=phone), timestamp=now())
    assert line.post(json.dumps(body).encode()) == "200 OK"
    drain()
    return timezone.now()


def queued(line: Line) -> int:
    with practice_scope(line.practice.pk), transaction.atomic():
        return Message.objects.filter(state__in=("queued", "sending")).count()


@pytest.fixture
def stopped(line: Line, people: dict[str, Contact], listening: Listening) -> Iterator[dict[str, Stop]]:
    """Three workers send, a fourth reads the STOPs that come one after the other; all until nothing is left."""
    ended = threading.Event()
    began = time.monotonic()
    with ThreadPoolExecutor(WORKERS + 1) as pool:
        workers = [pool.submit(in_thread, line, partial(work_until, ended)) for _ in range(WORKERS)]
        try:
            committed = {}
            for phone in STOPPED:
                time.sleep(0.05)
                committed[phone] = pool.submit(in_thread, line, partial(stop, line, phone)).result(LONGEST)
            while queued(line) and time.monotonic() - began < LONGEST:
                time.sleep(0.05)
        finally:
            ended.set()
        for worker in workers:
            worker.result(LONGEST)
    with practice_scope(line.practice.pk), transaction.atomic():
        yield {phone: counted(people[phone], moment) for phone, moment in committed.items()}


def counted(contact: Contact, committed: datetime) -> Stop:
    evidence = evidence_of(ConsentEvent.objects.get(contact=contact, type=ConsentEvent.Type.WITHDRAWN))
    return Stop(committed, evidence["cancelled"], evidence["already_handed_over"])


def test_c_14_no_request_starts_for_a_message_claimed_after_the_withdrawal_and_the_counts_add_up(
    line: Line, people: dict[str, Contact], listening: Listening, stopped: dict[str, Stop]
) -> None:
    queued_for = {phone: TO_ONE if phone == TALKATIVE else TO_EACH for phone in people}
    said = SendAttempt.objects.exclude(message__kind=Kind.CONFIRMATION)
    claimed = dict(said.values_list("pk", "at"))
    answers = Message.objects.filter(kind=Kind.CONFIRMATION)
    seen = Counter(phone for _at, attempt, phone in listening.started if attempt in claimed)

    late = [
        phone
        for _started, attempt, phone in listening.started
        if attempt in claimed and phone in stopped and claimed[attempt] > stopped[phone].committed
    ]
    assert late == []
    assert {phone: seen[phone] + one.cancelled for phone, one in stopped.items()} == {
        phone: queued_for[phone] for phone in stopped
    }
    assert {phone: seen[phone] for phone in people if phone not in stopped} == {
        phone: queued_for[phone] for phone in people if phone not in stopped
    }
    assert {one.already_handed_over for one in stopped.values()} <= {0, 1}  # in order, so one at a time
    assert sum(one.cancelled for one in stopped.values()) > TO_ONE / 2
    assert sum(queued_for.values()) == as_many(whole=1_000, everyday=310)
    assert (answers.count(), Message.objects.filter(state="unconfirmed").count()) == (len(stopped), 0)
    assert len(listening.inside.sent()) == len(listening.started) == sum(seen.values()) + len(stopped)


def test_c_14_what_is_in_the_providers_hands_when_stop_comes_is_counted_as_handed_over(
    line: Line, anna: Member, whatsapp: FakeWhatsApp, settings: Any
) -> None:
    people = reached(line, anna, whatsapp, {TALKATIVE: 40, PEOPLE[0]: 2})
    on_its_way, go_on = threading.Event(), threading.Event()

    class Slow(httpx.BaseTransport):
        """The line to 360dialog hangs with the first message to one person in it."""

        def handle_request(self, request: httpx.Request) -> httpx.Response:
            if TALKATIVE in request.read().decode() and not on_its_way.is_set():
                on_its_way.set()
                assert go_on.wait(LONGEST)
            return whatsapp.handle_request(request)

    settings.D360_TRANSPORT = Slow()
    with ThreadPoolExecutor(2) as pool:
        worker = pool.submit(in_thread, line, outbox.drain)
        assert on_its_way.wait(LONGEST)
        pool.submit(in_thread, line, partial(stop, line, TALKATIVE)).result(LONGEST)
        go_on.set()
        worker.result(LONGEST)

    with practice_scope(line.practice.pk), transaction.atomic():
        stop_counts = counted(people[TALKATIVE], timezone.now())
        arrived = [body for body in whatsapp.sent() if body["to"] == TALKATIVE and "Nummer" in body["text"]["body"]]
        assert (stop_counts.already_handed_over, stop_counts.cancelled) == (1, 39)
        assert [body["text"]["body"] for body in arrived] == ["Nummer 0"]
