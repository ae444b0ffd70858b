"""A patient's emoji as an answer: on our newest message it is news, and starts no clock (ADR 27)."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from messaging.models import Conversation, Message
from practices.scope import practice_scope
from tests.messaging.factories import Line, message, now
from tests.messaging.inbox.desk import answer, grant
from tests.people import login
from tests.people import make_member as make_person

pytestmark = pytest.mark.django_db
QUESTION = "Passt Dienstag 10 Uhr?"


@pytest.fixture
def ours(line: Line) -> Message:
    """The patient wrote, somebody asked back, and everybody has seen it: done, and whose it was."""
    line.deliver(message("Wann haben Sie Zeit?", timestamp=str(int(now()) - 120)))
    with practice_scope(line.practice.pk):
        conversation = Conversation.objects.get()
        grant(conversation.contact)
        jonas = make_person(line.practice, name="Jonas Fechner")
        asked = answer(conversation, QUESTION, by=jonas, ago=timedelta(minutes=1))
        seen = timezone.now()
        Conversation.objects.update(closed_at=seen, seen_at=seen, assigned_role="dentist", waiting_since=None)
    return asked


@pytest.fixture
def desk(line: Line, client: Client) -> Client:
    login(client, make_person(line.practice, name="Anna Arnold"))
    return client


def react(line: Line, to: Message, emoji: str | None = "👍") -> None:
    with practice_scope(line.practice.pk):
        said = {"message_id": to.wamid, "emoji": emoji}
    line.deliver(message("", type="reaction", reaction=said, timestamp=now()))


def rows(desk: Client, line: Line, tab: str = "open") -> list[tuple[str, str, bool]]:
    listed = desk.get(f"/p/{line.practice.slug}/inbox/", {"tab": tab}).context["rows"]
    return [(row.state, row.last_line, row.owed) for row in listed]


def test_an_emoji_on_our_newest_message_opens_what_was_done_and_starts_no_clock(
    line: Line, desk: Client, ours: Message
) -> None:
    react(line, ours)

    stands = line.conversation()
    assert (stands.closed_at, stands.seen_at, stands.waiting_since, stands.assigned_role) == (
        None,
        None,
        None,
        "dentist",
    )
    assert rows(desk, line) == [("new", "hat mit 👍 reagiert", False)]
    assert (rows(desk, line, "done"), rows(desk, line, "waiting")) == ([], [])


def test_it_brings_back_what_was_put_off(line: Line, desk: Client, ours: Message) -> None:
    with practice_scope(line.practice.pk):
        Conversation.objects.update(closed_at=None, snoozed_until=timezone.now() + timedelta(days=1))

    react(line, ours)

    assert line.conversation().snoozed_until is None
    assert rows(desk, line) == [("new", "hat mit 👍 reagiert", False)]


@pytest.mark.parametrize("how", ["taken back", "on something older", "on their own message"])
def test_any_other_reaction_changes_nothing(line: Line, desk: Client, ours: Message, how: str) -> None:
    with practice_scope(line.practice.pk):
        theirs = Message.objects.filter(direction="in").in_order()[0]
        if how == "on something older":
            answer(Conversation.objects.get(), "Oder lieber Mittwoch?", ago=timedelta(seconds=30))
        Conversation.objects.update(snoozed_until=timezone.now() + timedelta(days=1))
    before = line.conversation()

    react(line, theirs if how == "on their own message" else ours, None if how == "taken back" else "👍")

    after = line.conversation()
    columns = ("closed_at", "seen_at", "snoozed_until", "waiting_since")
    assert [getattr(after, name) for name in columns] == [getattr(before, name) for name in columns]
    lines = {"taken back": "hat eine Reaktion zurückgenommen", "on something older": "Oder lieber Mittwoch?"}
    assert rows(desk, line, "done") == [("done", lines.get(how, QUESTION), False)]


def test_what_is_taken_back_again_is_no_news_any_more(line: Line, desk: Client, ours: Message) -> None:
    react(line, ours)

    react(line, ours, "")

    assert rows(desk, line) == [("answered", "hat eine Reaktion zurückgenommen", False)]


def test_it_is_seen_with_the_message_it_stands_at(line: Line, desk: Client, ours: Message) -> None:
    react(line, ours)
    thread = f"/p/{line.practice.slug}/inbox/{ours.conversation_id}/"

    page = desk.get(thread)
    [shown] = [one for one in page.context["messages"] if one.unseen]
    desk.post(f"{thread}seen/", {"message": shown.unseen_id})

    stands = line.conversation()
    assert shown.pk == ours.pk
    assert f'data-unseen="{shown.unseen_id}"' in page.text
    assert (stands.seen_at is None, stands.receipt_up_to_id) == (False, None), "an emoji gets no blue ticks"
    assert rows(desk, line) == [("answered", "hat mit 👍 reagiert", False)]


def test_who_saw_what_came_before_has_not_seen_the_emoji(line: Line, desk: Client, ours: Message) -> None:
    line.deliver(message("Moment", timestamp=str(int(now()) - 5)))
    with practice_scope(line.practice.pk):
        written = Message.objects.filter(direction="in").in_order().last()
    react(line, ours)

    assert written is not None
    desk.post(f"/p/{line.practice.slug}/inbox/{ours.conversation_id}/seen/", {"message": written.pk})

    stands = line.conversation()
    assert (stands.seen_at, stands.receipt_up_to_id) == (None, written.pk)
