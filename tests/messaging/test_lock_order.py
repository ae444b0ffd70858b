"""Eight writers on the same few people: none waits for ever, a withdrawal means what it says (design: lock order)."""

import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from consent import read_outs
from consent.actions import Withdrawal, confirm_code, withdraw
from consent.checkpoints import verify_with_checkpoints
from consent.intake import NotTakenDown
from consent.ledger import evidence_of
from consent.models import Channel as ConsentChannel
from consent.models import ConsentEvent
from consent.purposes import Purpose
from messaging import outbox, outcomes
from messaging.actions import close_conversation, mark_seen, reopen_conversation, send_text, settle_unconfirmed
from messaging.inbound.drain import drain
from messaging.models import Conversation, Message, SendAttempt, WebhookDelivery
from messaging.teamwork.assigning import assign
from messaging.teamwork.closing import close_many
from messaging.teamwork.colleagues import NOBODY, Assignee
from messaging.teamwork.snoozing import snooze, wake_due
from messaging.teamwork.undoing import ticket_for, undo
from messaging.undoing import take_back
from patients.actions import link, unlink
from patients.models import Contact, Patient, Relation
from practices.background import AT_ONCE
from practices.models import Member
from practices.postgres import holds
from practices.refusal import Refusal
from practices.scope import no_practice, practice_scope
from tests.consent.intakes import born
from tests.consent_factories import make_contact, make_patient, send_form
from tests.fakes import FakeWhatsApp
from tests.messaging.factories import Line, message, now, wamid
from tests.people import login, make_member

pytestmark = pytest.mark.django_db(transaction=True)
SECONDS, LONGEST = 8.0, 60.0
ENOUGH = 3  # times each deed is done, however slow the machine is
PEOPLE = [f"+4917139200{last}" for last in (21, 22, 23, 24)]


@dataclass
class Writers:
    """Threads that each repeat one deed until the time is over, and what became of them."""

    line: Line
    began: float = 0.0
    done: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    failed: list[str] = field(default_factory=list)

    def run(self, *deeds: Callable[[], object]) -> None:
        self.began = time.monotonic()
        self.done = Counter({deed.__name__: 0 for deed in deeds})
        threads = [threading.Thread(target=self._repeat, args=(deed,)) for deed in deeds]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(2 * LONGEST)
        assert not any(thread.is_alive() for thread in threads)

    def _repeat(self, deed: Callable[[], object]) -> None:
        try:
            while self._goes_on():
                self._do(deed)
        finally:
            connection.close()

    def _goes_on(self) -> bool:
        passed = time.monotonic() - self.began
        return passed < SECONDS or (passed < LONGEST and not self.failed and min(self.done.values()) < ENOUGH)

    def _do(self, deed: Callable[[], object]) -> None:
        name = deed.__name__
        try:
            with practice_scope(self.line.practice.pk):
                deed()
            self.done[name] += 1
        except Refusal:
            self.refused[name] += 1
        except Exception as error:  # noqa: BLE001  a thread's own; the test tells all of them
            self.failed.append(f"{name}: {type(error.__cause__ or error).__name__} {error}")


