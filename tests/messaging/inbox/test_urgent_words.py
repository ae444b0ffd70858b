"""Words that lift, from the webhook to the list and back to rest; and the page on which a practice decides them."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from messaging.actions import close_conversation
from messaging.history import Entry, record
from messaging.models import Channel, Conversation, Message, UrgencyList
from messaging.urgency import HOUSE_LIST, LONGEST_WORD, MOST_WORDS
from practices.models import Member, Practice, Role
from practices.scope import practice_scope
from tests.messaging.factories import PATIENT, SENT_AT, Line, envelope, make_line, message, wamid
from tests.messaging.inbox.desk import grant, make_conversation, receive
from tests.messaging.inbox.test_list import LIST
from tests.messaging.sending import say
from tests.messaging.teamwork.press import said_on
from tests.people import login, make_member

PAGE = f"{LIST}urgent-words/"


@pytest.fixture
def line(practice: Practice) -> Line:
    return make_line(practice)


def urgent(line: Line) -> tuple[bool, list[str] | None]:
    conversation = line.conversation()
    with practice_scope(line.practice.pk):
        return conversation.urgent_at is not None, conversation.urgent_words


def echo(text: str) -> dict[str, Any]:
    """What somebody wrote in the phone's own app."""
    said = {"id": wamid(), "to": PATIENT.removeprefix("+"), "timestamp": str(SENT_AT + 60), "type": "text"}
    return envelope({"message_echoes": [said | {"text": {"body": text}}]}, field="smb_message_echoes")


def test_a_message_with_a_word_lifts_and_later_words_are_added(line: Line) -> None:
    line.deliver(message("Guten Tag, ich hätte eine Frage"))
    assert urgent(line) == (False, None)

    line.deliver(message("Seit heute Nacht ist da eine Schwellung"))
    since = line.conversation().urgent_at
    line.deliver(message("Und Fieber. Die Schwellung wird größer"))

    assert urgent(line) == (True, ["Schwellung", "Fieber"])
    assert line.conversation().urgent_at == since


def test_many_messages_at_once_lift_like_one_after_the_other(line: Line) -> None:
    line.deliver(message("Hallo"), message("Unfall!"), message("ja"), message("er blutet"))

    assert urgent(line) == (True, ["Unfall", "blutet"])


def test_the_words_in_the_database_are_sealed(line: Line) -> None:
    line.deliver(message("eine Schwellung"))

    with practice_scope(line.practice.pk), connection.cursor() as cursor:
        cursor.execute("select urgent_words from messaging_conversation")
        [(stored,)] = cursor.fetchall()

    assert len(stored) > len("Schwellung")
    assert b"Schwellung" not in bytes(stored)


def test_an_answer_from_the_practices_phone_ends_it(line: Line) -> None:
    line.deliver(message("eine Schwellung"))
    line.deliver(echo("Bitte kommen Sie gleich"))

    assert urgent(line) == (False, None)


def test_an_answer_in_the_same_breath_leaves_nothing_urgent(line: Line) -> None:
    line.deliver(message("Hallo"))
    line.post(json.dumps(message("eine Schwellung")).encode())
    line.deliver(echo("Bitte kommen Sie gleich"))

    assert urgent(line) == (False, None)


@pytest.mark.parametrize(
    "said",
    [
        message("STOP"),
        message("", type="reaction", reaction={"message_id": "wamid.x", "emoji": "🤕"}),
        message("keine Schwellung mehr"),
    ],
    ids=["stop", "reaction", "denied"],
)
def test_what_waits_for_no_answer_or_denies_lifts_nobody(line: Line, said: dict[str, Any]) -> None:
    line.deliver(said)

    assert urgent(line) == (False, None)


def test_the_words_below_a_picture_count(line: Line) -> None:
    line.deliver(message(type="image", image={"id": "1", "mime_type": "image/jpeg", "caption": "Die Schwellung"}))

    assert urgent(line) == (True, ["Schwellung"])


def test_done_and_answered_end_it_and_a_newer_message_keeps_it(desk: Client, anna: Member, channel: Channel) -> None:
    answered, closed, kept = (lifted(channel) for _ in range(3))
    late = receive(kept, "Bitte schnell")

    for one in (answered, kept):
        grant(one.contact)
    say(answered, anna)
    close_conversation(conversation=closed, by=anna)
    say(kept, anna, after=before(late))

    assert [_words(one) for one in (answered, closed, kept)] == [None, None, ["Schwellung"]]


def lifted(channel: Channel) -> Conversation:
    conversation = make_conversation(channel)
    receive(conversation, "Eine Schwellung")
    conversation.urgent_at, conversation.urgent_words = timezone.now(), ["Schwellung"]
    conversation.save(update_fields=["urgent_at", "urgent_words"])
    return conversation


