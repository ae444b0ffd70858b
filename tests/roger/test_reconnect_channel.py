"""manage.py reconnect_channel: after a 401 the operator puts the new key in place, and what waited goes out."""

import io
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from django.core.management import CommandError, call_command

from consent.purposes import Purpose
from messaging import outbox
from messaging.actions import send_text
from messaging.models import Channel, Conversation, Message
from messaging.whatsapp.errors import ChannelBlocked
from messaging.whatsapp.meanings import INVALID_KEY
from patients.models import Contact
from practices.models import AuditEvent, Member
from practices.scope import practice_scope
from tests.consent_factories import opt_in
from tests.factories import make_member, make_practice
from tests.fakes import FakeWhatsApp
from tests.messaging.factories import PATIENT, Line, make_line, message, now

pytestmark = pytest.mark.django_db


@pytest.fixture
def line() -> Line:
    return make_line(make_practice())


@pytest.fixture
def key(line: Line) -> str:
    """What 360dialog lets the number send with."""
    api_key: str = line.channel.api_key
    return api_key


@pytest.fixture
def anna(line: Line) -> Member:
    return make_member(line.practice)


@pytest.fixture
def whatsapp(line: Line, key: str, settings: Any) -> Iterator[FakeWhatsApp]:
    fake = FakeWhatsApp(line, PATIENT)
    settings.D360_TRANSPORT = fake
    yield fake
    fake.end()


@pytest.fixture
def waiting(line: Line, anna: Member, whatsapp: FakeWhatsApp) -> Message:
    """An answer that 360dialog refused, since our key is no longer the number's."""
    greeting = {"from": PATIENT, "to": line.channel.phone, "type": "text", "text": "Hallo"}
    whatsapp.control("POST", "messages", json=greeting)
    whatsapp.bag.take()
    line.deliver(message("Hallo", timestamp=now()))
    with practice_scope(line.practice.pk):
        opt_in(Contact.objects.get())
        Message.objects.filter(direction="out").delete()
        line.channel.api_key = "revoked"
        line.channel.save(update_fields=["api_key"])
        conversation = Conversation.objects.with_people().get()
        reply = send_text(conversation=conversation, body="Gern.", purpose=Purpose.ORGANISATION, by=anna)
        outbox.drain()
    return reply


def reconnect(api_key: str, monkeypatch: pytest.MonkeyPatch, **options: Any) -> str:
    """Run the command as an operator who pipes the key into it; answers what it printed."""
    out = io.StringIO()
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{api_key}\n"))
    call_command("reconnect_channel", "morgenthal", stdout=out, **options)
    return out.getvalue()


def channel_of(line: Line) -> Channel:
    with practice_scope(line.practice.pk):
        return Channel.objects.get()


def test_a_new_key_lets_what_waited_go_out(
    line: Line, waiting: Message, whatsapp: FakeWhatsApp, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = channel_of(line).state

    printed = reconnect(key, monkeypatch)

    with practice_scope(line.practice.pk):
        outbox.drain()
        [noted] = AuditEvent.objects.filter(kind="channel_reconnected")
        assert Message.objects.get(pk=waiting.pk).state == "sent"
    assert (before, channel_of(line).state, channel_of(line).state_code) == ("disconnected", "connected", "")
    assert (noted.about_id, noted.by) == (channel_of(line).pk, None)
    assert [body["text"]["body"] for body in whatsapp.sent()] == ["Gern."]
    assert key not in printed


def test_an_answer_to_the_old_key_does_not_stop_the_number_again(
    line: Line, waiting: Message, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with practice_scope(line.practice.pk):
        Channel.objects.update(state="connected")
        [late] = outbox.claim() or []

    reconnect(key, monkeypatch)

    with practice_scope(line.practice.pk):
        outbox.record(late, ChannelBlocked(INVALID_KEY, http_status=401))
        after_that = channel_of(line).state
        outbox.drain()
        assert (after_that, Message.objects.get(pk=waiting.pk).state) == ("connected", "sent")


@pytest.mark.parametrize("wrong", ["revoked", "", "mit Leerzeichen", "ümlaut", "x" * 600])
def test_a_key_that_360dialog_does_not_know_changes_nothing(
    line: Line, waiting: Message, monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    with pytest.raises(CommandError, match="360dialog nimmt diesen Schlüssel nicht an") as refused:
        reconnect(wrong, monkeypatch)

    assert (channel_of(line).state, len(wrong) > 3 and wrong in str(refused.value)) == ("disconnected", False)


def test_the_key_of_another_number_is_not_taken(
    line: Line, waiting: Message, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with practice_scope(line.practice.pk):
        Channel.objects.update(phone_number_id="another")

    with pytest.raises(CommandError, match="gehört zu einer anderen Nummer"):
        reconnect(key, monkeypatch)

    assert channel_of(line).state == "disconnected"


def test_a_number_that_whatsapp_has_blocked_stays_stopped(
    line: Line, waiting: Message, whatsapp: FakeWhatsApp, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    whatsapp.control("POST", "health", json={"number": line.channel.phone, "can_send_message": "BLOCKED"})

    with pytest.raises(CommandError, match="WhatsApp lässt diese Nummer nicht senden"):
        reconnect(key, monkeypatch)

    assert channel_of(line).state == "disconnected"


def test_while_360dialog_is_away_the_key_is_not_taken_unseen(
    line: Line, waiting: Message, key: str, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.D360_TRANSPORT = httpx.MockTransport(lambda _: httpx.Response(503))

    with pytest.raises(CommandError, match="360dialog antwortet gerade nicht"):
        reconnect(key, monkeypatch)

    assert channel_of(line).state == "disconnected"


@pytest.mark.parametrize(
    ("options", "said"), [({}, "+493023125101, +493023125102"), ({"phone": "+4917139200"}, "none")]
)
def test_which_of_several_numbers_must_be_said(
    line: Line, monkeypatch: pytest.MonkeyPatch, options: dict[str, str], said: str
) -> None:
    with practice_scope(line.practice.pk):
        Channel.objects.create(
            name="Zweite",
            phone="+493023125102",
            phone_number_id="second",
            waba_id="w",
            api_key="k",
            webhook_token="t",
            webhook_secret="s",
        )

    with pytest.raises(CommandError, match=f"Found: {re.escape(said)}."):
        reconnect("key", monkeypatch, **options)


def test_an_unknown_practice_is_named(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CommandError, match="There is no practice morgenthal"):
        reconnect("key", monkeypatch)
