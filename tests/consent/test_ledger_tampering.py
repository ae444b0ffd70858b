"""Whatever a superuser of the database changes in the ledger is found, at its entry."""

import pytest
from django.db import transaction

from consent.checkpoints import checkpoint
from consent.verification import verify
from practices.models import Practice
from practices.scope import practice_scope
from tests.consent.ledgers import tamper, verification_of
from tests.factories import make_practice
from tests.whole import rows


def test_the_entries_to_tamper_with_are_whole_at_first(kept: Practice) -> None:
    assert (verification_of(kept).entries, verification_of(kept).ok) == (5, True)


CHANGES = {
    "type": "'granted'",
    "channel": "'import'",
    "contact_id": "gen_random_uuid()",
    "pending_opt_in_id": "gen_random_uuid()",
    "patient_id": "gen_random_uuid()",
    "text_id": "gen_random_uuid()",
    "evidence_id": "gen_random_uuid()",
    "id": "gen_random_uuid()",
    "occurred_at": "occurred_at + interval '1 millisecond'",
    "recorded_at": "recorded_at + interval '1 microsecond'",
    "commitment": "set_byte(commitment, 0, 255 - get_byte(commitment, 0))",
    "prev_hash": "set_byte(prev_hash, 0, 255 - get_byte(prev_hash, 0))",
    "hash": "set_byte(hash, 31, 255 - get_byte(hash, 31))",
    "payload": "set_byte(payload, length(payload) - 1, 255 - get_byte(payload, length(payload) - 1))",
}


# The others are hashed in the same way, as they stand in one row.
EVERYDAY = {"type", "contact_id", "occurred_at", "evidence_id", "prev_hash", "hash", "payload"}


@pytest.mark.parametrize("column", rows(CHANGES, everyday=lambda column: column in EVERYDAY))
def test_c_17_a_changed_field_is_found_at_its_entry(kept: Practice, column: str) -> None:
    tamper("alter table consent_consentevent drop constraint consent_event_of_contact_or_pending")
    tamper(f"update consent_consentevent set {column} = {CHANGES[column]} where seq = 3")  # noqa: S608

    assert verification_of(kept).broken_at == 3


def test_evidence_put_under_another_key_is_no_shredded_evidence(kept: Practice) -> None:
    # Bytes 2 to 9 of the header are the number of the key.
    tamper("update consent_consentevent set payload = set_byte(payload, 9, 255 - get_byte(payload, 9)) where seq = 3")

    found = verification_of(kept)

    assert (found.broken_at, found.reason) == (3, "evidence")


def test_evidence_taken_from_another_entry_is_found(kept: Practice) -> None:
    tamper(
        "update consent_consentevent set payload = (select payload from consent_consentevent where seq = 2) "
        "where seq = 3"
    )

    assert verification_of(kept).broken_at == 3


def test_the_first_of_two_faults_is_named(kept: Practice) -> None:
    tamper(f"update consent_consentevent set payload = {CHANGES['payload']} where seq = 2")  # noqa: S608
    tamper("update consent_consentevent set type = 'granted' where seq = 4")

    assert verification_of(kept).broken_at == 2


@pytest.mark.parametrize("seq", [1, 3])
def test_c_17_a_removed_entry_is_found_where_it_was(kept: Practice, seq: int) -> None:
    tamper(f"delete from consent_consentevent where seq = {seq}")  # noqa: S608

    found = verification_of(kept)

    assert (found.entries, found.broken_at, found.reason) == (4, seq, "missing")


def test_c_17_two_swapped_entries_are_found(kept: Practice) -> None:
    tamper("update consent_consentevent set seq = -seq where seq in (3, 4)")
    tamper("update consent_consentevent set seq = 7 + seq where seq < 0")

    assert verification_of(kept).broken_at == 3


def test_c_17_an_inserted_entry_is_found(kept: Practice) -> None:
    tamper("update consent_consentevent set seq = seq + 100 where seq > 3")
    tamper("update consent_consentevent set seq = seq - 99 where seq > 100")
    tamper(
        "insert into consent_consentevent select (jsonb_populate_record(entry, jsonb_build_object("
        "'seq', 4, 'id', gen_random_uuid(), 'prev_hash', entry.hash))).* from consent_consentevent entry where seq = 3"
    )

    assert (verification_of(kept).entries, verification_of(kept).broken_at) == (6, 4)


def test_c_17_an_entry_replayed_from_another_practice_is_found(kept: Practice) -> None:
    other = make_practice("zwei")
    tamper(
        f"insert into consent_consentevent select (jsonb_populate_record(entry, '{{\"practice_id\": {other.pk}}}')).* "  # noqa: S608
        "from consent_consentevent entry where seq = 1"
    )

    assert verification_of(other).broken_at == 1


def test_a_cut_end_is_not_seen_by_the_chain_alone(kept: Practice) -> None:
    tamper("delete from consent_consentevent where seq > 3")

    assert (verification_of(kept).entries, verification_of(kept).ok) == (3, True)


def test_c_17_a_cut_end_is_located_with_the_checkpoint(kept: Practice) -> None:
    with practice_scope(kept.pk), transaction.atomic():
        checkpoint(kept)
    tamper("delete from consent_consentevent where seq > 3")

    found = verification_of(kept)

    assert (found.entries, found.broken_at, found.reason) == (3, 4, "checkpoint")


def test_c_17_a_ledger_replayed_whole_from_another_practice_is_located(kept: Practice) -> None:
    other = make_practice("zwei")
    tamper(
        f"insert into consent_consentevent select (jsonb_populate_record(entry, '{{\"practice_id\": {other.pk}}}')).* "  # noqa: S608
        "from consent_consentevent entry"
    )

    assert (verification_of(other).entries, verification_of(other).broken_at) == (5, 1)


def test_without_opening_evidence_the_chain_is_checked_all_the_same(kept: Practice) -> None:
    tamper(f"update consent_consentevent set payload = {CHANGES['payload']} where seq = 2")  # noqa: S608
    tamper("update consent_consentevent set type = 'rejected' where seq = 4")

    with practice_scope(kept.pk), transaction.atomic():
        assert (verify(evidence=False).broken_at, verify().broken_at) == (4, 2)
