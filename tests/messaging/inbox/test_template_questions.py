"""Templates are asked about as texts are: has a colleague answered or closed meanwhile, and is it this person?"""

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from messaging.models import Channel, Conversation, Message, Template
from practices.models import Member, Role
from tests.messaging.inbox.desk import (
    answer,
    grant,
    make_contact,
    make_conversation,
    make_patient,
    make_template,
    receive,
)
from tests.people import login, make_member

HTMX = {"HX-Request": "true"}
ASKED, SENT = 422, 200


@pytest.fixture
def template(channel: Channel) -> Template:
    return make_template(channel)


@pytest.fixture
def jonas(anna: Member) -> Member:
    return make_member(anna.practice, Role.RECEPTION, name="Jonas Fechner")


@pytest.fixture
def conversation(channel: Channel) -> Conversation:
    return asleep(channel, "Jana", "Vogt")


def asleep(channel: Channel, first_name: str, last_name: str) -> Conversation:
    """Somebody whose window is closed: only a template may go."""
    conversation = make_conversation(channel, make_contact())
    make_patient(conversation.contact, first_name=first_name, last_name=last_name)
    grant(conversation.contact)
    receive(conversation, "Wann?", ago=timedelta(hours=30))
    return conversation


def look(browser: Client, conversation: Conversation) -> Any:
    return browser.get(f"/p/morgenthal/inbox/{conversation.pk}/")


def press(browser: Client, conversation: Conversation, template: Template, **fields: object) -> Any:
    values = {f"value-{template.pk}-1": "Frau V.", f"value-{template.pk}-2": "gestern"}
    form = {"template": template.pk, "client_id": uuid4()} | values | fields
    return browser.post(f"/p/morgenthal/inbox/{conversation.pk}/reply/", form, headers=HTMX)


def hidden_fields(page: str) -> dict[str, str]:
    """What the box says with the next press."""
    return dict.fromkeys(re.findall(r'<input type="hidden" name="(\w+)" value="1" data-hint>', page), "1")


def sent(conversation: Conversation) -> list[str]:
    return list(conversation.messages.filter(direction="out", type="template").values_list("state", flat=True))


def test_a_colleagues_answer_is_shown_before_a_template_goes_and_nothing_is_lost(
    desk: Client, jonas: Member, conversation: Conversation, template: Template
) -> None:
    seen = conversation.messages.get()
    answer(conversation, "Um 9 Uhr ist frei.", by=jonas)

    asked = press(desk, conversation, template, after=seen.pk)
    before = sent(conversation)
    confirmed = press(desk, conversation, template, after=seen.pk, **hidden_fields(asked.text))

    [choice] = asked.context["composer"].templates
    assert (asked.status_code, asked.text.count("Jonas Fechner hat um"), before) == (ASKED, 1, [])
    assert (choice.is_chosen, [value.value for value in choice.values]) == (True, ["Frau V.", "gestern"])
    assert asked.text.count("Trotzdem senden</span>") == 1
    assert (confirmed.status_code, sent(conversation)) == (SENT, ["queued"])


def test_two_colleagues_do_not_send_the_same_template_twice(
    desk: Client, jonas: Member, conversation: Conversation, template: Template
) -> None:
    seen, browser = conversation.messages.get(), Client()
    login(browser, jonas)

    first = press(browser, conversation, template, after=seen.pk)
    second = press(desk, conversation, template, after=seen.pk)

    assert (first.status_code, second.status_code, len(sent(conversation))) == (SENT, ASKED, 1)


def test_the_same_press_repeated_is_not_asked_about(
    desk: Client, jonas: Member, conversation: Conversation, template: Template
) -> None:
    seen, client_id = conversation.messages.get(), uuid4()
    press(desk, conversation, template, after=seen.pk, client_id=client_id)
    answer(conversation, "Um 9 Uhr ist frei.", by=jonas)

    again = press(desk, conversation, template, after=seen.pk, client_id=client_id)

    assert (again.status_code, len(sent(conversation))) == (SENT, 1)


def test_whoever_sends_a_template_while_a_colleague_closes_is_told(
    desk: Client, jonas: Member, conversation: Conversation, template: Template
) -> None:
    browser = Client()
    login(browser, jonas)
    browser.post(f"/p/morgenthal/inbox/{conversation.pk}/closure/")

    asked = press(desk, conversation, template, standing="open")
    confirmed = press(desk, conversation, template, standing="open", **hidden_fields(asked.text))

    [choice] = asked.context["composer"].templates
    assert (asked.status_code, asked.text.count("Jonas Fechner hat die Unterhaltung erledigt")) == (ASKED, 1)
    assert (choice.is_chosen, choice.values[0].value) == (True, "Frau V.")
    assert asked.headers["HX-Trigger"] == f"roger:conversation-{conversation.pk}"
    assert (confirmed.status_code, len(sent(conversation))) == (SENT, 1)


def test_whoever_had_a_namesake_open_is_asked_before_a_template_goes(
    desk: Client, channel: Channel, conversation: Conversation, template: Template
) -> None:
    look(desk, asleep(channel, "Jana", "Voigt"))
    look(desk, conversation)

    asked = press(desk, conversation, template)
    before = sent(conversation)
    confirmed = press(desk, conversation, template, **hidden_fields(asked.text))

    [choice] = asked.context["composer"].templates
    assert (asked.status_code, asked.context["composer"].brake.namesake.name, before) == (ASKED, "Voigt, Jana", [])
    assert (choice.is_chosen, choice.values[0].value, asked.text.count("Ja, senden</span>")) == (True, "Frau V.", 1)
    assert (confirmed.status_code, len(sent(conversation))) == (SENT, 1)


def test_gaps_are_filled_before_anybody_is_asked_to_whom_it_goes(
    desk: Client, channel: Channel, conversation: Conversation, template: Template
) -> None:
    look(desk, asleep(channel, "Jana", "Voigt"))

    asked = press(desk, conversation, template, **{f"value-{template.pk}-2": ""})

    assert (asked.status_code, asked.context["composer"].brake) == (ASKED, None)
    assert asked.context["composer"].errors == ["Es fehlt: Angabe 2. Bitte füllen Sie alle Felder aus."]


def test_a_question_that_was_answered_is_not_asked_again_after_the_next_one(
    desk: Client, channel: Channel, jonas: Member
) -> None:
    other, meant = asleep(channel, "Jana", "Voigt"), asleep(channel, "Jana", "Vogt")
    seen = receive(meant, "Und was nehme ich?")
    answer(meant, "Um 9 Uhr ist frei.", by=jonas)
    look(desk, other)
    form: dict[str, object] = {"body": "Bitte nehmen Sie Amoxicillin weiter.", "after": seen.pk}

    pages = [reply(desk, meant, form)]
    while pages[-1].status_code == ASKED and len(pages) < 6:
        form |= {"purpose": "organisation"} | hidden_fields(pages[-1].text)
        pages.append(reply(desk, meant, form))

    # A colleague answered, a finding, a namesake; then it goes.
    assert [page.status_code for page in pages] == [ASKED, ASKED, ASKED, 204]
    assert Message.objects.filter(direction="out", conversation=meant, origin="staff").count() == 2


def reply(browser: Client, conversation: Conversation, form: dict[str, object]) -> Any:
    return browser.post(f"/p/morgenthal/inbox/{conversation.pk}/reply/", form, headers=HTMX)