@dataclass
class Practice:
    """A practice with four patients, and one deed for each writer."""

    line: Line
    anna: Member
    whatsapp: FakeWhatsApp
    contacts: list[Contact]
    conversations: list[Conversation]
    patients: list[Any]
    grown_up: Patient
    desk: Client
    intake: dict[str, Any]
    without_consent: list[tuple[UUID, datetime, datetime]] = field(default_factory=list)
    chance: random.Random = field(default_factory=lambda: random.Random(4))

    def receive(self) -> None:
        """Statuses of what was sent, and new messages, through webhook and drain."""
        for request in self.whatsapp.bag.take():
            assert self.line.post(request.content) == "200 OK"
        for phone in self.chance.sample(PEOPLE, 3):
            assert self.line.post(body("Guten Tag", phone)) == "200 OK"
        drain()

    def stop(self) -> None:
        """STOP from the phone, among ordinary messages."""
        for phone, words in zip(self.chance.sample(PEOPLE, 2), ("STOP", "Danke"), strict=True):
            assert self.line.post(body(words, phone)) == "200 OK"
        drain()
        time.sleep(0.1)

    def hand_over(self) -> None:
        """Claim with the gate, POST, record."""
        outbox.drain()
        time.sleep(0.005)

    def withdraw_and_agree_again(self) -> None:
        """The only one who grants, so that nothing may be claimed from a withdrawal's commit to the next grant."""
        contact = self.chance.choice(self.contacts)
        withdraw(
            contact=contact,
            channel=ConsentChannel.STAFF_PHONE,
            act={"note": "am Telefon"},
            occurred_at=timezone.now(),
            by=self.anna,
        )
        committed = timezone.now()
        time.sleep(0.05)
        self.without_consent.append((contact.pk, committed, timezone.now()))
        for each in self.contacts:
            agree(each)

    def write(self) -> None:
        """Every second answer is taken back."""
        conversation = self.chance.choice(self.conversations)
        with transaction.atomic():
            here = Conversation.objects.with_people().get(pk=conversation.pk)
        is_hasty = self.chance.random() < 0.5
        wait = timedelta(seconds=5) if is_hasty else AT_ONCE
        sent = send_text(conversation=here, body="Gern, 9 Uhr?", purpose=Purpose.ORGANISATION, by=self.anna, hold=wait)
        if is_hasty:
            take_back(conversation=here, messages=[sent], by=self.anna)

    def tidy_the_list(self) -> None:
        conversation = self.chance.choice(self.conversations)
        with transaction.atomic():
            newest = list(conversation.messages.order_by("-pk").values_list("pk", flat=True)[:2])
        close_conversation(conversation=conversation, by=self.anna, after=newest[-1] if newest else None)
        mark_seen(conversation=conversation, shown=newest, by=self.anna)
        reopen_conversation(conversation=conversation, by=self.anna)
        self.share_the_work()

    def share_the_work(self) -> None:
        """Two at once: given away with a note (which takes the contacts), put off, brought back, closed, taken back."""
        two = self.chance.sample(self.conversations, 2)
        to = self.chance.choice([NOBODY, Assignee(self.anna)])
        assign(conversations=two, to=to, by=self.anna, note="übergeben")
        snooze(conversations=two, until=timezone.now(), by=self.anna)
        with transaction.atomic():
            wake_due()
        events, _kept = close_many(picked={one.pk: timezone.now() for one in two}, by=self.anna)
        if events:
            undo(ticket=ticket_for(events, self.anna), by=self.anna)

    def link_a_patient(self) -> None:
        patient, contact = self.chance.choice(self.patients), self.chance.choice(self.contacts)
        link(patient=patient, contact=contact, by=self.anna)
        unlink(patient=patient, contact=contact, by=self.anna)

    def take_down_at_the_desk(self) -> None:
        """Somebody who came of age agrees on one phone and takes over from the guardians on all the others. A number
        that is taken, since another writer has just linked it, is refused."""
        number = self.chance.randrange(len(PEOPLE))
        for guardian in self.contacts[:number] + self.contacts[number + 1 :]:
            link(patient=self.grown_up, contact=guardian, relation=Relation.GUARDIAN, custody="sole", by=self.anna)
        fields = self.intake | {"form_id": uuid4(), "phone": PEOPLE[number]}
        with no_practice():  # as a request begins
            answer = self.desk.post(f"/p/{self.line.practice.slug}/consent/intake/", fields)
        assert answer.status_code in {303, 422}
        if answer.status_code == 422:
            raise NotTakenDown("")
        unlink(patient=self.grown_up, contact=self.contacts[number], by=self.anna)

    def settle(self) -> None:
        """Whatever is unconfirmed: a person says that it arrived, or the claim of a dead worker is given up. Whose
        answer was lost waits again."""
        with transaction.atomic():
            unsettled = list(Message.objects.filter(state=Message.State.UNCONFIRMED)[:5])
        for one in unsettled:
            settle_unconfirmed(message=one, arrived=True, by=self.anna)
        with transaction.atomic():
            holds.let_go()
        outbox.give_up_stale_claims()
        outcomes.follow()


