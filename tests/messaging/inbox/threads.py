"""What the tests of a thread have in common: one with somebody who may be written to, and its lines."""

from messaging.models import Channel, Conversation
from tests.messaging.inbox.desk import grant, make_contact, make_conversation, make_patient

HTMX = {"HX-Request": "true"}


def make_thread(channel: Channel) -> Conversation:
    conversation = make_conversation(channel, make_contact("+491713920010"))
    make_patient(conversation.contact)
    grant(conversation.contact)
    return conversation


def address(conversation: Conversation, path: str = "") -> str:
    return f"/p/morgenthal/inbox/{conversation.pk}/{path}"


def only(page: object) -> object:
    [line] = page.context["messages"]  # type: ignore[attr-defined]
    return line
