"""What somebody of the team has seen: exactly the messages that stood on a screen."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from messaging.models import Channel, Conversation
from practices.models import Change, Member, Practice, Role
from tests.messaging.inbox.desk import answer, grant, make_conversation, receive
from tests.people import login, make_member

QUERIES_OF_A_LOOK = 9  # session, member and scope, and one for the conversation


@pytest.fixture
def conversation(channel: Channel) -> Conversation:
    conversation = make_conversation(channel)
    grant(conversation.contact)
    return conversation


def address(conversation: Conversation, path: str = "") -> str:
    return f"/p/morgenthal/inbox/{conversation.pk}/{path}"


def test_looking_is_said_by_a_post_and_the_patients_ticks_follow(desk: Client, conversation: Conversation) -> None:
    message = receive(conversation)
    desk.get(address(conversation))
    unseen = Conversation.objects.get().seen_at

    response = desk.post(address(conversation, "seen/"), {"message": message.pk})

    seen = Conversation.objects.get()
    assert (unseen, response.status_code, seen.receipt_up_to) == (None, 204, message)
    assert seen.seen_at is not None


def test_only_what_was_shown_is_seen(desk: Client, conversation: Conversation) -> None:
    shown = [receive(conversation, "eins", ago=timedelta(minutes=3)), receive(conversation, "zwei")]
    below = receive(conversation, "weiter unten")

    desk.post(address(conversation, "seen/"), {"message": [shown[1].pk, shown[0].pk]})
    first = Conversation.objects.get()
    desk.post(address(conversation, "seen/"), {"message": below.pk})
    then = Conversation.objects.get()

    assert (first.seen_at, first.receipt_up_to) == (None, shown[1])
    assert (then.seen_at is None, then.receipt_up_to) == (False, below)


@pytest.mark.parametrize("said", [{}, {"message": ""}, {"message": "x"}, {"message": "0" * 32}])
def test_whoever_names_no_message_has_seen_none(desk: Client, conversation: Conversation, said: dict[str, str]) -> None:
    receive(conversation)

    response = desk.post(address(conversation, "seen/"), said)

    stands = Conversation.objects.get()
    assert (response.status_code, stands.seen_at, stands.receipt_up_to) == (204, None, None)


def test_a_line_of_whatsapps_own_can_be_seen_too(desk: Client, conversation: Conversation) -> None:
    line = receive(conversation, None, type="request_welcome")

    page = desk.get(address(conversation)).text

    assert f'id="message-{line.pk}" data-unseen="{line.pk}"' in page


# ── by whom ──


@pytest.fixture
def melek(practice: Practice) -> Client:
    """The browser of Anna's colleague."""
    browser = Client()
    login(browser, make_member(practice, Role.PROPHYLAXIS, name="Melek Yıldız"))
    return browser


def look(browser: Client, conversation: Conversation) -> None:
    newest = conversation.messages.inbound().latest("at")
    browser.post(address(conversation, "seen/"), {"message": newest.pk})


def facts(browser: Client, conversation: Conversation) -> str:
    """What the head of the thread says."""
    page = browser.get(address(conversation)).text
    return page[page.index('class="thread__facts"') : page.index('class="thread__deeds"')]


def row(browser: Client) -> str:
    return browser.get("/p/morgenthal/inbox/", {"tab": "open"}).text


@time_machine.travel("2026-11-30T10:42:00+01:00", tick=False)
def test_colleagues_read_in_the_list_and_in_the_thread_who_has_seen_it(
    conversation: Conversation, melek: Client, practice: Practice
) -> None:
    receive(conversation)
    desk = Client()
    login(desk, make_member(practice, Role.RECEPTION))
    look(melek, conversation)

    assert 'title="Gesehen von Melek Yıldız, 10:42"' in row(desk)
    assert "Gesehen von Melek Yıldız, 10:42" in facts(desk, conversation)
    assert "Gesehen von" not in facts(melek, conversation), "one knows where one has looked"


def seen_by(browser: Client, conversation: Conversation) -> str:
    return browser.get(address(conversation, "seen-by/")).text


@time_machine.travel("2026-11-30T10:42:00+01:00", tick=False)
def test_an_open_thread_asks_for_who_has_seen_it_alone(
    conversation: Conversation, melek: Client, practice: Practice, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    receive(conversation)
    desk = Client()
    login(desk, make_member(practice, Role.RECEPTION))
    before = seen_by(desk, conversation)
    look(melek, conversation)

    with django_assert_num_queries(QUERIES_OF_A_LOOK):
        after = seen_by(desk, conversation)

    assert ("hidden" in before, "hidden" in after) == (True, False)
    assert "Gesehen von Melek Yıldız, 10:42" in after
    assert "Gesehen" not in seen_by(melek, conversation)


def test_a_look_is_told_as_one_and_only_once_the_newest_was_seen(desk: Client, conversation: Conversation) -> None:
    older, newest = receive(conversation, "eins", ago=timedelta(minutes=3)), receive(conversation, "zwei")
    Change.objects.all().delete()

    desk.post(address(conversation, "seen/"), {"message": older.pk})
    first = list(Change.objects.values_list("kind", "ref"))
    desk.post(address(conversation, "seen/"), {"message": newest.pk})

    assert (first, list(Change.objects.values_list("kind", "ref"))) == ([], [("seen", conversation.pk)])


def test_whoever_looks_after_the_first_takes_nothing_from_them(
    desk: Client, conversation: Conversation, melek: Client
) -> None:
    receive(conversation)
    look(melek, conversation)
    look(desk, conversation)

    assert Conversation.objects.get().seen_by == Member.objects.get(user__name="Melek Yıldız")


def test_a_new_message_has_been_seen_by_nobody(desk: Client, conversation: Conversation, melek: Client) -> None:
    receive(conversation)
    look(melek, conversation)
    conversation.refresh_from_db()
    receive(conversation, "Noch etwas")

    assert Conversation.objects.get().seen_by is None
    assert ("Gesehen" in row(desk), "Gesehen" in facts(desk, conversation)) == (False, False)


def test_what_is_answered_was_seen_anyway(desk: Client, conversation: Conversation, melek: Client) -> None:
    receive(conversation)
    look(melek, conversation)
    conversation.refresh_from_db()
    answer(conversation)

    assert ("Gesehen" in row(desk), "Gesehen" in facts(desk, conversation)) == (False, False)


def test_of_what_was_seen_by_nobody_knows_whom_the_row_says_so_all_the_same(
    desk: Client, conversation: Conversation
) -> None:
    receive(conversation)
    Conversation.objects.update(seen_at=timezone.now())

    page = row(desk)

    assert ('data-state="seen">Gesehen<' in page, "Gesehen von" in page) == (True, False)
    assert "Gesehen" not in facts(desk, conversation)


def test_a_trainees_look_is_none_and_a_strangers_finds_nothing(
    bert: Client, clara: Client, desk: Client, conversation: Conversation
) -> None:
    message = receive(conversation)
    look(bert, conversation)
    unseen = Conversation.objects.get()
    look(desk, conversation)
    anna = Member.objects.get(user__name="Anna Arnold")

    stranger = clara.post(address(conversation, "seen/"), {"message": message.pk})

    assert (unseen.seen_at, unseen.seen_by) == (None, None)
    assert (stranger.status_code, Conversation.objects.get().seen_by) == (404, anna)
    assert "Anna Arnold" not in clara.get("/p/ostufer/inbox/", {"tab": "open"}).text
