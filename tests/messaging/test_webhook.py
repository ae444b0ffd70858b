"""The webhook's door: who is let in, what is stored, what the answer is."""

import json

import pytest

from messaging.inbound.drain import drain
from messaging.models import WebhookDelivery
from messaging.webhook import LIMIT
from practices import doors
from practices.models import Door
from practices.scope import practice_scope
from tests.factories import make_practice
from tests.messaging.factories import Line, call, make_line, message

pytestmark = pytest.mark.django_db


def test_a_genuine_webhook_is_stored_sealed_before_the_200(line: Line) -> None:
    body = json.dumps(message("Mir tut der Zahn weh")).encode()

    assert line.post(body) == "200 OK"

    with practice_scope(line.practice.pk):
        stored = WebhookDelivery.objects.get()
        assert (stored.state, stored.channel_id, stored.body) == ("pending", line.channel.pk, body)
        assert b"Zahn" not in bytes(WebhookDelivery.objects.values_list("body", flat=True).get() or b"")


def test_the_same_body_again_is_acknowledged_and_stored_once(line: Line) -> None:
    body = json.dumps(message()).encode()

    assert [line.post(body), line.post(body)] == ["200 OK", "200 OK"]
    assert len(line.deliveries()) == 1


@pytest.mark.parametrize("headers", [{}, {"HTTP_X_ROGER_WEBHOOK_SECRET": "wrong"}, {"HTTP_X_ROGER_WEBHOOK_SECRET": ""}])
def test_without_the_right_secret_there_is_nothing_here(line: Line, headers: dict[str, str]) -> None:
    assert call(line.token, b"{}", headers) == "404 Not Found"
    assert line.deliveries() == []


def test_an_unknown_token_is_the_same_404(line: Line) -> None:
    assert call(doors.new_token(), b"{}", {"HTTP_X_ROGER_WEBHOOK_SECRET": line.secret}) == "404 Not Found"


def test_another_practices_secret_does_not_open_this_door(line: Line) -> None:
    other = make_line(make_practice("ostufer"))

    assert call(line.token, b"{}", {"HTTP_X_ROGER_WEBHOOK_SECRET": other.secret}) == "404 Not Found"


def test_a_closed_door_stays_closed(line: Line) -> None:
    doors.close(Door.Kind.WEBHOOK, line.channel.pk)

    assert line.post(b"{}") == "404 Not Found"


@pytest.mark.parametrize("method", ["GET", "PUT", "HEAD"])
def test_only_post_is_answered(line: Line, method: str) -> None:
    secret = {"HTTP_X_ROGER_WEBHOOK_SECRET": line.secret}

    assert call(line.token, b"", secret, method=method) == "404 Not Found"


def test_a_body_over_the_limit_is_refused_by_its_length_alone(line: Line) -> None:
    assert line.post(b"", CONTENT_LENGTH=str(4 * 1024 * 1024)) == "413 Content Too Large"
    assert line.deliveries() == []


def test_a_body_without_a_length_is_read_up_to_the_limit_only(line: Line) -> None:
    assert line.post(b"x" * (LIMIT + 1), CONTENT_LENGTH="") == "413 Content Too Large"
    assert line.post(b"x" * LIMIT, CONTENT_LENGTH="") == "200 OK"


@pytest.mark.parametrize("body", [b"", b"{", b"\x00\xff", b"[" * 5000, b'{"object": "\\ud800"}'])
def test_what_cannot_be_read_is_acknowledged_and_kept_for_the_operator(line: Line, body: bytes) -> None:
    assert line.post(body) == "200 OK"
    with practice_scope(line.practice.pk):
        drain()

    assert [delivery.state for delivery in line.deliveries()] == ["unreadable"]


def test_a_wrong_signature_is_refused_and_a_missing_one_passes(line: Line, settings) -> None:  # type: ignore[no-untyped-def]
    settings.D360_SIGNATURE_SECRET = "platform secret"

    assert line.post(b"{}", HTTP_X_360DIALOG_SIGNATURE="00" * 32) == "404 Not Found"
    assert line.post(b"{}") == "200 OK"


def test_one_body_at_two_numbers_of_a_practice_is_stored_for_both(line: Line) -> None:
    other = make_line(line.practice, number="1000000002", waba="2000000001")
    body = json.dumps(message()).encode()

    assert [one.post(body) for one in (line, other, line)] == ["200 OK"] * 3

    assert {delivery.channel_id for delivery in line.deliveries()} == {line.channel.pk, other.channel.pk}
    assert len(line.deliveries()) == 2
