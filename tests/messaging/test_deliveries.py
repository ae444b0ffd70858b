"""What the operator sees of webhooks, replays, and what is removed when."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from messaging.deliveries import tidy
from messaging.models import Message, UnreadableEntry, WaitingStatus, WebhookDelivery
from practices.scope import practice_scope
from tests.messaging.factories import SENT_AT, Line, envelope, message, status, wamid

pytestmark = pytest.mark.django_db


def counted(*options: str) -> list[dict[str, object]]:
    out = StringIO()
    call_command("deliveries", "--json", *options, stdout=out)
    return [json.loads(text) for text in out.getvalue().splitlines()]


def test_the_first_four_counts_add_up_to_what_was_acknowledged(line: Line) -> None:
    line.deliver(message("Hallo"))
    line.post(b"broken")
    line.deliver()
    line.post(json.dumps(message("noch nicht")).encode())

    [numbers] = counted()

    assert numbers == {
        "practice": "morgenthal",
        "pending": 1,
        "processed": 1,
        "unreadable": 1,
        "failed": 0,
        "unreadable_entries": 0,
    }


def test_a_replay_reads_what_an_upgrade_has_learnt_and_doubles_nothing(line: Line) -> None:
    mixed = message("meins")
    mixed["entry"] += envelope({"messages": [{"id": wamid(), "from": "4917139200" + "12"}]})["entry"]
    mixed["entry"][1]["id"] = "999"
    line.deliver(mixed)
    with practice_scope(line.practice.pk):
        channel = line.channel
        channel.waba_id = "999"
        channel.save(update_fields=["waba_id"])

    [numbers] = counted("--replay")
    line.deliver()

    assert (numbers["pending"], numbers["unreadable_entries"]) == (1, 0)
    with practice_scope(line.practice.pk):
        assert Message.objects.filter(direction="in").count() == 2
        assert [one.reason for one in UnreadableEntry.objects.all()] == ["foreign_number"]


def test_bodies_go_after_a_week_and_rows_after_a_month_but_nothing_that_waits(line: Line) -> None:
    line.deliver(message("alt"))
    line.post(json.dumps(message("wartet")).encode())

    with practice_scope(line.practice.pk):
        tidy(now=timezone.now() + timedelta(days=8))
        assert [one.body is None for one in WebhookDelivery.objects.order_by("pk")] == [True, False]
        tidy(now=timezone.now() + timedelta(days=31))
        assert [one.state for one in WebhookDelivery.objects.all()] == ["pending"]


def test_a_status_that_nobody_claims_goes_after_eight_days(line: Line) -> None:
    line.deliver(status(wamid(), "delivered"))

    with practice_scope(line.practice.pk):
        tidy(now=timezone.now() + timedelta(days=7))
        assert WaitingStatus.objects.count() == 1
        tidy(now=timezone.now() + timedelta(days=9))
        assert WaitingStatus.objects.count() == 0


def test_a_status_that_is_repeated_waits_once(line: Line) -> None:
    unknown = wamid()

    line.deliver(status(unknown, "delivered"), status(unknown, "delivered"))
    line.deliver(status(unknown, "delivered", timestamp=str(SENT_AT + 9)), status(unknown, "read"))

    with practice_scope(line.practice.pk):
        waiting = WaitingStatus.objects.order_by("pk")
        assert [(one.word, one.status["status"]) for one in waiting] == [("delivered", "delivered"), ("read", "read")]


def test_a_message_that_failed_for_two_reasons_waits_with_both(line: Line) -> None:
    unknown = wamid()
    for code in (131047, 131026, 131047):
        line.deliver(status(unknown, "failed", errors=[{"code": code, "title": "no"}]))

    with practice_scope(line.practice.pk):
        codes = WaitingStatus.objects.order_by("pk").values_list("error_code", flat=True)
        assert list(codes) == [131047, 131026]


def test_the_operator_sees_what_was_set_aside_and_why_by_ids_and_codes_alone(line: Line) -> None:
    line.post(b"broken")
    mixed = message("meins")
    mixed["entry"] += [{"id": "999", "changes": []}, {"id": "998", "changes": []}]
    line.deliver(mixed)

    _numbers, whole, parts = counted("--unreadable")

    deliveries = [str(one.pk) for one in line.deliveries()]
    assert (whole["delivery"], whole["state"], whole["reason"]) == (deliveries[0], "unreadable", "unreadable_body")
    assert (parts["delivery"], parts["reason"], parts["parts"]) == (deliveries[1], "foreign_number", 2)
    assert whole.keys() == {"practice", "delivery", "received_at", "state", "reason", "parts"}
