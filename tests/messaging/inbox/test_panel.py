"""Consent stands on top of the panel: whether anything may go out, since when, how it came."""

from typing import Any

import pytest
from django.test import Client

from consent.gate import Consent
from consent.purposes import Purpose
from messaging.inbox import panel_sections
from messaging.inbox.panel_sections import Registered, register
from messaging.models import Channel, Conversation
from tests.messaging.inbox.desk import grant, make_conversation


@pytest.fixture
def conversation(channel: Channel) -> Conversation:
    return make_conversation(channel)


def panel(desk: Client, conversation: Conversation) -> Any:
    return desk.get(f"/p/morgenthal/inbox/{conversation.pk}/").context["panel"]


def test_what_is_granted_is_ticked_and_says_how_it_came(desk: Client, conversation: Conversation) -> None:
    grant(conversation.contact, Purpose.ORGANISATION)

    shown = panel(desk, conversation)

    ticks = [is_granted for _label, is_granted in shown.consent.purposes]
    assert (shown.consent.state, ticks, shown.consent.source) == ("given", [True, False, False, False], "QR-Code")
    assert [sentence for _at, sentence in shown.optins] == ["erteilt, QR-Code"]


@pytest.mark.parametrize(
    ("state", "shown_as"),
    [
        (Consent.PENDING, "pending"),
        (Consent.EXPIRED, "pending"),
        (Consent.WITHDRAWN, "withdrawn"),
        (Consent.REJECTED, "withdrawn"),
        (Consent.OUTDATED, "missing"),
    ],
)
def test_what_is_not_granted_says_what_to_do(
    desk: Client, conversation: Conversation, state: Consent, shown_as: str
) -> None:
    grant(conversation.contact, Purpose.ORGANISATION, state=state)

    consent = panel(desk, conversation).consent

    assert (consent.state, consent.purposes, consent.sentence != "") == (shown_as, [], True)


def test_a_stranger_has_no_consent(desk: Client, conversation: Conversation) -> None:
    assert panel(desk, conversation).consent.state == "missing"


@pytest.fixture
def no_sections(monkeypatch: pytest.MonkeyPatch) -> list[Registered]:
    registered: list[Registered] = []
    monkeypatch.setattr(panel_sections, "_registered", registered)
    return registered


def test_other_rooms_add_sections_that_have_something_to_say(
    desk: Client, conversation: Conversation, no_sections: list[Registered]
) -> None:
    register(title="Bogen", template="messaging/_number.html", section=lambda *_: {"is": "there"})
    register(title="Leer", template="messaging/_number.html", section=lambda *_: None)

    assert panel(desk, conversation).sections == [("Bogen", "messaging/_number.html", {"is": "there"})]
