"""The ledger: complete evidence or nothing, in a chain that the database keeps."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.db.utils import ProgrammingError
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consent import ledger
from consent.ledger import Actor, ActorKind, EvidenceIncomplete, Type
from consent.models import Channel, ConsentEvent, ConsentText
from consent.purposes import Purpose
from consent.verification import GENESIS, Entry, Verification, entry_hash, verify
from consent.wording import current_text
from practices import keys
from practices.keystore import Subject
from practices.models import Practice
from practices.scope import practice_scope
from tests.consent.ledgers import book, chain
from tests.consent_factories import PHONE, make_contact, opt_in, send_form, tap
from tests.factories import make_practice
from tests.whole import as_many

# ── writing ──


def test_entries_are_numbered_without_gaps_and_linked(practice: Practice) -> None:
    chain(3)

    rows = ConsentEvent.objects.order_by("seq").values_list("seq", "prev_hash", "hash")
    assert [seq for seq, _, _ in rows] == [1, 2, 3]
    assert [bytes(prev) for _, prev, _ in rows] == [GENESIS, *(bytes(hash_) for _, _, hash_ in rows[:2])]


def test_two_practices_have_chains_of_their_own(practice: Practice) -> None:
    chain(2)
    with practice_scope(make_practice("zwei").pk):
        assert [event.seq for event in chain(1)] == [1]


def test_a_rolled_back_act_leaves_no_gap(practice: Practice) -> None:
    contact = make_contact()
    with pytest.raises(RuntimeError), transaction.atomic():
        book(contact)
        raise RuntimeError

    assert book(contact).seq == 1


def test_the_client_cannot_choose_number_time_or_hashes(practice: Practice) -> None:
    event = ConsentEvent(type=Type.REJECTED, channel=Channel.WHATSAPP_BUTTON, contact=make_contact())
    event.seq, event.recorded_at, event.prev_hash, event.hash = 99, datetime(2001, 1, 1, tzinfo=UTC), b"p", b"h"
    event.payload, event.commitment, event.occurred_at = {}, bytes(32), timezone.now()
    event.save(force_insert=True)

    event.refresh_from_db()
    assert event.seq == 1
    assert event.recorded_at.year > 2001
    assert bytes(event.prev_hash) == GENESIS


def test_c_16_the_evidence_holds_everything_section_2_4_asks_for(practice: Practice) -> None:
    contact = make_contact()
    act = opt_in(contact)

    assert act.event is not None
    evidence = dict(ledger.evidence_of(act.event))
    assert sorted(evidence) == sorted(
        [
            *("event_id", "practice_id", "contact_id", "patient_id", "pending_opt_in_id", "phone", "type", "channel"),
            *("purposes", "occurred_at", "received_at", "text", "privacy_notice_version", "actor", "act", "refers_to"),
            *("proof_ref", "cancelled", "already_handed_over"),
        ]
    )
    assert evidence["phone"] == PHONE
    assert evidence["purposes"] == {"organisation": True, "behandlung": False, "recall": False, "werbung": False}
    assert evidence["text"]["sha256"] == current_text(ConsentText.Kind.QR_PAGE, "de").sha256
    assert evidence["refers_to"] == str(ConsentEvent.objects.get(seq=1).pk)


def test_times_are_kept_to_the_millisecond_on_both_sides(practice: Practice) -> None:
    at = datetime(2026, 5, 11, 7, 7, 0, 123999, tzinfo=UTC)

    event = book(make_contact(), occurred_at=at)

    event.refresh_from_db()
    assert event.occurred_at == datetime(2026, 5, 11, 7, 7, 0, 123000, tzinfo=UTC)
    assert event.recorded_at.microsecond % 1000 == 0
    assert ledger.evidence_of(event)["occurred_at"] == "2026-05-11T07:07:00.123+00:00"


@pytest.mark.parametrize(
    ("other", "missing"),
    [
        ({"purposes": {Purpose.ORGANISATION: True}}, ["purposes"]),
        ({"purposes": dict.fromkeys(Purpose, False)}, ["purposes"]),
        ({"act": {}}, ["act"]),
        ({"act": {"button": ""}}, ["act"]),
        ({"contact": None}, ["contact or pending_opt_in_id"]),
        ({"pending_opt_in_id": uuid4()}, ["contact or pending_opt_in_id"]),
        ({"type_": Type.GRANTED}, ["text", "privacy_notice_version"]),
        ({"type_": Type.WITHDRAWN}, ["cancelled", "already_handed_over"]),
        ({"channel": Channel.PAPER_SCAN}, ["proof_ref"]),
        ({"actor": Actor(kind=ActorKind.STAFF)}, ["actor.member_id"]),
        (
            {"actor": Actor(kind=ActorKind.GUARDIAN, name="Jana Vogt")},
            ["actor.relation", "actor.custody"],
        ),
        ({"channel": "fax"}, ["channel"]),
    ],
)
def test_c_16_incomplete_evidence_is_refused_and_nothing_is_written(
    practice: Practice, other: dict[str, object], missing: list[str]
) -> None:
    contact = make_contact()

    with pytest.raises(EvidenceIncomplete) as refused:
        book(**({"contact": contact} | other))  # type: ignore[arg-type]

    assert refused.value.missing == missing
    assert ConsentEvent.objects.count() == 0


def test_the_error_for_incomplete_evidence_tells_nothing_of_it(practice: Practice) -> None:
    with pytest.raises(EvidenceIncomplete) as refused:
        book(make_contact(), act={"words": ""}, actor=Actor(kind=ActorKind.GUARDIAN, name="Jana Vogt"))

    assert "Vogt" not in f"{refused.value!r} {refused.value}"


def test_an_act_with_a_reference_has_the_same_id_each_time_and_a_time_in_it(practice: Practice) -> None:
    at = datetime(2026, 5, 11, 7, 7, tzinfo=UTC)

    first, again = (ledger.event_id(Type.WITHDRAWN, at, "wamid.1") for _ in range(2))

    assert first == again
    assert (first.version, first.variant, first.int >> 80) == (7, "specified in RFC 4122", int(at.timestamp() * 1000))
    assert first != ledger.event_id(Type.REJECTED, at, "wamid.1")
    assert first != ledger.event_id(Type.WITHDRAWN, at, "wamid.2")


def test_the_id_of_an_act_differs_between_practices(practice: Practice) -> None:
    at = timezone.now()
    here = ledger.event_id(Type.WITHDRAWN, at, "wamid.1")

    with practice_scope(make_practice("zwei").pk):
        assert ledger.event_id(Type.WITHDRAWN, at, "wamid.1") != here


def test_equal_evidence_has_different_commitments(practice: Practice) -> None:
    first, second = chain(2)

    assert bytes(first.commitment) != bytes(second.commitment)
    assert first.payload["salt"] != second.payload["salt"]


@pytest.mark.parametrize("statement", ["update {} set type = 'granted'", "delete from {}", "truncate {}"])
def test_c_17_the_application_may_neither_change_nor_remove_entries(practice: Practice, statement: str) -> None:
    chain(1)

    with pytest.raises(ProgrammingError, match="permission denied"), connection.cursor() as cursor:
        cursor.execute(statement.format("consent_consentevent"))


# ── verifying what is whole ──


def test_an_empty_ledger_is_whole(practice: Practice) -> None:
    assert verify() == Verification(entries=0, head=GENESIS)


def test_a_ledger_of_all_kinds_of_acts_is_whole(practice: Practice) -> None:
    contact = make_contact()
    opt_in(contact)
    tap(contact, "nein_danke")
    send_form()

    verification = verify()

    assert (verification.entries, verification.ok) == (4, True)
    assert verification.head == bytes(ConsentEvent.objects.get(seq=4).hash)


def test_the_hash_computed_here_is_the_one_the_trigger_computed(practice: Practice) -> None:
    act = opt_in(make_contact())
    assert act.event is not None
    event = ConsentEvent.objects.get(pk=act.event.pk)

    assert event.contact_id
    assert event.text_id

    entry = Entry(
        seq=event.seq,
        place=practice.pk.to_bytes(4) + event.seq.to_bytes(8) + event.pk.bytes,
        type=event.type,
        channel=event.channel,
        ids=event.contact_id.bytes + bytes(16) + bytes(16) + event.text_id.bytes + event.evidence_id.bytes,
        times=b"".join(
            ((at - datetime(2000, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)).to_bytes(8)
            for at in (event.occurred_at, event.recorded_at)
        ),
        commitment=bytes(event.commitment),
        prev_hash=bytes(event.prev_hash),
        hash=bytes(event.hash),
        payload=b"",
    )

    assert entry_hash(entry) == bytes(event.hash)


def test_c_17_shredded_evidence_leaves_a_ledger_that_verifies(practice: Practice) -> None:
    contact = make_contact()
    opt_in(contact)

    destroyed = keys.destroy(Subject.EVIDENCE, contact.pk)

    assert destroyed == 1
    with pytest.raises(keys.KeyDestroyed):
        ledger.evidence_of(ConsentEvent.objects.get(seq=2))
    assert verify().ok


def test_a_ledger_longer_than_one_batch_is_whole(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("consent.verification.ROWS_AT_ONCE", 2)
    chain(5)

    assert (verify().entries, verify().ok) == (5, True)


@given(st.lists(st.sampled_from(["form", "opt_in", "no", "yes"]), max_size=6))
@settings(
    max_examples=as_many(whole=8, everyday=4),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_whatever_people_do_the_ledger_is_whole(practice: Practice, deeds: list[str]) -> None:
    contact, before = make_contact(), ConsentEvent.objects.count()
    entries = {"form": 1, "opt_in": 2, "no": 1, "yes": 1}
    acts: dict[str, Callable[[], object]] = {
        "form": send_form,
        "opt_in": lambda: opt_in(contact),
        "no": lambda: tap(contact, "nein_danke"),
        "yes": lambda: tap(contact),
    }

    for deed in deeds:
        acts[deed]()

    assert (verify().entries, verify().ok) == (before + sum(entries[deed] for deed in deeds), True)


def test_a_clock_that_jumps_back_keeps_the_order_of_the_chain(practice: Practice) -> None:
    contact = make_contact()
    first = book(contact)
    second = book(contact, occurred_at=timezone.now() - timedelta(days=1))

    assert (first.seq, second.seq, verify().ok) == (1, 2, True)
