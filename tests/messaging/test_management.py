"""What Meta says about the account, the number and the templates, also late, out of order and a second time."""

from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from consent.ledger import purposes_of
from consent.models import ConsentEvent
from messaging.channels import connect_channel
from messaging.models import Channel, Template, WebhookDelivery
from practices.bus import bus
from practices.scope import practice_scope
from tests.messaging.factories import PATIENT, Line, envelope, message

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
OTHER = "+4917139200" + "12"
DISABLED = {"event": "DISABLED_UPDATE", "ban_info": {"waba_ban_state": "DISABLE"}}
REINSTATED = {"event": "DISABLED_UPDATE", "ban_info": {"waba_ban_state": "REINSTATE"}}
OFFBOARDED, RECONNECTED = {"event": "ACCOUNT_OFFBOARDED"}, {"event": "ACCOUNT_RECONNECTED"}


def ago(span: timedelta) -> datetime:
    """A time as a webhook can say it: whole seconds."""
    return (timezone.now() - span).replace(microsecond=0)


def told(field: str, value: dict[str, Any], at: datetime | None = None) -> dict[str, Any]:
    """One webhook body with a management field, said at this time."""
    entry: dict[str, Any] = {"id": "2000000001", "changes": [{"field": field, "value": value}]}
    if at is not None:
        entry["time"] = int(at.timestamp())
    return {"object": "whatsapp_business_account", "entry": [entry]}


def account(value: dict[str, Any], at: datetime | None = None) -> dict[str, Any]:
    return told("account_update", value, at)


def channel(line: Line) -> Channel:
    with practice_scope(line.practice.pk):
        return Channel.objects.get()


@pytest.mark.parametrize(
    ("value", "state", "code"),
    [
        (DISABLED, "blocked", "DISABLED_UPDATE"),
        ({"event": "ACCOUNT_VIOLATION"}, "blocked", "ACCOUNT_VIOLATION"),
        ({"event": "ACCOUNT_RESTRICTION"}, "blocked", "ACCOUNT_RESTRICTION"),
        ({"event": "ACCOUNT_DELETED"}, "blocked", "ACCOUNT_DELETED"),
        ({"event": "PARTNER_REMOVED"}, "disconnected", "PARTNER_REMOVED"),
        (OFFBOARDED, "disconnected", "ACCOUNT_OFFBOARDED"),
    ],
)
def test_the_accounts_events_end_sending(line: Line, value: dict[str, Any], state: str, code: str) -> None:
    line.deliver(account(value, ago(HOUR)))

    assert (channel(line).state, channel(line).state_code) == (state, code)


def test_what_concerns_prices_alone_changes_no_state(line: Line) -> None:
    line.deliver(account({"event": "VOLUME_BASED_PRICING_TIER_UPDATE"}, ago(HOUR)))

    assert (channel(line).state, channel(line).state_changed_at) == ("connected", None)


@pytest.mark.parametrize("value", [REINSTATED, RECONNECTED, {"event": "PARTNER_ADDED"}, {"event": "VERIFIED_ACCOUNT"}])
def test_and_let_it_go_on(line: Line, value: dict[str, Any]) -> None:
    line.deliver(account(DISABLED, ago(2 * HOUR)), account(value, ago(HOUR)))

    assert (channel(line).state, channel(line).state_code) == ("connected", value["event"])


def test_a_state_holds_from_when_whatsapp_said_it(line: Line) -> None:
    said_at = ago(HOUR)

    line.deliver(account(OFFBOARDED, said_at))

    assert channel(line).state_changed_at == said_at


def test_an_event_that_comes_after_a_newer_one_changes_nothing_and_is_processed(line: Line) -> None:
    line.deliver(account(RECONNECTED, ago(HOUR)))
    line.deliver(account(OFFBOARDED, ago(2 * HOUR)))

    assert channel(line).state == "connected"
    assert [delivery.state for delivery in line.deliveries()] == ["processed", "processed"]