def agree(contact: Contact) -> None:
    """Form and code, each in its own transaction as in life."""
    with transaction.atomic():
        code = send_form().code
    confirm_code(contact=contact, code=code, message_id=wamid(), at=timezone.now())


def body(words: str, phone: str) -> bytes:
    return json.dumps(message(words, phone=phone, timestamp=now())).encode()


@pytest.fixture
def practice(line: Line, anna: Member, whatsapp: FakeWhatsApp) -> Iterator[Practice]:
    limits = {"pair_burst": None, "pair_seconds": None, "throughput_per_second": None}
    rules = [{"action": "reset", "on": "messages", "skip": number * 7, "times": 1} for number in range(20)]
    rules += [{"action": "fail", "on": "messages", "skip": 3 + number * 5, "times": 1} for number in range(20)]
    whatsapp.control("PUT", "faults", json={"limits": limits, "window": {"unseen": "open"}, "rules": rules})
    with practice_scope(line.practice.pk):
        with transaction.atomic():
            contacts = [make_contact(phone) for phone in PEOPLE]
        for contact in contacts:
            agree(contact)
        for phone in PEOPLE:
            line.post(body("Hallo", phone))
        drain()
        with transaction.atomic():
            conversations = list(Conversation.objects.order_by("pk"))
            patients = [make_patient(last_name=name) for name in ("Vogt", "Weber")]
            grown_up = make_patient("Lea", "Krüger", born(18))
            note = read_outs.sign(read_outs.current("de", line.practice))
            at_the_desk = make_member(line.practice, name="Berta Busch")
    desk = Client()
    login(desk, at_the_desk)
    intake = {"patient": grown_up.pk, "relation": "self", "way": "staff_desk", "language": "de", "organisation": "on"}
    intake |= {"read_out": note, "day": timezone.localdate().isoformat(), "hour": "00:00"}
    yield Practice(line, anna, whatsapp, contacts, conversations, patients, grown_up, desk, intake)


def deadlocks() -> int:
    with connection.cursor() as cursor:
        cursor.execute("select pg_stat_force_next_flush()")
        cursor.execute("select deadlocks from pg_stat_database where datname = current_database()")
        return int(cursor.fetchone()[0])


def claimed_without_consent(practice: Practice) -> list[UUID]:
    """Messages claimed although the withdrawal had been committed, by when their attempt was written."""
    with practice_scope(practice.line.practice.pk), transaction.atomic():
        attempts = list(
            SendAttempt.objects.exclude(message__kind="confirmation").values_list("message__contact_id", "at", "pk")
        )
    return [
        attempt
        for contact, committed, granted in practice.without_consent
        for to, at, attempt in attempts
        if to == contact and committed < at < granted
    ]


def test_eight_writers_on_the_same_people_never_deadlock_and_keep_every_promise(practice: Practice) -> None:
    writers = Writers(practice.line)

    writers.run(
        practice.receive,
        practice.stop,
        practice.hand_over,
        practice.withdraw_and_agree_again,
        practice.write,
        practice.tidy_the_list,
        practice.link_a_patient,
        practice.settle,
    )

    assert writers.failed == []
    assert deadlocks() == 0
    assert min(writers.done.values()) >= ENOUGH, writers.done
    assert claimed_without_consent(practice) == []
    with practice_scope(practice.line.practice.pk), transaction.atomic():
        sequence = list(ConsentEvent.objects.order_by("seq").values_list("seq", flat=True))
        withdrawn = ConsentEvent.objects.filter(type="withdrawn").count()
        unread = WebhookDelivery.objects.exclude(state="processed").count()
        handed_over = SendAttempt.objects.count()
        verification = verify_with_checkpoints([])
    assert sequence == list(range(1, len(sequence) + 1))
    assert verification.ok
    assert unread == 0
    assert withdrawn >= 3
    assert handed_over >= 5


