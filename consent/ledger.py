"""The ledger of consent: what is written down about each act, and how it is kept from being altered.

Only `append` makes a ConsentEvent. The trigger (migration 0002) numbers it without gaps, stamps it and chains its hash;
the payload holds the evidence of section 2.4, sealed, and the chain holds a commitment to it, so the chain still
verifies when the evidence has been shredded. Verification is in consent/verification.py.
"""

import base64
import hmac
import json
import secrets
import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.utils import timezone

from consent.models import Channel, ConsentEvent, ConsentText
from consent.purposes import Purpose
from patients.identities import phone_of
from patients.models import Contact, Patient
from practices.keys import index_key
from practices.models import Member
from practices.scope import current_practice_id

SALT_BYTES = 32
Type = ConsentEvent.Type

# Whoever agrees agrees to a text; without it the proof says nothing (Art. 7(1) DSGVO).
NEEDS_TEXT = frozenset({Type.GRANTED, Type.CONFIRMED, Type.IMPORTED})
NEEDS_PROOF = frozenset({Channel.PAPER_SCAN, Channel.IMPORT})
# Somebody of the practice wrote it down, so the proof names who.
TAKEN_DOWN = frozenset({Channel.STAFF_DESK, Channel.STAFF_PHONE, Channel.PAPER_SCAN})
ACTS = frozenset({"boxes", "button", "keyword", "words", "code", "signature", "message_id", "note", "rule"})


class EvidenceIncomplete(ValueError):
    """The evidence lacks what section 2.4 asks for (C-16); `missing` names it. Nothing was written."""

    def __init__(self, missing: list[str]) -> None:
        self.missing = missing
        super().__init__(", ".join(missing))


class ActorKind(StrEnum):
    PATIENT = "patient"
    GUARDIAN = "guardian"
    REPRESENTATIVE = "representative"  # of an adult: Betreuung, power of attorney
    STAFF = "staff"
    SYSTEM = "system"  # a rule with a clock: expiry, a new text


@dataclass(frozen=True, kw_only=True)
class Actor:
    """Who acted. A guardian with name, relation and custody statement; staff by member id.

    With a patient's or guardian's act, `member_id` is who took it down at the desk.
    """

    kind: ActorKind
    member_id: str | None = None
    name: str | None = field(default=None, repr=False)
    relation: str | None = None
    custody: str | None = None

    @classmethod
    def member(cls, member: Member) -> "Actor":
        return cls(kind=ActorKind.STAFF, member_id=str(member.pk))

    def missing(self) -> list[str]:
        """What this kind of actor must also say."""
        needed = {
            ActorKind.GUARDIAN: ("name", "relation", "custody"),
            ActorKind.REPRESENTATIVE: ("name", "relation"),
            ActorKind.STAFF: ("member_id",),
        }
        return [f"actor.{name}" for name in needed.get(self.kind, ()) if not getattr(self, name)]


PATIENT = Actor(kind=ActorKind.PATIENT)
SYSTEM = Actor(kind=ActorKind.SYSTEM)


def append(
    *,
    type: ConsentEvent.Type,  # noqa: A002
    channel: Channel,
    contact: Contact | None = None,
    pending_opt_in_id: UUID | None = None,
    patient: Patient | None = None,
    text: ConsentText | None = None,
    notice_version: str | None = None,
    purposes: Mapping[Purpose, bool],
    actor: Actor,
    act: Mapping[str, Any],
    occurred_at: datetime,
    received_at: datetime | None = None,
    refers_to: ConsentEvent | None = None,
    proof_ref: Mapping[str, Any] | None = None,
    reference: str | None = None,
    cancelled: int | None = None,
    already_handed_over: int | None = None,
) -> ConsentEvent:
    """Write one act down. Raises EvidenceIncomplete, and then nothing was written.

    purposes     all four; true where the act concerns the purpose: ticked, confirmed, refused, withdrawn
    occurred_at  when the person acted, in UTC; cut to milliseconds
    reference    what makes the act unique (a wamid): the same act has the same id, so it cannot be written twice
    The caller holds the contact's row: only then may a transaction wait for the ledger's lock (design: lock order).
    """
    event = ConsentEvent(type=type, channel=channel, contact=contact, pending_opt_in_id=pending_opt_in_id)
    event.patient, event.text = patient, text
    _date_and_identify(event, occurred_at, reference)
    evidence = _identities(event) | _grounds(event, notice_version, refers_to, proof_ref) | _deed(event, purposes, act)
    evidence |= {
        "received_at": iso(to_milliseconds(received_at or timezone.now())),
        "actor": asdict(actor),
        "cancelled": cancelled,
        "already_handed_over": already_handed_over,
    }
    if missing := _missing(event, evidence) + _missing_in(actor, event):
        raise EvidenceIncomplete(missing)
    return _write(event, evidence)


def _missing_in(actor: Actor, event: ConsentEvent) -> list[str]:
    is_taken_down = event.type == Type.GRANTED and event.channel in TAKEN_DOWN
    return actor.missing() or (["actor.member_id"] if is_taken_down and not actor.member_id else [])


def _date_and_identify(event: ConsentEvent, occurred_at: datetime, reference: str | None) -> None:
    event.occurred_at = to_milliseconds(occurred_at)
    event.evidence_id = event.contact_id or event.pending_opt_in_id or event.evidence_id
    if reference is not None:
        event.pk = event_id(event.type, occurred_at, reference)


