"""Channels, webhooks and conversations for tests."""

import base64
import io
import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from messaging.inbound.drain import drain
from messaging.models import Channel, Conversation, WebhookDelivery
from messaging.webhook import PREFIX, application
from practices import doors
from practices.models import Door, Practice
from practices.scope import practice_scope

PATIENT = "+4917139200" + "11"
# When messages and statuses of tests were sent unless they say otherwise, in Unix seconds: a while ago, on whatever day
# the tests run, for WhatsApp's day and our own limits count from it.
SENT_AT = int(time.time()) - 600


@dataclass
class Line:
    """A practice's channel together with what 360dialog would know of it."""

    practice: Practice
    channel: Channel
    token: str
    secret: str

    def post(self, body: bytes, **headers: str) -> str:
        """POST a raw body to the webhook; answers the status line."""
        return call(self.token, body, {"HTTP_X_ROGER_WEBHOOK_SECRET": self.secret} | headers)

    def deliver(self, *events: dict[str, Any]) -> None:
        """Post each webhook body and let the worker drain them."""
        for event in events:
            assert self.post(json.dumps(event).encode()) == "200 OK"
        with practice_scope(self.practice.pk):
            drain()

    def conversation(self) -> Conversation:
        with practice_scope(self.practice.pk):
            return Conversation.objects.with_people().get()

    def deliveries(self) -> list[WebhookDelivery]:
        with practice_scope(self.practice.pk):
            return list(WebhookDelivery.objects.order_by("pk"))


def make_line(practice: Practice, *, number: str = "1000000001", waba: str = "2000000001") -> Line:
    """A connected channel with its door and secret."""
    token, secret = doors.new_token(), secrets.token_urlsafe(24)
    with practice_scope(practice.pk), transaction.atomic():
        channel = Channel.objects.create(
            name="WhatsApp",
            phone="+493023125101",
            phone_number_id=number,
            waba_id=waba,
            api_key=secrets.token_urlsafe(24),
            webhook_token=token,
            webhook_secret=secret,
        )
    doors.install(Door.Kind.WEBHOOK, token, leads_to=practice, object_id=channel.pk, secret=secret)
    return Line(practice, channel, token, secret)


def call(token: str, body: bytes, headers: dict[str, str], method: str = "POST") -> str:
    """The webhook as the WSGI server calls it; answers the status line."""
    answered: list[str] = []
    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": f"{PREFIX}{token}/",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
        "REMOTE_ADDR": "127.0.0.1",
    } | headers

    def start_response(status: str, *_: Any) -> Callable[[bytes], object]:
        answered.append(status)
        return io.BytesIO().write

    list(application(environ, start_response))
    return answered[0]


def wamid(name: str = "", phone: str = PATIENT) -> str:
    """As Meta builds it, with the peer's digits inside."""
    inside = phone.encode() + b"\x15\x02\x00" + (name.encode() or secrets.token_bytes(9))
    return "wamid." + base64.b64encode(inside).decode()


def message(
    text: str = "Guten Tag", *, line: Line | None = None, phone: str = PATIENT, **fields: Any
) -> dict[str, Any]:
    """One webhook body with one inbound message; `fields` replace parts of it."""
    content: dict[str, Any] = {
        "id": wamid(phone=phone),
        "from": phone.removeprefix("+"),
        "timestamp": str(SENT_AT),
        "type": "text",
        "text": {"body": text},
    } | fields
    digits = phone.removeprefix("+")
    person = {"wa_id": digits, "profile": {"name": "Erika"}, "user_id": f"DE.{digits}0001"}
    return envelope({"contacts": [person], "messages": [content]}, line=line)


def status(wamid_: str, word: str, *, line: Line | None = None, phone: str = PATIENT, **fields: Any) -> dict[str, Any]:
    """One webhook body with one status."""
    content = {"id": wamid_, "status": word, "timestamp": str(SENT_AT + 1), "recipient_id": phone.removeprefix("+")}
    return envelope({"statuses": [content | fields]}, line=line)


def envelope(value: dict[str, Any], *, line: Line | None = None, field: str = "messages") -> dict[str, Any]:
    number = line.channel.phone_number_id if line else "1000000001"
    waba = line.channel.waba_id if line else "2000000001"
    metadata = {"display_phone_number": "493023125101", "phone_number_id": number}
    whole = {"messaging_product": "whatsapp", "metadata": metadata} | value
    changes = [{"field": field, "value": whole}]
    return {"object": "whatsapp_business_account", "entry": [{"id": waba, "changes": changes}]}


def now() -> str:
    """The time as a webhook spells it."""
    return str(int(time.time()))