def test_the_desk_holds_who_came_of_age_and_all_guardians_in_the_order_of_everybody_else(practice: Practice) -> None:
    writers, before = Writers(practice.line), deadlocks()

    writers.run(practice.receive, practice.stop, practice.hand_over, practice.take_down_at_the_desk)

    assert writers.failed == []
    assert deadlocks() == before
    assert min(writers.done.values()) >= ENOUGH, writers.done


# ── the same, one step after the other ──


@contextmanager
def another_process(practice: Practice) -> Iterator[Callable[[Callable[[], Any]], "Future[Any]"]]:
    """Somebody else with a connection of their own; answers what comes of the deed they are given."""

    def do(deed: Callable[[], Any]) -> Any:
        try:
            with practice_scope(practice.line.practice.pk):
                return deed()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as thread:
        yield lambda deed: thread.submit(do, deed)


def say_stop(practice: Practice) -> Withdrawal:
    note = {"note": "am Telefon"}
    return withdraw(
        contact=practice.contacts[0],
        channel=ConsentChannel.STAFF_PHONE,
        act=note,
        occurred_at=timezone.now(),
        by=practice.anna,
    )


def queue_three(practice: Practice) -> None:
    """Three replies to the first patient, none to anybody else, and no thanks waiting."""
    outbox.drain()
    with transaction.atomic():
        here = Conversation.objects.with_people().get(contact=practice.contacts[0])
    for words in ("eins", "zwei", "drei"):
        send_text(conversation=here, body=words, purpose=Purpose.ORGANISATION, by=practice.anna)


def states() -> list[str]:
    with transaction.atomic():
        replies = Message.objects.filter(origin=Message.Origin.STAFF).order_by("pk")
        return list(replies.values_list("state", flat=True))


def test_a_claim_does_not_touch_whom_a_withdrawal_holds(practice: Practice) -> None:
    with practice_scope(practice.line.practice.pk), another_process(practice) as elsewhere:
        queue_three(practice)
        before = len(practice.whatsapp.sent())
        with transaction.atomic():
            withdrawal = say_stop(practice)
            assert elsewhere(outbox.drain).result(10) == 0
        outbox.drain()

        assert states() == ["cancelled"] * 3
    assert (withdrawal.cancelled, withdrawal.already_handed_over) == (3, 0)
    assert len(practice.whatsapp.sent()) == before


def test_a_withdrawal_waits_for_the_claim_and_names_what_was_already_handed_over(practice: Practice) -> None:
    with practice_scope(practice.line.practice.pk), another_process(practice) as elsewhere:
        queue_three(practice)
        with transaction.atomic():
            claims = outbox.claim() or []
            stopping = elsewhere(lambda: say_stop(practice))
            with pytest.raises(TimeoutError):
                stopping.result(0.5)
        withdrawal = stopping.result(10)

        assert len(claims) == 1
        assert states() == ["sending", "cancelled", "cancelled"]
        with transaction.atomic():
            evidence = evidence_of(ConsentEvent.objects.get(pk=withdrawal.event.pk))
    assert (withdrawal.cancelled, withdrawal.already_handed_over) == (2, 1)
    assert (evidence["cancelled"], evidence["already_handed_over"]) == (2, 1)


def test_a_withdrawal_counts_what_nobody_knows_the_outcome_of_as_handed_over(practice: Practice) -> None:
    with practice_scope(practice.line.practice.pk):
        queue_three(practice)
        outbox.claim()
        with transaction.atomic():
            holds.let_go()
        outbox.give_up_stale_claims()

        withdrawal = say_stop(practice)

        assert states() == ["unconfirmed", "cancelled", "cancelled"]
    assert (withdrawal.cancelled, withdrawal.already_handed_over) == (2, 1)
