"""Somebody WhatsApp does not reach is marked for everybody, until something comes or arrives again (peers pain 32)."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from messaging.models import Channel, Conversation, Message, Task
from practices.models import Member
from tests.messaging.inbox.desk import answer, grant, make_conversation, make_patient, receive

HTMX = {"HX-Request": "true"}
NOT_THERE: dict[str, Any] = {"state": "failed", "error_code": 131026}
SENTENCE = "Über WhatsApp gerade nicht erreichbar."


@pytest.fixture
def conversation(channel: Channel) -> Conversation:
    """Somebody wrote yesterday and could be answered."""
    conversation = make_conversation(channel)
    make_patient(conversation.contact)
    grant(conversation.contact)
    receive(conversation, ago=timedelta(hours=20))
    return conversation


def address(conversation: Conversation, path: str = "") -> str:
    return f"/p/morgenthal/inbox/{conversation.pk}/{path}"


def is_told(browser: Client, conversation: Conversation) -> bool:
    return SENTENCE in browser.get(address(conversation)).text


def test_who_is_not_on_whatsapp_is_marked_for_the_next_colleague(
    desk: Client, anna: Member, conversation: Conversation
) -> None:
    before = is_told(desk, conversation)
    answer(conversation, by=anna, ago=timedelta(hours=2), **NOT_THERE)

    assert (before, is_told(desk, conversation)) == (False, True)


def test_where_only_a_template_may_go_it_is_told_too(desk: Client, anna: Member, channel: Channel) -> None:
    conversation = make_conversation(channel)
    grant(conversation.contact)
    answer(conversation, by=anna, ago=timedelta(hours=2), **NOT_THERE)

    assert is_told(desk, conversation)


@pytest.mark.parametrize(
    ("state", "told"),
    [("delivered", False), ("read", False), ("sent", True), ("queued", True), ("cancelled", True), ("failed", True)],
)
def test_only_what_arrived_since_takes_the_mark_away(
    desk: Client, anna: Member, conversation: Conversation, state: str, told: bool
) -> None:
    answer(conversation, by=anna, ago=timedelta(hours=2), **NOT_THERE)
    answer(conversation, by=anna, ago=timedelta(hours=1), state=state)

    assert is_told(desk, conversation) == told


def test_who_writes_again_is_there_again(desk: Client, anna: Member, conversation: Conversation) -> None:
    answer(conversation, by=anna, ago=timedelta(hours=2), **NOT_THERE)
    receive(conversation, "Neues Telefon, jetzt geht es wieder", ago=timedelta(hours=1))

    assert not is_told(desk, conversation)


def test_what_failed_for_another_reason_marks_nobody(desk: Client, anna: Member, conversation: Conversation) -> None:
    answer(conversation, by=anna, ago=timedelta(hours=2), state="failed", error_code=131047)

    assert not is_told(desk, conversation)


def test_who_may_not_be_written_to_is_not_marked_besides(
    desk: Client, bert: Client, anna: Member, channel: Channel, conversation: Conversation
) -> None:
    stranger = make_conversation(channel)
    receive(stranger, ago=timedelta(hours=3))
    for one in (conversation, stranger):
        answer(one, by=anna, ago=timedelta(hours=2), **NOT_THERE)

    assert (is_told(desk, stranger), is_told(bert, conversation)) == (False, False)


def test_an_open_page_hears_of_it(desk: Client, anna: Member, conversation: Conversation) -> None:
    failed = answer(conversation, by=anna, ago=timedelta(hours=2), **NOT_THERE)

    news = desk.get(address(conversation, f"newer/?after={failed.pk}&gate="), headers=HTMX).text

    assert SENTENCE in news.partition('id="thread-unreached" hx-swap-oob="morph"')[2]


def test_the_mark_offers_the_call_and_makes_one_task_of_it(
    desk: Client, anna: Member, conversation: Conversation
) -> None:
    failed = answer(conversation, by=anna, ago=timedelta(hours=2), **NOT_THERE)
    shown = desk.get(address(conversation)).text.partition('id="thread-unreached"')[2].partition('id="thread-after"')[0]
    task = {"kind": "call", "message": failed.pk}

    called = desk.post(address(conversation, "number/"), {"call": "1"}, headers=HTMX)
    made = [desk.post(address(conversation, "tasks/"), task, headers=HTMX).status_code for _press in range(2)]

    fields = [f'hx-post="{address(conversation, "number/")}"', f'name="message" value="{failed.pk}"']
    assert [shown.replace("\n", " ").count(one) for one in fields] == [1, 1]
    assert ('href="tel:' in called.text, made, Task.objects.get().message) == (True, [204, 204], failed)
    assert Message.objects.filter(direction="out").count() == 1
