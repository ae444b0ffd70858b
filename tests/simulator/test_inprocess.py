"""The stand-in inside a test's own thread."""

import threading

import httpx
import pytest

from simulator.app import create_app
from simulator.inprocess import InProcess, Postbag
from tests.simulator.conftest import JANA, SOMMER, configuration

WISH = {"from": JANA, "to": SOMMER, "text": "Hallo"}


def test_webhooks_lie_in_the_bag_as_whole_requests_until_they_are_taken() -> None:
    bag = Postbag()
    with httpx.Client(
        transport=InProcess(create_app(configuration(), transport=bag)), base_url="http://s.test"
    ) as http:
        http.post("/control/messages", json=WISH)

        (taken,) = bag.take()
        again = bag.take()

    assert (taken.method, str(taken.url)) == ("POST", "http://roger.test/webhooks/360dialog/token-of-sommer/")
    assert taken.headers["x-roger-webhook-secret"] == "secret-of-sommer"
    assert (b"Hallo" in taken.content, again) == (True, [])


def test_everything_at_hand_has_happened_when_a_call_returns() -> None:
    bag = Postbag()
    with httpx.Client(
        transport=InProcess(create_app(configuration(), transport=bag)), base_url="http://s.test"
    ) as http:
        http.post("/control/messages", json=WISH)
        bag.take()

        http.post(
            "/messages",
            headers={"D360-API-KEY": "key-of-sommer"},
            json={"messaging_product": "whatsapp", "to": JANA, "text": {"body": "x"}},
        )

        assert len(bag.take()) == 2


def test_a_handler_of_ones_own_runs_in_the_same_thread() -> None:
    threads: list[int] = []

    def handle(_: httpx.Request) -> httpx.Response:
        threads.append(threading.get_ident())
        return httpx.Response(200)

    app = create_app(configuration(), transport=httpx.MockTransport(handle))
    with httpx.Client(transport=InProcess(app), base_url="http://s.test") as http:
        answer = http.post("/control/messages", json=WISH)

    assert (answer.json()["webhook_status"], threads) == (200, [threading.get_ident()])


@pytest.mark.parametrize(
    "failure", [httpx.ConnectError("no"), httpx.ReadTimeout("no"), httpx.RemoteProtocolError("no")]
)
def test_a_webhook_that_finds_nobody_has_no_status(failure: httpx.TransportError) -> None:
    def refuse(_: httpx.Request) -> httpx.Response:
        raise failure

    app = create_app(configuration(), transport=httpx.MockTransport(refuse))
    with httpx.Client(transport=InProcess(app), base_url="http://s.test") as http:
        answer = http.post("/control/messages", json=WISH)
        waiting = http.get("/control/settled").json()

    assert (answer.json()["webhook_status"], waiting) == (None, {"at_hand": 0, "later": 1})


def test_closing_drops_what_still_waits() -> None:
    bag = Postbag(status=500)
    transport = InProcess(create_app(configuration(), transport=bag))
    http = httpx.Client(transport=transport, base_url="http://s.test")
    http.post("/control/messages", json=WISH)

    http.close()

    with pytest.raises(RuntimeError):
        http.post("/control/messages", json=WISH)
    assert len(bag.take()) == 1
