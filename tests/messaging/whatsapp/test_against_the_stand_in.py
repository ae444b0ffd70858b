"""The border and the stand-in for 360dialog, each written on its own from the same reference, talk to each other."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from messaging.whatsapp import outgoing
from messaging.whatsapp.client import WhatsAppClient
from messaging.whatsapp.errors import ChannelBlocked, Rejected
from messaging.whatsapp.payloads import Event, InboundMessage, Media, StatusKind, StatusUpdate, parse
from simulator.app import create_app
from simulator.inprocess import InProcess, Postbag

PRACTICE = "+493023125001"
ERIKA = "+491713920011"
KIM = "DE.9000000000000000003"
BASE = "http://stand-in"
REMINDER = {
    "name": "termin_erinnerung",
    "language": "de",
    "category": "UTILITY",
    "components": [
        {
            "type": "BODY",
            "text": "Guten Tag {{1}}, Ihr Termin ist am {{2}} bei uns.",
            "example": {"body_text": [["Frau Weber", "24.11."]]},
        }
    ],
}


@dataclass
class StandIn:
    """One number at the stand-in, the client of its practice, and what comes back by webhook."""

    client: WhatsAppClient
    transport: InProcess
    bag: Postbag

    def writes(self, **message: Any) -> None:
        """Erika's phone sends something to the practice."""
        with httpx.Client(transport=Lent(self.transport), base_url=BASE) as control:
            control.post("/control/messages", json={"from": ERIKA, "to": PRACTICE} | message).raise_for_status()

    def events(self) -> list[Event]:
        bodies = [request.content for request in self.bag.take()]
        return [event for body in bodies for entry in parse(body).entries for event in entry.events]


class Lent(httpx.BaseTransport):
    """A transport that survives the clients it is lent to."""

    def __init__(self, transport: InProcess) -> None:
        self.transport = transport

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self.transport.handle_request(request)


@pytest.fixture
def stand_in() -> Iterator[StandIn]:
    number = {
        "phone": PRACTICE,
        "name": "Praxis Beispiel",
        "phone_number_id": "100000000000101",
        "waba_id": "200000000000101",
        "api_key": "key-1",
        "webhook_url": "http://roger/webhooks/",
        "webhook_headers": {},
        "templates": [],
    }
    people = [{"phone": ERIKA, "name": "Erika M."}, {"bsuid": KIM, "name": "Kim"}]
    config = {"numbers": [number], "people": people, "faults": {"statuses": {"delivered_after": 0}}}
    bag = Postbag()
    transport = InProcess(create_app(config, transport=bag))
    with WhatsAppClient("key-1", BASE, transport=Lent(transport)) as client:
        yield StandIn(client, transport, bag)
    transport.close()


def test_a_question_is_read_and_answered_and_the_answer_comes_home_with_its_attempt(stand_in: StandIn) -> None:
    stand_in.writes(type="text", text={"body": "Haben Sie morgen einen Termin?"})
    [question] = stand_in.events()
    assert isinstance(question, InboundMessage)
    assert (question.sender.phone, question.text) == (ERIKA, "Haben Sie morgen einen Termin?")

    accepted = stand_in.client.send(outgoing.text("Ja.", to=ERIKA, quote=question.wamid, attempt="attempt-1"))

    statuses = [event for event in stand_in.events() if isinstance(event, StatusUpdate)]
    assert accepted.wa_id == ERIKA
    assert {(status.wamid, status.callback_data) for status in statuses} == {(accepted.wamid, "attempt-1")}
    assert {status.kind for status in statuses} >= {StatusKind.SENT, StatusKind.DELIVERED}


def test_every_free_form_is_taken_while_the_window_is_open(stand_in: StandIn) -> None:
    stand_in.writes(type="text", text={"body": "Hallo"})
    [question] = stand_in.events()
    assert isinstance(question, InboundMessage)
    picture = stand_in.client.upload_media(PNG, "image/png", "bild.png")
    bodies = [
        outgoing.text("Guten Tag!", to=ERIKA),
        outgoing.media("image", picture, caption="Anfahrt", to=ERIKA),
        outgoing.reaction(question.wamid, "👍", to=ERIKA),
        outgoing.location(52.5, 13.4, name="Praxis", to=ERIKA),
        outgoing.contacts([outgoing.AddressCard("Praxis Beispiel", "+49 30 23125 001")], to=ERIKA),
        outgoing.buttons("Passt das?", [outgoing.Button("y", "Ja")], header="Termin", footer="Praxis", to=ERIKA),
        outgoing.choice_list("Worum?", "Wählen", [outgoing.Section([outgoing.Row("k", "Kontrolle")])], to=ERIKA),
        outgoing.link("Bitte öffnen", "Öffnen", "https://praxis.example/a/1", to=ERIKA),
    ]

    wamids = {stand_in.client.send(body).wamid for body in bodies}

    assert len(wamids) == len(bodies)


PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154"
    "789c6360000002000100ffff03000006000557bfabd40000000049454e44ae426082"
)


def test_a_file_goes_up_is_found_and_fetched(stand_in: StandIn) -> None:
    media_id = stand_in.client.upload_media(PNG, "image/png", "bild.png")

    location = stand_in.client.media_url(media_id)
    fetched = b"".join(stand_in.client.download_media(location.url))

    assert fetched == PNG
    assert location.sha256 == hashlib.sha256(PNG).hexdigest()
    assert (location.mime_type, location.file_size) == ("image/png", len(PNG))


def test_a_picture_from_the_phone_can_be_fetched(stand_in: StandIn) -> None:
    stand_in.writes(type="image", image={"caption": "Der Zahn"})
    [message] = stand_in.events()
    assert isinstance(message, InboundMessage)
    assert isinstance(message.content, Media)

    location = stand_in.client.media_url(message.content.id)
    fetched = b"".join(stand_in.client.download_media(location.url))

    assert hashlib.sha256(fetched).hexdigest() == message.content.sha256 == location.sha256


def test_a_template_is_submitted_listed_and_deleted(stand_in: StandIn) -> None:
    created = stand_in.client.create_template(REMINDER)
    listed = stand_in.client.templates()

    assert (created.name, created.language, created.category) == ("termin_erinnerung", "de", "UTILITY")
    assert [(template.name, template.language) for template in listed] == [("termin_erinnerung", "de")]
    stand_in.client.delete_template("termin_erinnerung")
    assert stand_in.client.templates() == []


def test_health_and_profile_are_read(stand_in: StandIn) -> None:
    assert stand_in.client.health_status().can_send == "AVAILABLE"
    assert stand_in.client.business_profile() is not None


def test_messages_come_to_the_webhook_that_was_set_with_its_secret(stand_in: StandIn) -> None:
    address = "https://roger.example/webhooks/360dialog/t/"

    stand_in.client.set_webhook(address, {"X-Roger-Webhook-Secret": "geheim"})

    stand_in.writes(type="text", text={"body": "Hallo"})
    [webhook] = stand_in.bag.take()
    assert (str(webhook.url), webhook.headers["X-Roger-Webhook-Secret"]) == (address, "geheim")


def test_reading_is_told(stand_in: StandIn) -> None:
    stand_in.writes(type="text", text={"body": "Hallo"})
    [question] = stand_in.events()
    assert isinstance(question, InboundMessage)

    stand_in.client.mark_read(question.wamid, typing=True)


def test_a_template_nobody_approved_is_rejected_with_its_code(stand_in: StandIn) -> None:
    with pytest.raises(Rejected) as raised:
        stand_in.client.send(outgoing.template("gibt_es_nicht", "de", to=ERIKA))

    assert raised.value.code == 132001


@pytest.mark.parametrize("to", [ERIKA, KIM])
def test_a_closed_window_is_told_by_a_status_with_the_attempt(stand_in: StandIn, to: str) -> None:
    accepted = stand_in.client.send(outgoing.text("Guten Tag!", to=to, attempt="attempt-2"))

    [failed] = [event for event in stand_in.events() if isinstance(event, StatusUpdate)]
    assert (failed.wamid, failed.kind, failed.callback_data) == (accepted.wamid, StatusKind.FAILED, "attempt-2")
    assert [error.code for error in failed.errors] == [131047]


def test_a_wrong_key_blocks_the_channel(stand_in: StandIn) -> None:
    with WhatsAppClient("key-2", BASE, transport=Lent(stand_in.transport)) as client, pytest.raises(ChannelBlocked):
        client.send(outgoing.text("Guten Tag!", to=ERIKA))


def test_a_person_without_phone_is_written_to_by_user_id(stand_in: StandIn) -> None:
    accepted = stand_in.client.send(outgoing.text("Guten Tag!", to=KIM))

    assert (accepted.wa_id, accepted.user_id) == (None, KIM)
