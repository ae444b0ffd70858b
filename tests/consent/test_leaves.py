"""The wording of a text set, piece by piece."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent import texts
from consent.texts.leaves import Leaf, leaves, reworded

VERSIONS = sorted(texts.CURRENT.values())


@pytest.mark.parametrize("version", VERSIONS)
def test_every_piece_can_be_changed_and_nothing_but_the_pieces_changes(version: str) -> None:
    tables = texts.tables(version)
    words = {leaf.path: f"neu {number}" for number, leaf in enumerate(leaves(tables))}

    changed = reworded(tables, words)

    assert {leaf.path: leaf.value for leaf in leaves(changed)} == words
    assert fixed_in(changed) == fixed_in(tables)
    assert tables == texts.tables(version)


def fixed_in(node: Any, path: str = "") -> dict[str, Any]:
    """What is no wording: versions, languages, ids and purposes, by their place."""
    if isinstance(node, dict):
        return {name: found for key, child in node.items() for name, found in fixed_in(child, f"{path}.{key}").items()}
    if isinstance(node, list):
        return {name: found for n, child in enumerate(node) for name, found in fixed_in(child, f"{path}.{n}").items()}
    last = path.rpartition(".")[2]
    is_fixed = last in {"version", "language", "draft_translation", "id", "purpose"}
    return {path: node} if is_fixed else {}


@pytest.mark.parametrize("version", VERSIONS)
def test_the_pieces_keep_the_order_of_the_file_whatever_a_json_column_did_to_it(version: str) -> None:
    tables = texts.tables(version)
    shuffled = dict(sorted(tables.items(), key=lambda item: len(item[0])))

    assert leaves(shuffled, like=tables) == leaves(tables)


def test_a_piece_that_the_house_does_not_have_comes_last() -> None:
    assert [leaf.path for leaf in leaves({"neu": "x", "a": "y"}, like={"a": "y"})] == ["a", "neu"]


@pytest.mark.parametrize(
    ("path", "where"),
    [
        ("page.title", "Seite hinter dem QR-Code, Titel"),
        ("page.sections.0.text", "Seite hinter dem QR-Code, Abschnitt 1, Text"),
        ("page.declaration.heading", "Seite hinter dem QR-Code, Einwilligung, Überschrift"),
        ("chat.buttons.2.title", "Frage im Chat, Taste 3, Titel"),
        ("messages.optout_ask.buttons.0.title", "Kurze Nachrichten, Nachfrage bei Zweifeln (E4) Taste 1, Titel"),
        ("notice.as_of", "Datenschutz kurz erklärt, Stand"),
        ("prefilled", "Vorbereiteter Satz, Satz, den der Patient schickt"),
        ("new_table.some_word", "new table, some word"),
    ],
)
def test_a_piece_says_where_it_stands(path: str, where: str) -> None:
    assert Leaf(path, "").where == where


@pytest.mark.parametrize(
    ("path", "document"),
    [("page.sections.0.text", "page"), ("messages.declined.body", "messages.declined"), ("prefilled", "prefilled")],
)
def test_each_short_message_is_read_by_itself(path: str, document: str) -> None:
    assert Leaf(path, "").document == document


TABLES = st.recursive(
    st.text(max_size=5) | st.booleans() | st.integers(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
)


@given(
    tables=st.dictionaries(st.sampled_from(["a", "b", "page"]), TABLES, max_size=3),
    words=st.dictionaries(st.text(), st.text()),
)
def test_names_that_are_no_piece_change_nothing(tables: dict[str, Any], words: dict[str, str]) -> None:
    known = {leaf.path for leaf in leaves(tables)}

    assert reworded(tables, {name: word for name, word in words.items() if name not in known}) == tables