def _identities(event: ConsentEvent) -> dict[str, Any]:
    return {
        "event_id": str(event.pk),
        "practice_id": current_practice_id(),
        "contact_id": _string(event.contact_id),
        "patient_id": _string(event.patient_id),
        "pending_opt_in_id": _string(event.pending_opt_in_id),
        "phone": phone_of(event.contact) if event.contact else None,
    }


def _grounds(
    event: ConsentEvent,
    notice_version: str | None,
    refers_to: ConsentEvent | None,
    proof_ref: Mapping[str, Any] | None,
) -> dict[str, Any]:
    """What the act rests on: the text, the notice, an earlier event, a paper."""
    return {
        "text": _text(event.text),
        "privacy_notice_version": notice_version,
        "refers_to": str(refers_to.pk) if refers_to else None,
        "proof_ref": dict(proof_ref) if proof_ref else None,
    }


def _deed(event: ConsentEvent, purposes: Mapping[Purpose, bool], act: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": str(event.type),
        "channel": str(event.channel),
        "purposes": {str(purpose): purposes.get(purpose) for purpose in Purpose},
        "occurred_at": iso(event.occurred_at),
        "act": dict(act),
    }


def _text(text: ConsentText | None) -> dict[str, str] | None:
    if text is None:
        return None
    return {"id": str(text.pk), "version": text.version, "sha256": text.sha256, "language": text.language}


def _missing(event: ConsentEvent, evidence: Mapping[str, Any]) -> list[str]:
    purposes = evidence["purposes"]
    complaints = {
        "type": event.type not in Type.values,
        "channel": event.channel not in Channel.values,
        "contact or pending_opt_in_id": (event.contact_id is None) == (event.pending_opt_in_id is None),
        "purposes": not all(isinstance(said, bool) for said in purposes.values()) or not any(purposes.values()),
        "text": event.type in NEEDS_TEXT and event.text_id is None,
        "privacy_notice_version": event.type in NEEDS_TEXT and not evidence["privacy_notice_version"],
        "act": not (ACTS & {name for name, said in evidence["act"].items() if said}),
        "proof_ref": event.channel in NEEDS_PROOF and not evidence["proof_ref"],
        "cancelled": event.type == Type.WITHDRAWN and evidence["cancelled"] is None,
        "already_handed_over": event.type == Type.WITHDRAWN and evidence["already_handed_over"] is None,
    }
    return [name for name, is_missing in complaints.items() if is_missing]


def _write(event: ConsentEvent, evidence: dict[str, Any]) -> ConsentEvent:
    salt = secrets.token_bytes(SALT_BYTES)
    event.payload = {"salt": base64.b64encode(salt).decode(), "evidence": evidence}
    event.commitment = commitment(event.payload)
    event.save(force_insert=True)
    for filled_by_trigger in ("seq", "recorded_at", "prev_hash", "hash"):
        delattr(event, filled_by_trigger)  # read from the database when somebody asks
    return event


# ── what both writing and verifying need ──


def commitment(payload: Mapping[str, Any]) -> bytes:
    """HMAC-SHA-256 under the payload's own salt over its canonical evidence. Raises KeyError, ValueError."""
    salt = base64.b64decode(payload["salt"], validate=True)
    return hmac.digest(salt, canonical(payload["evidence"]), "sha256")


def canonical(evidence: Any) -> bytes:
    """One spelling of a JSON value: sorted keys, no spaces, NFC, UTF-8; lone surrogates become question marks."""
    text = json.dumps(evidence, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return unicodedata.normalize("NFC", text).encode("utf-8", "replace")


def event_id(type: str, occurred_at: datetime, reference: str) -> UUID:  # noqa: A002
    """The id of an act that has a reference of its own: a UUIDv7 whose random bits are a keyed hash of it.

    `occurred_at` must be the same each time the act is told, so take the provider's own time.
    """
    digest = hmac.digest(index_key("consent-act"), f"{type}\0{reference}".encode("utf-8", "replace"), "sha256")
    random = int.from_bytes(digest[:10])
    milliseconds = int(occurred_at.timestamp() * 1000)
    return UUID(int=milliseconds << 80 | 0x7 << 76 | (random >> 62 & 0xFFF) << 64 | 0b10 << 62 | random & (1 << 62) - 1)


def find_act(type: str, occurred_at: datetime, reference: str) -> ConsentEvent | None:  # noqa: A002
    """The event of an act that was already written down; the caller holds the contact's row."""
    found: ConsentEvent | None = ConsentEvent.objects.filter(pk=event_id(type, occurred_at, reference)).first()
    return found


def evidence_of(event: ConsentEvent) -> Mapping[str, Any]:
    """The opened evidence. Raises KeyDestroyed after it was shredded."""
    evidence: Mapping[str, Any] = event.payload["evidence"]
    return evidence


def purposes_of(event: ConsentEvent) -> frozenset[Purpose]:
    """The purposes an act concerns."""
    return frozenset(Purpose(name) for name, said in evidence_of(event)["purposes"].items() if said)


def to_milliseconds(at: datetime) -> datetime:
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def iso(at: datetime) -> str:
    """UTC with milliseconds, `2026-11-22T09:07:00.000+00:00`."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds")


def _string(value: UUID | None) -> str | None:
    return str(value) if value else None