def test_events_of_one_second_count_in_the_order_they_come(line: Line) -> None:
    same = ago(HOUR)

    line.deliver(account(OFFBOARDED, same), account(RECONNECTED, same))

    assert channel(line).state == "connected"


def test_replaying_an_old_delivery_does_not_block_a_number_that_was_reconnected_since(line: Line) -> None:
    mixed = account(DISABLED, None)
    mixed["entry"].append({"id": "999", "changes": mixed["entry"][0]["changes"]})  # set aside, so that it is replayed
    line.deliver(mixed)
    with practice_scope(line.practice.pk):
        WebhookDelivery.objects.update(received_at=ago(3 * HOUR))
        Channel.objects.update(state_changed_at=ago(3 * HOUR))
    line.deliver(account(RECONNECTED, ago(HOUR)))

    call_command("deliveries", "--replay", "--json", stdout=StringIO())
    line.deliver()

    assert channel(line).state == "connected"
    assert {delivery.state for delivery in line.deliveries()} == {"processed"}


def test_a_number_that_was_connected_anew_is_not_blocked_by_what_was_said_before(line: Line) -> None:
    with practice_scope(line.practice.pk):
        fresh = connect_channel(
            practice=line.practice,
            name="Zweite Nummer",
            phone="+493023125102",
            phone_number_id="1000000002",
            waba_id="2000000002",
            api_key="key",
            by=None,
        )
    again = Line(line.practice, fresh, fresh.webhook_token, fresh.webhook_secret)
    old = account(DISABLED, ago(HOUR))
    old["entry"][0]["id"] = "2000000002"

    again.deliver(old)

    with practice_scope(line.practice.pk):
        assert Channel.objects.get(pk=fresh.pk).state == "connected"


def test_a_time_that_has_not_come_yet_shuts_nothing_out(line: Line) -> None:
    line.deliver(account(OFFBOARDED, datetime.now(UTC) + timedelta(days=300)))
    line.deliver(account(RECONNECTED))

    assert channel(line).state == "connected"


def test_the_newest_word_on_quality_and_limits_holds_in_whatever_order_it_comes(line: Line) -> None:
    phone = {"display_phone_number": "493023125101"}
    newer = {"event": "DOWNGRADE", "max_daily_conversations_per_business": 250}
    older = {"event": "UPGRADE", "max_daily_conversations_per_business": 10_000}

    line.deliver(told("phone_number_quality_update", phone | newer, ago(HOUR)))
    line.deliver(told("phone_number_quality_update", phone | older, ago(2 * HOUR)))
    line.deliver(
        told("business_capability_update", {"max_daily_conversations_per_business": 100_000}, ago(timedelta(hours=3)))
    )

    assert (channel(line).quality, channel(line).daily_limit) == ("DOWNGRADE", 250)


def reminder(line: Line, **columns: Any) -> None:
    with practice_scope(line.practice.pk):
        facts = {"name": "termin_erinnerung", "language": "de", "category": "UTILITY", "status": "approved"}
        Template.objects.create(**facts | {"channel": line.channel, "provider_id": "600"} | columns)


def moderated(event: str, at: datetime) -> dict[str, Any]:
    name = {"message_template_id": 600, "message_template_name": "termin_erinnerung", "message_template_language": "de"}
    return told("message_template_status_update", name | {"event": event, "reason": "NONE"}, at)


def test_a_newer_word_on_a_template_holds_at_once(line: Line) -> None:
    reminder(line, synced_at=ago(2 * HOUR))

    line.deliver(moderated("PAUSED", ago(HOUR)))

    with practice_scope(line.practice.pk):
        assert list(Template.objects.values_list("status", flat=True)) == ["paused"]


