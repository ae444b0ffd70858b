"""Times and numbers as the inbox says them, at 24.11.2026, 08:22 in Berlin."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.template import Context, Template
from django.template.loader import render_to_string
from django.urls import reverse

from messaging.inbox.addresses import address
from messaging.inbox.templatetags.inbox import (
    day_phrase,
    icon,
    masked_phone,
    minutes_until,
    moment,
    row_in,
    span,
    thread_in,
    time_left,
    until_phrase,
    waiting_clock,
)
from practices.models import Practice
from practices.tenancy import uuid7

NOW = datetime(2026, 11, 24, 7, 22, tzinfo=UTC)


@pytest.fixture(autouse=True)
def tuesday_morning() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def test_a_day_of_the_thread_is_named_with_weekday_and_date() -> None:
    assert day_phrase(NOW - timedelta(minutes=5)) == "Heute, Dienstag, 24.11.2026"
    assert day_phrase(NOW - timedelta(days=1)) == "Gestern, Montag, 23.11.2026"
    assert day_phrase(NOW - timedelta(days=2)) == "Sonntag, 22.11.2026"


def test_a_message_shortly_before_midnight_in_berlin_belongs_to_the_day_before() -> None:
    assert day_phrase(datetime(2026, 11, 23, 22, 59, tzinfo=UTC)) == "Gestern, Montag, 23.11.2026"
    assert day_phrase(datetime(2026, 11, 23, 23, 1, tzinfo=UTC)) == "Heute, Dienstag, 24.11.2026"


def test_the_list_shows_the_shortest_time_that_is_clear() -> None:
    assert moment(NOW - timedelta(minutes=11)) == "08:11"
    assert moment(NOW - timedelta(days=1)) == "gestern"
    assert moment(datetime(2026, 3, 12, 9, 0, tzinfo=UTC)) == "12.03."
    assert moment(datetime(2025, 3, 12, 9, 0, tzinfo=UTC)) == "12.03.2025"


def test_an_end_is_named_by_today_tomorrow_or_date() -> None:
    assert until_phrase(NOW + timedelta(hours=2)) == "heute 10:22"
    assert until_phrase(NOW + timedelta(hours=23, minutes=57)) == "morgen 08:19"
    assert until_phrase(NOW + timedelta(days=3)) == "27.11.2026, 08:22"


def test_minutes_left_are_whole_and_never_negative() -> None:
    assert minutes_until(NOW + timedelta(minutes=72, seconds=59)) == 72
    assert minutes_until(NOW - timedelta(minutes=1)) == 0


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (0, "jetzt"),
        (1, "1 Min."),
        (59, "59 Min."),
        (60, "1 Std. 00"),
        (124, "2 Std. 04"),
        (2879, "47 Std. 59"),
        (2880, "2 Tage"),
        (4319, "2 Tage"),
    ],
)
def test_a_span_is_said_in_the_largest_unit_that_matters(minutes: int, words: str) -> None:
    assert span(minutes) == words


def test_what_is_left_names_its_minutes_too() -> None:
    assert [time_left(minutes) for minutes in (0, 59, 124, 1439, 2880)] == [
        "jetzt",
        "59 Min.",
        "2 Std. 04 Min.",
        "23 Std. 59 Min.",
        "2 Tage",
    ]


@pytest.mark.parametrize(
    ("e164", "shown"),
    [
        ("+491713920002", "0171 39•••02"),
        ("+4917604069012", "0176 04•••12"),
        ("+493023125100", "030 23•••00"),
        ("+44112", "+44 •••"),
        ("+49112", "112 •••"),
        ("not a number", "•••"),
        ("", "•••"),
    ],
)
def test_a_number_is_shown_masked(e164: str, shown: str) -> None:
    assert masked_phone(e164) == shown


@pytest.mark.parametrize(
    ("waited", "share", "level"),
    [(0, 0, "calm"), (42, 35, "calm"), (60, 50, "due"), (77, 64, "due"), (119, 99, "due"), (120, 100, "over")],
)
def test_the_clock_turns_amber_at_half_and_is_full_at_the_promise(waited: int, share: int, level: str) -> None:
    clock = waiting_clock(NOW - timedelta(minutes=waited), promised_minutes=120)

    assert (clock["share"], clock["level"]) == (str(share), level)


def test_a_clock_without_a_promise_takes_two_hours() -> None:
    assert waiting_clock(NOW - timedelta(minutes=60))["share"] == "50"


def test_a_message_from_the_future_has_not_waited() -> None:
    clock = waiting_clock(NOW + timedelta(minutes=3), promised_minutes=120)

    assert (clock["minutes"], clock["words"], clock["level"]) == ("0", "jetzt", "calm")


def test_the_drawn_clock_tells_shape_words_and_machine_time() -> None:
    html = render_to_string("components/clock.html", waiting_clock(NOW - timedelta(minutes=77), promised_minutes=120))

    assert html.count('stroke-dasharray="64 100"') == 1
    assert html.count('datetime="PT77M"') == 1
    assert html.count("1 Std. 17") == 1


@pytest.mark.parametrize(
    "at", [NOW, datetime(2026, 7, 1, 22, 5, 0, 1200, tzinfo=UTC), datetime(2024, 2, 29, tzinfo=UTC)]
)
def test_times_in_rows_and_messages_are_those_of_the_ordinary_formats(at: datetime) -> None:
    ours = Template("{% load inbox %}{{ at|machine_time }} {{ at|clock_time }}")
    ordinary = Template('{{ at|date:"c" }} {{ at|date:"H:i" }}')

    assert ours.render(Context({"at": at})) == ordinary.render(Context({"at": at}))


def test_an_icon_is_the_component_and_its_name_is_never_markup() -> None:
    assert icon("check", size="large") == render_to_string("components/icon.html", {"name": "check", "size": "large"})
    assert icon('"><script>').count("<script>") == 0


def test_addresses_made_from_a_kept_form_are_those_of_the_routes() -> None:
    here, there = uuid7(), uuid7()
    route = {"practice": "morgenthal", "conversation_id": here, "message_id": there}

    assert address("inbox:message", "morgenthal", conversation_id=here, message_id=there) == reverse(
        "inbox:message", kwargs=route
    )
    assert thread_in(there, Practice(slug="ostufer")) == f"/p/ostufer/inbox/{there}/"
    assert row_in(there, Practice(slug="ostufer")) == f"/p/ostufer/inbox/{there}/row/"
