"""Media: ids of digits, lookaside URLs that live five minutes, ids that live 30 or 7 days (360dialog section 3)."""

import hashlib
import secrets
from dataclasses import dataclass
from urllib.parse import urlencode

from simulator.clock import Clock
from simulator.errors import GatewayError, GraphError
from simulator.numbers import Json

LOOKASIDE = "https://lookaside.fbsbx.com"
ATTACHMENTS = "/whatsapp_business/attachments/"
URL_SECONDS = 5 * 60
UPLOADED_SECONDS = 30 * 86_400
RECEIVED_SECONDS = 7 * 86_400
MEGABYTE = 1024 * 1024
LARGEST_FILE = 100 * MEGABYTE
ERRORS_BEFORE_BLOCK, ERROR_SECONDS, BLOCK_SECONDS = 20, 3600, 1800

OFFICE = "application/vnd.openxmlformats-officedocument"
KINDS: dict[str, tuple[int, frozenset[str]]] = {
    "audio": (16 * MEGABYTE, frozenset({"audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg"})),
    "image": (5 * MEGABYTE, frozenset({"image/jpeg", "image/png"})),
    "video": (16 * MEGABYTE, frozenset({"video/mp4", "video/3gpp"})),
    "sticker": (500 * 1024, frozenset({"image/webp"})),
    "document": (
        LARGEST_FILE,
        frozenset(
            {
                "text/plain",
                "application/pdf",
                "application/msword",
                "application/vnd.ms-excel",
                "application/vnd.ms-powerpoint",
                f"{OFFICE}.wordprocessingml.document",
                f"{OFFICE}.spreadsheetml.sheet",
                f"{OFFICE}.presentationml.presentation",
            }
        ),
    ),
}


def bare(mime_type: str) -> str:
    """`audio/ogg` of `audio/ogg; codecs=opus`."""
    return mime_type.split(";", maxsplit=1)[0].strip().lower()


def kind_of(mime_type: str) -> str | None:
    """Which message type takes this MIME type, None if none does."""
    for kind, (_, mime_types) in KINDS.items():
        if bare(mime_type) in mime_types:
            return kind
    return None


@dataclass(frozen=True)
class StoredMedia:
    """A file with its number; nobody else's key opens it."""

    id: str
    number: str
    mime_type: str
    data: bytes
    filename: str | None
    expires_at: float

    @property
    def bare_mime_type(self) -> str:
        """Without parameters."""
        return bare(self.mime_type)

    @property
    def kind(self) -> str | None:
        """The message type it may be sent as."""
        return kind_of(self.mime_type)

    @property
    def digest(self) -> "hashlib._Hash":
        """SHA-256: hex in the URL answer, base64 in webhooks."""
        return hashlib.sha256(self.data)


class MediaStore:
    """The files of all numbers, in memory."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._files: dict[str, StoredMedia] = {}
        self._misses: dict[str, list[float]] = {}
        self._secret = secrets.token_hex(16)

    def clear(self) -> None:
        """Forget every file."""
        self._files.clear()
        self._misses.clear()

    def upload(self, number: str, data: bytes, mime_type: str, filename: str | None) -> StoredMedia:
        """Keep what Roger uploads. GraphError 100 for a MIME type Meta does not take, 131053 if it is too large."""
        kind = kind_of(mime_type)
        if kind is None:
            raise GraphError(100, f"Param file must be a file with one of the supported types, not {bare(mime_type)}.")
        if len(data) > KINDS[kind][0]:
            raise GraphError(131053, f"File is too large: at most {KINDS[kind][0]} bytes for {kind}.")
        if not data:
            raise GraphError(100, "Param file must not be empty.")
        return self._keep(number, data, mime_type, filename, UPLOADED_SECONDS)

    def receive(self, number: str, data: bytes, mime_type: str, filename: str | None = None) -> StoredMedia:
        """Keep what a person sends; any MIME type, up to 100 MB (ValueError above)."""
        if len(data) > LARGEST_FILE:
            raise ValueError("larger than 100 MB")
        return self._keep(number, data, mime_type, filename, RECEIVED_SECONDS)

    def find(self, media_id: str, number: str) -> StoredMedia | None:
        """The file, unless it has expired or belongs to another number."""
        stored = self._files.get(media_id)
        if stored is None or stored.number != number or stored.expires_at <= self._clock.now():
            return None
        return stored

    def fetchable(self, media_id: str, number: str) -> StoredMedia:
        """The same for `GET /{media-id}`: GraphError 100/33 if gone, GatewayError 429 after 20 misses in an hour."""
        now = self._clock.now()
        misses = self._misses.setdefault(number, [])
        misses[:] = [at for at in misses if now - at < ERROR_SECONDS]
        if len(misses) >= ERRORS_BEFORE_BLOCK and now - misses[-1] < BLOCK_SECONDS:
            raise GatewayError(429, "Too many failed media requests, blocked for 30 minutes")
        stored = self.find(media_id, number)
        if stored is None:
            misses.append(now)
            raise GraphError(100, f"Object with ID '{media_id}' does not exist.", http_status=404, subcode=33)
        return stored

    def delete(self, media_id: str, number: str) -> None:
        """Remove a file. GraphError 100/33 if it is not there."""
        del self._files[self.fetchable(media_id, number).id]

    def url_answer(self, stored: StoredMedia) -> Json:
        """The answer of `GET /{media-id}`, good for five minutes."""
        return {
            "url": self.url_of(stored),
            "mime_type": stored.mime_type,
            "sha256": stored.digest.hexdigest(),
            "file_size": len(stored.data),
            "id": stored.id,
            "messaging_product": "whatsapp",
        }

    def url_of(self, stored: StoredMedia, *, seconds: int = URL_SECONDS) -> str:
        """The lookaside URL with expiry and hash."""
        expiry = str(int(self._clock.now()) + seconds)
        query = urlencode({"mid": stored.id, "ext": expiry, "hash": self._hash(stored.id, expiry)})
        return f"{LOOKASIDE}{ATTACHMENTS}?{query}"

    def opened_by(self, mid: str, ext: str, given_hash: str, number: str) -> StoredMedia | None:
        """The file such a URL leads to; None if forged, expired or another number's."""
        if given_hash != self._hash(mid, ext) or not ext.isdigit() or int(ext) < self._clock.now():
            return None
        return self.find(mid, number)

    def _hash(self, media_id: str, expiry: str) -> str:
        return hashlib.sha256(f"{self._secret}|{media_id}|{expiry}".encode()).hexdigest()[:45]

    def _keep(self, number: str, data: bytes, mime_type: str, filename: str | None, seconds: int) -> StoredMedia:
        media_id = str(10**15 + secrets.randbelow(9 * 10**15))
        stored = StoredMedia(media_id, number, mime_type, data, filename, self._clock.now() + seconds)
        self._files[media_id] = stored
        return stored
