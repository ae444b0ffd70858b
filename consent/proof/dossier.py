"""A proof as data: everything a stranger needs to check it, and nothing of anybody else.

Of the entries in between it holds only the hashes beside the way to the signed root (consent/merkle.py). What it shows
and what not is said in docs/consent-proof.md and in the file itself.
"""

import base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from consent.checkpoints import newest_checkpoint, origin, parse
from consent.history import Act
from consent.ledger import iso
from consent.merkle import levels_of, path_to_root
from consent.models import ConsentEvent, ConsentText, LedgerCheckpoint
from practices.models import Practice

Json = dict[str, Any]


@dataclass(frozen=True)
class Dossier:
    """`is_whole`: the ledger up to the signed head still gives the root that was signed; None without one."""

    proof: Json
    checkpoint: LedgerCheckpoint | None
    is_whole: bool | None


def dossier_of(practice: Practice, acts: Sequence[Act], at: datetime) -> Dossier:
    """The proof of these acts, held against the newest signed head of the practice in scope."""
    signed = newest_checkpoint()
    root = parse(signed.note).root if signed else None
    if signed is None or root is None:
        return Dossier(_proof(practice, acts, at, None, []), None, None)
    levels = levels_of(_hashes(signed.entries))
    proof = _proof(practice, acts, at, signed, levels)
    return Dossier(proof, signed, levels[-1] == [root])


def _hashes(count: int) -> Iterable[bytes]:
    rows = ConsentEvent.objects.filter(seq__lte=count).order_by("seq").values_list("hash", flat=True)
    return map(bytes, rows.iterator(chunk_size=10_000))


def _proof(
    practice: Practice,
    acts: Sequence[Act],
    at: datetime,
    signed: LedgerCheckpoint | None,
    levels: list[list[bytes]],
) -> Json:
    texts = {act.text.pk: act.text for act in acts if act.text}
    return {
        "roger_proof": 1,
        "practice": {"id": practice.pk, "name": practice.name, "origin": origin(practice)},
        "made_at": iso(at),
        "checkpoint": _checkpoint(signed) if signed else None,
        "texts": [_text(text) for text in texts.values()],
        "entries": [_entry(practice, act, levels) for act in acts],
    }


def _checkpoint(signed: LedgerCheckpoint) -> Json:
    return {
        "note": signed.note,
        "signature": _base64(signed.signature),
        "public_key": _base64(signed.public_key or b""),
    }


def _text(text: ConsentText) -> Json:
    return {
        "id": str(text.pk),
        "kind": text.kind,
        "version": text.version,
        "language": text.language,
        "sha256": text.sha256,
        "body": text.body,
    }


def _entry(practice: Practice, act: Act, levels: list[list[bytes]]) -> Json:
    event, place = act.event, act.event.seq - 1
    is_covered = bool(levels) and place < len(levels[0])
    return {
        "seq": event.seq,
        "practice_id": practice.pk,
        "id": str(event.pk),
        "type": event.type,
        "channel": event.channel,
        "contact_id": _string(event.contact_id),
        "pending_opt_in_id": _string(event.pending_opt_in_id),
        "patient_id": _string(event.patient_id),
        "text_id": _string(event.text_id),
        "evidence_id": str(event.evidence_id),
        "occurred_ms": _milliseconds(event.occurred_at),
        "recorded_ms": _milliseconds(event.recorded_at),
        "commitment": bytes(event.commitment).hex(),
        "prev_hash": bytes(event.prev_hash).hex(),
        "hash": bytes(event.hash).hex(),
        "payload": event.payload if act.evidence else None,
        "path": [node.hex() for node in path_to_root(levels, place)] if is_covered else None,
    }


def _milliseconds(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def _string(value: object) -> str | None:
    return str(value) if value else None


def _base64(value: bytes) -> str:
    return base64.b64encode(bytes(value)).decode()
