"""Keys: made once, wrapped, committed to, cached for a while, rotated without loss, and destroyed for good."""

import pickle
import secrets
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections, transaction
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from messaging.models import Note
from patients.models import Contact
from practices import key_cache, key_rotation, keys
from practices.bus import bus, channel
from practices.key_cache import FORGET, KeyCache
from practices.key_rotation import NotRotatable
from practices.keys import INDEX, NOBODY, Key, KeyDestroyed, SealBroken
from practices.keystore import DataKey, Subject
from practices.models import Practice, TotpDevice
from practices.scope import practice_scope
from practices.tenancy import uuid7
from tests.factories import make_practice
from tests.guards import rows

pytestmark = pytest.mark.django_db
really_commits = pytest.mark.django_db(transaction=True)

CONTEXT = keys.context_bytes(b"row", b"1")


@pytest.fixture
def practice() -> Iterator[Practice]:
    made = make_practice()
    with practice_scope(made.pk):
        yield made


@pytest.fixture
def empty_cache() -> Iterator[None]:
    keys.cache.clear()
    yield
    keys.cache.clear()


def make_key() -> Key:
    return Key.of(secrets.randbits(63), secrets.token_bytes(32), "seal")


def forget_all() -> None:
    """As in a process that has just started, in the middle of a transaction."""
    keys.cache.clear()
    connection.fresh_keys.clear()  # type: ignore[attr-defined]


# ── sealing ──


@given(plaintext=st.binary(max_size=300), context=st.lists(st.binary(max_size=20), max_size=4))
def test_what_was_sealed_opens_in_the_same_context(plaintext: bytes, context: list[bytes]) -> None:
    key = make_key()
    bound_to = keys.context_bytes(*context)

    sealed = key.seal(plaintext, bound_to)

    assert key.open(sealed, bound_to) == plaintext
    assert len(sealed) == len(plaintext) + 38


@given(
    here=st.lists(st.binary(max_size=4), max_size=4),
    there=st.lists(st.binary(max_size=4), max_size=4),
)
def test_two_contexts_are_the_same_only_part_by_part(here: list[bytes], there: list[bytes]) -> None:
    assert (keys.context_bytes(*here) == keys.context_bytes(*there)) == (here == there)


def test_another_context_does_not_open() -> None:
    key = make_key()

    with pytest.raises(SealBroken):
        key.open(key.seal(b"text", CONTEXT), keys.context_bytes(b"row", b"2"))


def test_another_key_does_not_open_even_with_the_same_material() -> None:
    key = make_key()
    twin = Key.of(key.number + 1, key.material, "seal")

    with pytest.raises(SealBroken):
        twin.open(key.seal(b"text", CONTEXT), CONTEXT)


@pytest.mark.parametrize("sealed", [b"", b"x", bytes(37), b"\x02\x01" + bytes(60), b"\x01\x02" + bytes(60)])
def test_bytes_without_our_header_are_refused(sealed: bytes) -> None:
    with pytest.raises(SealBroken):
        make_key().open(sealed, CONTEXT)


def test_no_nonce_comes_twice() -> None:
    key = make_key()

    nonces = {key.seal(b"", CONTEXT)[10:22] for _ in range(100_000)}

    assert len(nonces) == 100_000


def test_a_key_shows_nothing_and_is_not_pickled() -> None:
    key = make_key()

    assert repr(key) == f"<Key {key.number}>"
    with pytest.raises(TypeError):
        pickle.dumps(key)


# ── whose ──


def test_each_subject_has_a_key_of_its_own_and_keeps_it(practice: Practice) -> None:
    someone = uuid7()

    numbers = [keys.key_for("contact", someone).number, keys.key_for("patient", someone).number]
    forget_all()

    assert [keys.key_for("contact", someone).number, keys.key_for("patient", someone).number] == numbers
    assert len(set(numbers)) == 2


def test_a_practice_has_one_root_that_wraps_its_other_keys(practice: Practice) -> None:
    keys.key_for("contact", uuid7())
    keys.index_key("phone")

    root = DataKey.objects.get(kind=Subject.ROOT)
    others = DataKey.objects.exclude(kind=Subject.ROOT)

    assert keys.key_number_of(bytes(root.wrapped)) == keys.master_key().number
    assert [keys.key_number_of(bytes(row.wrapped)) for row in others] == [root.number] * 2


