"""How webhooks travel: headers, signature, repeats, raw bodies (360dialog sections 4 and 5)."""

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import httpx
import pytest

from tests.simulator.conftest import SOMMER, NewStandIn, Served, StandIn


class Patient(HTTPServer):
    """Lets a burst of connections queue instead of dropping them."""

    request_queue_size = 64


class Receiver:
    """An HTTP server that answers webhooks as told: each entry is (status, seconds it takes)."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, float]] = []
        self.bodies: list[bytes] = []
        receiver = self

        class Answer(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                receiver.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
                status, seconds = receiver.answers.pop(0) if receiver.answers else (200, 0.0)
                time.sleep(seconds)
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Silent."""

        self._server = Patient(("127.0.0.1", 0), Answer)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook/"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    def wait_for(self, count: int) -> int:
        """How many webhooks came, once there are count or two seconds have passed."""
        deadline = time.monotonic() + 2
        while len(self.bodies) < count and time.monotonic() < deadline:
            time.sleep(0.01)
        return len(self.bodies)

    def close(self) -> None:
        """Stop."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Where webhooks go over the network."""
    receiver = Receiver()
    yield receiver
    receiver.close()


@pytest.fixture
def to_receiver(served_outwards: Served, receiver: Receiver) -> Served:
    """A served stand-in whose first number posts to the receiver."""
    url = {"phone": SOMMER, "phone_number_id": "1", "waba_id": "2", "api_key": "k", "webhook_url": receiver.url}
    assert served_outwards.control("POST", "/numbers", url).status_code == 201
    return served_outwards


def write_to(served: Served) -> int | None:
    """Jana writes; the webhook's first answer."""
    wish = {"from": "+491713920001", "to": SOMMER, "text": "Hallo"}
    status: int | None = served.control("POST", "/messages", wish).json()["webhook_status"]
    return status


def test_a_webhook_goes_to_the_numbers_address_with_its_headers(standin: StandIn) -> None:
    standin.write()

    (request,) = standin.bag.take()

    assert str(request.url) == "http://roger.test/webhooks/360dialog/token-of-sommer/"
    assert request.headers["x-roger-webhook-secret"] == "secret-of-sommer"
    assert request.headers["content-type"] == "application/json"
    assert "x-360dialog-signature" not in request.headers


def test_with_a_secret_the_raw_body_is_signed(new_standin: NewStandIn) -> None:
    standin = new_standin(signature_secret="platform-secret")
    standin.write(text="Grüße aus Köln")

    (request,) = standin.bag.take()

    expected = hmac.new(b"platform-secret", request.content, hashlib.sha256).hexdigest()
    assert request.headers["x-360dialog-signature"] == expected


def test_the_answer_names_the_webhooks_status(standin: StandIn) -> None:
    standin.bag.status = 404

    assert standin.write()["webhook_status"] == 404


def test_a_number_without_an_address_posts_nothing(standin: StandIn) -> None:
    number = {"phone": "+493023125109", "phone_number_id": "9", "waba_id": "9", "api_key": "k9"}
    standin.control("POST", "/numbers", number)

    assert standin.write(to="+493023125109")["webhook_status"] is None
    assert standin.webhooks() == []


@pytest.mark.parametrize("answer", [500, 404, 201, 302])
def test_anything_but_200_is_repeated_until_it_is_200(to_receiver: Served, receiver: Receiver, answer: int) -> None:
    to_receiver.control("PUT", "/faults", {"webhooks": {"retry_seconds": [0.01]}})
    receiver.answers = [(answer, 0), (answer, 0)]

    first = write_to(to_receiver)

    assert (first, receiver.wait_for(3)) == (answer, 3)
    assert len(set(receiver.bodies)) == 1


def test_an_answer_that_takes_too_long_is_repeated(to_receiver: Served, receiver: Receiver) -> None:
    to_receiver.control("PUT", "/faults", {"webhooks": {"retry_seconds": [0.4], "timeout_seconds": 0.2}})
    receiver.answers = [(200, 0.4)]

    first = write_to(to_receiver)

    assert (first, receiver.wait_for(2)) == (None, 2)


def test_an_answered_webhook_is_not_repeated(to_receiver: Served, receiver: Receiver) -> None:
    to_receiver.control("PUT", "/faults", {"webhooks": {"retry_seconds": [0.01]}})

    first = write_to(to_receiver)
    time.sleep(0.1)

    assert (first, len(receiver.bodies)) == (200, 1)
    assert to_receiver.control("GET", "/settled").json() == {"at_hand": 0, "later": 0}


def test_repeats_end_when_the_plan_gives_up(to_receiver: Served, receiver: Receiver) -> None:
    habits = {"retry_seconds": [0.05], "give_up_after_seconds": 0.02}
    to_receiver.control("PUT", "/faults", {"webhooks": habits})
    receiver.answers = [(500, 0)] * 5

    write_to(to_receiver)
    time.sleep(0.3)

    assert len(receiver.bodies) == 2


def test_a_burst_waits_for_its_turn_and_nothing_is_sent_twice(to_receiver: Served, receiver: Receiver) -> None:
    plan = {
        "webhooks": {"timeout_seconds": 1, "retry_seconds": [0.01]},
        "window": {"unseen": "open"},
        "limits": {"pair_burst": None, "throughput_per_second": None},
    }
    to_receiver.control("PUT", "/faults", plan)
    receiver.answers = [(200, 0.01)] * 240
    body = {"messaging_product": "whatsapp", "to": "+491713920001", "text": {"body": "x"}}

    with httpx.Client(base_url=to_receiver.url, headers={"D360-API-KEY": "k"}) as client:
        codes = {client.post("/messages", json=body).status_code for _ in range(120)}
    to_receiver.control("GET", "/settled")

    statuses = [status_in(body) for body in receiver.bodies]
    assert codes == {200}
    assert len(statuses) == len(set(statuses)) == 240


def status_in(body: bytes) -> tuple[str, str]:
    """(wamid, status) of a webhook."""
    status = json.loads(body)["entry"][0]["changes"][0]["value"]["statuses"][0]
    return status["id"], status["status"]


def test_any_body_can_be_delivered_with_the_numbers_secret(standin: StandIn) -> None:
    answer = standin.control("POST", "/deliver", {"to": SOMMER, "body": {"object": "Überraschung"}})
    (request,) = standin.bag.take()

    assert answer.json() == {"status": 200, "webhook_status": 200}
    assert json.loads(request.content) == {"object": "Überraschung"}
    assert request.headers["x-roger-webhook-secret"] == "secret-of-sommer"


def test_text_is_delivered_byte_for_byte_so_that_broken_json_can_be_tried(standin: StandIn) -> None:
    standin.control("POST", "/deliver", {"to": SOMMER, "body": '{"entry": ['})

    assert [request.content for request in standin.bag.take()] == [b'{"entry": [']


def test_deliver_can_come_with_other_headers_and_is_never_repeated(standin: StandIn) -> None:
    standin.bag.status = 404
    answer = standin.control(
        "POST", "/deliver", {"to": SOMMER, "body": {}, "headers": {"X-Roger-Webhook-Secret": "no"}}
    )
    (request,) = standin.bag.take()

    assert answer.json() == {"status": 404, "webhook_status": 404}
    assert request.headers["x-roger-webhook-secret"] == "no"
    assert standin.control("GET", "/settled").json() == {"at_hand": 0, "later": 0}
