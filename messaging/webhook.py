"""The door for 360dialog: a thin WSGI function ahead of Django's handler (mounted in roger/wsgi.py).

It looks at the token and the secret, seals the body, stores it durably and answers 200. It parses nothing, so no body
can break it; a worker reads what it stored. Django's request signals do not run here, so it looks after its own
connection.
"""

import hmac
import logging
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

import psycopg
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, transaction

from messaging.whatsapp.authenticity import is_secret, is_signed
from practices import keys
from practices.background import wake
from practices.crash import crash_point
from practices.doors import resolve
from practices.keys import NOBODY, Key
from practices.keystore import Subject
from practices.models import Door
from practices.scope import practice_scope
from practices.sealed_columns import NUMBERS
from practices.tenancy import uuid7

PREFIX = "/webhooks/360dialog/"
LIMIT = 3 * 1024 * 1024  # bytes; 360dialog's own limit (section 5)
REMEMBERED_SECONDS = 5.0
DRAIN = "messaging.drain_inbound"
TABLE, COLUMN = NUMBERS["messaging.webhookdelivery", "body"]
# One statement in autocommit mode: it announces the practice to the policies and inserts (design section 5).
INSERT = """
with s as materialized (select set_config('app.practice_id', %b::text, true) v)
insert into messaging_webhookdelivery (id, practice_id, channel_id, digest, body, state, attempts, error)
select %b::uuid, %b::int, %b::uuid, %b::bytea, %b::bytea, 'pending', 0, '' from s where v is not null
on conflict do nothing
"""

log = logging.getLogger(__name__)
if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse


@dataclass(frozen=True, slots=True)
class Entrance:
    """What stands behind a webhook token: whose channel, which secret, and the keys its bodies are stored with."""

    practice_id: int
    channel_id: UUID
    secret_hash: bytes
    key: Key
    digest_key: bytes


class TooLarge(Exception):
    """More than LIMIT bytes."""


def application(environ: dict[str, Any], start_response: "StartResponse") -> Iterable[bytes]:
    """Answer one webhook: 404 unless genuine, 413 if too large, 503 if it could not be stored, else 200."""
    try:
        status = receive(environ)
    except (OperationalError, InterfaceError):
        # 360dialog repeats what is not answered with 200.
        log.warning("webhook not stored, database away")
        status = "503 Service Unavailable"
    start_response(status, [("Content-Length", "0"), ("Cache-Control", "no-store")])
    return [b""]


def receive(environ: dict[str, Any]) -> str:
    """Store the body if the call is genuine; answers the HTTP status line."""
    token = environ["PATH_INFO"].removeprefix(PREFIX).removesuffix("/")
    entrance = entrances.find(token) if environ["REQUEST_METHOD"] == "POST" else None
    if entrance is None or not _has_secret(environ, entrance):
        return "404 Not Found"
    try:
        body = _body(environ)
    except TooLarge:
        return "413 Content Too Large"
    if not _signature_fits(environ, body):
        return "404 Not Found"
    crash_point("webhook.read")
    store(entrance, body)
    crash_point("webhook.stored")
    wake(DRAIN, practice_id=entrance.practice_id)
    return "200 OK"


def store(entrance: Entrance, body: bytes) -> None:
    """Seal and commit a body; one that came to this number before changes nothing. Tries once more on a fresh
    connection."""
    delivery = uuid7()
    where = (entrance.practice_id.to_bytes(4), TABLE.to_bytes(2), COLUMN.to_bytes(2), delivery.bytes)
    sealed = entrance.key.seal(body, keys.context_bytes(b"row", *where))
    digest = hmac.digest(entrance.digest_key, entrance.channel_id.bytes + body, "sha256")[:16]
    row = [str(entrance.practice_id), delivery, entrance.practice_id, entrance.channel_id, digest, sealed]
    try:
        _insert(row)
    except (OperationalError, InterfaceError):
        connection.close()  # the database was restarted under a connection that had been idle
        _insert(row)


def _insert(row: list[Any]) -> None:
    connection.ensure_connection()
    # A cursor that binds on the server: the statement is parsed and planned once per connection.
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(INSERT, row, prepare=True)


class Entrances:
    """The entrances of this process, each remembered for five seconds, so that a revoked door closes soon."""

    def __init__(self) -> None:
        self._found: dict[str, tuple[float, Entrance | None]] = {}

    def find(self, token: str) -> Entrance | None:
        now = time.monotonic()
        known = self._found.get(token)
        if known and known[0] > now:
            return known[1]
        entrance = _look_up(token)
        if entrance is None:
            return None  # not remembered: anybody could fill the memory with made-up tokens
        self._found[token] = (now + REMEMBERED_SECONDS, entrance)
        return entrance


entrances = Entrances()


def _look_up(token: str) -> Entrance | None:
    try:
        return _open(token)
    except (OperationalError, InterfaceError):
        connection.close()
        return _open(token)


def _open(token: str) -> Entrance | None:
    with transaction.atomic():
        door = resolve(Door.Kind.WEBHOOK, token)
        if door is None or door.secret_hash is None:
            return None
        with practice_scope(door.leads_to_id):
            return Entrance(
                practice_id=door.leads_to_id,
                channel_id=door.object_id,
                secret_hash=bytes(door.secret_hash),
                key=keys.key_for(Subject.PRACTICE, NOBODY),
                digest_key=keys.index_key("journal"),
            )


def _has_secret(environ: dict[str, Any], entrance: Entrance) -> bool:
    return is_secret(environ.get("HTTP_X_ROGER_WEBHOOK_SECRET"), entrance.secret_hash)


def _signature_fits(environ: dict[str, Any], body: bytes) -> bool:
    """360dialog signs for partners only, so a missing signature passes; a wrong one never does (section 4)."""
    signature = environ.get("HTTP_X_360DIALOG_SIGNATURE")
    if signature is None or not settings.D360_SIGNATURE_SECRET:
        return True
    return is_signed(body, signature, settings.D360_SIGNATURE_SECRET)


def _body(environ: dict[str, Any]) -> bytes:
    """The whole body, without trusting that a length was given. Raises TooLarge."""
    length = environ.get("CONTENT_LENGTH") or ""
    if length.isdigit() and int(length) > LIMIT:
        raise TooLarge
    stream = environ["wsgi.input"]
    body: bytes = stream.read(int(length)) if length.isdigit() else stream.read(LIMIT + 1)
    if len(body) > LIMIT:
        raise TooLarge
    return body
