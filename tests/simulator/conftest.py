"""The stand-in as the tests use it: two practices, three people, webhooks caught in a bag."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from simulator.api.broken import remember_connection
from simulator.app import create_app
from simulator.inprocess import InProcess, Postbag

Json = dict[str, Any]

SOMMER = "+493023125101"
DOM = "+492214710101"
JANA = "+491713920001"
MEHMET = "+491713920002"
ERIKA = "DE.1111222233334444"

REMINDER: Json = {
    "name": "termin_erinnerung",
    "language": "de",
    "category": "UTILITY",
    "status": "APPROVED",
    "components": [
        {"type": "HEADER", "format": "TEXT", "text": "Ihr Termin"},
        {"type": "BODY", "text": "Guten Tag {{1}}, Ihr Termin ist am {{2}}."},
        {"type": "FOOTER", "text": "Praxis Sommer"},
        {
            "type": "BUTTONS",
            "buttons": [
                {"type": "QUICK_REPLY", "text": "Ich komme"},
                {"type": "URL", "text": "Anfahrt", "url": "https://praxis.example/{{1}}"},
            ],
        },
    ],
}
NAMED: Json = {
    "name": "termin_mit_namen",
    "language": "de",
    "components": [{"type": "BODY", "text": "Ihr Termin am {{datum}} um {{uhrzeit}} Uhr steht."}],
}
DOCUMENT: Json = {
    "name": "unterlagen",
    "language": "de",
    "components": [{"type": "HEADER", "format": "DOCUMENT"}, {"type": "BODY", "text": "Anbei Ihre Unterlagen."}],
}
CODE: Json = {
    "name": "anmeldecode",
    "language": "de",
    "category": "AUTHENTICATION",
    "components": [{"type": "BODY", "text": "Ihr Code lautet {{1}} und gilt kurz."}],
}


def configuration() -> Json:
    """Two practices with portfolios of their own; statuses without delays."""
    return {
        "numbers": [
            {
                "phone": SOMMER,
                "name": "Praxis Sommer",
                "phone_number_id": "100000000000101",
                "waba_id": "200000000000101",
                "api_key": "key-of-sommer",
                "webhook_url": "http://roger.test/webhooks/360dialog/token-of-sommer/",
                "webhook_headers": {"X-Roger-Webhook-Secret": "secret-of-sommer"},
                "templates": [REMINDER, NAMED, DOCUMENT, CODE],
            },
            {
                "phone": DOM,
                "name": "Praxis am Dom",
                "phone_number_id": "100000000000102",
                "waba_id": "200000000000102",
                "api_key": "key-of-dom",
                "webhook_url": "http://roger.test/webhooks/360dialog/token-of-dom/",
                "webhook_headers": {"X-Roger-Webhook-Secret": "secret-of-dom"},
            },
        ],
        "people": [
            {"phone": JANA, "name": "Jana Vogt"},
            {"phone": MEHMET, "name": "Mehmet Yılmaz"},
            {"phone": None, "name": "Erika", "bsuid": ERIKA, "username": "erika.m"},
        ],
        "faults": {"statuses": {"delivered_after": 0}},
    }


class StandIn:
    """The stand-in with what tests ask of it again and again."""

    def __init__(self, config: Json | Path | None = None, signature_secret: str = "") -> None:
        self.bag = Postbag()
        app = create_app(config or configuration(), transport=self.bag, signature_secret=signature_secret)
        self.http = httpx.Client(transport=InProcess(app), base_url="http://stand-in.test")

    def call(self, method: str, path: str, *, key: str = "key-of-sommer", **kwargs: Any) -> httpx.Response:
        """A call of 360dialog's API with a number's key."""
        return self.http.request(method, path, headers={"D360-API-KEY": key}, **kwargs)

    def send(self, *, to: str = JANA, key: str = "key-of-sommer", **body: Any) -> httpx.Response:
        """POST /messages."""
        return self.call("POST", "/messages", key=key, json={"messaging_product": "whatsapp", "to": to, **body})

    def send_text(self, text: str = "Guten Tag", **body: Any) -> httpx.Response:
        """POST /messages with a text."""
        return self.send(type="text", text={"body": text}, **body)

    def control(self, method: str, path: str, body: Any = None) -> httpx.Response:
        """A call of the control API."""
        return self.http.request(method, f"/control{path}", json=body)

    def write(self, sender: str = JANA, to: str = SOMMER, **wish: Any) -> Json:
        """A person writes; the answer of the control API."""
        answer = self.control("POST", "/messages", {"from": sender, "to": to, **(wish or {"text": "Hallo"})})
        assert answer.status_code == 200, answer.text
        read: Json = answer.json()
        return read

    def open_window(self, sender: str = JANA, to: str = SOMMER) -> str:
        """A person writes, and the webhook of it is forgotten; returns its wamid."""
        wamid: str = self.write(sender, to)["wamid"]
        self.bag.take()
        return wamid

    def plan(self, **faults: Any) -> None:
        """Replace the fault plan; statuses come without delays unless said otherwise."""
        faults["statuses"] = {"delivered_after": 0, **faults.get("statuses", {})}
        answer = self.control("PUT", "/faults", faults)
        assert answer.status_code == 200, answer.text

    def advance(self, **units: float) -> None:
        """Move the clock by hours=, minutes=, days= or seconds=."""
        lengths = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86_400}
        seconds = sum(lengths[unit] * count for unit, count in units.items())
        assert self.control("POST", "/clock", {"advance_seconds": seconds}).status_code == 200

    def webhooks(self) -> list[Json]:
        """The bodies of all webhooks since the last look."""
        return [json.loads(request.content) for request in self.bag.take()]

    def values(self) -> list[Json]:
        """The `value` of each webhook since the last look."""
        return [webhook["entry"][0]["changes"][0]["value"] for webhook in self.webhooks()]

    def statuses(self) -> list[str]:
        """The statuses since the last look, in order."""
        return [status["status"] for value in self.values() for status in value.get("statuses", [])]

    def failures(self) -> list[int]:
        """The codes of all failed statuses since the last look."""
        found = [status for value in self.values() for status in value.get("statuses", [])]
        return [error["code"] for status in found for error in status.get("errors", [])]

    def received(self) -> Json:
        """The one inbound message since the last look."""
        (value,) = self.values()
        (message,) = value["messages"]
        read: Json = message
        return read


def code_of(answer: httpx.Response) -> int:
    """Meta's code in an error body A."""
    code: int = answer.json()["error"]["code"]
    return code


