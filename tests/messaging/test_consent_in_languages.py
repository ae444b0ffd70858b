"""Consent in the chat, in the language of the page that was read."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from consent import texts
from consent.purposes import Purpose
from consent.texts import MessageKey
from messaging.models import Message
from practices.scope import practice_scope
from tests.consent_factories import send_form
from tests.messaging.factories import Line, message, now
from tests.whole import languages

pytestmark = pytest.mark.django_db
LANGUAGES = list(texts.CURRENT)
OVER_HALF_AN_HOUR = timedelta(minutes=31)


def said(line: Line) -> list[str]:
    """What Roger queued by itself, in order."""
    with practice_scope(line.practice.pk):
        return [one.body or "" for one in Message.objects.filter(direction="out").in_order()]


def code_of(line: Line, language: str, **fields: Any) -> str:
    with practice_scope(line.practice.pk):
        return send_form(Purpose.ORGANISATION, Purpose.RECALL, language=language, **fields).code


def beginning(text: str) -> str:
    """Of a text up to its first placeholder."""
    return text.partition("{")[0].strip()


@pytest.mark.parametrize("language", languages(LANGUAGES))
def test_whoever_agreed_on_a_page_is_thanked_in_its_language(line: Line, language: str) -> None:
    code = code_of(line, language)

    line.deliver(message(f"Code: {code}", timestamp=now()))

    spoken = texts.current(language)
    [thanks] = said(line)
    assert thanks.startswith(beginning(spoken.messages[MessageKey.OPTIN_DONE].body))
    assert spoken.name_purposes({Purpose.ORGANISATION, Purpose.RECALL}) in thanks


@pytest.mark.parametrize("language", languages(LANGUAGES))
def test_stop_is_confirmed_in_the_language_the_person_agreed_in(line: Line, language: str) -> None:
    line.deliver(message(f"Code: {code_of(line, language)}", timestamp=now()))

    line.deliver(message("STOP", timestamp=now()))

    assert said(line)[-1].startswith(beginning(texts.current(language).messages[MessageKey.OPTOUT_ALL].body))


@pytest.mark.parametrize("language", languages(LANGUAGES))
def test_a_code_that_came_too_late_is_answered_in_the_language_of_its_page(line: Line, language: str) -> None:
    code = code_of(line, language, at=timezone.now() - OVER_HALF_AN_HOUR)

    line.deliver(message(f"Code: {code}", timestamp=now()))

    spoken = texts.current(language)
    [question] = said(line)
    assert question.startswith(beginning(spoken.chat_words.dead_code))
    assert spoken.name_purposes({Purpose.ORGANISATION, Purpose.RECALL}) in question
    assert beginning(spoken.chat.body.splitlines()[1]) in question


@pytest.mark.parametrize("language", languages(LANGUAGES))
def test_more_information_is_offered_in_the_language_of_the_person(line: Line, language: str) -> None:
    line.deliver(message(f"Code: {code_of(line, language)}", timestamp=now()))

    tap = {"type": "button_reply", "button_reply": {"id": "mehr_erfahren", "title": "?"}}
    line.deliver(message("", type="interactive", interactive=tap, timestamp=now()))

    assert said(line)[-1].startswith(beginning(texts.current(language).chat_words.more))
