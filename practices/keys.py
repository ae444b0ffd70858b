"""Keys: master → practice root → subject. What is sealed with a subject's key dies with that key.

master   32 bytes from ROGER_MASTER_KEY, never in the database; wraps the root of each practice
root     one per practice; wraps the practice's subject keys; blind indexes are derived from it (HKDF)
subject  one per contact, patient, evidence or practice: seals rows (practices/sealed.py)
system   derived from the master, for global tables (the secrets of second factors)

Sealed bytes: format 1 | suite 1 | key number 8 | nonce 12 | ciphertext | tag 16 = 38 bytes more than the plaintext.
A key number names exactly one DataKey row, and its commitment is checked whenever the key is unwrapped, so that no
ciphertext opens under two keys.
"""

import hashlib
import hmac
import os
import secrets
import struct
import threading
import time
import uuid
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db import connection, transaction

from practices.keystore import DataKey, Subject
from practices.scope import current_practice_id

FORMAT, AES_256_GCM = 1, 1
HEADER = struct.Struct(">BBQ")
NONCE_BYTES, TAG_BYTES, KEY_BYTES = 12, 16, 32
NOBODY = uuid.UUID(int=0)  # the subject of keys that belong to the whole practice
CACHED_KEYS = 10_000
CACHED_SECONDS = 300.0
READABLE = (DataKey.State.ACTIVE, DataKey.State.RETIRED)


class SealBroken(Exception):
    """The bytes were altered, moved to another row or column, or sealed with a key that is gone. Holds no content."""


class KeyDestroyed(SealBroken):
    """The key was destroyed on purpose (erasure, Art. 17) or never existed in this database."""


@dataclass(frozen=True, slots=True)
class Key:
    """One key in memory. `number` stands in the header of everything it sealed."""

    number: int
    cipher: AESGCM
    material: bytes

    def __repr__(self) -> str:
        return f"<Key {self.number}>"

    def seal(self, plaintext: bytes, context: bytes) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        header = HEADER.pack(FORMAT, AES_256_GCM, self.number)
        return header + nonce + self.cipher.encrypt(nonce, plaintext, header + context)

    def open(self, sealed: bytes, context: bytes) -> bytes:
        header, rest = sealed[: HEADER.size], sealed[HEADER.size :]
        nonce, body = rest[:NONCE_BYTES], rest[NONCE_BYTES:]
        try:
            return self.cipher.decrypt(nonce, body, header + context)
        except InvalidTag:
            raise SealBroken from None

    def derive(self, purpose: str) -> bytes:
        """32 bytes for one purpose (HKDF-SHA-256); the key itself is never used for it."""
        return HKDF(hashes.SHA256(), KEY_BYTES, salt=None, info=b"roger/" + purpose.encode()).derive(self.material)


def key_number_of(sealed: bytes) -> int:
    """The number of the key that sealed these bytes. Raises SealBroken for a header that is not ours."""
    if len(sealed) < HEADER.size + NONCE_BYTES + TAG_BYTES:
        raise SealBroken
    version, suite, number = HEADER.unpack_from(sealed)
    if (version, suite) != (FORMAT, AES_256_GCM):
        raise SealBroken
    return int(number)


def context_bytes(*parts: bytes) -> bytes:
    """Length-prefixed, so that no two different lists of parts give the same bytes."""
    return b"".join(struct.pack(">I", len(part)) + part for part in (b"roger", *parts))


# ── the master ────────────────────────────────────────────────────────────────────────────────────────────────────


def master_keys() -> dict[int, Key]:
    """The master in use first, then the previous ones of a rotation (ROGER_MASTER_KEY_PREVIOUS)."""
    return _masters(settings.ROGER_MASTER_KEY, tuple(settings.ROGER_MASTER_KEY_PREVIOUS))


@lru_cache(maxsize=4)
def _masters(current: bytes, previous: tuple[bytes, ...]) -> dict[int, Key]:
    if not current:
        raise KeyDestroyed
    return {key.number: key for key in map(_master, (current, *previous))}


def _master(material: bytes) -> Key:
    number = int.from_bytes(hashlib.sha256(b"roger/master-number" + material).digest()[:8]) >> 1
    return Key(number, AESGCM(HKDF(hashes.SHA256(), KEY_BYTES, None, b"roger/wrap").derive(material)), material)


def system_key(sealed: bytes | None = None) -> Key:
    """The key of global tables; for opening, the one of the master that was in use when it was sealed."""
    masters = master_keys()
    number = key_number_of(sealed) if sealed else next(iter(masters))
    if number not in masters:
        raise KeyDestroyed
    return Key(number, AESGCM(masters[number].derive("system")), masters[number].material)


# ── the practice's keys ───────────────────────────────────────────────────────────────────────────────────────────


