"""Keys: made once, wrapped, committed to, and everybody's only after the commit."""

import pickle
import secrets
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections, transaction
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from practices import keys
from practices.keys import Key, KeyDestroyed, SealBroken
from practices.keystore import DataKey, Subject
from practices.models import Practice
from practices.scope import practice_scope
from practices.tenancy import uuid7
from tests.factories import make_practice
from tests.practices.sealing import (
    forget_all,
    make_key,
    really_commits,
)

pytestmark = pytest.mark.django_db

CONTEXT = keys.context_bytes(b"row", b"1")


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
