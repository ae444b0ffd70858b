"""Who waits depends on what became of our answers: one that came to nothing has answered nobody (ADR 35)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

import httpx
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from consent.actions import withdraw
from consent.gate import Kind
from consent.models import Channel as ConsentChannel
from consent.purposes import Purpose
from messaging import outbox, outcomes
from messaging.actions import close_conversation, send_automatic, send_reaction, send_text, settle_unconfirmed
from messaging.models import Conversation, Message
from messaging.resending import resend
from messaging.tasks import TASK_OF, follow_outcomes
from messaging.teamwork.snoozing import snooze
from messaging.teamwork.undoing import last_deed, ticket_for, undo
from messaging.undoing import take_back
from messaging.whatsapp.answers import Accepted
from patients.models import Contact
from practices import keys
from practices.keystore import Subject
from practices.models import AuditEvent, Change, Member
from practices.scope import practice_scope
from practices.tenancy import uuid7
from tests.consent_factories import opt_in
from tests.factories import make_practice
from tests.messaging.factories import PATIENT, Line, make_line, message, now, status, wamid
from tests.messaging.inbox.desk import forget_keys
from tests.messaging.test_inbound_batches import echo
from tests.whole import rows

pytestmark = pytest.mark.django_db
NOT_ON_WHATSAPP = 131026


class Refuses(httpx.BaseTransport):
    """360dialog that takes nothing."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return httpx.Response(400, json={"error": {"code": NOT_ON_WHATSAPP, "message": "no"}})


@pytest.fixture
def asked_at(line: Line) -> datetime:
    """Since when somebody waits who agreed, and wrote of blood; it came at once."""
    at = ask(line, "Es blutet seit gestern", minutes_ago=20)
    in_practice(line, lambda: Message.objects.inbound().update(received_at=at))
    return at


@pytest.fixture
def answer(line: Line, anna: Member, asked_at: datetime) -> Message:
    """What reception answered; WhatsApp has it."""
    sent = write(line, anna)
    hand_over(line)
    return sent


def ask(line: Line, words: str, *, minutes_ago: int = 0) -> datetime:
    line.deliver(message(words, timestamp=str(int(now()) - 60 * minutes_ago)))
    with practice_scope(line.practice.pk):
        if not Message.objects.filter(direction="out", origin="staff").exists():
            opt_in(Contact.objects.get())
            Message.objects.filter(direction="out").delete()
        return Message.objects.inbound().latest("pk").at


def write(line: Line, anna: Member, body: str = "Gern, 9 Uhr?", **fields: Any) -> Message:
    with practice_scope(line.practice.pk):
        here = Conversation.objects.with_people().get()
        return send_text(conversation=here, body=body, purpose=Purpose.ORGANISATION, by=anna, **fields)


def hand_over(line: Line) -> None:
    """WhatsApp takes whatever is due."""
    with practice_scope(line.practice.pk):
        while claims := outbox.claim():
            for one in claims:
                outbox.record(one, Accepted(wamid=wamid(str(one.message_id))))


def told_of(sent: Message, word: str) -> dict[str, Any]:
    """The webhook that says what became of a message."""
    fields: dict[str, Any] = {"errors": [{"code": NOT_ON_WHATSAPP, "title": "no"}]} if word == "failed" else {}
    return status(wamid(str(sent.pk)), word, **fields)


def tell(line: Line, sent: Message, word: str) -> None:
    """WhatsApp says what became of a message, and the workers do their work."""
    line.deliver(told_of(sent, word))
    follow_outcomes(practice_id=line.practice.pk)


def waits_since(line: Line) -> datetime | None:
    return line.conversation().waiting_since


def in_practice(line: Line, deed: Callable[[], Any]) -> Any:
    with practice_scope(line.practice.pk):
        return deed()


# ── lost ──


def test_who_was_never_answered_waits_again_since_they_wrote_and_as_urgently(
    line: Line, asked_at: datetime, answer: Message
) -> None:
    before = line.conversation()

    tell(line, answer, "failed")

    after = line.conversation()
    assert (before.waiting_since, before.urgent_at) == (None, None)
    assert (after.waiting_since, after.urgent_at) == (asked_at, asked_at)
    assert in_practice(line, lambda: line.conversation().urgent_words) == ["blutet"]


