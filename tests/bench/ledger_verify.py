"""How long a million entries take to verify: every hash computed anew, held against a checkpoint, in one process.

The entries are a valid chain, computed here and copied in past the trigger, as wide as real ones. What is sealed in
them is not opened (`ledger verify --chain`): that is the night's work, and costs a key and a decryption for each.
"""

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID

import psycopg
from django.db import transaction

from consent.checkpoints import checkpoint, verify_with_checkpoints
from consent.verification import GENESIS, Entry, entry_hash
from practices.scope import practice_scope
from practices.tenancy import uuid7
from tests.bench.desk import open_practice
from tests.bench.figures import Figure, below
from tests.bench.ledger import LEDGER, PAYLOAD_BYTES
from tests.bench.progress import say

ENTRIES = 1_000_000
BEGUN = 1_700_000_000_000  # ms
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
                rows.write_row(as_row(entry))
        owner.execute(f"vacuum analyze {LEDGER}")


def chain(practice_id: int, count: int) -> Iterator[Entry]:
    before = GENESIS
    for seq in range(1, count + 1):
        one, whose, at = uuid7().bytes, uuid7().bytes, BEGUN + seq * 1000
        empty = Entry(
            *(seq, practice_id, one, "granted", "whatsapp_button", whose, None, None, None, whose, at, at + 5),
            *(os.urandom(32), before, b"", os.urandom(PAYLOAD_BYTES), True),
        )
        entry = empty._replace(hash=entry_hash(empty))
        before = entry.hash
        yield entry


def as_row(entry: Entry) -> tuple[object, ...]:


    return (
        *(entry.seq, entry.practice_id, UUID(bytes=entry.id), entry.type, entry.channel),
        *(UUID(bytes=entry.contact_id or b""), UUID(bytes=entry.evidence_id)),
        *(datetime.fromtimestamp(ms / 1000, UTC) for ms in (entry.occurred_ms, entry.recorded_ms)),
        *(entry.commitment, entry.prev_hash, entry.hash, entry.payload),
    )


