"""Keys: master → practice root → subject. What is sealed with a subject's key dies with that key.

master   32 bytes from ROGER_MASTER_KEY, never in the database; wraps the root of each practice
root     one per practice; wraps the practice's other keys and nothing else
index    one per practice; the keys of its blind indexes are derived from it, so that a new root leaves them alone
subject  one per contact, patient, evidence or practice: seals rows (practices/sealed.py)
system   derived from the master, for global tables (the secrets of second factors)

Sealed bytes: format 1 | suite 1 | key number 8 | nonce 12 | ciphertext | tag 16 = 38 bytes more than the plaintext.
A key number names exactly one DataKey row, and its commitment is checked whenever the key is unwrapped, so that no
ciphertext opens under two keys. Rotation: practices/key_rotation.py.
"""

import hashlib
import hmac
import os
import secrets
import struct
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db import connection, transaction

from practices.key_cache import KeyCache, forget_everywhere, listen
from practices.keystore import DataKey, Subject
from practices.scope import current_practice_id

FORMAT, AES_256_GCM = 1, 1
HEADER = struct.Struct(">BBQ")
LENGTH = struct.Struct(">I")
LAST_NUMBER = 2**63 - 1  # of a key in the database; bytes that were altered may name a larger one
NONCE_BYTES, TAG_BYTES, KEY_BYTES = 12, 16, 32
NOBODY = uuid.UUID(int=0)  # the subject of keys that belong to the whole practice
INDEX = uuid.UUID(int=1)  # the subject of the practice's index key
READABLE = (DataKey.State.ACTIVE, DataKey.State.RETIRED)


class SealBroken(Exception):
    """The bytes were altered, moved to another row or column, or sealed with a key that is gone. Holds no content."""


class KeyDestroyed(SealBroken):
    """The key was destroyed on purpose (erasure, Art. 17) or never existed in this database."""


@dataclass(frozen=True, slots=True, eq=False)
class Key:
    """One key in memory. `number` stands in the header of everything it sealed."""

    number: int
    material: bytes
    cipher: AESGCM
    derived: dict[str, bytes] = field(default_factory=dict)

    @classmethod
    def of(cls, number: int, material: bytes, use: str) -> "Key":
        """The key that puts this material to one use; the material itself encrypts nothing."""
        return cls(number, material, AESGCM(_derive(material, use)))

    def __repr__(self) -> str:
        return f"<Key {self.number}>"

    def seal(self, plaintext: bytes, context: bytes) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        header = HEADER.pack(FORMAT, AES_256_GCM, self.number)
        return header + nonce + self.cipher.encrypt(nonce, plaintext, header + context)

    def open(self, sealed: bytes, context: bytes) -> bytes:
        """The plaintext. Raises SealBroken if a byte or the context differs, or another key sealed it."""
        if key_number_of(sealed) != self.number:
            raise SealBroken
        header, rest = sealed[: HEADER.size], sealed[HEADER.size :]
        nonce, body = rest[:NONCE_BYTES], rest[NONCE_BYTES:]
        try:
            return self.cipher.decrypt(nonce, body, header + context)
        except InvalidTag:
            raise SealBroken from None

    def derive(self, purpose: str) -> bytes:
        """32 bytes for one purpose (HKDF-SHA-256), kept as long as this key itself."""
        if purpose not in self.derived:
            self.derived[purpose] = _derive(self.material, purpose)
        return self.derived[purpose]


def _derive(material: bytes, purpose: str) -> bytes:
    return HKDF(hashes.SHA256(), KEY_BYTES, salt=None, info=b"roger/" + purpose.encode()).derive(material)


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
    return b"".join(map(context_part, (b"roger", *parts)))


def context_part(part: bytes) -> bytes:
    """One more part for the end of a context."""
    return LENGTH.pack(len(part)) + part


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
    return Key.of(number, material, "wrap")


def master_key(number: int | None = None) -> Key:
    """The master in use, or the one with this number. Raises KeyDestroyed for one this process was not given."""
    masters = master_keys()
    if number is None:
        return next(iter(masters.values()))
    if number not in masters:
        raise KeyDestroyed
    return masters[number]


def system_key(sealed: bytes | None = None) -> Key:
    """The key of global tables; for opening, the one of the master that was in use when it was sealed."""
    master = master_key(key_number_of(sealed) if sealed else None)
    return Key.of(master.number, master.material, "system")


# ── the practice's keys ───────────────────────────────────────────────────────────────────────────────────────────

cache: KeyCache[Key] = KeyCache(size=10_000, seconds=300.0)


def key_for(subject: str, subject_id: uuid.UUID) -> Key:
    """The newest key of a subject of the practice in scope, made if there is none yet."""
    return _find((subject, subject_id)) or _load_newest(subject, subject_id) or _make(subject, subject_id)


def make_ready(subject: str, subject_ids: Iterable[uuid.UUID]) -> None:
    """Bring the newest keys of many subjects into reach, made where there are none: two queries, and one insert."""
    missing = {one for one in subject_ids if _find((subject, one)) is None}
    if missing:
        known = _load_all_newest(subject, missing)
        fresh = [new_data_key(subject, one, version=1) for one in missing - known]
        if fresh:
            DataKey.objects.bulk_create(fresh, ignore_conflicts=True)
            _load_all_newest(subject, missing - known)