def test_it_stands_in_the_trail_and_every_screen_hears_of_it(line: Line, asked_at: datetime, answer: Message) -> None:
    with practice_scope(line.practice.pk):
        Change.objects.all().delete()

    tell(line, answer, "failed")

    conversation = line.conversation()
    with practice_scope(line.practice.pk):
        event = AuditEvent.objects.get(kind=outcomes.LOST)
        assert (event.about_id, event.by) == (conversation.pk, None)
        assert event.codes["after"]["waiting_since"] == asked_at.isoformat()
        assert Change.objects.filter(kind="conversation", ref=conversation.pk).exists()


def refused(line: Line, anna: Member, settings: Any) -> None:
    settings.D360_TRANSPORT = Refuses()
    outbox.drain()


def withdrawn(line: Line, anna: Member, settings: Any) -> None:
    note = {"note": "am Telefon"}
    told: dict[str, Any] = {"channel": ConsentChannel.STAFF_PHONE, "act": note, "occurred_at": timezone.now()}
    withdraw(contact=Contact.objects.get(), by=anna, **told)


def held_back_by_the_gate(line: Line, anna: Member, settings: Any) -> None:
    Contact.objects.update(identity_changed_at=timezone.now())
    outbox.claim()


def not_to_be_put_together(line: Line, anna: Member, settings: Any) -> None:
    Message.objects.filter(direction="out").update(type="template")
    outbox.claim()


@pytest.mark.parametrize("lost", [refused, withdrawn, held_back_by_the_gate, not_to_be_put_together])
def test_who_waited_for_what_never_left_waits_again(
    line: Line, anna: Member, asked_at: datetime, settings: Any, lost: Callable[[Line, Member, Any], None]
) -> None:
    sent = write(line, anna)

    in_practice(line, lambda: lost(line, anna, settings))
    follow_outcomes(practice_id=line.practice.pk)

    assert in_practice(line, lambda: Message.objects.get(pk=sent.pk).state) in {"failed", "cancelled"}
    assert waits_since(line) == asked_at


def test_who_has_written_again_meanwhile_waits_since_the_first_time(
    line: Line, asked_at: datetime, answer: Message
) -> None:
    again_at = ask(line, "Hallo?")
    before = waits_since(line)

    tell(line, answer, "failed")

    assert (before, waits_since(line)) == (again_at, asked_at)


def test_what_was_called_done_for_it_is_open_again(
    line: Line, anna: Member, asked_at: datetime, answer: Message
) -> None:
    in_practice(line, lambda: close_conversation(conversation=line.conversation(), by=anna))

    tell(line, answer, "failed")

    after = line.conversation()
    assert (after.closed_at, after.closed_by, after.waiting_since) == (None, None, asked_at)


def test_what_was_put_off_is_at_hand_again(line: Line, anna: Member, asked_at: datetime, answer: Message) -> None:
    later = timezone.now() + timedelta(hours=3)
    in_practice(line, lambda: snooze(conversations=[line.conversation()], until=later, by=anna))

    tell(line, answer, "failed")

    assert (line.conversation().snoozed_until, waits_since(line)) == (None, asked_at)


def test_what_nobody_waited_for_starts_no_clock_but_is_seen_although_it_was_done(
    line: Line, anna: Member, answer: Message
) -> None:
    tell(line, answer, "read")
    news = write(line, anna, "Ihr Termin morgen fällt aus.")
    hand_over(line)
    in_practice(line, lambda: close_conversation(conversation=line.conversation(), by=anna))

    tell(line, news, "failed")

    assert (line.conversation().closed_at, waits_since(line)) == (None, None)


def test_what_is_sent_again_answers_and_if_that_is_lost_too_they_wait_again(
    line: Line, anna: Member, asked_at: datetime, answer: Message
) -> None:
    tell(line, answer, "failed")
    copy = in_practice(line, lambda: resend(message=answer, by=anna, client_id=uuid7()))
    before = waits_since(line)
    hand_over(line)

    tell(line, copy, "failed")

    assert (before, waits_since(line)) == (None, asked_at)


def test_a_person_who_says_that_it_did_not_arrive_is_believed(
    line: Line, anna: Member, asked_at: datetime, answer: Message
) -> None:
    with practice_scope(line.practice.pk):
        Message.objects.filter(pk=answer.pk).update(state="unconfirmed")
        settle_unconfirmed(message=answer, arrived=False, by=anna)
    follow_outcomes(practice_id=line.practice.pk)

    assert waits_since(line) == asked_at


# ── several answers ──


