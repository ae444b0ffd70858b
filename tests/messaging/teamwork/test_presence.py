"""Who is where: told by pages, shown to the others within a beat, gone by itself, and nowhere in the database."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import redis
import time_machine
from django.conf import settings
from django.db import connection
from django.test import Client
from django.utils import timezone

from messaging.models import Channel, Conversation
from messaging.teamwork import presence
from practices.bus import bus, channel
from practices.live import CHANNEL
from practices.models import AuditEvent, Change, LoginSession, Member
from tests.messaging.inbox.desk import make_conversation
from tests.messaging.teamwork.press import HTMX, INBOX, of
from tests.people import login

EVERYBODY = f"{INBOX}presence/"
LIVE = {"X-Roger-Live": "1"}


@pytest.fixture
def jonas_browser(jonas: Member) -> Client:
    browser = Client()
    login(browser, jonas)
    return browser


@pytest.fixture
def heard() -> Iterator[Any]:
    """What is published, as lists of (kind, id)."""
    with redis.Redis.from_url(settings.REDIS_URL) as client, client.pubsub() as listening:
        listening.subscribe(channel(CHANNEL))
        listening.get_message(timeout=2)

        def changes() -> list[tuple[str, str]]:
            found = []
            while message := listening.get_message(ignore_subscribe_messages=True, timeout=0.2):
                found += [(kind, ref) for _change, kind, ref in json.loads(message["data"])["changes"]]
            return found

        yield changes


def tell(browser: Client, conversation: Conversation, state: str) -> int:
    bus().delete(*(bus().keys("roger:presence:*:*") or ["nothing"]))  # as if the person's fifth of a second were over
    return browser.post(of(conversation, "presence"), {"state": state}, headers=LIVE).status_code


def shown(browser: Client) -> list[tuple[object, str, str]]:
    present = browser.get(EVERYBODY, headers=HTMX | LIVE).context["present"]
    return [(one.conversation_id, one.name, one.state) for one in present]


def test_others_see_who_looks_and_who_writes_and_oneself_does_not(
    desk: Client, jonas_browser: Client, conversation: Conversation
) -> None:
    status = tell(jonas_browser, conversation, "viewing")
    looking = shown(desk)
    tell(jonas_browser, conversation, "typing")
    writing = shown(desk)
    tell(jonas_browser, conversation, "gone")

    assert status == 204
    assert looking == [(conversation.pk, "Jonas Fechner", "viewing")]
    assert writing == [(conversation.pk, "Jonas Fechner", "typing")]
    assert (shown(desk), shown(jonas_browser)) == ([], [])


def test_each_state_has_a_sign_and_words_besides_its_colour(
    desk: Client, jonas_browser: Client, conversation: Conversation
) -> None:
    said = []
    for state in ("viewing", "idle", "typing"):
        tell(jonas_browser, conversation, state)
        said.append(desk.get(EVERYBODY).text)

    assert [text.count(f"#{sign}") for text, sign in zip(said, ("eye", "clock", "pen-line"), strict=True)] == [1, 1, 1]
    assert said[2].count("Jonas Fechner schreibt gerade") == 2


def test_screens_are_told_when_it_changes_and_only_then(
    jonas_browser: Client, conversation: Conversation, heard: Any
) -> None:
    for state in ("viewing", "viewing", "typing", "viewing", "gone"):
        tell(jonas_browser, conversation, state)

    assert heard() == [("presence", str(conversation.pk))] * 4


def test_what_changes_too_fast_is_told_with_the_next_beat(
    desk: Client, jonas_browser: Client, conversation: Conversation, heard: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presence, "TOLD_ONCE_IN", 60_000)  # however slow this machine is; `tell` ends it
    tell(jonas_browser, conversation, "viewing")
    for state in ("typing", "viewing", "typing"):
        jonas_browser.post(of(conversation, "presence"), {"state": state}, headers=LIVE)
    told_at_once = heard()
    tell(jonas_browser, conversation, "typing")

    assert (len(told_at_once), len(heard())) == (1, 1)
    assert shown(desk) == [(conversation.pk, "Jonas Fechner", "typing")]


def test_whoever_says_nothing_any_more_is_gone(desk: Client, jonas_browser: Client, conversation: Conversation) -> None:
    tell(jonas_browser, conversation, "viewing")
    with time_machine.travel(timezone.now() + timedelta(seconds=20), tick=False):
        still = shown(desk)
    with time_machine.travel(timezone.now() + timedelta(seconds=27), tick=False):
        gone = shown(desk)

    assert (len(still), gone) == (1, [])


def test_it_expires_in_redis_by_itself(jonas_browser: Client, conversation: Conversation) -> None:
    tell(jonas_browser, conversation, "viewing")

    assert 0 < bus().ttl(f"roger:presence:{conversation.practice_id}") <= 50


def test_nothing_of_it_is_stored_and_nothing_names_anybody(
    jonas: Member, jonas_browser: Client, conversation: Conversation
) -> None:
    before = (Change.objects.count(), AuditEvent.objects.count())
    tell(jonas_browser, conversation, "typing")
    held: dict[Any, Any] = bus().hgetall(f"roger:presence:{conversation.practice_id}")

    assert (Change.objects.count(), AuditEvent.objects.count()) == before
    [(field, value)] = held.items()
    assert (bytes(field), bytes(value)[:7]) == (f"{conversation.pk}:{jonas.pk}".encode(), b"typing:")


def test_a_page_that_only_stands_there_keeps_nobody_logged_in(
    jonas: Member, jonas_browser: Client, conversation: Conversation
) -> None:
    before = LoginSession.objects.get(user_id=jonas.user_id).active_at
    with time_machine.travel(timezone.now() + timedelta(minutes=5), tick=True):
        tell(jonas_browser, conversation, "viewing")
        shown(jonas_browser)

    assert LoginSession.objects.get(user_id=jonas.user_id).active_at == before


def test_of_another_practice_nobody_is_seen(desk: Client, clara: Client, conversation: Conversation) -> None:
    refused = [tell(clara, conversation, "viewing"), clara.get(EVERYBODY).status_code]
    foreign = clara.post(f"/p/ostufer/inbox/{conversation.pk}/presence/", {"state": "viewing"}).status_code
    tell(desk, conversation, "viewing")

    assert (refused, foreign) == ([404, 404], 404)
    assert clara.get("/p/ostufer/inbox/presence/").context["present"] == []


def test_who_left_is_not_shown(desk: Client, jonas: Member, jonas_browser: Client, conversation: Conversation) -> None:
    tell(jonas_browser, conversation, "viewing")
    Member.objects.filter(practice=jonas.practice, pk=jonas.pk).update(left_at=timezone.now())

    assert shown(desk) == []


def test_it_asks_the_database_for_names_alone(
    channel: Channel, desk: Client, jonas_browser: Client, django_assert_num_queries: Any
) -> None:
    for _number in range(3):
        tell(jonas_browser, make_conversation(channel), "viewing")

    with django_assert_num_queries(9):  # seven of them find out who asks
        page = desk.get(EVERYBODY, headers=LIVE)

    assert len(page.context["present"]) == 3


def test_without_redis_nobody_is_there_and_nothing_breaks(
    desk: Client, conversation: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    nobody = redis.Redis(host="127.0.0.1", port=1, socket_connect_timeout=0.2)
    monkeypatch.setattr("messaging.teamwork.presence.bus", lambda: nobody)

    status = desk.post(of(conversation, "presence"), {"state": "viewing"}).status_code

    assert (status, desk.get(EVERYBODY).context["present"]) == (204, [])
    assert connection.in_atomic_block


def test_a_thread_says_where_to_tell_it(desk: Client, conversation: Conversation) -> None:
    page = desk.get(of(conversation, "")[:-1]).text

    assert page.count(f'data-presence-url="{of(conversation, "presence")}"') == 1
    assert page.count(f'data-presence="{EVERYBODY}"') == 1
