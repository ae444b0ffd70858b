"""Putting off: which moments can be chosen when, what brings a conversation back, and how it is taken back."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from messaging.models import Channel, Conversation
from messaging.tasks import TASK_OF, wake_snoozed
from messaging.teamwork.openings import first_opening
from messaging.teamwork.snoozing import Choice, NoSuchMoment, choices_at, moment_of, snooze, wake_due
from practices.models import AuditEvent, Change, Member, Practice
from practices.scope import current_practice_id, practice_scope
from tests.messaging.factories import Line, message, now
from tests.messaging.inbox.desk import answer, make_conversation
from tests.messaging.teamwork.press import HTMX, of, press, toast, undo

BERLIN = ZoneInfo("Europe/Berlin")
HOURS = {
    "mon": [["08:00", "12:00"], ["13:00", "18:00"]],
    "tue": [["10:00", "19:00"]],
    "wed": [["07:30", "12:00"]],
    "fri": [["08:00", "13:00"]],
}
WEDNESDAY = datetime(2026, 11, 25, 9, 12, tzinfo=BERLIN)


@pytest.fixture
def wednesday() -> Iterator[None]:
    """For whatever has happened before, too."""
    with time_machine.travel(WEDNESDAY, tick=True):
        yield


def practice_with(hours: dict[str, list[list[str]]]) -> Practice:
    return Practice(slug="p", opening_hours=hours, timezone="Europe/Berlin")


def local(year: int, month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=BERLIN)


# ── moments ──


def test_each_choice_stands_for_a_moment_in_the_practices_own_day() -> None:
    assert choices_at(practice_with(HOURS), WEDNESDAY) == [
        (Choice.HOUR, local(2026, 11, 25, 10, 12)),
        (Choice.AFTERNOON, local(2026, 11, 25, 16)),
        (Choice.TOMORROW, local(2026, 11, 27, 8)),  # it does not open on Thursdays
        (Choice.MONDAY, local(2026, 11, 30, 8)),
    ]


def test_four_in_the_afternoon_is_offered_as_long_as_it_lies_ahead() -> None:
    practice = practice_with(HOURS)
    offered = [choice for choice, _moment in choices_at(practice, local(2026, 11, 25, 16))]

    assert offered == [Choice.HOUR, Choice.TOMORROW, Choice.MONDAY]
    with pytest.raises(NoSuchMoment):
        moment_of(Choice.AFTERNOON, practice, local(2026, 11, 25, 16, 1))


def test_before_a_monday_the_two_mornings_are_one() -> None:
    offered = choices_at(practice_with(HOURS), local(2026, 11, 29, 11))

    assert [choice for choice, _moment in offered] == [Choice.HOUR, Choice.AFTERNOON, Choice.TOMORROW]


def test_on_a_monday_the_next_monday_is_a_week_away() -> None:
    assert moment_of(Choice.MONDAY, practice_with(HOURS), local(2026, 11, 30, 9)) == local(2026, 12, 7, 8)


def test_a_practice_that_never_said_when_it_opens_begins_at_eight_on_weekdays() -> None:
    friday = local(2026, 11, 27, 15)

    assert moment_of(Choice.TOMORROW, practice_with({}), friday) == local(2026, 11, 30, 8)


def test_a_practice_whose_week_is_empty_begins_at_eight_too() -> None:
    assert first_opening(practice_with({"mon": []}), date(2026, 11, 28)) == local(2026, 11, 30, 8)


def test_a_morning_stays_a_morning_when_the_clocks_change() -> None:
    saturday = local(2027, 3, 27, 12)  # the night to Sunday is an hour shorter, and Monday is Easter Monday

    moment = moment_of(Choice.MONDAY, practice_with(HOURS), saturday)

    assert (moment, moment.astimezone(UTC).hour) == (local(2027, 3, 30, 10), 8)


def test_a_day_means_when_the_practice_opens_then_or_next() -> None:
    practice = practice_with(HOURS)

    assert moment_of(Choice.DATE, practice, WEDNESDAY, date(2026, 12, 1)) == local(2026, 12, 1, 10)
    assert moment_of(Choice.DATE, practice, WEDNESDAY, date(2026, 12, 5)) == local(2026, 12, 7, 8)


@pytest.mark.parametrize("day", [None, date(2026, 11, 24), date(2028, 1, 1), date.min, date.max])
def test_a_day_that_is_over_or_too_far_away_is_refused(day: date | None) -> None:
    with pytest.raises(NoSuchMoment):
        moment_of(Choice.DATE, practice_with(HOURS), WEDNESDAY, day)


@settings(max_examples=60, deadline=None)
@given(
    days=st.lists(st.sampled_from(sorted(HOURS)), unique=True),
    at=st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(BERLIN)),  # noqa: DTZ001
)
def test_whatever_is_offered_lies_ahead_in_order_and_is_what_the_choice_stands_for(
    days: list[str], at: datetime
) -> None:
    practice = practice_with({day: HOURS[day] for day in days})

    offered = choices_at(practice, at)

    assert all(moment > at and moment == moment_of(choice, practice, at) for choice, moment in offered)
    assert len({moment for _choice, moment in offered}) == len(offered)
    assert (Choice.HOUR, at + timedelta(hours=1)) == offered[0]


# ── the deed ──


@pytest.mark.usefixtures("wednesday")
def test_putting_off_keeps_the_wait_and_says_until_when(desk: Client, conversation: Conversation) -> None:
    waiting_since = conversation.waiting_since

    response = press(desk, of(conversation, "snooze"), choice="afternoon")

    stands = Conversation.objects.get()
    assert toast(response) == "Zurückgestellt bis heute 16:00"
    assert (stands.snoozed_until, stands.waiting_since) == (local(2026, 11, 25, 16), waiting_since)
    assert desk.get(of(conversation, "")[:-1]).text.count("Zurückgestellt bis heute 16:00") == 1


@pytest.mark.usefixtures("wednesday")
def test_it_can_be_fetched_back_and_the_putting_off_undone(desk: Client, conversation: Conversation) -> None:
    response = press(desk, of(conversation, "snooze"), choice="hour")
    until = Conversation.objects.get().snoozed_until
    back = press(desk, of(conversation, "snooze"), choice="")
    fetched = Conversation.objects.get().snoozed_until
    undo(desk, back)
    again = Conversation.objects.get().snoozed_until
    undone = undo(desk, response)

    assert (fetched, again, Conversation.objects.get().snoozed_until) == (None, until, None)
    assert toast(undone) == "Zurückgenommen"


@pytest.mark.usefixtures("wednesday")
def test_a_day_of_ones_own_and_no_day_at_all(desk: Client, conversation: Conversation) -> None:
    press(desk, of(conversation, "snooze"), choice="date", day="2026-12-24")
    chosen = Conversation.objects.get().snoozed_until
    without = press(desk, of(conversation, "snooze"), choice="date")
    nonsense = press(desk, of(conversation, "snooze"), choice="someday")

    assert chosen is not None
    assert chosen.astimezone(BERLIN).date() >= date(2026, 12, 24)
    assert (without.status_code, nonsense.status_code) == (422, 422)
    assert without.text.count("Bitte wählen Sie einen Zeitpunkt, der noch kommt") == 1


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_the_first_and_the_last_day_there_are_are_refused_as_any_other(
    desk: Client, conversation: Conversation, day: str
) -> None:
    Practice.objects.update(opening_hours={"mon": [["08:00", "12:00"]]})

    answered = press(desk, of(conversation, "snooze"), choice="date", day=day)

    assert (answered.status_code, Conversation.objects.get().snoozed_until) == (422, None)


def test_what_is_done_is_not_put_off(desk: Client, conversation: Conversation) -> None:
    press(desk, of(conversation, "closure"))
    press(desk, of(conversation, "snooze"), choice="hour")

    assert Conversation.objects.get().snoozed_until is None


def test_closing_ends_the_putting_off(desk: Client, conversation: Conversation) -> None:
    press(desk, of(conversation, "snooze"), choice="hour")
    press(desk, of(conversation, "closure"))

    assert Conversation.objects.get().snoozed_until is None


@pytest.mark.usefixtures("wednesday")
def test_the_menu_says_what_each_choice_means(desk: Client, conversation: Conversation) -> None:
    menu = desk.get(of(conversation, "snooze"), headers=HTMX)

    assert [str(choice.label) for choice, _moment in menu.context["moments"]][:2] == ["In einer Stunde", "Heute 16 Uhr"]
    assert menu.text.count("<small>heute 16:00</small>") == 1


def test_strangers_and_those_who_only_read_put_nothing_off(
    bert: Client, clara: Client, conversation: Conversation
) -> None:
    address = of(conversation, "snooze")

    statuses = [browser.post(address, {"choice": "hour"}).status_code for browser in (bert, clara)]

    assert (statuses, Conversation.objects.get().snoozed_until) == ([403, 404], None)


# ── coming back ──


def test_it_comes_back_by_itself_with_its_old_wait(anna: Member, conversation: Conversation) -> None:
    since = conversation.waiting_since
    snooze(conversations=[conversation], until=timezone.now() + timedelta(hours=1), by=anna)
    early = wake_due()
    Conversation.objects.update(snoozed_until=timezone.now() - timedelta(seconds=1))
    Change.objects.all().delete()

    assert (early, wake_due(), wake_due()) == (0, 1, 0)
    assert (Conversation.objects.get().snoozed_until, Conversation.objects.get().waiting_since) == (None, since)
    assert [change.ref for change in Change.objects.filter(kind="conversation")] == [conversation.pk]
    assert AuditEvent.objects.get(kind="conversation_woken").by is None


def test_what_was_answered_and_put_off_waits_on_us_from_the_moment_it_comes_back(
    anna: Member, conversation: Conversation
) -> None:
    answer(conversation, by=anna)
    due = timezone.now() - timedelta(minutes=3)
    Conversation.objects.update(snoozed_until=due)

    wake_due()

    assert Conversation.objects.get().waiting_since == due


def test_what_is_done_does_not_come_back(conversation: Conversation) -> None:
    Conversation.objects.update(snoozed_until=timezone.now() - timedelta(minutes=3), closed_at=timezone.now())

    assert wake_due() == 0


def test_the_sweep_sees_what_is_due_in_every_practice(channel: Channel, conversation: Conversation) -> None:
    make_conversation(channel, snoozed_until=timezone.now() + timedelta(minutes=3))
    Conversation.objects.filter(pk=conversation.pk).update(snoozed_until=timezone.now() - timedelta(minutes=3))

    with connection.cursor() as cursor:
        cursor.execute("select kind, count from pending_work() where practice_id = %s", [conversation.practice_id])
        waiting = cursor.fetchall()
    wake_snoozed(practice_id=current_practice_id())

    assert (waiting, TASK_OF["snoozed"]) == ([("snoozed", 1)], "messaging.wake_snoozed")
    assert Conversation.objects.get(pk=conversation.pk).snoozed_until is None


@pytest.mark.django_db
@pytest.mark.parametrize("content", [{}, {"type": "location", "location": {"latitude": 52.5, "longitude": 13.4}}])
def test_whatever_the_patient_sends_ends_it(line: Line, content: dict[str, Any]) -> None:
    line.deliver(message("Wann?", timestamp=now()))
    with practice_scope(line.practice.pk):
        Conversation.objects.update(snoozed_until=timezone.now() + timedelta(days=1))

    line.deliver(message("Hallo?", timestamp=now(), **content))

    assert line.conversation().snoozed_until is None


@pytest.mark.django_db
def test_a_new_message_opens_it_again_and_it_stays_whose_it_was(line: Line) -> None:
    line.deliver(message("Wann?", timestamp=now()))
    with practice_scope(line.practice.pk):
        Conversation.objects.update(assigned_role="dentist", closed_at=timezone.now(), waiting_since=None)

    line.deliver(message("Noch etwas", timestamp=now()))

    stands = line.conversation()
    assert (stands.closed_at, stands.assigned_role, stands.waiting_since is not None) == (None, "dentist", True)
