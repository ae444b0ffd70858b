"""Fetching a file a stranger sent: one host, no redirect, a limit in bytes and in seconds (360dialog section 3)."""

import time
from collections.abc import Iterator, Mapping
from urllib.parse import SplitResult, unquote, urlsplit

import httpx

from messaging.whatsapp import meanings
from messaging.whatsapp.connection import repeatable, translated_errors
from messaging.whatsapp.errors import MediaRefused, TemporarilyUnavailable, classify

LOOKASIDE = "lookaside.fbsbx.com"
LARGEST_FILE = 100_000_000  # bytes
LONGEST_DOWNLOAD = 60.0  # seconds
LONGEST_ERROR = 5.0  # seconds
LARGEST_ERROR = 65_536  # bytes


def address(url: str, base_url: str) -> str:
    """The same path and query at 360dialog, where the key may go.

    Raises MediaRefused for all but plain https addresses of WhatsApp's own media host.
    """
    parts = _split(url)
    trusted = parts.scheme == "https" and parts.netloc in (LOOKASIDE, f"{LOOKASIDE}:443")
    plain = url.isascii() and not any(letter in url for letter in " \\\r\n\t") and ".." not in unquote(parts.path)
    if not trusted or not plain:
        raise MediaRefused("address")
    query = f"?{parts.query}" if parts.query else ""
    return f"{base_url}{parts.path or '/'}{query}"


def _split(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError:
        raise MediaRefused("address") from None


def chunks(http: httpx.Client, url: str, headers: Mapping[str, str]) -> Iterator[bytes]:
    """The file's bytes. Raises as `WhatsAppClient.download_media` promises."""
    deadline = time.monotonic() + LONGEST_DOWNLOAD
    with translated_errors(may_repeat=True), http.stream("GET", url, headers=headers) as response:
        _check(response)
        received = 0
        # As it comes: a server that drips bytes would fill no larger chunk before the deadline.
        for chunk in response.iter_bytes():
            received += len(chunk)
            if received > LARGEST_FILE:
                raise MediaRefused("too large")
            if time.monotonic() > deadline:
                raise TemporarilyUnavailable(meanings.UNAVAILABLE)
            yield chunk


def _check(response: httpx.Response) -> None:
    if 300 <= response.status_code < 400:
        raise MediaRefused("redirect")
    if not response.is_success:
        body = _beginning(response)
        raise repeatable(classify(response.status_code, body, response.headers), may_repeat=True)
    # We ask for plain bytes; a packed answer could unfold to far more than the limit in a single chunk.
    if response.headers.get("content-encoding", "identity") != "identity":
        raise MediaRefused("encoding")
    if int(_digits(response.headers.get("content-length", ""))) > LARGEST_FILE:
        raise MediaRefused("too large")


def _beginning(response: httpx.Response) -> bytes:
    """What an error says, as much as comes at once."""
    deadline, body = time.monotonic() + LONGEST_ERROR, bytearray()
    for chunk in response.iter_bytes():
        body += chunk
        if len(body) >= LARGEST_ERROR or time.monotonic() > deadline:
            break
    return bytes(body[:LARGEST_ERROR])


def _digits(length: str) -> str:
    return length if length.isascii() and length.isdecimal() and len(length) < 20 else "0"
