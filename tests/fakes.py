"""The outside world of the tests: the stand-in for 360dialog, in this process, behind httpx."""

import threading
from typing import Any

import httpx

from simulator.app import create_app
from simulator.inprocess import InProcess, Postbag
from tests.messaging.factories import Line


class FakeWhatsApp(httpx.BaseTransport):
    """360dialog for one line. What it sends back waits in a bag until the test delivers it."""

    def __init__(self, line: Line, *people: str) -> None:
        self.line = line
        self.bag = Postbag()
        self._lock = threading.Lock()
        self._inside = InProcess(create_app(self._config(line, people), transport=self.bag))
        self.http = httpx.Client(transport=self, base_url="http://stand-in")

    @staticmethod
    def _config(line: Line, people: tuple[str, ...]) -> dict[str, Any]:
        number = {
            "phone": line.channel.phone,
            "name": line.practice.name,
            "phone_number_id": line.channel.phone_number_id,
            "waba_id": line.channel.waba_id,
            "api_key": line.channel.api_key,
            "webhook_url": "http://roger/webhooks/",
            "webhook_headers": {},
            "templates": [],
        }
        return {"numbers": [number], "people": [{"phone": phone, "name": "Erika"} for phone in people]}

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        with self._lock:
            return self._inside.handle_request(request)

    def close(self) -> None:
        """Clients come and go; the stand-in ends with the test."""

    def end(self) -> None:
        self._inside.close()

    def control(self, method: str, path: str, **content: Any) -> Any:
        """One call of the stand-in's control API."""
        answer = self.http.request(method, f"/control/{path}", **content)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def sent(self) -> list[dict[str, Any]]:
        """The bodies of the messages it accepted, in order, without receipts."""
        bodies = [call["body"] for call in self.control("GET", "sent")]
        return [body for body in bodies if body.get("status") != "read"]

    def deliver(self) -> None:
        """Bring what it has to say to the webhook, and let the worker drain it."""
        for request in self.bag.take():
            assert self.line.post(request.content) == "200 OK"
        self.line.deliver()
