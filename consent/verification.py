"""Checking the ledger: every hash computed anew here, not in the database that may have been altered.

The chain alone shows a changed, removed, inserted or moved entry, at its place. That its end was cut only a checkpoint
shows: a signed head that somebody keeps (consent/checkpoints.py).
"""

import hmac
import struct
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from consent.ledger import commitment
from consent.merkle import EMPTY, Tree
from consent.models import ConsentEvent
from practices import keys
from practices.keystore import DataKey, Subject
from practices.scope import current_practice_id
from practices.sealed import Sealed, context_of
from practices.tenancy import uuid7

GENESIS = bytes(32)
NOTHING = "'\\x00000000000000000000000000000000'"  # an id that is not there
TIMES = struct.Struct(">qq")
MILLENNIUM = 946_684_800_000  # 2000-01-01 in milliseconds since 1970; PostgreSQL counts microseconds from there
ROWS_AT_ONCE = 2000
FIELD = ConsentEvent._meta.get_field("payload")

# Columns go over the wire as the bytes PostgreSQL holds: a million of them as Python's objects would take twice as long.
ENTRIES = f"""
select seq, int4send(practice_id) || int8send(seq) || uuid_send(id), type, channel,
       coalesce(uuid_send(contact_id), {NOTHING}) || coalesce(uuid_send(pending_opt_in_id), {NOTHING})
       || coalesce(uuid_send(patient_id), {NOTHING}) || coalesce(uuid_send(text_id), {NOTHING})
       || uuid_send(evidence_id),
       timestamptz_send(occurred_at) || timestamptz_send(recorded_at), commitment, prev_hash, hash, {{payload}}
from consent_consentevent where practice_id = %s order by seq
"""  # noqa: S608 - only the constant above
WITH_EVIDENCE, CHAIN_ONLY = ENTRIES.format(payload="payload"), ENTRIES.format(payload="''::bytea")


class Entry(NamedTuple):
    """One row as the chain sees it."""

    seq: int
    place: bytes  # practice (4), seq (8), id (16)
    type: str
    channel: str
    ids: bytes  # contact, pending opt-in, patient, text, evidence: 16 each, zeros where there is none
    times: bytes  # occurred, recorded: 8 each, in microseconds since 2000
    commitment: bytes
    prev_hash: bytes
    hash: bytes
    payload: bytes

    @property
    def id(self) -> UUID:
        return UUID(bytes=self.place[12:])

    @property
    def evidence_id(self) -> UUID:
        return UUID(bytes=self.ids[64:])


@dataclass(frozen=True, kw_only=True)
class Verification:
    """What was found. `broken_at` is the number of the first entry that is wrong or missing."""

    entries: int
    head: bytes
    root: bytes = EMPTY  # of the tree over the entries (consent/merkle.py)
    broken_at: int | None = None
    reason: str = ""

    @property
    def ok(self) -> bool:
        return self.broken_at is None


class Broken(Exception):
    def __init__(self, seq: int, reason: str) -> None:
        super().__init__(reason)
        self.seq, self.reason = seq, reason


def verify(heads: Mapping[int, bytes] | None = None, *, evidence: bool = True) -> Verification:
    """Check the ledger of the practice in scope, whole, in constant memory.

    `heads` are earlier heads by number of entries, from checkpoints; a ledger they are no part of has been cut or
    forked, which gives the reason "checkpoint". Without `evidence` only chain and heads are checked, which takes a
    tenth of the time: what was sealed is not opened then.
    """
    chain = _Chain(dict(heads or {}))
    try:
        for rows in _batches(WITH_EVIDENCE if evidence else CHAIN_ONLY):
            sound, fault = chain.extend(rows)
            if evidence:
                _check_evidence(sound)
            if fault:
                raise fault
        chain.close()
    except Broken as broken:
        return Verification(entries=_count(), head=chain.head, broken_at=broken.seq, reason=broken.reason)
    return Verification(entries=chain.entries, head=chain.head, root=chain.tree.root())


