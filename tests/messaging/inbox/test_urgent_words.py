"""Words that lift, from the webhook to the list and back to rest; and the page on which a practice decides them."""

import pytest

from messaging.models import Conversation
from practices.models import Practice
from practices.scope import practice_scope
from tests.messaging.factories import Line, echo, make_line, message
from tests.messaging.inbox.test_list import LIST

PAGE = f"{LIST}urgent-words/"


@pytest.fixture
def line(practice: Practice) -> Line:
    return make_line(practice)


def urgent(line: Line) -> tuple[bool, list[str] | None]:
    conversation = line.conversation()
    with practice_scope(line.practice.pk):
        return conversation.urgent_at is not None, conversation.urgent_words


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

    with practice_scope(line.practice.pk):
        [stored] = Conversation.objects.extra(select={"raw": "urgent_words"}).values_list("raw", flat=True)

    assert b"Schwellung" not in bytes(stored)


def test_an_answer_from_the_practices_phone_ends_it(line: Line) -> None:
    line.deliver(message("eine Schwellung"))
    line.deliver(echo("Bitte kommen Sie gleich"))

    assert urgent(line) == (False, None)


def test_a_thumbs_up_with_a_word_in_nothing_lifts_nobody(line: Line) -> None:
    line.deliver(message("STOP"))

    assert urgent(line) == (False, None)
