"""Signed heads of a practice's ledger, so that a cut end is seen (security review, section 3).

A checkpoint is a text note, four lines (origin, entries, head, time), a blank line and the signature, Ed25519. The key
(LEDGER_SIGNING_KEY) is the worker's alone and none of those that seal data.
"""

import base64
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from consent.models import LedgerCheckpoint
from consent.verification import Verification, verify
from practices.models import Practice

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
    """What a checkpoint says."""

    origin: str
    entries: int
    head: bytes
    at: datetime

    def text(self) -> str:
        head = base64.b64encode(self.head).decode()
        return f"{self.origin}\n{self.entries}\n{head}\n{self.at.astimezone(UTC).isoformat(timespec='seconds')}\n"


@transaction.atomic
def checkpoint(practice: Practice) -> LedgerCheckpoint:
    """Verify the ledger of the practice in scope and sign its head. Raises LedgerBroken, SigningKeyMissing."""
    key = _private_key()
    verification = verify_with_checkpoints()
    if not verification.ok:
        raise LedgerBroken(verification)
    note = Note(origin(practice), verification.entries, verification.head, timezone.now()).text()
    return LedgerCheckpoint.objects.create(
        entries=verification.entries, head=verification.head, note=note, signature=key.sign(note.encode())
    )


def verify_with_checkpoints(also: Iterable[Note] = ()) -> Verification:
    """Verify against every checkpoint we keep, and those somebody else kept."""
    kept = LedgerCheckpoint.objects.values_list("entries", "head")
    known = [(entries, bytes(head)) for entries, head in kept] + [(note.entries, note.head) for note in also]
    heads: dict[int, bytes] = {}
    for entries, head in known:
        if entries and heads.setdefault(entries, head) != head:
            heads[entries] = b""  # two histories of one length: no ledger has both
    return verify(heads)


def as_file(signed: LedgerCheckpoint) -> str:
    """The note with its signature, to be kept elsewhere; `read` understands it."""
    return f"{signed.note}\n{SIGNER}{base64.b64encode(bytes(signed.signature)).decode()}\n"


def read(text: str) -> Note:
    """A checkpoint somebody kept. Raises CheckpointInvalid, SigningKeyMissing."""
    note, _blank, signature = text.replace("\r\n", "\n").partition(f"\n{SIGNER}")
    try:
        _private_key().public_key().verify(base64.b64decode(signature.strip(), validate=True), note.encode())
        name, entries, head, at = note.splitlines()
        return Note(name, int(entries), base64.b64decode(head, validate=True), datetime.fromisoformat(at))
    except (InvalidSignature, ValueError):
        raise CheckpointInvalid("not a checkpoint signed with this key") from None


def origin(practice: Practice) -> str:
    """Whose ledger a note is about."""
    return f"roger/{practice.slug}/consent"


def public_key() -> Ed25519PublicKey:
    """What others need to check a note. Raises SigningKeyMissing."""
    return _private_key().public_key()


def _private_key() -> Ed25519PrivateKey:
    if not settings.LEDGER_SIGNING_KEY:
        raise SigningKeyMissing
    return Ed25519PrivateKey.from_private_bytes(settings.LEDGER_SIGNING_KEY)
