"""What the tests of the search have in common: somebody to find, and what a page found."""

from typing import Any

from django.test import Client

from messaging.models import Channel, Conversation, MediaFile, Message
from tests.messaging.inbox.desk import make_contact, make_conversation, make_patient, receive

SEARCH = "/p/morgenthal/inbox/search/"


def make_somebody_to_find(channel: Channel) -> Conversation:
    conversation = make_conversation(channel, make_contact("+491713920010", profile_name="Zahnfee"))
    make_patient(conversation.contact, first_name="Jana", last_name="Öztürk-Vogt")
    receive(conversation, "Guten Tag")
    return conversation


def search(browser: Client, query: str = "", **filters: object) -> Any:
    return browser.post(SEARCH, {"q": query, **filters})


def people(browser: Client, query: str) -> list[object]:
    return [row.pk for row in search(browser, query).context["people"]]


def hits(page: Any) -> list[Any]:
    return [hit for group in page.context["groups"] for hit in group.hits]


def found(page: Any) -> list[str]:
    """The hits as they read, with what is marked in brackets."""
    return ["".join(f"[{text}]" if is_match else text for text, is_match in hit.pieces) for hit in hits(page)]


def store_photo(message: Message) -> None:
    MediaFile.objects.create(
        message=message,
        contact_id=message.contact_id,
        channel_id=message.channel_id,
        state=MediaFile.State.STORED,
        details={"mime_type": "image/jpeg"},
    )
