"""What a stranger may try with a button's page and script."""

import pytest
import time_machine
from django.conf import settings
from django.test import Client

from consent.doors import create_qr_code, whatsapp_link
from consent.models import PendingOptIn, Widget
from consent.wording import practice_in_scope
from practices import doors
from practices.bus import bus
from practices.models import Practice
from tests.consent.editions import an_edition, ready
from tests.consent.widgets.visits import SITE, form_id, read, text_of
from tests.whole import of_whole

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "cross-site", "origin": SITE},
        {"origin": SITE},  # a browser too old for Sec-Fetch, on a listed website
        {"origin": "https://andere.example"},
    ],
)
def test_a_post_from_another_site_is_refused_even_from_a_listed_one(
    visitor: Client, address: str, headers: dict[str, str]
) -> None:
    answer = read(visitor, address, **headers)

    assert (answer.status_code, PendingOptIn.objects.count()) == (403, 0)


@pytest.mark.parametrize(
    "headers", [{"sec-fetch-site": "same-origin", "origin": "http://testserver"}, {"origin": "null"}]
)
def test_a_post_from_our_own_page_passes(visitor: Client, address: str, headers: dict[str, str]) -> None:
    assert read(visitor, address, **headers).status_code == 303


def test_twenty_posts_a_minute_from_one_network_are_enough(visitor: Client, address: str) -> None:
    with time_machine.travel("2026-05-04T10:00:01+02:00", tick=False):
        answers = [read(visitor, address).status_code for _ in range(21)]

    assert answers == [303] * 20 + [429]


def from_everywhere(visitor: Client, address: str, fields: dict[str, str], times: int) -> list[int]:
    return [visitor.post(address, fields, REMOTE_ADDR=f"198.51.{number}.7").status_code for number in range(times)]


def test_two_hundred_forms_an_hour_through_one_button_are_enough(visitor: Client, address: str) -> None:
    page = visitor.get(address).content.decode()
    form = {"form_id": form_id(page), "text": text_of(page), "read": "1"}
    with time_machine.travel("2026-05-04T10:00:01+02:00", tick=False):
        answers = from_everywhere(visitor, address, form, 201)

    assert answers == [303] * 200 + [429]


@pytest.mark.parametrize(
    "fields", [of_whole({}), of_whole({"read": "1"}), {"read": "1", "form_id": "made up", "text": ""}]
)
def test_posts_that_bring_no_form_of_ours_leave_a_button_open_to_everybody_else(
    visitor: Client, address: str, fields: dict[str, str]
) -> None:
    with time_machine.travel("2026-05-04T10:00:01+02:00", tick=False):
        answers = from_everywhere(visitor, address, fields, 201)

        assert set(answers) == {422}
        assert read(visitor, address).status_code == 303


def test_who_came_too_often_reads_it_in_the_practices_own_words_with_the_other_ways(
    visitor: Client, address: str
) -> None:
    ready(practice_in_scope())
    an_edition(page_words__limited_title="Bitte einen Moment Geduld")
    with time_machine.travel("2026-05-04T10:00:01+02:00", tick=False):
        answers = [read(visitor, address) for _ in range(21)]

    assert "Bitte einen Moment Geduld" in answers[-1].content.decode()
    assert "tel:+493023125100" in answers[-1].content.decode()


def test_guessing_tokens_ends_after_thirty_tries_a_minute(visitor: Client, address: str) -> None:
    with time_machine.travel("2026-05-04T10:00:01+02:00", tick=False):
        answers = [visitor.get(f"/widget/{doors.new_token()}").status_code for _ in range(31)]

    assert answers == [404] * 30 + [429]


def test_a_qr_codes_token_opens_no_button_and_the_other_way_round(
    visitor: Client, widget: Widget, practice: Practice
) -> None:
    code = create_qr_code(practice=practice, name="Tresen", by=None)

    assert [visitor.get(path).status_code for path in (f"/widget/{code.token}", f"/q/{widget.token}")] == [404, 404]


def test_while_nobody_can_count_nobody_is_led_on(
    visitor: Client, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = form_id(visitor.get(address).content.decode())
    monkeypatch.setattr(settings, "REDIS_URL", "redis://127.0.0.1:1/0")
    bus.cache_clear()

    opened, answer = visitor.get(address).status_code, read(visitor, address, form).status_code

    monkeypatch.undo()
    bus.cache_clear()
    assert (opened, answer) == (200, 503)


def test_a_practice_without_a_number_says_what_else_works(visitor: Client, address: str) -> None:
    whatsapp_link(lambda _: None)

    answer = read(visitor, address)

    assert (answer.status_code, PendingOptIn.objects.count()) == (503, 0)
    assert "WhatsApp geht gerade nicht" in answer.content.decode()
