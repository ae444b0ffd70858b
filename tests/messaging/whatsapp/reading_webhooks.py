"""Shorthands for tests that look at one event of a recorded webhook, and the people who appear in them."""

from typing import TypeVar

from messaging.whatsapp.payloads import Event, Peer, parse
from tests.webhooks import recorded

WABA = "200000000000101"
NUMBER = "100000000000101"
ERIKA = Peer(phone="+491713920011", user_id="DE.9000000000000000001", profile_name="Erika M.")
KIM = Peer(user_id="DE.9Kq3ZZx0000000000003", profile_name="Kim")

E = TypeVar("E")


def events(name: str) -> list[Event]:
    """All events of a recorded webhook, in order."""
    return [event for entry in parse(recorded(name)).entries for event in entry.events]


def only(name: str, kind: type[E]) -> E:
    """The single event of a recorded webhook, which is of this kind."""
    [event] = events(name)
    assert type(event) is kind
    return event
