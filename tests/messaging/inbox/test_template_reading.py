"""Whoever is to choose a template chooses among what WhatsApp says now (peers, pain 45)."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from messaging.models import Channel, Conversation, Template
from practices.background import woken
from practices.bus import bus
from practices.models import Practice
from tests.messaging.inbox.desk import make_template, receive

HTMX = {"HX-Request": "true"}


def address(conversation: Conversation, path: str = "") -> str:
    return f"/p/morgenthal/inbox/{conversation.pk}/{path}"


def offered(answered: Any) -> list[str]:
    return [one.name for one in answered.context["composer"].templates]


def rung_to_read(practice: Practice) -> int:
    """How often a worker was told to read the templates from WhatsApp."""
    woken("messaging.sync_templates", practice_id=practice.pk)  # as it says when it begins
    return sum(b"messaging.sync_templates" in message for message in bus().lrange("background", 0, -1))


def test_whoever_opens_the_picker_has_the_list_read_once_in_five_minutes(
    desk: Client, channel: Channel, asleep: Conversation, practice: Practice
) -> None:
    make_template(channel)

    counted = []
    for _ in range(2):
        desk.get(address(asleep), headers=HTMX)
        counted.append(rung_to_read(practice))

    assert counted == [1, 1]
    page = desk.get(address(asleep)).text
    assert (
        page.count(f'hx-trigger="roger:templates-{channel.pk} from:body queue:none') == 1
    )  # and shown when it is read


def test_where_nothing_is_approved_yet_the_list_is_read_too(
    desk: Client, channel: Channel, asleep: Conversation, practice: Practice
) -> None:
    make_template(channel, status="pending")

    page = desk.get(address(asleep)).text

    assert rung_to_read(practice) == 1
    assert page.count(f'hx-trigger="roger:templates-{channel.pk} from:body queue:none') == 1
    Template.objects.update(status="approved")
    answered = desk.post(address(asleep, "templates/"), headers=HTMX)
    assert offered(answered) == ["Chat fortsetzen"]
    assert answered.text.count('id="template-picker"') == 1


def test_a_window_that_closes_on_an_open_page_has_the_list_read(
    desk: Client, channel: Channel, asleep: Conversation, practice: Practice
) -> None:
    make_template(channel)

    desk.get(address(asleep, "newer/?gate=window"), headers=HTMX)
    known = rung_to_read(practice)
    desk.get(address(asleep, "newer/?gate="), headers=HTMX)

    assert (known, rung_to_read(practice)) == (0, 1)


def test_nothing_is_read_for_who_may_write_freely_or_not_at_all(
    desk: Client, bert: Client, channel: Channel, asleep: Conversation, practice: Practice
) -> None:
    make_template(channel)
    bert.get(address(asleep))
    of_a_trainee = rung_to_read(practice)
    receive(asleep)

    desk.get(address(asleep))

    assert (of_a_trainee, rung_to_read(practice)) == (0, 0)


@pytest.fixture
def broker_away(settings: Settings) -> Iterator[None]:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    bus.cache_clear()
    yield
    bus.cache_clear()


def test_the_picker_opens_without_redis(
    desk: Client, channel: Channel, asleep: Conversation, broker_away: None
) -> None:
    make_template(channel)

    assert offered(desk.get(address(asleep))) == ["Chat fortsetzen"]
