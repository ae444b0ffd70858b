"""360dialog's messaging API as typed calls (360dialog sections 2, 3, 4, 10, 11)."""

import json
import re
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import IO, Any, Self, TypeVar
from urllib.parse import quote

import httpx

from messaging.whatsapp import answers, download, meanings
from messaging.whatsapp.answers import Accepted, BusinessProfile, HealthStatus, MediaLocation, TemplateRecord
from messaging.whatsapp.connection import Answer, exchange, open_connections, shared_connections
from messaging.whatsapp.errors import MediaRefused, OutcomeUnknown, Rejected, TemporarilyUnavailable

T = TypeVar("T")

PAGE = 100
MOST_PAGES = 50
MEDIA_ID = re.compile(r"[A-Za-z0-9_-]{1,128}", re.ASCII)
TEMPLATE_NAME = re.compile(r"[a-z0-9_]{1,512}", re.ASCII)
API_KEY = re.compile(r"[!-~]{1,512}", re.ASCII)


class InvalidKey(ValueError):
    """What was given as an API key cannot be one."""


class WhatsAppClient:
    """One number of one practice: the key alone selects it, so no path names it (section 1).

    Light to make and free of state, so one per use or one for long; safe between threads. Without `transport` all
    clients of a process share one pool of connections. `base_url` is trusted: the key goes there and nowhere else.
    Every method raises DeliveryError (errors.py) and nothing of httpx; only `send` raises OutcomeUnknown.
    """

    def __init__(self, api_key: str, base_url: str, transport: httpx.BaseTransport | None = None) -> None:
        key = api_key.strip()
        if not API_KEY.fullmatch(key):
            raise InvalidKey("The API key holds characters that no header may hold.")
        self._headers = {"D360-API-KEY": key}
        self._base_url = base_url.rstrip("/")
        self._own_connections = open_connections(transport) if transport else None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close what belongs to this client alone; the shared pool stays."""
        if self._own_connections:
            self._own_connections.close()

    def send(self, body: Mapping[str, Any]) -> Accepted:
        """Hand a message over. Accepted is not delivered (section 2).

        Raises OutcomeUnknown if the answer got lost or names no wamid: there is no idempotency key, so such a message
        is never sent again by itself.
        """
        answer = self._post("/messages", body, may_repeat=False)
        accepted = answers.accepted(answer.json())
        if accepted is None:
            raise OutcomeUnknown(meanings.OUTCOME_UNKNOWN, http_status=answer.status, body=answer.body)
        return accepted

    def mark_read(self, wamid: str, typing: bool = False) -> None:
        """Show blue ticks for this inbound message and all before it; `typing` shows "schreibt …" for up to 25 s."""
        receipt: dict[str, Any] = {"messaging_product": "whatsapp", "status": "read", "message_id": wamid}
        if typing:
            receipt["typing_indicator"] = {"type": "text"}
        self._post("/messages", receipt)

    def upload_media(self, content: bytes | IO[bytes], mime_type: str, filename: str) -> str:
        """Store a file at WhatsApp for 30 days and return its media id. At most 25 uploads a second and number."""
        file = {"file": (filename, content, mime_type)}
        answer = self._call("POST", "/media", data={"messaging_product": "whatsapp"}, files=file)
        return _expected(answers.media_id(answer.json()), answer)

    def media_url(self, media_id: str) -> MediaLocation:
        """Where to fetch a file within the next 5 minutes.

        Raises NotFound for a dead id: never ask again, 20 errors an hour block the endpoint (section 3).
        """
        answer = self._call("GET", f"/{_media_path(media_id)}")
        return _expected(answers.media_location(answer.json()), answer)

    def download_media(self, url: str) -> Iterator[bytes]:
        """The bytes of a file, in chunks of at most 64 KiB; the address is the one `media_url` gave.

        Raises MediaRefused for any other host, a redirect, an encoding or more than 100 MB; TemporarilyUnavailable
        after 120 s in all; NotFound if the address has expired.
        """
        return download.chunks(self._http, download.address(url, self._base_url), self._headers)

    def templates(self) -> list[TemplateRecord]:
        """All templates of the account, every page of the `waba_templates` envelope (section 10)."""
        found: list[TemplateRecord] = []
        for page in range(MOST_PAGES):
            query = {"limit": PAGE, "offset": page * PAGE, "sort": "business_templates.name"}
            envelope = self._call("GET", "/v1/configs/templates", params=query).json()
            records = answers.templates(envelope)
            found.extend(records)
            if not records or len(found) >= answers.total(envelope, otherwise=len(found)):
                break
        return found

    def create_template(self, definition: Mapping[str, Any]) -> TemplateRecord:
        """Submit a template for approval: name, category, language, components."""
        answer = self._post("/v1/configs/templates", definition)
        return answers.template({**definition, **answer.json()})

    def delete_template(self, name: str) -> None:
        """Delete all languages of a template. Meta may block the name for 30 days."""
        if not TEMPLATE_NAME.fullmatch(name):
            raise Rejected(meanings.BAD_TEMPLATE_NAME)
        self._call("DELETE", f"/v1/configs/templates/{quote(name, safe='')}")

    def health_status(self) -> HealthStatus:
        """Whether the number can send: the worst of number, account, business and app (section 11)."""
        answer = self._call("GET", "/health_status")
        return _expected(answers.health_status(answer.json()), answer)

    def set_webhook(self, url: str, headers: Mapping[str, str]) -> None:
        """Have the number's webhooks sent to `url` with these custom headers (section 4)."""
        self._post("/v1/configs/webhook", {"url": url, "headers": dict(headers)})

    def business_profile(self) -> BusinessProfile:
        fields = "about,address,description,email,profile_picture_url,websites,vertical"
        answer = self._call("GET", "/whatsapp_business_profile", params={"fields": fields})
        return answers.business_profile(answer.json())

    @property
    def _http(self) -> httpx.Client:
        return self._own_connections or shared_connections()

    def _post(self, path: str, body: Mapping[str, Any], *, may_repeat: bool = True) -> Answer:
        # Escaped to ASCII, so that half a surrogate pair becomes WhatsApp's refusal and not our own error.
        content = json.dumps(dict(body)).encode("ascii")
        return self._call("POST", path, may_repeat=may_repeat, content=content, content_type="application/json")

    def _call(
        self, method: str, path: str, *, may_repeat: bool = True, content_type: str | None = None, **content: Any
    ) -> Answer:
        headers = self._headers | ({"Content-Type": content_type} if content_type else {})
        return exchange(self._http, method, self._base_url + path, headers=headers, may_repeat=may_repeat, **content)


def _expected(found: T | None, answer: Answer) -> T:
    """What the answer had to hold. A 2xx without it comes from something in between that is not 360dialog."""
    if found is None:
        raise TemporarilyUnavailable(meanings.UNAVAILABLE, http_status=answer.status, body=answer.body)
    return found


def _media_path(media_id: str) -> str:
    """Ids come out of webhooks, so out of strangers' hands: one with a slash would name another call."""
    if not MEDIA_ID.fullmatch(media_id):
        raise MediaRefused("media id")
    return media_id
