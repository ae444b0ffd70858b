"""Reading a long thread: jumping to a day or a hit, going on from there, and runs of one writer."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from messaging.inbox.thread import BEFORE_A_HIT, PAGE
from messaging.models import Channel, Conversation, Message
from practices.models import Member
from tests.messaging.inbox.desk import answer, forget_keys, make_conversation, note, receive
from tests.messaging.inbox.test_list import LIST

NOON = datetime(2026, 11, 24, 11, 0, tzinfo=UTC)


def said(conversation: Conversation, count: int, *, first: int = 0) -> list[Message]:
    """Messages of the patient, a minute apart, the oldest first."""
    return [
        receive(conversation, f"Nummer {number:03d}", ago=timedelta(minutes=1000 - number))
        for number in range(first, first + count)
    ]


def written(conversation: Conversation, *times: str) -> list[Message]:
    """Messages of the patient at times in UTC."""
    found = []
    for time in times:
        with time_machine.travel(datetime.fromisoformat(f"{time}+00:00"), tick=False):
            found.append(receive(conversation, time))
    return found


def bodies(page: object) -> list[str]:
    return [message.body for message in page.context["messages"]]  # type: ignore[attr-defined]


@pytest.fixture
def conversation(channel: Channel) -> Conversation:
    return make_conversation(channel)


def address(conversation: Conversation, path: str = "") -> str:
    return f"{LIST}{conversation.pk}/{path}"


# ── going on below ──


def test_below_a_jump_the_next_parts_come_until_the_newest_is_reached(desk: Client, conversation: Conversation) -> None:
    messages = said(conversation, PAGE * 2)

    jumped = desk.get(address(conversation), {"message": str(messages[20].pk)})
    shown = jumped.context["messages"]
    first = desk.get(address(conversation, "later/"), {"after": str(shown[-1].pk)})
    there = desk.get(address(conversation, "later/"), {"after": str(first.context["messages"][-1].pk)})

    assert (jumped.context["reaches_end"], first.context["reaches_end"]) == (False, True)
    assert [*bodies(jumped), *bodies(first)] == [one.body for one in messages[20 - BEFORE_A_HIT :]]
    assert (bodies(there), there.status_code) == ([], 200)


def test_only_at_the_newest_message_new_ones_come_in(desk: Client, conversation: Conversation) -> None:
    messages = said(conversation, PAGE * 2)

    jumped = desk.get(address(conversation), {"message": str(messages[20].pk)}).content.decode()
    middle = desk.get(address(conversation, "later/"), {"after": str(messages[10].pk)}).content.decode()
    end = desk.get(address(conversation, "later/"), {"after": str(messages[-5].pk)}).content.decode()

    assert [html.count('id="thread-newer"') for html in (jumped, middle, end)] == [0, 0, 1]
    assert [html.count('id="thread-later"') for html in (jumped, middle, end)] == [1, 1, 0]
    assert middle.count(f"later/?after={messages[10 + PAGE - 1].pk}") == 1


def test_what_was_read_on_moves_the_mark_of_what_the_page_knows(desk: Client, conversation: Conversation) -> None:
    messages = said(conversation, PAGE * 2)

    page = desk.get(address(conversation, "later/"), {"after": str(messages[0].pk)})

    assert page.context["last_message"].pk == messages[PAGE - 1].pk
    known = page.content.decode().partition('<div id="thread-after" hx-swap-oob="true">')[2].partition("</div>")[0]
    assert f'value="{messages[PAGE - 1].pk}"' in known


def test_behind_the_last_message_the_mark_stays(desk: Client, conversation: Conversation) -> None:
    [only] = said(conversation, 1)

    page = desk.get(address(conversation, "later/"), {"after": str(only.pk)})

    assert page.context["last_message"] == {"pk": only.pk}


@pytest.mark.parametrize("after", ["", "x", "01900000-0000-7000-8000-000000000000"])
def test_behind_what_the_thread_does_not_hold_is_nothing(
    desk: Client, conversation: Conversation, channel: Channel, after: str
) -> None:
    [elsewhere] = said(make_conversation(channel), 1)
    said(conversation, 1)

    assert desk.get(address(conversation, "later/"), {"after": after}).status_code == 404
    assert desk.get(address(conversation, "later/"), {"after": str(elsewhere.pk)}).status_code == 404


def test_a_stranger_reads_nothing_on(clara: Client, bert: Client, conversation: Conversation) -> None:
    [first, *_] = said(conversation, 3)
    path = address(conversation, "later/")

    assert clara.get(path, {"after": str(first.pk)}).status_code == 404
    assert bodies(bert.get(path, {"after": str(first.pk)})) == ["Nummer 001", "Nummer 002"]


@pytest.mark.parametrize("count", [2, PAGE * 2])
def test_reading_on_costs_the_same_whatever_comes(
    desk: Client, conversation: Conversation, django_assert_num_queries: DjangoAssertNumQueries, count: int
) -> None:
    [first, *_] = said(conversation, count)
    desk.get(address(conversation))
    forget_keys()

    with django_assert_num_queries(22):
        desk.get(address(conversation, "later/"), {"after": str(first.pk)})


# ── a day ──


@pytest.mark.parametrize(
    ("day", "arrives"),
    [
        ("2026-11-02", "2026-11-02T08:00"),
        ("2026-11-03", "2026-11-02T23:30"),  # half past midnight in Berlin
        ("2026-11-04", "2026-11-05T09:00"),  # nothing on that day: the next
        ("2020-01-01", "2026-11-02T08:00"),
        ("2026-12-24", None),  # nothing so late: the newest, as always
        ("2026-02-31", None),
        ("gestern", None),
    ],
)
def test_a_day_leads_to_its_first_message(
    desk: Client, conversation: Conversation, day: str, arrives: str | None
) -> None:
    known = {one.body: one.pk for one in written(
        conversation, "2026-11-02T08:00", "2026-11-02T09:00", "2026-11-02T23:30", "2026-11-05T09:00",
    )}  # fmt: skip

    page = desk.get(address(conversation), {"date": day})

    assert page.context["arrive_at"] == (known[arrives] if arrives else None)
    assert page.content.decode().count("data-arrive=") == (1 if arrives else 0)
    assert len(bodies(page)) == 4


def test_a_note_may_be_the_first_of_a_day(desk: Client, anna: Member, conversation: Conversation) -> None:
    written(conversation, "2026-11-02T08:00")
    with time_machine.travel(datetime(2026, 11, 3, 9, 0, tzinfo=UTC), tick=False):
        noted = note(conversation, "Nachfassen", by=anna)
    written(conversation, "2026-11-03T10:00")

    assert desk.get(address(conversation), {"date": "2026-11-03"}).context["arrive_at"] == noted.pk


def test_before_and_behind_a_day_the_thread_goes_on(desk: Client, conversation: Conversation) -> None:
    written(conversation, *(f"2026-11-{day:02d}T{hour:02d}:00" for day in range(1, 11) for hour in range(8, 16)))

    page = desk.get(address(conversation), {"date": "2026-11-05"})

    assert (page.context["has_older"], page.context["reaches_end"]) == (True, False)
    assert bodies(page)[BEFORE_A_HIT] == "2026-11-05T08:00"


def test_the_head_offers_the_jump_without_a_script(desk: Client, conversation: Conversation) -> None:
    said(conversation, 1)

    html = desk.get(address(conversation)).content.decode()

    assert html.count('type="date"') == 1
    assert html.count(f'action="{address(conversation)}"') >= 1


# ── runs ──


@pytest.mark.parametrize(
    ("apart", "write", "continues"),
    [
        (timedelta(minutes=4), receive, True),
        (timedelta(minutes=6), receive, False),
        (timedelta(minutes=1), answer, False),
    ],
)
def test_what_somebody_goes_on_with_at_once_is_one_run(
    desk: Client,
    conversation: Conversation,
    apart: timedelta,
    write: Callable[..., Message],
    continues: bool,
) -> None:
    with time_machine.travel(NOON, tick=False):
        first = receive(conversation, "Eins", ago=apart)
        write(conversation, "Zwei")

    alone = desk.get(address(conversation, f"messages/{first.pk}/")).context["message"]

    assert [one.continues for one in desk.get(address(conversation)).context["messages"]] == [continues, False]
    assert alone.continues == continues


def test_two_of_us_are_two_runs(desk: Client, anna: Member, conversation: Conversation) -> None:
    with time_machine.travel(NOON, tick=False):
        answer(conversation, "Von Anna", by=anna, ago=timedelta(minutes=2))
        answer(conversation, "Automatisch", ago=timedelta(minutes=1))
        answer(conversation, "Noch eine", ago=timedelta(seconds=30))

    shown = desk.get(address(conversation)).context["messages"]

    assert [one.continues for one in shown] == [False, True, False]
    assert [one.shows_word for one in shown] == [False, False, True]


def test_midnight_and_a_note_end_a_run(desk: Client, anna: Member, conversation: Conversation) -> None:
    with time_machine.travel(datetime(2026, 11, 24, 23, 1, tzinfo=UTC), tick=False):
        receive(conversation, "Vor Mitternacht", ago=timedelta(minutes=2))
        receive(conversation, "Danach", ago=timedelta(seconds=30))
        note(conversation, "Intern", by=anna)
        receive(conversation, "Noch etwas", ago=timedelta(seconds=-30))

    shown = desk.get(address(conversation)).context["messages"]

    assert [(one.body, one.continues) for one in shown] == [
        ("Vor Mitternacht", False), ("Danach", False), ("Intern", False), ("Noch etwas", False),
    ]  # fmt: skip


def test_the_time_tells_to_the_second_when_it_was_written_and_when_it_came(
    desk: Client, anna: Member, conversation: Conversation
) -> None:
    with time_machine.travel(NOON, tick=False):
        received = receive(conversation, "Eins", ago=timedelta(minutes=1))
        answer(conversation, "Zwei", by=anna)
    Message.objects.filter(pk=received.pk).update(received_at=NOON + timedelta(seconds=3))

    theirs, ours = desk.get(address(conversation)).context["messages"]

    assert theirs.moment == "geschrieben 24.11.2026, 11:59:00, angekommen 24.11.2026, 12:00:03"
    assert ours.moment == "24.11.2026, 12:00:00"
    assert timezone.localtime(theirs.at).hour == 11
