"""Who is blocked waits for nothing: no clock, not among those who wait; unblocked, as if it had never been."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consent.wrong_numbers import release_number
from messaging.escalation import waits_too_long
from messaging.models import Channel, Conversation
from patients.actions import block, unblock
from patients.models import BlockReason, Contact
from practices.models import Member, Practice
from tests.messaging.inbox.desk import answer, receive
from tests.messaging.inbox.test_list import LIST, names, waiting

HTMX = {"HX-Request": "true"}


@pytest.fixture
def frida(channel: Channel) -> Conversation:
    return waiting(channel, "Frida", minutes=90)


def stop(conversation: Conversation, by: Member) -> None:
    block(contact=conversation.contact, reason=BlockReason.ABUSE, by=by)


def tabs(desk: Client) -> dict[str, list[str]]:
    return {tab: names(desk.get(LIST, {"tab": tab})) for tab in ("waiting", "unassigned", "open", "done")}


def test_who_is_blocked_is_not_among_those_who_wait_and_stays_among_all_that_are_open(
    desk: Client, anna: Member, channel: Channel, frida: Conversation
) -> None:
    waiting(channel, "Klein", minutes=5)

    stop(frida, anna)

    found = tabs(desk)
    assert found == {
        "waiting": ["Klein, Jana"],
        "unassigned": ["Klein, Jana", "Frida, Jana"],  # behind whoever waits, however long it has been
        "open": ["Klein, Jana", "Frida, Jana"],
        "done": [],
    }
    assert desk.get(LIST).context["tabs"]["waiting"] == 1


def test_pressing_block_in_the_thread_takes_it_off_the_list(desk: Client, frida: Conversation) -> None:
    desk.post(f"{LIST}{frida.pk}/block/", {"reason": "spam"}, headers=HTMX)

    assert names(desk.get(LIST)) == []
    assert names(desk.get(f"{LIST}{frida.pk}/")) == ["Frida, Jana"]  # beside its thread stands the tab it is on


def test_its_row_and_its_thread_show_no_clock(desk: Client, anna: Member, frida: Conversation) -> None:
    before = desk.get(f"{LIST}{frida.pk}/").content.decode()
    stop(frida, anna)

    [row] = desk.get(LIST, {"tab": "open"}).context["rows"]
    page = desk.get(f"{LIST}{frida.pk}/")

    assert (row.state, row.owed, row.waiting_since) == ("blocked", False, None)
    assert page.context["conversation"].waiting_since is None
    after = page.content.decode()
    assert [['class="clock"' in one, ">Gesperrt<" in one] for one in (before, after)] == [[True, False], [False, True]]


def test_what_it_writes_comes_in_and_is_found_and_calls_nobody(desk: Client, anna: Member, frida: Conversation) -> None:
    stop(frida, anna)
    since = timezone.now() - timedelta(minutes=1)

    receive(frida, "Hören Sie mir zu!")

    [row] = desk.get(LIST, {"tab": "open"}).context["rows"]
    told = desk.get(f"{LIST}alerts/", {"since": since.isoformat()}).json()
    assert (row.last_line, told["news"], told["waiting"]) == ("Hören Sie mir zu!", [], 0)


def test_its_urgent_words_lift_it_no_more(desk: Client, anna: Member, channel: Channel, frida: Conversation) -> None:
    frida.urgent_at, frida.urgent_words = timezone.now(), ["Schmerzen"]
    frida.save(update_fields=["urgent_at", "urgent_words"])
    waiting(channel, "Klein", minutes=5)
    stop(frida, anna)

    rows = desk.get(LIST, {"tab": "open"}).context["rows"]
    handover = desk.get(f"{LIST}handover/").context

    assert [(row.name, row.urgent) for row in rows] == [("Klein, Jana", ""), ("Frida, Jana", "")]
    assert (handover["urgent"].rows, [row.name for row in handover["waiting"].rows]) == ([], ["Klein, Jana"])


def test_nobody_is_told_that_it_waits_too_long(practice: Practice, anna: Member, frida: Conversation) -> None:
    practice.escalate_after = 60
    before = waits_too_long(practice, timezone.now())

    stop(frida, anna)

    assert (before, waits_too_long(practice, timezone.now())) == (1, 0)


def test_unblocked_it_waits_again_since_it_did(desk: Client, anna: Member, frida: Conversation) -> None:
    since = desk.get(LIST).context["rows"][0].waiting_since
    stop(frida, anna)

    unblock(contact=frida.contact, by=anna)

    [row] = desk.get(LIST).context["rows"]
    assert (row.name, row.state, row.waiting_since) == ("Frida, Jana", "new", since)


def test_a_number_that_is_released_waits_again(desk: Client, anna: Member, frida: Conversation) -> None:
    Contact.objects.update(blocked_at=timezone.now(), blocked_reason=BlockReason.WRONG_NUMBER)
    assert names(desk.get(LIST)) == []

    release_number(contact=frida.contact, by=anna)

    assert names(desk.get(LIST)) == ["Frida, Jana"]


STEPS: dict[str, Any] = {
    "writes": lambda one: receive(one, "Und noch etwas"),
    "is answered": lambda one: answer(one, "Ja."),
    "is seen": lambda one: Conversation.objects.filter(pk=one.pk).update(seen_at=timezone.now()),
}


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.sampled_from(sorted(STEPS)), max_size=4), at=st.integers(0, 4))
def test_whenever_somebody_was_blocked_and_unblocked_the_list_is_what_it_would_have_been(
    desk: Client, anna: Member, channel: Channel, steps: list[str], at: int
) -> None:
    never, blocked = waiting(channel, "Nie", minutes=9), waiting(channel, "Gesperrt", minutes=9)
    try:
        for number, step in enumerate([*steps, "end"]):
            if number == min(at, len(steps)):
                stop(blocked, anna)
            if step in STEPS:
                for one in (never, blocked):
                    STEPS[step](Conversation.objects.get(pk=one.pk))
        unblock(contact=blocked.contact, by=anna)

        [first, second] = sorted(desk.get(LIST, {"tab": "open"}).context["rows"], key=lambda row: row.name)
        assert (first.state, first.owed, first.last_line) == (second.state, second.owed, second.last_line)
        assert len(names(desk.get(LIST))) in {0, 2}
    finally:
        Conversation.objects.filter(pk__in=[never.pk, blocked.pk]).update(closed_at=timezone.now())
