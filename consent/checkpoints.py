"""Signed heads of a practice's ledger, so that a cut end is seen (security review, section 3).

A checkpoint is a text note, five lines (origin with " v2", entries, head, root, time), a blank line and the signature,
Ed25519. The first ones had four lines and no root; they are read as well. The key (LEDGER_SIGNING_KEY) is the worker's
alone and none of those that seal data; its public half lies beside each signature, so that others can show it.
"""

import base64
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from consent.models import LedgerCheckpoint
from consent.verification import Verification, verify
from practices.models import Practice

VERSION_2 = " v2"  # behind the origin of a note that names the root
SIGNER = "\u2014 roger-ledger "


class CheckpointInvalid(ValueError):
    """Not a checkpoint, or not signed with our key. Says nothing about the ledger."""


class LedgerBroken(RuntimeError):
    """A ledger that does not verify is not signed."""

    def __init__(self, verification: Verification) -> None:
        super().__init__(f"broken at entry {verification.broken_at} ({verification.reason})")
        self.verification = verification


class SigningKeyMissing(RuntimeError):
    """This process does not hold LEDGER_SIGNING_KEY; only the worker and the operator's shell do."""


@dataclass(frozen=True)
class Note:
    """What a checkpoint says. `root` is that of the tree over the entries (consent/merkle.py), None in old notes."""

    origin: str
    entries: int
    head: bytes
    at: datetime
    root: bytes | None = None

    def text(self) -> str:
        hashes = [self.head] if self.root is None else [self.head, self.root]
        lines = [
            self.origin + (VERSION_2 if self.root is not None else ""),
            str(self.entries),
            *(base64.b64encode(one).decode() for one in hashes),
            self.at.astimezone(UTC).isoformat(timespec="seconds"),
        ]
        return "".join(f"{line}\n" for line in lines)


@transaction.atomic
def checkpoint(practice: Practice, *, evidence: bool = True) -> LedgerCheckpoint:
    """Verify the ledger of the practice in scope and sign its head. Raises LedgerBroken, SigningKeyMissing."""
    key = _private_key()
    found = verify_with_checkpoints(evidence=evidence)
    if not found.ok:
        raise LedgerBroken(found)
    note = Note(origin(practice), found.entries, found.head, timezone.now(), found.root).text()
    signed = LedgerCheckpoint(entries=found.entries, head=found.head, root=found.root, note=note)
    signed.signature, signed.public_key = key.sign(note.encode()), key.public_key().public_bytes_raw()
    signed.save(force_insert=True)
    return signed


def verify_with_checkpoints(also: Iterable[Note] = (), *, evidence: bool = True) -> Verification:
    """Verify against every checkpoint we keep, and those somebody else kept."""
    kept = LedgerCheckpoint.objects.values_list("entries", "head")
    known = [(entries, bytes(head)) for entries, head in kept] + [(note.entries, note.head) for note in also]
    heads: dict[int, bytes] = {}
    for entries, head in known:
        if entries and heads.setdefault(entries, head) != head:
            heads[entries] = b""  # two histories of one length: no ledger has both
    return verify(heads, evidence=evidence)


def as_file(signed: LedgerCheckpoint) -> str:
    """The note with its signature, to be kept elsewhere; `read` understands it."""
    return f"{signed.note}\n{SIGNER}{base64.b64encode(bytes(signed.signature)).decode()}\n"


def read(text: str) -> Note:
    """A checkpoint somebody kept. Raises CheckpointInvalid, SigningKeyMissing."""
    note, _blank, signature = text.replace("\r\n", "\n").partition(f"\n{SIGNER}")
    try:
        _private_key().public_key().verify(base64.b64decode(signature.strip(), validate=True), note.encode())
        return parse(note)
    except (InvalidSignature, ValueError):
        raise CheckpointInvalid("not a checkpoint signed with this key") from None


def parse(note: str) -> Note:
    """The words of a checkpoint, whose signature somebody else checks. Raises ValueError."""
    name, entries, *hashes, at = note.splitlines()
    heads = [base64.b64decode(one, validate=True) for one in hashes]
    if len(heads) != 1 + name.endswith(VERSION_2):
        raise ValueError("a note has its head, and from the second version on its root")
    root = heads[1] if heads[1:] else None
    return Note(name.removesuffix(VERSION_2), int(entries), heads[0], datetime.fromisoformat(at), root)


def newest_checkpoint() -> LedgerCheckpoint | None:
    """The last head that was signed for the practice in scope."""
    found: LedgerCheckpoint | None = LedgerCheckpoint.objects.order_by("-pk").first()
    return found


def key_file(public: bytes) -> str:
    """A public key as others keep it (PEM)."""
    pem = Ed25519PublicKey.from_public_bytes(public).public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return pem.decode()


def fingerprint(public: bytes) -> str:
    """A public key in a form people can compare: SHA-256, in groups of four."""
    digest = sha256(public).hexdigest()
    return " ".join(digest[place : place + 4] for place in range(0, len(digest), 4))


def origin(practice: Practice) -> str:
    """Whose ledger a note is about."""
    return f"roger/{practice.slug}/consent"


def _private_key() -> Ed25519PrivateKey:
    if not settings.LEDGER_SIGNING_KEY:
        raise SigningKeyMissing
    return Ed25519PrivateKey.from_private_bytes(settings.LEDGER_SIGNING_KEY)