class KeyCache:
    """Least recently used keys of all practices in this process, each for at most five minutes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._keys: OrderedDict[tuple[int, object], tuple[float, Key]] = OrderedDict()

    def get(self, name: tuple[int, object]) -> Key | None:
        with self._lock:
            found = self._keys.get(name)
            if found is None or found[0] < time.monotonic():
                return None
            self._keys.move_to_end(name)
            return found[1]

    def put(self, name: tuple[int, object], key: Key) -> None:
        with self._lock:
            self._keys[name] = (time.monotonic() + CACHED_SECONDS, key)
            while len(self._keys) > CACHED_KEYS:
                self._keys.popitem(last=False)

    def clear(self) -> None:
        with self._lock:
            self._keys.clear()


cache = KeyCache()


def key_for(subject: str, subject_id: uuid.UUID) -> Key:
    """The newest key of a subject of the practice in scope, made if there is none yet."""
    return _find((subject, subject_id)) or _load_newest(subject, subject_id) or _make(subject, subject_id)


def key_numbered(number: int) -> Key:
    """The key with this number in the practice in scope. Raises KeyDestroyed if there is none."""
    found = _find(number)
    if found is None:
        load_numbered([number])
        found = _find(number)
    if found is None:
        raise KeyDestroyed
    return found


def load_numbered(numbers: Iterable[int]) -> None:
    """Bring the keys with these numbers into reach with one query, for pages that open many rows."""
    missing = {number for number in numbers if _find(number) is None}
    if missing:
        for row in DataKey.objects.filter(number__in=missing, state__in=READABLE):
            _keep(row.number, _unwrap(row))


def blind_index(purpose: str, text: str, *, size: int = 16) -> bytes:
    """A keyed hash to look a value up by equality: HMAC-SHA-256 under a key of this practice and purpose, cut to
    `size` bytes. Never unkeyed: all German numbers can be tried in minutes."""
    return hmac.digest(index_key(purpose), text.encode(), "sha256")[:size]


def index_key(purpose: str) -> bytes:
    """32 bytes for the blind index of one purpose in the practice in scope; never used to encrypt."""
    return _derived(key_for(Subject.ROOT, NOBODY).material, f"index/{purpose}")


@lru_cache(maxsize=1024)
def _derived(material: bytes, purpose: str) -> bytes:
    return HKDF(hashes.SHA256(), KEY_BYTES, salt=None, info=b"roger/" + purpose.encode()).derive(material)


def _find(name: object) -> Key | None:
    practice = current_practice_id()
    fresh: Key | None = connection.fresh_keys.get((practice, name))  # type: ignore[attr-defined]
    return fresh or cache.get((practice, name))


def _keep(name: object, key: Key) -> None:
    """Remember a key: for everybody, or for this transaction alone if it was made here and may yet be rolled back."""
    full_name = (current_practice_id(), name)
    if key.number in connection.keys_made_here:  # type: ignore[attr-defined]
        connection.fresh_keys[full_name] = key  # type: ignore[attr-defined]
        transaction.on_commit(lambda: cache.put(full_name, key))
    else:
        cache.put(full_name, key)


def _load_newest(subject: str, subject_id: uuid.UUID) -> Key | None:
    rows = DataKey.objects.filter(kind=subject, subject_id=subject_id, state=DataKey.State.ACTIVE)
    row = rows.order_by("-version").first()
    if row is None:
        return None
    key = _unwrap(row)
    _keep((subject, subject_id), key)
    _keep(row.number, key)
    return key


def _make(subject: str, subject_id: uuid.UUID) -> Key:
    """Make and wrap a key. Whoever loses the race for the unique row reads the winner's."""
    row = new_data_key(subject, subject_id, version=1)
    connection.keys_made_here.add(row.number)  # type: ignore[attr-defined]
    DataKey.objects.bulk_create([row], ignore_conflicts=True)
    found = _load_newest(subject, subject_id)
    if found is None:
        raise KeyDestroyed
    return found


def new_data_key(subject: str, subject_id: uuid.UUID, *, version: int) -> DataKey:
    """An unsaved DataKey row with fresh random material."""
    material = secrets.token_bytes(KEY_BYTES)
    row = DataKey(kind=subject, subject_id=subject_id, version=version, number=secrets.randbits(63))
    row.wrapped = _wrapping_key(subject).seal(material, wrapping_context(row))
    row.commitment = commitment(material)
    return row


def commitment(material: bytes) -> bytes:
    """16 bytes that only this key produces (key commitment, security review of group chats 2025)."""
    return hmac.digest(material, b"roger/key-commitment", "sha256")[:16]


def wrapping_context(row: DataKey) -> bytes:
    numbers = (row.practice_id.to_bytes(4), row.version.to_bytes(2))
    return context_bytes(b"key", *numbers, row.kind.encode(), row.subject_id.bytes)


def _wrapping_key(subject: str) -> Key:
    if subject == Subject.ROOT:
        return next(iter(master_keys().values()))
    root = key_for(Subject.ROOT, NOBODY)
    return Key(root.number, AESGCM(_derived(root.material, "wrap")), root.material)


def _unwrap(row: DataKey) -> Key:
    sealed = bytes(row.wrapped)
    material = _unwrapping_key(row.kind, sealed).open(sealed, wrapping_context(row))
    if not hmac.compare_digest(commitment(material), bytes(row.commitment)):
        raise SealBroken
    return Key(row.number, AESGCM(_derived(material, "seal")), material)


def _unwrapping_key(subject: str, sealed: bytes) -> Key:
    number = key_number_of(sealed)
    if subject != Subject.ROOT:
        root = key_numbered(number)
        return Key(root.number, AESGCM(_derived(root.material, "wrap")), root.material)
    if number not in master_keys():
        raise KeyDestroyed
    return master_keys()[number]