def before(message: Message) -> UUID:
    """Of the message that came first."""
    return Message.objects.filter(conversation=message.conversation).earliest("pk").pk


def _words(conversation: Conversation) -> list[str] | None:
    found = Conversation.objects.get(pk=conversation.pk)
    return found.urgent_words if found.urgent_at else None


def test_row_and_head_say_the_word(desk: Client, channel: Channel) -> None:
    conversation = lifted(channel)

    page = desk.get(f"{LIST}{conversation.pk}/").content.decode()

    assert page.count('<span class="urgent__words">Schwellung</span>') == 2


def test_what_was_recorded_from_before_is_lifted_as_if_it_had_just_come(channel: Channel, anna: Member) -> None:
    waits, answered = make_conversation(channel), make_conversation(channel)
    then = timezone.now()
    asks = Entry(
        direction=Message.Direction.INBOUND, at=then, body="Mein Kind ist gestürzt", state=Message.State.RECEIVED
    )
    ours = Entry(
        direction=Message.Direction.OUTBOUND,
        at=then + timedelta(minutes=1),
        body="Kommen Sie",
        origin=Message.Origin.STAFF,
    )

    record(conversation=waits, entries=[asks])
    record(conversation=answered, entries=[asks, ours])

    assert (_words(waits), _words(answered)) == (["gestürzt"], None)


# ── the page ──


@pytest.fixture
def owner(practice: Practice) -> Client:
    browser = Client()
    login(browser, make_member(practice, Role.OWNER, name="Oda Ott"))
    return browser


def test_the_list_that_holds_is_shown_changed_and_told_by_version(owner: Client, line: Line) -> None:
    first = owner.get(PAGE).content.decode()
    saved = owner.post(PAGE, {"words": "Implantat locker\r\n\r\n schwellung \r\nSchwellung"})
    page = owner.get(PAGE)

    assert first.count("Es gilt die Liste, die Roger mitbringt.") == 1
    assert (saved.status_code, page.context["form"].initial["words"]) == (303, "Implantat locker\nschwellung")
    assert page.content.decode().count("Es gilt Fassung 1 Ihrer Praxis.") == 1
    [version] = page.context["versions"]
    assert (version.number, version.by, version.added) == (1, "Oda Ott", ["Implantat locker", "schwellung"])
    assert len(version.removed) == len(HOUSE_LIST)

    line.deliver(message("Mein Implantat ist ganz locker, und Fieber habe ich"))
    assert urgent(line) == (True, ["Implantat locker"])


def test_the_page_says_whether_the_words_are_others_now(owner: Client, channel: Channel) -> None:
    said = [said_on(owner.post(PAGE, {"words": "Implantat locker"}, follow=True)) for _press in range(2)]

    assert said == [["Wörter gespeichert"], ["Nichts geändert: Diese Wörter gelten schon"]]


def test_going_back_to_the_house_list_is_a_version_too(owner: Client, practice: Practice) -> None:
    owner.post(PAGE, {"words": ""})
    assert owner.get(PAGE).content.decode().count("Zur mitgebrachten Liste zurück") == 1

    owner.post(PAGE, {"words": "\n".join(HOUSE_LIST)})

    page = owner.get(PAGE)
    assert page.content.decode().count("Zur mitgebrachten Liste zurück") == 0
    assert [(one.number, len(one.added), len(one.removed)) for one in page.context["versions"]] == [
        (2, len(HOUSE_LIST), 0), (1, 0, len(HOUSE_LIST)),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("\n".join(f"Wort {number}" for number in range(MOST_WORDS + 1)), f"Höchstens {MOST_WORDS} Wörter."),
        ("x" * (LONGEST_WORD + 1), "Ein Eintrag ist zu lang"),
    ],
)
def test_a_list_nobody_could_read_is_refused_and_kept_in_the_form(owner: Client, words: str, sentence: str) -> None:
    refused = owner.post(PAGE, {"words": words})

    assert refused.status_code == 422
    assert refused.content.decode().count(sentence) == 1
    assert refused.context["form"].data["words"] == words


def test_the_words_are_for_those_who_lead(
    desk: Client, owner: Client, clara: Client, practice: Practice, channel: Channel
) -> None:
    assert [browser.get(PAGE).status_code for browser in (owner, desk, clara)] == [200, 403, 404]
    assert [browser.post(PAGE, {"words": "x"}).status_code for browser in (desk, clara)] == [403, 404]
    assert UrgencyList.objects.count() == 0
    assert [PAGE in browser.get(LIST).content.decode() for browser in (owner, desk)] == [True, False]
