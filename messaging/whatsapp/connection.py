"""HTTP to 360dialog. Every error of httpx ends here and leaves as one of ours; nothing of httpx is seen beyond."""

import atexit
import logging
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

import httpx

from messaging.whatsapp import meanings
from messaging.whatsapp.errors import (
    DeliveryError,
    OutcomeUnknown,
    TemporarilyUnavailable,
    classify,
)
from messaging.whatsapp.payloads.reading import JsonObject
from messaging.whatsapp.payloads.tree import UnreadableBody, loads

USER_AGENT = "Roger/0.1"
TIMEOUT = httpx.Timeout(connect=5, read=20, write=20, pool=5)  # seconds
LONGEST_ANSWER = 60.0  # seconds for the body of one answer: a server may drip bytes for ever within the read timeout
LARGEST_ANSWER = 5_000_000  # bytes
# Shorter than the 5 s after which uvicorn closes an idle connection: a request on one that closes has no known outcome.
LIMITS = httpx.Limits(max_connections=100, max_keepalive_connections=20, keepalive_expiry=4)

# httpx writes whole URLs at INFO and httpcore headers at DEBUG: media addresses and API keys.
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)

# Raised before the first byte of the request left this machine.
NEVER_LEFT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.UnsupportedProtocol,
    httpx.ProxyError,
    httpx.InvalidURL,
)


@dataclass(frozen=True, slots=True, repr=False)
class Answer:
    """A whole 2xx answer."""

    status: int
    body: bytes

    def json(self) -> JsonObject:
        """The JSON object in it, {} for what is none: some calls answer `null`."""
        try:
            return loads(self.body)
        except UnreadableBody:
            return {}


def open_connections(transport: httpx.BaseTransport | None = None) -> httpx.Client:
    """A pool without memory: no cookie goes from one practice to the next, no redirect, no proxy of the environment."""
    return httpx.Client(
        transport=transport,
        timeout=TIMEOUT,
        limits=LIMITS,
        follow_redirects=False,
        trust_env=False,
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        headers={"User-Agent": USER_AGENT, "Accept-Encoding": "identity"},
    )


def shared_connections() -> httpx.Client:
    """One pool for all keys and threads of this process: keys differ by a header alone, and a TLS context is dear."""
    return _connections_of_process(os.getpid())


@lru_cache(maxsize=1)
def _connections_of_process(_pid: int) -> httpx.Client:
    # Keyed by process: after a fork the child must not speak through its parent's sockets.
    pool = open_connections()
    atexit.register(pool.close)
    return pool


def exchange(
    http: httpx.Client, method: str, url: str, *, headers: Mapping[str, str], may_repeat: bool, **content: Any
) -> Answer:
    """One call and its whole answer. Raises a DeliveryError for anything but 2xx.

    `may_repeat`: calling twice does no harm, so a lost answer is TemporarilyUnavailable instead of OutcomeUnknown.
    """
    with translated_errors(may_repeat=may_repeat), http.stream(method, url, headers=headers, **content) as response:
        body = _read(response)
        if response.is_success:
            return Answer(response.status_code, body)
        raise repeatable(classify(response.status_code, body, response.headers), may_repeat=may_repeat)


def _read(response: httpx.Response) -> bytes:
    deadline = time.monotonic() + LONGEST_ANSWER
    body = bytearray()
    for chunk in response.iter_bytes():
        body += chunk
        if len(body) > LARGEST_ANSWER or time.monotonic() > deadline:
            raise httpx.ReadError("answer too large or too slow")
    return bytes(body)


@contextmanager
def translated_errors(*, may_repeat: bool) -> Iterator[None]:
    """Turn httpx's errors into ours. Their texts may hold addresses of media, so none is chained."""
    try:
        yield
    except NEVER_LEFT:
        raise TemporarilyUnavailable(meanings.NO_CONNECTION) from None
    except (httpx.HTTPError, httpx.StreamError):
        raise repeatable(OutcomeUnknown(meanings.OUTCOME_UNKNOWN), may_repeat=may_repeat) from None


def repeatable(error: DeliveryError, *, may_repeat: bool) -> DeliveryError:
    """The error, unless it only says that nobody knows the outcome of a call that may be repeated."""
    if may_repeat and isinstance(error, OutcomeUnknown):
        return TemporarilyUnavailable(meanings.UNAVAILABLE, http_status=error.http_status, body=error.body)
    return error
