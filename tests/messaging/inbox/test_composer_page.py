"""The reply box's page: preferences, the window, and what works without a script."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from consent.purposes import Purpose
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

    wanted = ('lang="de"', 'spellcheck="true"', 'autocorrect="off"', 'maxlength="4096"', "required")
    assert [one in box for one in wanted] == [True] * 5  # names are spelled as they are written


def test_a_purpose_nobody_agreed_to_is_seen_with_the_way_to_ask_and_never_chosen(
    desk: Client, channel: Channel, conversation: Conversation
) -> None:
    some, nothing = make_conversation(channel), make_conversation(channel)
    grant(some.contact, Purpose.ORGANISATION)
    receive(some)
    grant(nothing.contact, *Purpose)
    receive(nothing)

    choices = [choices_of(page(desk, one)) for one in (some, nothing)]

    assert choices == [
        [("organisation", ""), ("behandlung", " disabled"), ("recall", " disabled"), ("werbung", " disabled")],
        [("organisation", ""), ("behandlung", ""), ("recall", ""), ("werbung", "")],
    ]
    assert [intake(some) in page(desk, some), "data-missing" in page(desk, nothing)] == [True, False]


def choices_of(shown: str) -> list[tuple[str, str]]:
    """The purposes of the box, and what keeps one from being chosen."""
    box = shown.partition('<select name="purpose">')[2].partition("</select>")[0].replace(" selected", "")
    return re.findall(r'<option value="(\w+)"( disabled)?>', box)


def intake(conversation: Conversation) -> str:
    """The way to ask for consent that stands in the box itself; the panel has another."""
    href = f"/p/morgenthal/consent/intake/?contact={conversation.contact_id}"
    return f'<a href="{href}">Einwilligung aufnehmen</a>\n    </p>\n  </details>'


def test_a_purpose_the_practice_does_not_offer_is_not_missed(
    desk: Client, anna: Member, conversation: Conversation
) -> None:
    anna.practice.offered_purposes = [Purpose.ORGANISATION, Purpose.BEHANDLUNG]
    anna.practice.save(update_fields=["offered_purposes"])

    assert "data-missing" not in page(desk, conversation)


def test_whoever_has_agreed_to_nothing_is_asked_from_the_box(desk: Client, channel: Channel) -> None:
    conversation = make_conversation(channel)
    receive(conversation)

    shown = page(desk, conversation)

    href = re.escape(f"/p/morgenthal/consent/intake/?contact={conversation.contact_id}")
    assert 'data-gate="consent"' in shown
    assert len(re.findall(rf'<a class="button"\s+href="{href}"', shown)) == 1


def test_a_finding_nobody_agreed_to_leads_to_asking_for_it(desk: Client, channel: Channel) -> None:
    conversation = make_conversation(channel)
    grant(conversation.contact, Purpose.ORGANISATION)
    receive(conversation)
    form = {"body": "Bitte nehmen Sie Amoxicillin weiter.", "purpose": "organisation"}

    asked = desk.post(f"/p/morgenthal/inbox/{conversation.pk}/reply/", form, headers={"HX-Request": "true"}).text

    hint = asked.partition('id="composer-findings"')[2].partition("</p>")[0]
    assert f'href="/p/morgenthal/consent/intake/?contact={conversation.contact_id}"' in hint


def test_no_text_of_a_patient_is_kept_by_the_browser() -> None:
    """Drafts live on the server: no script of the composer touches the browser's storage."""
    folder = Path(settings.BASE_DIR, "static", "js")
    scripts = sorted([*folder.glob("composer*.js"), folder / "drafts.js"])

    assert len(scripts) > 5
    assert [one.name for one in scripts if "Storage" in one.read_text() or "indexedDB" in one.read_text()] == []
