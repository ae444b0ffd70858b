"""A phone number among Arabic words is read from left to right, as it was typed."""

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from messaging.inbox.directions import END, ISOLATE, figures_in_order
from messaging.models import Channel
from tests.messaging.inbox.desk import make_conversation, receive

NUMBER = "+49 30 23125 110"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"رقمي {NUMBER}، شكراً", f"رقمي {ISOLATE}{NUMBER}{END}، شكراً"),
        ("הטלפון 030 23125-110", f"הטלפון {ISOLATE}030 23125-110{END}"),
        ("الساعة 14:30 يوم 12.05.", "الساعة 14:30 يوم 12.05."),
        ("عام 2026", "عام 2026"),
        (f"Meine Nummer: {NUMBER}", f"Meine Nummer: {NUMBER}"),
        ("", ""),
    ],
)
def test_groups_of_figures_keep_their_order(text: str, expected: str) -> None:
    assert figures_in_order(text) == expected


@given(st.text(alphabet="ا12 +-:/.()a\n", max_size=200))
def test_nothing_else_is_added_and_nothing_lost(text: str) -> None:
    shown = figures_in_order(text)

    assert shown.replace(ISOLATE, "").replace(END, "") == text
    assert shown.count(ISOLATE) == shown.count(END)


def test_a_text_of_nothing_but_figures_takes_no_longer_than_others() -> None:
    assert figures_in_order("ا" + "1" * 64_000 + ":") == "ا" + "1" * 64_000 + ":"


def test_the_thread_shows_it_so(desk: Client, channel: Channel) -> None:
    thread = make_conversation(channel)
    receive(thread, f"رقمي {NUMBER}")

    page = desk.get(f"/p/morgenthal/inbox/{thread.pk}/").content.decode()

    assert f"رقمي {ISOLATE}{NUMBER}{END}" in page