@pytest.mark.parametrize("lost", [0, 1])
def test_of_two_answers_one_is_enough(line: Line, anna: Member, answer: Message, lost: int) -> None:
    both = [answer, write(line, anna, "Oder um 10.")]
    hand_over(line)

    tell(line, both[lost], "failed")

    assert waits_since(line) is None


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_who_got_none_of_two_answers_waits_in_whatever_order_they_were_lost(
    line: Line, anna: Member, asked_at: datetime, answer: Message, order: tuple[int, int]
) -> None:
    both = [answer, write(line, anna, "Oder um 10.")]
    hand_over(line)

    for which in order:
        tell(line, both[which], "failed")

    assert waits_since(line) == asked_at


@pytest.mark.parametrize("state", ["queued", "sending", "sent", "delivered", "read", "unconfirmed"])
def test_whatever_may_have_arrived_stands(line: Line, anna: Member, answer: Message, state: str) -> None:
    later = write(line, anna, "Oder um 10.")
    in_practice(line, lambda: Message.objects.filter(pk=later.pk).update(state=state))

    tell(line, answer, "failed")

    assert waits_since(line) is None


def test_an_earlier_answer_does_not_stand_for_what_was_asked_after_it(
    line: Line, anna: Member, answer: Message
) -> None:
    tell(line, answer, "read")
    asked_again_at = ask(line, "Und wo?")
    second = write(line, anna, "Im zweiten Stock.")
    hand_over(line)

    tell(line, second, "failed")

    assert waits_since(line) == asked_again_at


@pytest.mark.parametrize(("asked_minutes_ago", "waits"), [(5, True), (15, False)])
def test_what_was_written_on_the_phone_stands_if_it_was_written_after_the_question(
    line: Line, anna: Member, asked_minutes_ago: int, waits: bool
) -> None:
    asked_at = ask(line, "Wann?", minutes_ago=asked_minutes_ago)
    sent = write(line, anna)
    hand_over(line)
    with practice_scope(line.practice.pk):
        Message.objects.filter(pk=sent.pk).update(at=asked_at + timedelta(seconds=1))
    from_the_phone = echo("Um 9 Uhr", PATIENT, line)
    [written] = from_the_phone["entry"][0]["changes"][0]["value"]["message_echoes"]
    written["timestamp"] = str(int(now()) - 600)
    line.deliver(from_the_phone)

    tell(line, sent, "failed")

    assert waits_since(line) == (asked_at if waits else None)


def test_what_was_lost_and_then_settled_by_hand_stays_settled(
    line: Line, anna: Member, asked_at: datetime, answer: Message
) -> None:
    tell(line, answer, "failed")
    in_practice(line, lambda: close_conversation(conversation=line.conversation(), by=anna))  # after a call
    asked_again_at = ask(line, "Und wo?")
    second = write(line, anna, "Im zweiten Stock.")
    hand_over(line)

    tell(line, second, "failed")

    assert waits_since(line) == asked_again_at != asked_at


def test_who_was_lost_sight_of_while_another_answer_stood_waits_when_that_is_lost_too(
    line: Line, anna: Member, asked_at: datetime, answer: Message
) -> None:
    second = write(line, anna, "Oder um 10.")
    hand_over(line)
    tell(line, answer, "failed")
    in_practice(line, lambda: close_conversation(conversation=line.conversation(), by=anna))

    tell(line, second, "failed")

    assert (line.conversation().closed_at, waits_since(line)) == (None, asked_at)


def test_who_was_answered_by_what_is_taken_back_waits_since_the_answer_that_was_lost(
    line: Line, anna: Member, asked_at: datetime, answer: Message
) -> None:
    hasty = write(line, anna, "Oder um 10.", hold=timedelta(seconds=5))
    tell(line, answer, "failed")
    before = waits_since(line)

    in_practice(line, lambda: take_back(conversation=line.conversation(), messages=[hasty], by=anna))

    assert (before, waits_since(line)) == (None, asked_at)


def test_undoing_a_deed_takes_nobody_for_answered_whose_answer_was_lost(
    line: Line, anna: Member, asked_at: datetime
) -> None:
    in_practice(line, lambda: close_conversation(conversation=line.conversation(), by=anna))
    sent = write(line, anna)
    hand_over(line)
    with practice_scope(line.practice.pk):
        Message.objects.filter(pk=sent.pk).update(state="failed")
        [closing] = last_deed("conversation_closed", line.conversation(), anna)

        undo(ticket=ticket_for([closing], anna), by=anna)

    assert waits_since(line) == asked_at


# ── nothing more than that ──


ORDERS = [order for many in (1, 2, 3) for order in permutations(["sent", "delivered", "failed"], many)]


