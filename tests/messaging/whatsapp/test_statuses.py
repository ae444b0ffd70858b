"""What became of a message of ours."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from messaging.whatsapp.payloads import (
    NOBODY,
    Peer,
    Pricing,
    ReportedError,
    StatusKind,
    StatusUpdate,
    Unreadable,
    parse,
)
from tests.messaging.whatsapp.reading_webhooks import ERIKA, KIM, NUMBER, only
from tests.webhooks import recorded_json

ATTEMPT = "0197f2a0-0000-7000-8000-000000000001"
KIM_WITH_PARENT = replace(KIM, parent_user_id="DE.ENT.9500000000000000003", username="@kim.k")


def test_a_sent_status_carries_attempt_price_and_recipient() -> None:
    status = only("status_sent", StatusUpdate)

    assert status == StatusUpdate(
        phone_number_id=NUMBER,
        wamid=recorded_json("status_sent")["entry"][0]["changes"][0]["value"]["statuses"][0]["id"],
        status="sent",
        timestamp=datetime(2026, 11, 25, 10, 0, 1, tzinfo=UTC),
        recipient=ERIKA,
        callback_data=ATTEMPT,
        pricing=Pricing("utility", True, "PMP", "regular"),
    )


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("status_sent", StatusKind.SENT),
        ("status_delivered", StatusKind.DELIVERED),
        ("status_read", StatusKind.READ),
        ("status_played", StatusKind.PLAYED),
        ("status_failed_window_closed", StatusKind.FAILED),
        ("status_unknown_word", None),
    ],
)
def test_each_known_word_has_a_kind_and_an_unknown_one_none(name: str, kind: StatusKind | None) -> None:
    assert only(name, StatusUpdate).kind is kind


def test_an_unknown_word_is_kept() -> None:
    assert only("status_unknown_word", StatusUpdate).status == "undeliverable"


def test_a_free_message_in_the_window_is_not_billable() -> None:
    assert only("status_delivered", StatusUpdate).pricing == Pricing("service", False, "PMP", "free_customer_service")


def test_conversation_pricing_has_no_type() -> None:
    status = only("status_sent_with_conversation", StatusUpdate)

    assert status.pricing == Pricing("utility", True, "CBP", None)
    assert status.conversation_origin == "utility"
    assert status.conversation_expires_at == datetime(2026, 11, 26, 10, 0, tzinfo=UTC)


def test_a_status_without_price_has_none() -> None:
    assert only("status_played", StatusUpdate).pricing is None


def test_a_failure_without_contacts_names_the_recipient_by_number_and_the_code() -> None:
    status = only("status_failed_window_closed", StatusUpdate)

    assert status.recipient == Peer(phone="+491713920011")
    assert status.callback_data == ATTEMPT
    assert status.errors == (
        ReportedError(
            131047,
            "Re-engagement message",
            "Re-engagement message",
            "More than 24 hours have passed since the recipient last replied.",
        ),
    )


def test_an_error_without_message_is_still_read() -> None:
    assert only("status_failed_without_message", StatusUpdate).errors == (ReportedError(131049, "Kept back"),)


@pytest.mark.parametrize(
    ("name", "recipient"),
    [
        ("status_sent_to_user_id", KIM_WITH_PARENT),
        (
            "status_read_parent_spelt_otherwise",
            Peer(user_id=KIM.user_id, parent_user_id=KIM_WITH_PARENT.parent_user_id),
        ),
        ("status_failed_to_user_id", Peer(user_id=KIM.user_id)),
    ],
)
def test_a_status_to_a_person_without_phone_names_the_user_id(name: str, recipient: Peer) -> None:
    assert only(name, StatusUpdate).recipient == recipient


def test_a_group_status_says_so() -> None:
    assert only("status_read_in_group", StatusUpdate).recipient_type == "group"


def test_a_status_without_id_is_unreadable_and_kept() -> None:
    unreadable = only("status_without_id", Unreadable)

    assert (unreadable.phone_number_id, unreadable.reason) == (NUMBER, "status without id")
    assert unreadable.raw["status"] == "sent"


@pytest.mark.parametrize("word", [None, "", 7, ["sent"]])
def test_a_status_without_word_is_unreadable(word: object) -> None:
    event = event_with(status=word)

    assert isinstance(event, Unreadable)
    assert event.reason == "status without word"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("errors", "131047"),
        ("errors", [None, "x", 7]),
        ("pricing", "PMP"),
        ("conversation", []),
        ("timestamp", {}),
        ("recipient_id", None),
        ("biz_opaque_callback_data", None),
    ],
)
def test_a_broken_part_spoils_nothing_but_itself(field: str, value: object) -> None:
    event = event_with(**{field: value})

    assert isinstance(event, StatusUpdate)
    assert event.kind is StatusKind.SENT


def test_a_status_in_capitals_is_the_same_status() -> None:
    event = event_with(status="SENT")

    assert isinstance(event, StatusUpdate)
    assert event.kind is StatusKind.SENT


def test_a_status_that_names_nobody_has_no_recipient() -> None:
    body = recorded_json("status_failed_window_closed")
    del body["entry"][0]["changes"][0]["value"]["statuses"][0]["recipient_id"]

    [event] = parse(json.dumps(body).encode()).entries[0].events

    assert isinstance(event, StatusUpdate)
    assert event.recipient == NOBODY


@pytest.mark.parametrize(
    ("code", "read"),
    [(131047, 131047), ("131047", 131047), (131047.5, None), ("abc", None), (None, None), (-1, None), (10**12, None)],
)
def test_an_error_code_is_a_small_number_in_any_spelling(code: object, read: int | None) -> None:
    event = event_with(errors=[{"code": code}])

    assert isinstance(event, StatusUpdate)
    assert event.errors == (ReportedError(read),)


def event_with(**changes: object) -> object:
    body = recorded_json("status_sent")
    body["entry"][0]["changes"][0]["value"]["statuses"][0].update(changes)
    [event] = parse(json.dumps(body).encode()).entries[0].events
    return event
