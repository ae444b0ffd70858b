"""A note that was begun: kept apart from the reply, its writer's own, in no other thread, gone once it is written."""

from typing import Any

import pytest
from django.test import Client

from messaging.models import Channel, Conversation, Draft, Note
from practices.models import Member
from tests.messaging.inbox.desk import make_contact, make_conversation
from tests.messaging.teamwork.press import HTMX, of, press
from tests.people import login


@pytest.fixture
def jonas_browser(jonas: Member) -> Client:
    browser = Client()
    login(browser, jonas)
    return browser


def save(browser: Client, conversation: Conversation, body: str, mark: str = "") -> str:
    answer = browser.post(of(conversation, "notes/draft"), {"body": body, "mark": mark})
    assert answer.status_code == 200, answer.content
    return str(answer.json()["mark"])


def shown(browser: Client, conversation: Conversation) -> Any:
    """What stands in the note's box when it opens, and the draft it names."""
    words = browser.get(of(conversation, "notes"), headers=HTMX).context["words"]
    return words["body"], words["mark"]


def test_a_note_that_was_begun_stands_there_when_it_is_opened_again(desk: Client, conversation: Conversation) -> None:
    mark = save(desk, conversation, "Ruft um")
    mark = save(desk, conversation, "Ruft um vier an", mark)

    assert shown(desk, conversation) == ("Ruft um vier an", mark)
    assert b"data-draft-shown" in desk.get(of(conversation, "notes"), headers=HTMX).content


def test_a_page_without_a_script_shows_it_too(desk: Client, conversation: Conversation) -> None:
    save(desk, conversation, "Ruft um vier an")

    assert "Ruft um vier an</textarea>" in desk.get(of(conversation, "notes")).content.decode()


def test_it_is_apart_from_the_reply(desk: Client, conversation: Conversation) -> None:
    save(desk, conversation, "Nur intern")
    desk.post(of(conversation, "draft"), {"body": "Guten Tag", "mark": ""})

    composer = desk.get(of(conversation, "")[:-1]).context["composer"]

    assert (composer.text, shown(desk, conversation)[0]) == ("Guten Tag", "Nur intern")


def test_it_is_nobody_elses_and_in_no_other_thread(
    desk: Client, jonas_browser: Client, channel: Channel, conversation: Conversation
) -> None:
    other = make_conversation(channel, make_contact("+491713920011"))
    mark = save(desk, conversation, "Nur hier")

    refused = desk.post(of(other, "notes/draft"), {"body": "Nur hier, weiter", "mark": mark})

    assert refused.status_code == 409
    assert (shown(desk, other), shown(jonas_browser, conversation)) == (("", ""), ("", ""))


def test_writing_the_note_removes_its_draft_and_not_that_of_the_reply(desk: Client, conversation: Conversation) -> None:
    mark = save(desk, conversation, "Ruft um vier")
    desk.post(of(conversation, "draft"), {"body": "Ruft um vier", "mark": ""})

    press(desk, of(conversation, "notes"), body="Ruft um vier an", mark=mark)

    assert shown(desk, conversation) == ("", "")
    assert [draft.kind for draft in Draft.objects.all()] == [Draft.Kind.REPLY]


def test_a_note_whose_last_saving_was_not_heard_of_leaves_none(desk: Client, conversation: Conversation) -> None:
    save(desk, conversation, " Ruft um vier an ")

    press(desk, of(conversation, "notes"), body="Ruft um vier an", mark="")

    assert Draft.objects.count() == 0


def test_what_another_window_has_begun_beyond_it_stays(desk: Client, conversation: Conversation) -> None:
    old = save(desk, conversation, "Ruft")
    newer = save(desk, conversation, "Ruft nicht mehr an", old)

    press(desk, of(conversation, "notes"), body="Ruft an", mark=old)

    assert shown(desk, conversation) == ("Ruft nicht mehr an", newer)


def test_an_older_window_is_shown_the_newer_text(desk: Client, conversation: Conversation) -> None:
    old = save(desk, conversation, "Ruft")
    newer = save(desk, conversation, "Ruft um vier an", old)

    answer = desk.post(of(conversation, "notes/draft"), {"body": "Ruft nicht", "mark": old})

    page = answer.content.decode()
    assert (answer.status_code, "Ruft um vier an" in page, f'data-overtaken="{newer}"' in page) == (409, True, True)


def test_an_older_window_hears_that_the_note_was_written(desk: Client, conversation: Conversation) -> None:
    mark = save(desk, conversation, "Ruft")
    press(desk, of(conversation, "notes"), body="Ruft", mark=mark)

    answer = desk.post(of(conversation, "notes/draft"), {"body": "Ruft an", "mark": mark})

    assert answer.status_code == 409
    assert "diese Notiz gespeichert oder gelöscht" in answer.content.decode()


def test_a_note_that_is_refused_keeps_what_was_typed_and_the_draft(desk: Client, conversation: Conversation) -> None:
    mark = save(desk, conversation, "Ruft um vier an")

    refused = press(desk, of(conversation, "notes"), body="x" * 4001, mark=mark)

    words = refused.context["words"]
    assert (refused.status_code, words["body"], words["mark"]) == (422, "x" * 4001, mark)
    assert b"data-draft-shown" not in refused.content
    assert "None" not in desk.post(of(conversation, "notes"), headers=HTMX).content.decode()
    assert (Note.objects.count(), shown(desk, conversation)[0]) == (0, "Ruft um vier an")


def test_who_may_note_may_begin_one_and_a_stranger_finds_nothing(
    bert: Client, clara: Client, conversation: Conversation
) -> None:
    """A trainee notes, and sends nothing."""
    save(bert, conversation, "Bitte prüfen")

    assert shown(bert, conversation)[0] == "Bitte prüfen"
    assert clara.post(of(conversation, "notes/draft"), {"body": "x"}).status_code == 404


@pytest.mark.parametrize("fields", [{"mark": "x"}, {"body": "x" * 20_001}])
def test_what_no_page_of_ours_sends_is_refused(
    desk: Client, conversation: Conversation, fields: dict[str, str]
) -> None:
    assert desk.post(of(conversation, "notes/draft"), {"body": "Ja", "mark": ""} | fields).status_code == 400
    assert Draft.objects.count() == 0