@pytest.mark.parametrize("order", rows(ORDERS, everyday=lambda order: len(order) == 2))
def test_who_waits_depends_on_what_is_known_and_not_on_its_order(
    line: Line, asked_at: datetime, answer: Message, order: tuple[str, ...]
) -> None:
    for word in order:
        tell(line, answer, word)

    state = in_practice(line, lambda: Message.objects.get(pk=answer.pk).state)
    assert waits_since(line) == (asked_at if state == "failed" else None)
    assert state == ("delivered" if "delivered" in order else "failed" if "failed" in order else "sent")


def test_who_wrote_again_waits_for_that_alone_once_the_answer_has_arrived_after_all(
    line: Line, asked_at: datetime, answer: Message
) -> None:
    tell(line, answer, "failed")
    again_at = ask(line, "Hallo?")
    before = waits_since(line)

    tell(line, answer, "delivered")

    assert (before, waits_since(line), line.conversation().urgent_at) == (asked_at, again_at, None)


def test_what_is_told_twice_happens_once(line: Line, anna: Member, answer: Message) -> None:
    tell(line, answer, "failed")
    in_practice(line, lambda: close_conversation(conversation=line.conversation(), by=anna))

    tell(line, answer, "failed")

    assert (line.conversation().closed_at is None, waits_since(line)) == (False, None)
    assert in_practice(line, lambda: AuditEvent.objects.filter(kind=outcomes.LOST).count()) == 1


def test_a_reaction_and_what_a_rule_says_are_missed_by_nobody(
    line: Line, anna: Member, asked_at: datetime, answer: Message
) -> None:
    with practice_scope(line.practice.pk):
        here = Conversation.objects.with_people().get()
        emoji: dict[str, Any] = {"target": Message.objects.inbound().get(), "emoji": "👍", "by": anna}
        thumb = send_reaction(conversation=here, purpose=Purpose.ORGANISATION, **emoji)
        words = send_automatic(conversation=here, kind=Kind.CONFIRMATION, body="Danke.")
    hand_over(line)
    in_practice(line, lambda: close_conversation(conversation=line.conversation(), by=anna))

    for sent in (thumb, words):
        tell(line, sent, "failed")

    assert (line.conversation().closed_at is None, waits_since(line)) == (False, None)
    assert in_practice(line, lambda: Message.objects.filter(turned=True).count()) == 0


def test_nobody_waits_whose_key_was_destroyed(line: Line, answer: Message) -> None:
    contact = line.conversation().contact
    with practice_scope(line.practice.pk):
        keys.destroy(Subject.CONTACT, contact.pk)
    forget_keys()

    tell(line, answer, "failed")

    with practice_scope(line.practice.pk):
        assert Conversation.objects.values_list("waiting_since", flat=True).get() is None
        assert Message.objects.filter(turned=True).count() == 0


def test_another_practice_is_left_alone(line: Line, anna: Member, answer: Message) -> None:
    elsewhere = make_line(make_practice("ostufer"), number="1000000002", waba="2000000002")
    elsewhere.deliver(message("Guten Tag", line=elsewhere))
    with practice_scope(elsewhere.practice.pk):
        Conversation.objects.update(waiting_since=None)

    tell(line, answer, "failed")
    follow_outcomes(practice_id=elsewhere.practice.pk)

    assert waits_since(elsewhere) is None


# ── what it costs, and who does it ──


def questions(line: Line, sent: Message, word: str) -> int:
    with CaptureQueriesContext(connection) as asked:
        line.deliver(told_of(sent, word))
    return len(asked)


def test_whoever_records_a_status_asks_nothing_more_for_it(line: Line, anna: Member, answer: Message) -> None:
    other = write(line, anna, "Oder um 10.")
    hand_over(line)

    assert questions(line, answer, "failed") == questions(line, other, "delivered")


def test_whoever_looks_in_vain_asks_once(line: Line, answer: Message) -> None:
    tell(line, answer, "delivered")

    with practice_scope(line.practice.pk), CaptureQueriesContext(connection) as asked:
        outcomes.follow()

    assert ["messaging_message" in one["sql"] for one in asked if one["sql"].startswith("SELECT DISTINCT")] == [True]
    assert len(asked) <= 3  # with the practice's scope and the transaction's own


def test_the_sweep_finds_what_a_lost_ring_forgot(line: Line, asked_at: datetime, answer: Message) -> None:
    line.deliver(told_of(answer, "failed"))

    with connection.cursor() as cursor:
        cursor.execute("select practice_id, kind, count from pending_work() where kind = 'turned'")
        waiting = cursor.fetchall()

    assert (waiting, TASK_OF["turned"]) == ([(line.practice.pk, "turned", 1)], outcomes.FOLLOW)
