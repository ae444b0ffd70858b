"""How long a million entries take to verify: every hash computed anew, held against a checkpoint, in one process.

The entries are a valid chain, computed here and copied in past the trigger, as wide as real ones. What is sealed in
them is not opened (`ledger verify --chain`): that is the night's work, and costs a key and a decryption for each.
"""

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg
from django.db import transaction

from consent.checkpoints import checkpoint, verify_with_checkpoints
from consent.verification import GENESIS, TIMES, Entry, entry_hash
from practices.scope import practice_scope
from practices.tenancy import uuid7
from tests.bench.desk import open_practice
from tests.bench.figures import Figure, below
from tests.bench.ledger import LEDGER, PAYLOAD_BYTES
from tests.bench.progress import say

ENTRIES = 1_000_000
BEGUN = datetime(2000, 1, 1, tzinfo=UTC)
COLUMNS = (
    "seq, practice_id, id, type, channel, contact_id, evidence_id, occurred_at, recorded_at, commitment, prev_hash, "
    "hash, payload"
)
TYPES = ("int8", "int4", "uuid", "varchar", "varchar", "uuid", "uuid", "timestamptz", "timestamptz", *["bytea"] * 4)


def measure() -> Iterator[Figure]:
    practice = open_practice().practice
    copy_in(practice.pk, ENTRIES)
    with practice_scope(practice.pk):
        begun = time.perf_counter()
        checkpoint(practice, evidence=False)
        say(f"ledger_verify: signed after {time.perf_counter() - begun:.1f} s")
        yield Figure("ledger_verify", seconds_to_verify(), "s", below(10))


def seconds_to_verify() -> float:
    begun = time.perf_counter()
    with transaction.atomic():
        found = verify_with_checkpoints(evidence=False)
    if not found.ok or found.entries != ENTRIES:
        raise RuntimeError(f"broken at {found.broken_at} ({found.reason})")
    return time.perf_counter() - begun


def copy_in(practice_id: int, count: int) -> None:
    """A ledger of its own making, past triggers and foreign keys."""
    address = os.environ["ROGER_TEST_SUPERUSER_URL"].replace("/postgres?", "/roger?")
    with psycopg.connect(address, autocommit=True) as owner:
        owner.execute("set session_replication_role = replica")
        with owner.cursor() as cursor, cursor.copy(f"copy {LEDGER} ({COLUMNS}) from stdin (format binary)") as rows:
            rows.set_types(TYPES)
            for entry in chain(practice_id, count):
                rows.write_row(as_row(entry, practice_id))
        owner.execute(f"vacuum analyze {LEDGER}")


def chain(practice_id: int, count: int) -> Iterator[Entry]:
    before = GENESIS
    for seq in range(1, count + 1):
        place, whose = practice_id.to_bytes(4) + seq.to_bytes(8) + uuid7().bytes, uuid7().bytes
        ids = whose + bytes(16 * 3) + whose
        times = TIMES.pack(seq * 1_000_000, seq * 1_000_000 + 5_000)
        empty = Entry(seq, place, "granted", "whatsapp_button", ids, times, os.urandom(32), before, b"", b"")
        entry = empty._replace(hash=entry_hash(empty) or b"", payload=os.urandom(PAYLOAD_BYTES))
        before = entry.hash
        yield entry


def as_row(entry: Entry, practice_id: int) -> tuple[object, ...]:
    occurred, recorded = (BEGUN + timedelta(microseconds=time) for time in TIMES.unpack(entry.times))
    return (
        *(entry.seq, practice_id, entry.id, entry.type, entry.channel, UUID(bytes=entry.ids[:16]), entry.evidence_id),
        *(occurred, recorded, entry.commitment, entry.prev_hash, entry.hash, entry.payload),
    )