def test_no_key_lies_unwrapped_in_the_database(practice: Practice) -> None:
    key = keys.key_for("contact", uuid7())
    row = DataKey.objects.get(number=key.number)

    assert key.material not in bytes(row.wrapped) + bytes(row.commitment)
    assert len(row.commitment) == 16


def test_blind_indexes_differ_by_purpose_and_practice_and_are_the_same_tomorrow(practice: Practice) -> None:
    phone = keys.blind_index("phone", "+491713920001")
    forget_all()

    assert keys.blind_index("phone", "+491713920001") == phone
    assert keys.blind_index("wamid", "+491713920001") != phone
    assert (len(phone), len(keys.blind_index("stem", "zahn", size=4))) == (16, 4)
    with practice_scope(make_practice("zwei").pk):
        assert keys.blind_index("phone", "+491713920001") != phone


def test_a_key_of_another_practice_is_not_found(practice: Practice) -> None:
    key = keys.key_for("contact", uuid7())

    with practice_scope(make_practice("zwei").pk), pytest.raises(KeyDestroyed):
        keys.key_numbered(key.number)


# ── a tampered keystore ──


def test_a_key_whose_commitment_is_wrong_is_refused(practice: Practice) -> None:
    key = keys.key_for("contact", uuid7())
    DataKey.objects.filter(number=key.number).update(commitment=bytes(16))
    forget_all()

    with pytest.raises(SealBroken):
        keys.key_numbered(key.number)


@pytest.mark.parametrize("column", ["subject_id", "kind", "version"])
def test_a_wrapped_key_cannot_become_another_subjects(practice: Practice, column: str) -> None:
    key = keys.key_for("contact", uuid7())
    altered = {"subject_id": uuid7(), "kind": "patient", "version": 7}
    DataKey.objects.filter(number=key.number).update(**{column: altered[column]})
    forget_all()

    with pytest.raises(SealBroken):
        keys.key_numbered(key.number)


def test_a_wrapped_key_cannot_be_put_into_another_row(practice: Practice) -> None:
    mine, other = keys.key_for("contact", uuid7()), keys.key_for("contact", uuid7())
    wrapped = DataKey.objects.get(number=other.number).wrapped
    DataKey.objects.filter(number=mine.number).update(wrapped=wrapped)
    forget_all()

    with pytest.raises(SealBroken):
        keys.key_numbered(mine.number)


def test_without_the_master_nothing_opens(practice: Practice, settings: Settings) -> None:
    key = keys.key_for("contact", uuid7())
    forget_all()
    settings.ROGER_MASTER_KEY = b""

    with pytest.raises(KeyDestroyed):
        keys.key_numbered(key.number)


def test_another_master_does_not_open(practice: Practice, settings: Settings) -> None:
    key = keys.key_for("contact", uuid7())
    forget_all()
    settings.ROGER_MASTER_KEY = secrets.token_bytes(32)

    with pytest.raises(KeyDestroyed):
        keys.key_numbered(key.number)


# ── transactions ──


@really_commits
def test_a_key_that_was_rolled_back_is_never_used_again(empty_cache: None) -> None:
    contact_id = uuid7()
    with practice_scope(make_practice().pk):
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            lost = keys.key_for("contact", contact_id).number
            raise ZeroDivisionError
        assert len(keys.cache) == 0
        with transaction.atomic():
            kept = keys.key_for("contact", contact_id).number
        keys.cache.clear()
        with transaction.atomic():
            assert keys.key_for("contact", contact_id).number == kept

    assert lost != kept


@really_commits
def test_a_key_of_a_rolled_back_savepoint_is_not_used_afterwards(empty_cache: None) -> None:
    contact_id = uuid7()
    with practice_scope(make_practice().pk):
        with transaction.atomic():
            earlier = keys.key_for("contact", uuid7())
            with pytest.raises(ZeroDivisionError), transaction.atomic():
                keys.key_for("contact", contact_id)
                raise ZeroDivisionError
            kept = keys.key_for("contact", contact_id).number
        keys.cache.clear()
        with transaction.atomic():
            assert keys.key_numbered(kept).number == kept
            assert keys.key_numbered(earlier.number).material == earlier.material


