"""WhatsApp says no: every way in which a call to 360dialog can fail, and nothing of httpx.

DeliveryError
├── TemporarilyUnavailable   worth a retry with backoff; `certainly_not_sent` says whether it may exist already
├── TryLater                 worth a retry after hours
├── OutcomeUnknown           handed over, answer lost: never retried, a status or a person settles it
├── ChannelBlocked           nothing goes out from this number: stop its queue, tell an admin
└── Rejected                 final for this message; carries WhatsApp's code
    ├── NotFound             the template, file or address does not exist (any more)
    └── MediaRefused         we refuse a file or its address; nothing was asked of WhatsApp with it

`str()` of each holds codes alone. `details` and `body` are WhatsApp's words and may hold personal data: for the
operator's sealed records, never for a log.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from messaging.whatsapp import meanings
from messaging.whatsapp.meanings import ErrorMeaning, Kind, describe, known
from messaging.whatsapp.payloads.reading import JsonObject, error_code, mapping, text
from messaging.whatsapp.payloads.tree import UnreadableBody, loads

__all__ = [
    "ChannelBlocked",
    "DeliveryError",
    "ErrorMeaning",
    "Kind",
    "MediaRefused",
    "NotFound",
    "OutcomeUnknown",
    "Rejected",
    "TemporarilyUnavailable",
    "TryLater",
    "classify",
    "describe",
]

KEPT_BYTES = 16_384
LONGEST_WAIT = timedelta(days=1)


class DeliveryError(Exception):
    """WhatsApp says no. `meaning` holds class, key to store and the sentence for staff."""

    def __init__(
        self,
        meaning: ErrorMeaning,
        *,
        http_status: int | None = None,
        details: str | None = None,
        trace_id: str | None = None,
        body: bytes = b"",
    ) -> None:
        super().__init__(meaning.key, http_status)
        self.meaning = meaning
        self.http_status = http_status
        self.details = details
        self.trace_id = trace_id
        self.body = body[:KEPT_BYTES]

    def __str__(self) -> str:
        return f"{self.meaning.key} (HTTP {self.http_status or '-'})"

    @property
    def code(self) -> int | None:
        """WhatsApp's code; None where only 360dialog or the network spoke."""
        return self.meaning.code

    @property
    def for_person(self) -> str:
        """The German sentence for staff, in the language of the moment."""
        return str(self.meaning.sentence)


class TemporarilyUnavailable(DeliveryError):
    """Worth a retry. `retry_after` in seconds, None if nobody said.

    `certainly_not_sent` is False where a server failed after it had the whole request (500, 502, 555 without a code):
    such a message may exist, so a retry may duplicate it (360dialog section 1) and should leave a status time to come.
    """

    retry_after: float | None = None
    certainly_not_sent: bool = True


class TryLater(DeliveryError):
    """Worth a retry, but not before `wait` has passed."""

    @property
    def wait(self) -> timedelta:
        return self.meaning.wait or timedelta(hours=1)


class OutcomeUnknown(DeliveryError):
    """The request was handed over and no usable answer came. Never retried by itself."""


class ChannelBlocked(DeliveryError):
    """Nothing goes out from this number until an admin acts."""


class Rejected(DeliveryError):
    """Final for this message."""


class NotFound(Rejected):
    """404, or code 100 with subcode 33: by operation a lost file, template or address."""


class MediaRefused(Rejected):
    """A file that we do not load: foreign address, redirect, too large, disguised."""

    def __init__(self, reason: str) -> None:
        super().__init__(meanings.MEDIA_REFUSED)
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.meaning.key}: {self.reason}"


@dataclass(frozen=True, slots=True, repr=False)
class _Report:
    """What one of the three error bodies says (section 1)."""

    code: int | None = None
    subcode: int | None = None
    words: str = ""
    details: str | None = None
    trace_id: str | None = None
    is_transient: bool = False


def classify(status_code: int, body: bytes, headers: Mapping[str, str]) -> DeliveryError:
    """The error behind an answer. Pure but for `Retry-After` given as a date; accepts any status and any body.

    Listed codes decide before the HTTP status does, as Meta advises (section 9).
    """
    report = _report(body)
    meaning = _listed(report) or _by_status(status_code, report)
    error = _class_of(meaning)(
        meaning, http_status=status_code, details=report.details, trace_id=report.trace_id, body=body
    )
    if isinstance(error, TemporarilyUnavailable):
        error.retry_after = _retry_after(headers)
        error.certainly_not_sent = _is_certainly_not_sent(status_code, meaning)
    return error


