"""The tree over the ledger, held to RFC 6962's own construction and to the verifier's climb."""

import itertools
from contextlib import suppress
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.merkle import EMPTY, Tree, levels_of, path_to_root
from consent.proof.verify_proof import Unreadable, root_from


def leaves(count: int) -> list[bytes]:
    return [sha256(number.to_bytes(4)).digest() for number in range(count)]


def by_the_book(entries: list[bytes]) -> bytes:
    """RFC 6962, section 2.1, word for word: split at the largest power of two below the size."""
    if not entries:
        return sha256(b"").digest()
    if len(entries) == 1:
        return sha256(b"\0" + entries[0]).digest()
    split = 1 << (len(entries) - 1).bit_length() - 1
    return sha256(b"\1" + by_the_book(entries[:split]) + by_the_book(entries[split:])).digest()


def grown(entries: list[bytes]) -> Tree:
    tree = Tree()
    for entry in entries:
        tree.add(entry)
    return tree


@pytest.mark.parametrize("count", [*range(20), 31, 32, 33, 100])
def test_the_root_is_the_one_of_the_book(count: int) -> None:
    entries = leaves(count)

    assert grown(entries).root() == by_the_book(entries)
    assert grown(entries).size == count


def test_the_tree_of_nothing_has_the_root_of_nothing() -> None:
    assert Tree().root() == EMPTY == by_the_book([])


@pytest.mark.parametrize("count", [1, 2, 3, 7, 8, 9, 33])
def test_every_leaf_climbs_to_the_root(count: int) -> None:
    entries = leaves(count)
    levels = levels_of(entries)

    assert levels[-1] == [by_the_book(entries)]
    for place, entry in enumerate(entries):
        assert root_from(entry, place, count, list(path_to_root(levels, place))) == by_the_book(entries)


@given(st.integers(2, 60), st.data())
def test_no_leaf_climbs_from_another_place(count: int, data: st.DataObject) -> None:
    entries = leaves(count)
    place = data.draw(st.integers(0, count - 1))
    other = data.draw(st.integers(0, count - 1).filter(lambda number: number != place))
    path = list(path_to_root(levels_of(entries), place))

    with suppress(Unreadable):  # the way may have another length there
        assert root_from(entries[place], other, count, path) != by_the_book(entries)


@pytest.mark.parametrize("cut", [-1, 1])
def test_a_way_that_is_too_short_or_too_long_leads_nowhere(cut: int) -> None:
    entries = leaves(9)
    path = list(path_to_root(levels_of(entries), 3))
    wrong = path[:-1] if cut < 0 else [*path, path[0]]

    with pytest.raises(Unreadable):
        root_from(entries[3], 3, 9, wrong)


def test_a_tree_can_be_read_while_it_grows() -> None:
    entries, tree = leaves(17), Tree()
    roots = []
    for entry in entries:
        tree.add(entry)
        roots.append(tree.root())

    assert roots == [by_the_book(list(itertools.islice(entries, size))) for size in range(1, 18)]
