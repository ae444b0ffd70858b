"""The reply box's page: preferences, the window, and what works without a script."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from messaging.models import Channel, Conversation
from practices.models import Member
from practices.preferences import change_preferences
from tests.messaging.inbox.desk import grant, make_conversation, receive


@pytest.fixture
def conversation(channel: Channel) -> Conversation:
    conversation = make_conversation(channel)
    grant(conversation.contact)
    receive(conversation)
    return conversation


def page(desk: Client, conversation: Conversation) -> str:
    return desk.get(f"/p/morgenthal/inbox/{conversation.pk}/").content.decode()


def test_plain_enter_sends_only_for_whoever_wants_it(desk: Client, anna: Member, conversation: Conversation) -> None:
    before = page(desk, conversation)
    change_preferences(member=anna, enter_sends=True)
    after = page(desk, conversation)

    assert ("data-enter-sends" in before, "data-enter-sends" in after) == (False, True)
    assert ("Strg ⏎" in before, "Strg ⏎" in after) == (True, False)


@pytest.mark.parametrize(("hours", "is_short"), [(1, False), (21, False), (22.5, True)])
def test_under_two_hours_the_window_is_amber(desk: Client, channel: Channel, hours: float, is_short: bool) -> None:
    conversation = make_conversation(channel)
    grant(conversation.contact)
    receive(conversation, ago=timedelta(hours=hours))

    assert ('data-window="short"' in page(desk, conversation)) == is_short


def test_what_needs_a_script_is_hidden_until_there_is_one(desk: Client, conversation: Conversation) -> None:
    shown = page(desk, conversation)

    for tool in ("data-replies=", "data-emoji="):
        button = shown.partition(tool)[0].rpartition("<button")[2]
        assert " hidden" in button.replace("\n", " ")


def test_the_box_is_spelled_in_german_and_takes_what_whatsapp_takes(desk: Client, conversation: Conversation) -> None:
    box = page(desk, conversation).partition('<textarea id="reply"')[2].partition(">")[0]

    assert [one in box for one in ('lang="de"', 'spellcheck="true"', 'maxlength="4096"', "required")] == [True] * 4


def test_no_text_of_a_patient_is_kept_by_the_browser() -> None:
    """Drafts live on the server: no script of the composer touches the browser's storage."""
    scripts = sorted(Path(settings.BASE_DIR, "static", "js").glob("composer*.js"))

    assert len(scripts) > 5
    assert [one.name for one in scripts if "Storage" in one.read_text() or "indexedDB" in one.read_text()] == []