NewStandIn = Callable[..., StandIn]


@pytest.fixture
def new_standin() -> Iterator[NewStandIn]:
    """Makes stand-ins with a configuration of their own, closed after the test."""
    made: list[StandIn] = []

    def make(config: Json | Path | None = None, signature_secret: str = "") -> StandIn:
        made.append(StandIn(config, signature_secret))
        return made[-1]

    yield make
    for standin in made:
        standin.http.close()


@pytest.fixture
def standin(new_standin: NewStandIn) -> StandIn:
    """A fresh stand-in in this very thread."""
    return new_standin()


class Served:
    """A stand-in behind a real socket, with the bag for its webhooks."""

    def __init__(self, bag: Postbag | None) -> None:
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        app = remember_connection(create_app(configuration(), transport=bag))
        self._server = uvicorn.Server(uvicorn.Config(app, log_level="critical", access_log=False, lifespan="on"))
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._socket]}, daemon=True)

    def start(self) -> None:
        """Serve; returns when it answers."""
        self._thread.start()
        deadline = time.monotonic() + 10
        while not self._server.started and time.monotonic() < deadline:
            time.sleep(0.01)

    def stop(self) -> None:
        """End it."""
        self._server.should_exit = True
        self._thread.join(timeout=10)
        self._socket.close()

    def control(self, method: str, path: str, body: Any = None) -> httpx.Response:
        """A call of the control API."""
        return httpx.request(method, f"{self.url}/control{path}", json=body)


def running(bag: Postbag | None) -> Iterator[Served]:
    """A served stand-in, ended after the test."""
    served = Served(bag)
    served.start()
    yield served
    served.stop()


@pytest.fixture
def bag() -> Postbag:
    """Where the webhooks of `served` lie."""
    return Postbag()


@pytest.fixture
def served(bag: Postbag) -> Iterator[Served]:
    """A stand-in that clients reach by the network; its webhooks end in the bag."""
    yield from running(bag)


@pytest.fixture
def served_outwards() -> Iterator[Served]:
    """The same, and its webhooks take the network too."""
    yield from running(None)