def _report(body: bytes) -> _Report:
    try:
        envelope = loads(body)
    except UnreadableBody:
        return _Report()
    if isinstance(envelope.get("error"), dict):
        return _graph_report(envelope["error"])
    if text(envelope.get("error")):
        return _Report(words=envelope["error"], details=envelope["error"])
    return _gateway_report(mapping(envelope.get("meta")))


def _graph_report(error: JsonObject) -> _Report:
    details = text(mapping(error.get("error_data")).get("details")) or text(error.get("message"))
    return _Report(
        code=error_code(error.get("code")),
        subcode=error_code(error.get("error_subcode")),
        words=text(error.get("message")) or "",
        details=details,
        trace_id=text(error.get("fbtrace_id")),
        is_transient=error.get("is_transient") is True,
    )


def _gateway_report(meta: JsonObject) -> _Report:
    """The older shape, whose developer_message may hold a Graph error as JSON text."""
    message = meta.get("developer_message")
    nested = message if isinstance(message, dict) else _nested(text(message))
    if isinstance(nested.get("error"), dict):
        return _graph_report(nested["error"])
    words = text(message)
    return _Report(words=words or "", details=words, trace_id=text(meta.get("360dialog_trace_id")))


def _nested(message: str | None) -> JsonObject:
    try:
        return loads(message or "")
    except UnreadableBody:
        return {}


def _listed(report: _Report) -> ErrorMeaning | None:
    if report.code is None:
        return None
    return meanings.SUBCODES.get((report.code, report.subcode or 0)) or known(str(report.code))


def _by_status(status: int, report: _Report) -> ErrorMeaning:
    if status in BY_STATUS:
        return BY_STATUS[status]
    if status < 300:
        return meanings.OUTCOME_UNKNOWN
    if status < 400 or status >= 500 or report.is_transient:
        return meanings.UNAVAILABLE
    return _refusal_by_words(report.words.lower()) or describe(report.code)


BY_STATUS = {
    401: meanings.INVALID_KEY,
    403: meanings.ENDPOINT_BLOCKED,
    404: meanings.NOT_FOUND,
    408: meanings.UNAVAILABLE,
    425: meanings.UNAVAILABLE,
    429: meanings.RATE_EXCEEDED,
    503: meanings.RATE_EXCEEDED,
    # The gateway passed the request on and then gave up waiting.
    504: meanings.OUTCOME_UNKNOWN,
}


def _refusal_by_words(words: str) -> ErrorMeaning | None:
    """360dialog tells its own three 400s apart by their English words alone (section 1)."""
    return next((meaning for phrase, meaning in PHRASES if phrase in words), None)


PHRASES = (
    ("rate limit", meanings.RATE_EXCEEDED),
    ("rate exceeded", meanings.RATE_EXCEEDED),
    ("lack of payment", meanings.PAYMENT_MISSING),
    ("been disabled", meanings.API_DISABLED),
    ("api disabled", meanings.API_DISABLED),
    ("invalid api", meanings.INVALID_KEY),
)

CLASSES: dict[Kind, type[DeliveryError]] = {
    Kind.RETRY: TemporarilyUnavailable,
    Kind.LATER: TryLater,
    Kind.UNKNOWN: OutcomeUnknown,
    Kind.BLOCKED: ChannelBlocked,
    Kind.FINAL: Rejected,
}


def _class_of(meaning: ErrorMeaning) -> type[DeliveryError]:
    if meaning is meanings.GONE or meaning is meanings.NOT_FOUND:
        return NotFound
    return CLASSES[meaning.kind]


def _is_certainly_not_sent(status: int, meaning: ErrorMeaning) -> bool:
    """A code is a decision against the message; 131000 ("something went wrong") and a bare 5xx decide nothing."""
    decided = meaning.code is not None and meaning.code != 131000
    return decided or status < 500 or status == 503


def _retry_after(headers: Mapping[str, str]) -> float | None:
    written = next((value for name, value in headers.items() if name.lower() == "retry-after"), "").strip()
    if written.isdecimal() and written.isascii():
        return min(float(written), LONGEST_WAIT.total_seconds())
    try:
        until = parsedate_to_datetime(written)
    except (TypeError, ValueError):
        return None
    wait = until.replace(tzinfo=until.tzinfo or UTC) - datetime.now(UTC)
    return min(max(wait, timedelta()), LONGEST_WAIT).total_seconds()