def test_an_old_word_on_a_template_changes_nothing_but_asks_what_holds(
    line: Line, django_capture_on_commit_callbacks: Any
) -> None:
    reminder(line, synced_at=ago(HOUR))
    asked = f"roger:wake:messaging.sync_templates:{line.practice.pk}"
    bus().delete(asked)

    with django_capture_on_commit_callbacks(execute=True):
        line.deliver(moderated("REJECTED", ago(2 * HOUR)))

    with practice_scope(line.practice.pk):
        assert list(Template.objects.values_list("status", flat=True)) == ["approved"]
    assert bus().exists(asked) == 1


def test_what_is_said_of_the_account_stops_no_patients_message(line: Line) -> None:
    both = account(OFFBOARDED, ago(HOUR))
    both["entry"] += message("Guten Tag")["entry"]

    line.deliver(both)

    assert line.conversation().waiting_since is not None
    assert channel(line).state == "disconnected"


def restricted(kind: str, *, until: timedelta | None = None) -> dict[str, Any]:
    entry: dict[str, Any] = {"restriction_type": kind}
    if until is not None:
        entry["expiration"] = int((timezone.now() + until).timestamp())
    return {"event": "ACCOUNT_RESTRICTION", "restriction_info": [entry]}


@pytest.mark.parametrize(
    ("value", "state"),
    [
        (restricted("RESTRICTED_CUSTOMER_INITIATED_MESSAGING"), "blocked"),
        (restricted("RESTRICTED_CUSTOMER_INITIATED_MESSAGING", until=timedelta(days=3)), "blocked"),
        (restricted("RESTRICTED_CUSTOMER_INITIATED_MESSAGING", until=timedelta(days=-3)), "connected"),
        (restricted("RESTRICTED_BIZ_INITIATED_MESSAGING"), "connected"),
        (restricted("RESTRICTED_ADD_PHONE_NUMBER_ACTION"), "connected"),
        (restricted("RESTRICTED_BY_A_NEW_WORD"), "blocked"),
        ({"event": "DISABLED_UPDATE", "ban_info": {"waba_ban_state": "SCHEDULE_FOR_DISABLE"}}, "connected"),
        ({"event": "DISABLED_UPDATE"}, "blocked"),
    ],
)
def test_only_what_keeps_answers_back_ends_sending(line: Line, value: dict[str, Any], state: str) -> None:
    line.deliver(account(value, ago(HOUR)))

    assert channel(line).state == state


def preferring(phone: str, value: str = "stop", at: datetime | None = None) -> dict[str, Any]:
    """A person uses WhatsApp's own switch for marketing."""
    digits = phone.removeprefix("+")
    said: dict[str, Any] = {"wa_id": digits, "category": "marketing_messages", "value": value}
    if at is not None:
        said["timestamp"] = int(at.timestamp())
    return envelope({"contacts": [{"wa_id": digits}], "user_preferences": [said]}, field="user_preferences")


def withdrawals(line: Line) -> list[list[str]]:
    with practice_scope(line.practice.pk):
        events = ConsentEvent.objects.filter(type="withdrawn").order_by("seq")
        return [sorted(purposes_of(event)) for event in events]


def test_c_15_two_people_who_stop_marketing_in_the_same_second_both_withdraw(line: Line) -> None:
    at = ago(HOUR)
    line.deliver(message("Hallo", phone=PATIENT), message("Hallo", phone=OTHER))

    line.deliver(preferring(PATIENT, at=at), preferring(OTHER, at=at))

    assert withdrawals(line) == [["recall", "werbung"], ["recall", "werbung"]]


def test_c_15_whatsapps_own_stop_told_twice_is_one_withdrawal(line: Line) -> None:
    line.deliver(message("Hallo"))
    stop = preferring(PATIENT, at=ago(HOUR))

    line.deliver(stop, stop | {"again": True})

    assert withdrawals(line) == [["recall", "werbung"]]


def test_c_15_resuming_marketing_at_whatsapp_grants_nothing(line: Line) -> None:
    line.deliver(message("Hallo"), preferring(PATIENT, "resume", ago(HOUR)))

    with practice_scope(line.practice.pk):
        assert ConsentEvent.objects.count() == 0
