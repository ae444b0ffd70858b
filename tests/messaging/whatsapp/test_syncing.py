"""What a coexistence number hands over once after onboarding."""

from datetime import UTC, datetime

import pytest

from messaging.whatsapp.payloads import (
    AppStateSync,
    Echo,
    HistoryChunk,
    HistorySync,
    InboundMessage,
    PastThread,
    Peer,
    ReportedError,
    SyncedContact,
    Text,
    Unknown,
    UnknownContent,
    parse,
)
from tests.messaging.whatsapp.reading_webhooks import NUMBER, WABA, only
from tests.webhooks import recorded

ERIKA = Peer(phone="+491713920011", user_id="DE.9000000000000000001")


def thread(name: str) -> PastThread:
    [chunk] = only(name, HistorySync).chunks
    [found] = chunk.threads
    return found


@pytest.mark.parametrize("name", ["history", "history_partner"])
def test_history_comes_in_numbered_parts_also_in_the_partner_wrapping(name: str) -> None:
    sync = only(name, HistorySync)

    assert sync.phone_number_id == NUMBER
    assert [(chunk.phase, chunk.order, chunk.progress) for chunk in sync.chunks] == [(0, 1, 55)]


@pytest.mark.parametrize("name", ["history_partner", "app_state_sync_partner"])
def test_the_partner_wrapping_names_the_account(name: str) -> None:
    [entry] = parse(recorded(name)).entries

    assert entry.waba_id == WABA


def test_past_messages_know_their_direction_and_status() -> None:
    asked, answered, placeholder = thread("history").messages

    assert isinstance(asked.message, InboundMessage)
    assert (asked.message.sender, asked.message.content, asked.status) == (ERIKA, Text("Guten Tag"), "read")
    assert asked.message.timestamp == datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
    assert isinstance(answered.message, Echo)
    assert (answered.message.recipient, answered.status) == (ERIKA, "delivered")
    assert answered.message.content == Text("Guten Tag, wie können wir helfen?")
    assert isinstance(placeholder.message, Echo)
    assert placeholder.message.recipient == ERIKA
    assert type(placeholder.message.content) is UnknownContent


def test_a_past_message_without_id_is_kept_beside_the_others() -> None:
    found = thread("history")

    assert found.peer == ERIKA
    assert [item["text"]["body"] for item in found.unreadable] == ["ohne Kennung"]


def test_a_declined_history_says_why() -> None:
    assert only("history_declined", HistorySync).chunks == (
        HistoryChunk(
            phase=None,
            order=None,
            progress=None,
            threads=(),
            errors=(
                ReportedError(
                    2593109,
                    "History sync is turned off",
                    "History sync is turned off",
                    "The business declined to share its history.",
                ),
            ),
        ),
    )


@pytest.mark.parametrize("name", ["app_state_sync", "app_state_sync_partner"])
def test_the_address_book_tells_what_was_added_and_removed(name: str) -> None:
    at = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)

    assert only(name, AppStateSync) == AppStateSync(
        NUMBER,
        (
            SyncedContact("add", Peer(phone="+4917604069012"), "Jonas Beispiel", "Jonas", at),
            SyncedContact("remove", Peer(phone="+491713920019"), None, None, at),
        ),
    )


def test_another_partner_event_is_kept_as_unknown() -> None:
    assert only("partner_event", Unknown) == Unknown(None, "channel_running", {"id": "channel-1"})