def _load_all_newest(subject: str, subject_ids: set[uuid.UUID]) -> set[uuid.UUID]:
    active = DataKey.objects.filter(kind=subject, subject_id__in=subject_ids, state=DataKey.State.ACTIVE)
    rows = list(active.order_by("version"))
    for row in rows:
        key = unwrap(row)
        _keep((subject, row.subject_id), key)
        _keep(row.number, key)
    return {row.subject_id for row in rows}


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
    missing = {number for number in numbers if number <= LAST_NUMBER and _find(number) is None}
    if missing:
        for row in DataKey.objects.filter(number__in=missing, state__in=READABLE):
            _keep(row.number, unwrap(row))


def blind_index(purpose: str, text: str, *, size: int = 16) -> bytes:
    """A keyed hash to look a value up by equality: HMAC-SHA-256 under a key of this practice and purpose, cut to
    `size` bytes. Never unkeyed: all German numbers can be tried in minutes."""
    return hmac.digest(index_key(purpose), text.encode(), "sha256")[:size]


def index_key(purpose: str) -> bytes:
    """32 bytes for the blind index of one purpose in the practice in scope; never used to encrypt."""
    return key_for(Subject.PRACTICE, INDEX).derive(f"index/{purpose}")


def destroy(subject: str, subject_id: uuid.UUID) -> int:
    """Destroy every key of a subject (Art. 17), so that nothing they sealed can be read again, in backups neither
    once the keystore's own have aged out. Answers how many keys there were.

    Other processes forget theirs when the transaction commits, at the latest five minutes later.
    """
    destroyed, _ = DataKey.objects.filter(kind=subject, subject_id=subject_id).delete()
    forget()
    return destroyed


def forget() -> None:
    """Use no key of the practice in scope that is not read again; all processes follow when the transaction commits."""
    practice_id = current_practice_id()
    cache.forget(practice_id)
    connection.fresh_keys.clear()  # type: ignore[attr-defined]
    transaction.on_commit(lambda: _forget_once_more(practice_id), robust=True)


def _forget_once_more(practice_id: int) -> None:
    cache.forget(practice_id)  # another thread may have read it again before the commit
    forget_everywhere(practice_id)


# ── finding and making ────────────────────────────────────────────────────────────────────────────────────────────


def _find(name: object) -> Key | None:
    full_name = (current_practice_id(), name)
    found: Key | None = cache.get(full_name) or connection.fresh_keys.get(full_name)  # type: ignore[attr-defined]
    return found


def _keep(name: object, key: Key) -> None:
    """Remember a key: for everybody, or for this transaction alone if it was made here and may yet be rolled back."""
    full_name = (current_practice_id(), name)
    listen(cache)
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
    key = unwrap(row)
    _keep((subject, subject_id), key)
    _keep(row.number, key)
    return key


def _make(subject: str, subject_id: uuid.UUID) -> Key:
    """Make and wrap a key. Whoever loses the race for the unique row reads the winner's."""
    DataKey.objects.bulk_create([new_data_key(subject, subject_id, version=1)], ignore_conflicts=True)
    found = _load_newest(subject, subject_id)
    if found is None:
        raise KeyDestroyed
    return found


def new_data_key(subject: str, subject_id: uuid.UUID, *, version: int) -> DataKey:
    """An unsaved DataKey row with fresh random material. Nobody else uses it before this transaction commits."""
    row = DataKey(kind=subject, subject_id=subject_id, version=version, number=secrets.randbits(63))
    connection.keys_made_here.add(row.number)  # type: ignore[attr-defined]
    wrap(row, secrets.token_bytes(KEY_BYTES))
    return row


def wrap(row: DataKey, material: bytes) -> None:
    """Put the material on its row, wrapped by the newest root; a root by the master in use. The caller saves."""
    row.wrapped = _wrapping_key(row.kind).seal(material, _wrapping_context(row))
    row.commitment = commitment(material)


def unwrap(row: DataKey) -> Key:
    """The key of a row. Raises SealBroken if the row was altered, KeyDestroyed if what wraps it is gone."""
    wrapped = bytes(row.wrapped)
    material = _wrapping_key(row.kind, key_number_of(wrapped)).open(wrapped, _wrapping_context(row))
    if not hmac.compare_digest(commitment(material), bytes(row.commitment)):
        raise SealBroken
    return Key.of(row.number, material, "seal")


def commitment(material: bytes) -> bytes:
    """16 bytes that only this key produces (key commitment, security review of group chats 2025)."""
    return hmac.digest(material, b"roger/key-commitment", "sha256")[:16]


def _wrapping_key(subject: str, number: int | None = None) -> Key:
    if subject == Subject.ROOT:
        return master_key(number)
    root = key_for(Subject.ROOT, NOBODY) if number is None else key_numbered(number)
    return Key.of(root.number, root.material, "wrap")


def _wrapping_context(row: DataKey) -> bytes:
    numbers = (current_practice_id().to_bytes(4), row.version.to_bytes(2))
    return context_bytes(b"key", *numbers, row.kind.encode(), row.subject_id.bytes)
