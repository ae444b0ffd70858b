"""What is withdrawn before its message has left never reaches anybody; what has left stays where it is, and closed."""

from typing import Any

import pytest
from django.test import Client

from messaging import outbox
from messaging.models import Conversation, Message
from practices.models import AuditEvent
from tests.messaging.documents.desk import BORN, last_message, page, path_in, sent_document, sent_invitation

HTMX = {"HX-Request": "true"}


@pytest.fixture(params=["documents", "upload-invitations"])
def sent(request: pytest.FixtureRequest, desk: Client, thread: Conversation) -> tuple[str, Message]:
    """The address by which it is withdrawn, and its message, which waits to be sent."""
    deed = sent_document if request.param == "documents" else sent_invitation
    row, _path = deed(desk, thread)
    return f"{page(thread, request.param)}{row.pk}/revocation/", last_message(thread)


def claimed() -> list[Any]:
    return outbox.claim() or []


def line(desk: Client, message: Message) -> Any:
    shown = desk.get(f"/p/morgenthal/inbox/{message.conversation_id}/").context["messages"]
    return next(one for one in shown if one.pk == message.pk)


def test_a_message_that_waits_never_goes_out(desk: Client, sent: tuple[str, Message]) -> None:
    address, message = sent

    for _click in range(2):
        assert desk.post(address).status_code == 303

    message.refresh_from_db()
    assert (message.state, message.refusal, claimed()) == ("cancelled", "revoked", [])
    assert [one.codes["stopped"] for one in AuditEvent.objects.filter(kind__endswith="_revoked")] == [True]


def test_without_that_it_would_have_gone(sent: tuple[str, Message]) -> None:
    assert [one.message_id for one in claimed()] == [sent[1].pk]


def test_the_thread_says_why_and_offers_no_second_try(desk: Client, sent: tuple[str, Message]) -> None:
    address, message = sent
    desk.post(address)

    shown = line(desk, message)

    assert "zurückgezogen, bevor die Nachricht hinausging" in shown.reason
    assert (shown.resend_url, shown.led.state) == ("", "over")


def test_a_page_that_is_older_cannot_send_it_again(desk: Client, sent: tuple[str, Message]) -> None:
    address, message = sent
    desk.post(address)

    again = desk.post(f"/p/morgenthal/inbox/{message.conversation_id}/messages/{message.pk}/resending/", headers=HTMX)

    assert again.status_code == 422
    assert "wurde zurückgezogen" in again.content.decode()
    assert Message.objects.filter(direction="out").count() == 1


def test_what_was_handed_over_stays_sent_and_its_page_is_closed(
    desk: Client, phone: Client, thread: Conversation, sent: tuple[str, Message]
) -> None:
    address, message = sent
    assert len(claimed()) == 1

    desk.post(address)

    message.refresh_from_db()
    assert (message.state, message.refusal) == ("sending", "")
    assert phone.post(path_in(thread), BORN).status_code == 404
    assert [one.codes["stopped"] for one in AuditEvent.objects.filter(kind__endswith="_revoked")] == [False]


def test_another_message_of_the_same_thread_goes_on_its_way(
    desk: Client, thread: Conversation, sent: tuple[str, Message]
) -> None:
    desk.post(f"/p/morgenthal/inbox/{thread.pk}/reply/", {"body": "Bis morgen!"})
    reply = last_message(thread)

    desk.post(sent[0])

    reply.refresh_from_db()
    assert (reply.body, reply.state) == ("Bis morgen!", "queued")