@really_commits
def test_a_key_is_everybodys_once_committed(empty_cache: None) -> None:
    practice = make_practice()
    with practice_scope(practice.pk):
        with transaction.atomic():
            key = keys.key_for("contact", uuid7())
            assert keys.cache.get((practice.pk, key.number)) is None
        assert keys.cache.get((practice.pk, key.number)) is key


@really_commits
def test_eight_threads_that_need_the_first_key_get_the_same(empty_cache: None) -> None:
    practice, contact_id = make_practice(), uuid7()
    together = threading.Barrier(8)

    def first_key(_: int) -> int:
        with practice_scope(practice.pk), transaction.atomic():
            together.wait(10)
            number = keys.key_for("contact", contact_id).number
        connections.close_all()
        return number

    with ThreadPoolExecutor(8) as threads:
        numbers = list(threads.map(first_key, range(8)))
    keys.cache.clear()

    with practice_scope(practice.pk), transaction.atomic():
        assert DataKey.objects.filter(kind="contact").count() == 1
        assert DataKey.objects.filter(kind="root").count() == 1
        assert set(numbers) == {keys.key_for("contact", contact_id).number}


# ── the cache ──


def test_the_cache_drops_what_was_not_used_for_longest() -> None:
    cache: KeyCache[str] = KeyCache(size=2, seconds=60)
    cache.put((1, "a"), "A")
    cache.put((1, "b"), "B")
    cache.get((1, "a"))

    cache.put((1, "c"), "C")

    assert [cache.get((1, name)) for name in "abc"] == ["A", None, "C"]


def test_a_key_put_again_counts_as_used() -> None:
    cache: KeyCache[str] = KeyCache(size=2, seconds=60)
    for name in "aba":
        cache.put((1, name), name)

    cache.put((1, "c"), "c")

    assert [cache.get((1, name)) for name in "abc"] == ["a", None, "c"]


def test_the_cache_holds_nothing_past_its_time() -> None:
    cache: KeyCache[str] = KeyCache(size=2, seconds=0)
    cache.put((1, "a"), "A")

    assert (cache.get((1, "a")), len(cache)) == (None, 0)


def test_forgetting_one_practice_leaves_the_others() -> None:
    cache: KeyCache[str] = KeyCache(size=9, seconds=60)
    cache.put((1, "a"), "A")
    cache.put((2, "a"), "B")

    cache.forget(1)

    assert [cache.get((1, "a")), cache.get((2, "a"))] == [None, "B"]


def test_keys_are_kept_for_five_minutes_at_most() -> None:
    assert (keys.cache.size, keys.cache.seconds) == (10_000, 300)


# ── destroying ──


@really_commits
def test_a_destroyed_key_is_gone_for_good(empty_cache: None) -> None:
    with practice_scope(make_practice().pk):
        with transaction.atomic():
            note = rows.saved(Note)
            kept = rows.saved(Note)
        with transaction.atomic():
            assert keys.destroy("contact", note.contact_id) == 1
            assert keys.destroy("contact", uuid7()) == 0
        with transaction.atomic():
            with pytest.raises(KeyDestroyed):
                _ = Note.objects.get(pk=note.pk).body
            assert Note.objects.get(pk=kept.pk).body == kept.body


@really_commits
def test_destroying_that_is_rolled_back_destroys_nothing(empty_cache: None) -> None:
    with practice_scope(make_practice().pk):
        with transaction.atomic():
            note = rows.saved(Note)
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            keys.destroy("contact", note.contact_id)
            with pytest.raises(KeyDestroyed):
                _ = Note.objects.get(pk=note.pk).body
            raise ZeroDivisionError
        with transaction.atomic():
            assert Note.objects.get(pk=note.pk).body == note.body


def test_every_version_of_a_key_is_destroyed(practice: Practice) -> None:
    contact_id = uuid7()
    keys.key_for("contact", contact_id)
    key_rotation.rotate("contact", contact_id)

    assert keys.destroy("contact", contact_id) == 2
    assert DataKey.objects.filter(kind="contact").count() == 0


