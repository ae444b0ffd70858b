"""Blue ticks: up to what was shown, once WhatsApp takes them, and never a newer one lost for an older."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from django.db import connection
from django.utils import timezone

from messaging.actions import mark_seen
from messaging.models import Conversation, Message
from messaging.receipts import send_due
from messaging.tasks import drain_outbox
from patients.models import Contact
from practices import keys
from practices.keystore import Subject
from practices.models import Member
from practices.scope import practice_scope
from tests.factories import make_member
from tests.messaging.factories import Line, message, now, wamid
from tests.messaging.inbox.desk import forget_keys

pytestmark = pytest.mark.django_db

ANSWERS = {200: {"success": True}, 400: {"error": {"code": 100}}, 503: {"error": {"code": 131016}}}
FIRST, SECOND, THIRD = wamid("first"), wamid("second"), wamid("third")


class Tired(httpx.BaseTransport):
    """360dialog that answers with these statuses, one after the other, and then 200; it remembers what it was told."""

    def __init__(self, *statuses: int, meanwhile: Callable[[], object] = lambda: None) -> None:
        self.statuses, self.meanwhile = list(statuses), meanwhile
        self.read: list[str] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.read.append(json.loads(request.read())["message_id"])
        self.meanwhile()
        status = self.statuses.pop(0) if self.statuses else 200
        return httpx.Response(status, json=ANSWERS[status])


@pytest.fixture
def conversation(line: Line) -> Conversation:
    """Somebody has written twice."""
    line.deliver(message("eins", id=FIRST, timestamp=now()), message("zwei", id=SECOND, timestamp=now()))
    return line.conversation()


def somebody(line: Line) -> Member:
    return Member.objects.first() or make_member(line.practice)


def see(line: Line, *wamids: str) -> None:
    """Somebody looks at these messages."""
    with practice_scope(line.practice.pk):
        ids = [one.pk for one in Message.objects.filter(direction="in") if one.wamid in wamids]
        mark_seen(conversation=line.conversation(), shown=ids, by=somebody(line))


def work(line: Line, settings: Any, transport: httpx.BaseTransport) -> int:
    settings.D360_TRANSPORT = transport
    with practice_scope(line.practice.pk):
        return send_due()


def a_minute_passes(line: Line) -> None:
    with practice_scope(line.practice.pk):
        Conversation.objects.filter(receipt_up_to__isnull=False).update(receipt_after=timezone.now())


def is_due(line: Line) -> bool:
    with practice_scope(line.practice.pk), connection.cursor() as cursor:
        cursor.execute("select count from pending_work() where kind = 'receipts'")
        return bool(cursor.fetchall() == [(1,)])


@pytest.mark.usefixtures("conversation")
def test_ticks_go_up_to_what_was_shown_and_not_to_what_came_later(line: Line, settings: Any) -> None:
    tired = Tired()

    see(line, FIRST)
    work(line, settings, tired)

    assert tired.read == [FIRST]
    assert line.conversation().seen_at is None


@pytest.mark.usefixtures("conversation")
def test_ticks_go_up_to_the_newest_of_those_shown_and_then_all_is_seen(line: Line, settings: Any) -> None:
    tired = Tired()

    see(line, SECOND, FIRST)
    work(line, settings, tired)

    assert tired.read == [SECOND]
    assert line.conversation().seen_at is not None


@pytest.mark.usefixtures("conversation")
def test_looking_twice_sends_one_receipt(line: Line, settings: Any) -> None:
    tired = Tired()

    see(line, SECOND)
    see(line, FIRST)
    see(line, SECOND)
    sent = [work(line, settings, tired), work(line, settings, tired)]

    assert (tired.read, sent) == ([SECOND], [1, 0])
    assert not is_due(line)


@pytest.mark.usefixtures("conversation")
def test_a_message_that_came_late_is_not_seen_because_a_newer_one_was(line: Line) -> None:
    line.deliver(message("verspätet", id=THIRD, timestamp=str(int(now()) - 3600)))

    see(line, FIRST, SECOND)
    before = line.conversation().seen_at
    see(line, SECOND, THIRD)

    assert (before, line.conversation().seen_at is not None) == (None, True)


def test_an_id_of_another_thread_marks_nothing(line: Line, conversation: Conversation) -> None:
    line.deliver(message("fremd", id=THIRD, phone="+49176040690" + "11"))
    with practice_scope(line.practice.pk):
        foreign = Message.objects.exclude(conversation=conversation).get(direction="in")
        mark_seen(conversation=conversation, shown=[foreign.pk], by=somebody(line))
        untouched = Conversation.objects.filter(seen_at=None, receipt_up_to=None)
        assert (untouched.count(), Conversation.objects.count()) == (2, 2)


@pytest.mark.usefixtures("conversation")
def test_a_call_that_fails_is_tried_again_after_a_minute(line: Line, settings: Any) -> None:
    tired = Tired(503, 503)
    see(line, SECOND)

    at_once = [work(line, settings, tired), work(line, settings, tired)]
    waits = not is_due(line)
    a_minute_passes(line)
    again = work(line, settings, tired)
    a_minute_passes(line)
    last = work(line, settings, tired)

    assert (at_once, waits, again, last) == ([0, 0], True, 0, 1)
    assert tired.read == [SECOND] * 3
    assert line.conversation().receipt_up_to_id is None


@pytest.mark.usefixtures("conversation")
def test_a_newer_receipt_asked_for_during_the_call_is_not_lost(line: Line, settings: Any) -> None:
    see(line, FIRST)
    tired = Tired(meanwhile=lambda: see(line, SECOND))

    work(line, settings, tired)
    due = is_due(line)
    work(line, settings, tired)

    assert (due, tired.read) == (True, [FIRST, SECOND])


@pytest.mark.usefixtures("conversation")
def test_a_final_no_is_not_tried_again(line: Line, settings: Any) -> None:
    tired = Tired(400)
    see(line, SECOND)

    work(line, settings, tired)
    a_minute_passes(line)
    work(line, settings, tired)

    assert tired.read == [SECOND]


@pytest.mark.usefixtures("conversation")
def test_ticks_are_given_up_after_a_day(line: Line, settings: Any) -> None:
    see(line, SECOND)
    with practice_scope(line.practice.pk):
        Message.objects.update(received_at=timezone.now() - timedelta(hours=25))

    work(line, settings, Tired(503))

    assert line.conversation().receipt_up_to_id is None


@pytest.mark.usefixtures("conversation")
def test_somebody_who_is_blocked_gets_no_ticks(line: Line, settings: Any) -> None:
    tired = Tired()
    see(line, SECOND)
    with practice_scope(line.practice.pk):
        Contact.objects.update(blocked_at=timezone.now())

    work(line, settings, tired)

    assert (tired.read, line.conversation().receipt_up_to_id) == ([], None)


@pytest.mark.usefixtures("conversation")
def test_one_person_who_was_erased_keeps_nobody_elses_ticks_back(line: Line, settings: Any) -> None:
    line.deliver(message("noch da", id=THIRD, phone="+49176040690" + "11", timestamp=now()))
    tired = Tired()
    with practice_scope(line.practice.pk):
        for one in Conversation.objects.all():
            ids = list(one.messages.filter(direction="in").values_list("pk", flat=True))
            mark_seen(conversation=one, shown=ids, by=somebody(line))
        gone = Message.objects.filter(direction="in").order_by("pk").values_list("contact_id", flat=True)[0]
        keys.destroy(Subject.CONTACT, gone)
    forget_keys()

    work(line, settings, tired)

    with practice_scope(line.practice.pk):
        assert list(Conversation.objects.values_list("receipt_up_to", flat=True)) == [None, None]
    assert tired.read == [THIRD]


@pytest.mark.usefixtures("conversation")
def test_the_outbox_brings_them_and_the_sweep_knows_of_them(line: Line, settings: Any) -> None:
    settings.D360_TRANSPORT = tired = Tired()
    see(line, SECOND)
    due = is_due(line)

    drain_outbox(practice_id=line.practice.pk)

    assert (due, tired.read, is_due(line)) == (True, [SECOND], False)
