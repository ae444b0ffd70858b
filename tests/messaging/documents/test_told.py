"""What was done with documents and invitations is said: on the page it leads to, or on the one that is open."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from messaging.models import Conversation
from tests.messaging.documents.desk import invite, page, send, sent_document, sent_invitation

HTMX = {"HX-Request": "true"}


def told(desk: Client, answer: Any) -> list[str]:
    """What the page says to which this answer leads."""
    assert answer.status_code == 303
    return said_on(desk, answer["Location"])


def said_on(desk: Client, address: str) -> list[str]:
    return [str(one) for one in desk.get(address).context["told"]]


@pytest.mark.parametrize(("deed", "words"), [(send, "Dokument gesendet"), (invite, "Datei angefordert")])
def test_the_thread_says_what_was_sent(
    desk: Client, thread: Conversation, deed: Callable[[Client, Conversation], Any], words: str
) -> None:
    answer = deed(desk, thread)

    assert told(desk, answer) == [words]
    assert said_on(desk, answer["Location"]) == []


@pytest.mark.parametrize(
    ("deed", "what", "words"),
    [
        (sent_document, "documents", "Dokument zurückgezogen"),
        (sent_invitation, "upload-invitations", "Anforderung zurückgezogen"),
    ],
)
def test_a_withdrawal_is_said_with_a_script_and_without(
    desk: Client, thread: Conversation, deed: Callable[[Client, Conversation], Any], what: str, words: str
) -> None:
    (first, _), (second, _) = deed(desk, thread), deed(desk, thread)
    said_on(desk, f"/p/morgenthal/inbox/{thread.pk}/")
    addresses = [f"{page(thread, what)}{one.pk}/revocation/" for one in (first, second)]

    open_page, plain = desk.post(addresses[0], headers=HTMX), desk.post(addresses[1])

    toast = json.loads(open_page["HX-Trigger"])["roger:toast"]
    assert (open_page.status_code, toast) == (204, {"text": words, "undo": "", "conversation": str(thread.pk)})
    assert told(desk, plain) == [words]