def heard_by_processes() -> int:
    """Waits until this process listens; asks to forget a practice that does not exist."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if listeners := int(bus().publish(channel(FORGET), 0)):
            return listeners
        time.sleep(0.01)
    return 0


def test_what_another_process_destroys_is_forgotten_here() -> None:
    keys.cache.put((7, "destroyed"), make_key())
    keys.cache.put((8, "other"), make_key())
    key_cache.listen(keys.cache)
    assert heard_by_processes() > 0

    bus().publish(channel(FORGET), 7)

    deadline = time.monotonic() + 10
    while keys.cache.get((7, "destroyed")) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert keys.cache.get((7, "destroyed")) is None
    assert keys.cache.get((8, "other")) is not None


@really_commits
def test_destroying_tells_the_other_processes_after_the_commit(empty_cache: None) -> None:
    practice = make_practice()
    with bus().pubsub(ignore_subscribe_messages=True) as other_process:  # type: ignore[no-untyped-call]
        other_process.subscribe(channel(FORGET))
        other_process.get_message(timeout=5)
        with practice_scope(practice.pk), transaction.atomic():
            keys.destroy("contact", uuid7())
            before_the_commit = other_process.get_message(timeout=0.05)
        after_the_commit = other_process.get_message(timeout=5)

    assert before_the_commit is None
    assert after_the_commit is not None
    assert after_the_commit["data"] == str(practice.pk).encode()


@really_commits
def test_what_another_thread_reads_while_a_key_is_being_destroyed_is_forgotten_without_a_broker(
    empty_cache: None, broker_away: None
) -> None:
    practice, contact_id = make_practice(), uuid7()
    with practice_scope(practice.pk):
        with transaction.atomic():
            key = keys.key_for("contact", contact_id)
        with transaction.atomic():
            keys.destroy("contact", contact_id)
            keys.cache.put((practice.pk, key.number), key)  # as another thread does, which still sees the row
        with transaction.atomic(), pytest.raises(KeyDestroyed):
            keys.key_numbered(key.number)


@pytest.fixture
def broker_away(settings: Settings) -> Iterator[None]:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    bus.cache_clear()
    yield
    bus.cache_clear()


# ── rotating ──


def test_a_new_master_takes_over_without_a_gap(practice: Practice, settings: Settings) -> None:
    note, device = rows.saved(Note), rows.saved(TotpDevice)
    settings.ROGER_MASTER_KEY_PREVIOUS = [settings.ROGER_MASTER_KEY]
    settings.ROGER_MASTER_KEY = secrets.token_bytes(32)
    forget_all()

    assert Note.objects.get(pk=note.pk).body == note.body
    assert TotpDevice.objects.get(pk=device.pk).secret == device.secret
    call_command("keys", "rotate-master", stdout=StringIO())

    settings.ROGER_MASTER_KEY_PREVIOUS = []
    forget_all()
    assert Note.objects.get(pk=note.pk).body == note.body
    assert TotpDevice.objects.get(pk=device.pk).secret == device.secret


def test_rotating_the_master_says_what_it_did_and_finds_nothing_the_second_time(
    practice: Practice, settings: Settings
) -> None:
    rows.saved(Note)
    rows.saved(TotpDevice)
    with practice_scope(make_practice("zwei").pk):
        rows.saved(Note)
    settings.ROGER_MASTER_KEY_PREVIOUS = [settings.ROGER_MASTER_KEY]
    settings.ROGER_MASTER_KEY = secrets.token_bytes(32)
    said = StringIO()

    call_command("keys", "rotate-master", stdout=said)
    call_command("keys", "rotate-master", stdout=said)

    assert said.getvalue().splitlines() == [
        "2 practices and 1 second factors now hang on ROGER_MASTER_KEY.",
        "0 practices and 0 second factors now hang on ROGER_MASTER_KEY.",
    ]


def test_a_new_root_changes_neither_rows_nor_blind_indexes(practice: Practice) -> None:
    note = rows.saved(Note)
    phone, body = keys.blind_index("phone", "+491713920001"), Note.objects.values_list("body")[0]
    former = DataKey.objects.get(kind=Subject.ROOT)
    said = StringIO()

    call_command("keys", "rotate-practice", practice.slug, stdout=said)

    forget_all()
    assert said.getvalue() == "morgenthal has a new root key; 4 keys were wrapped anew.\n"
    assert Note.objects.get(pk=note.pk).body == note.body
    assert Note.objects.values_list("body")[0] == body
    assert keys.blind_index("phone", "+491713920001") == phone
    wrapped_by = {keys.key_number_of(bytes(row.wrapped)) for row in DataKey.objects.exclude(kind=Subject.ROOT)}
    assert wrapped_by == {keys.key_for(Subject.ROOT, NOBODY).number} != {former.number}


def test_a_former_root_still_opens_what_a_slow_process_wraps_with_it(practice: Practice) -> None:
    root = keys.key_for(Subject.ROOT, NOBODY)
    key_rotation.rotate_root()
    contact_id = uuid7()
    late = keys.new_data_key("contact", contact_id, version=1)
    late.wrapped = Key.of(root.number, root.material, "wrap").seal(
        material := secrets.token_bytes(32), keys._wrapping_context(late)
    )
    late.commitment = keys.commitment(material)
    late.save()

    assert keys.key_for("contact", contact_id).material == material


def test_rotating_an_unknown_practice_says_so() -> None:
    with pytest.raises(CommandError, match="no practice nirgends"):
        call_command("keys", "rotate-practice", "nirgends")


def test_the_command_needs_a_deed() -> None:
    with pytest.raises(CommandError, match="deed"):
        call_command("keys")


def test_a_rotated_key_seals_and_the_former_one_only_opens(practice: Practice) -> None:
    contact_id = uuid7()
    former = keys.key_for("contact", contact_id)

    assert [key_rotation.rotate("contact", contact_id) for _ in range(2)] == [2, 3]

    assert keys.key_for("contact", contact_id).number != former.number
    assert keys.key_numbered(former.number).material == former.material
    states = DataKey.objects.filter(kind="contact").order_by("version").values_list("state", flat=True)
    assert list(states) == ["retired", "retired", "active"]


def test_an_index_key_is_not_rotated(practice: Practice) -> None:
    keys.index_key("phone")

    with pytest.raises(NotRotatable):
        key_rotation.rotate(Subject.PRACTICE, INDEX)


def test_the_practices_own_key_and_its_index_key_are_two(practice: Practice) -> None:
    assert keys.key_for(Subject.PRACTICE, NOBODY).material != keys.key_for(Subject.PRACTICE, INDEX).material


@really_commits
def test_rotating_while_others_write_loses_no_row(empty_cache: None) -> None:
    practice = make_practice()
    with practice_scope(practice.pk), transaction.atomic():
        contact = rows.saved(Contact)
    done = threading.Event()

    def keep_writing(_: int) -> int:
        written = 0
        while not done.is_set():
            with practice_scope(practice.pk), transaction.atomic():
                note = rows.unsaved(Note)
                note.contact, note.body = contact, "Notiz"
                note.save()
                written += 1
        connections.close_all()
        return written

    with ThreadPoolExecutor(3) as threads:
        writing = threads.map(keep_writing, range(3))
        for _ in range(5):
            with practice_scope(practice.pk):
                key_rotation.rotate("contact", contact.pk)
                key_rotation.rotate_root()
        done.set()
        written = sum(writing)

    keys.cache.clear()
    with practice_scope(practice.pk), transaction.atomic():
        assert [note.body for note in Note.objects.all()] == ["Notiz"] * written


# ── handing over ──


def test_a_merged_contacts_rows_stay_readable_and_die_with_the_one_that_stays(practice: Practice) -> None:
    note, stays = rows.saved(Note), rows.saved(Contact)

    assert key_rotation.hand_over("contact", note.contact_id, stays.pk) == 1
    Note.objects.update(contact=stays)

    assert Note.objects.get(pk=note.pk).body == note.body
    assert keys.destroy("contact", note.contact_id) == 0
    assert keys.destroy("contact", stays.pk) == 2
    with pytest.raises(KeyDestroyed):
        _ = Note.objects.get(pk=note.pk).body


def test_a_key_that_was_handed_over_seals_nothing_new(practice: Practice) -> None:
    gone, stays = uuid7(), uuid7()
    handed, own = keys.key_for("contact", gone), keys.key_for("contact", stays)

    key_rotation.hand_over("contact", gone, stays)

    assert keys.key_for("contact", stays).number == own.number
    assert keys.key_for("contact", gone).number not in (handed.number, own.number)


def test_handing_over_no_key_at_all_does_no_harm(practice: Practice) -> None:
    assert key_rotation.hand_over("contact", uuid7(), uuid7()) == 0