class _Chain:
    """How far the ledger has been found whole, and which earlier heads are still to be met."""

    def __init__(self, heads: dict[int, bytes]) -> None:
        self.entries, self.head, self.heads, self.tree = 0, GENESIS, heads, Tree()

    def extend(self, rows: list[Entry]) -> tuple[list[Entry], Broken | None]:
        """Check the next rows; answers those before the first fault, and the fault."""
        add, head, seq = self.tree.add, self.head, self.entries
        for place, entry in enumerate(rows):
            seq += 1
            is_next = entry.seq == seq and entry.prev_hash == head and entry_hash(entry) == entry.hash
            if not is_next or seq in self.heads:
                self.entries, self.head = seq - 1, head
                if fault := self._fault_of(entry):
                    return rows[:place], Broken(*fault)
            head = entry.hash
            add(head)
        self.entries, self.head = seq, head
        return rows, None

    def _fault_of(self, entry: Entry) -> tuple[int, str] | None:
        if entry.seq != self.entries + 1:
            return self.entries + 1, "missing"
        if entry.prev_hash != self.head:
            return entry.seq, "link"
        if entry_hash(entry) != entry.hash:
            return entry.seq, "hash"
        if entry.seq in self.heads and self.heads.pop(entry.seq) != entry.hash:
            return entry.seq, "checkpoint"
        return None

    def close(self) -> None:
        """An earlier head that was never met lies beyond the end: the end was cut."""
        if self.heads:
            raise Broken(self.entries + 1, "checkpoint")


def entry_hash(entry: Entry) -> bytes | None:
    """What the trigger computes: SHA-256 over fields of fixed width, the commitment and the hash before.

    None if something hides below the millisecond, where the trigger does not look.
    """
    occurred, recorded = TIMES.unpack(entry.times)
    if occurred % 1000 or recorded % 1000:
        return None
    what = (entry.type.ljust(20) + entry.channel.ljust(20)).encode()
    when = TIMES.pack(occurred // 1000 + MILLENNIUM, recorded // 1000 + MILLENNIUM)
    fields = b"\1" + entry.place + what + entry.ids + when + entry.commitment + entry.prev_hash
    return sha256(fields).digest()


def _batches(statement: str) -> Iterator[list[Entry]]:
    with connection.cursor() as cursor:
        cursor.execute("select 1")  # announces the practice; the cursor below does not pass Django's wrapper
    with connection.connection.cursor(f"ledger_{uuid7().hex}", binary=True) as cursor:
        cursor.execute(statement.encode(), [current_practice_id()])
        while rows := cursor.fetchmany(ROWS_AT_ONCE):
            yield [Entry._make(row) for row in rows]


def _count() -> int:
    return int(ConsentEvent.objects.count())


# ── the evidence behind the commitments ──


def _check_evidence(rows: list[Entry]) -> None:
    """Evidence that can still be opened must be what the chain committed to; shredded evidence has no key left."""
    numbers = {entry.seq: _number(entry) for entry in rows}
    keys.load_numbered(numbers.values())
    living = _key_numbers({entry.evidence_id for entry in rows})
    row = ConsentEvent()  # one for all: making a model's instance costs more than everything else here
    for entry in rows:
        of_subject, row.pk = living.get(entry.evidence_id), entry.id
        if of_subject and not (numbers[entry.seq] in of_subject and _is_what_was_committed(entry, row)):
            raise Broken(entry.seq, "evidence")


def _number(entry: Entry) -> int:
    try:
        return keys.key_number_of(entry.payload)
    except keys.SealBroken:
        raise Broken(entry.seq, "evidence") from None


def _key_numbers(evidence_ids: Iterable[UUID]) -> dict[UUID, set[int]]:
    found: dict[UUID, set[int]] = {}
    rows = DataKey.objects.filter(kind=Subject.EVIDENCE, subject_id__in=evidence_ids)
    for subject_id, number in rows.values_list("subject_id", "number"):
        found.setdefault(subject_id, set()).add(number)
    return found


def _is_what_was_committed(entry: Entry, row: ConsentEvent) -> bool:
    try:
        key = keys.key_numbered(keys.key_number_of(entry.payload))
        payload: Any = FIELD.from_bytes(key.open(Sealed(entry.payload), context_of(row, FIELD)))
        return hmac.compare_digest(commitment(payload), entry.commitment)
    except (keys.SealBroken, ValueError, KeyError, TypeError):
        return False
