"""What changed between two wordings, and how it is shown and said."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.differences import Change, Piece, differences
from consent.templatetags.differences import marked

SAME, REMOVED, ADDED = Change


def told(old: str, new: str) -> list[tuple[str, str]]:
    return [(piece.change, piece.text) for piece in differences(old, new)]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("", "", []),
        ("Guten Tag", "Guten Tag", [(SAME, "Guten Tag")]),
        ("", "Guten Tag", [(ADDED, "Guten Tag")]),
        ("Guten Tag", "", [(REMOVED, "Guten Tag")]),
        ("Guten Tag.", "Guten Abend.", [(SAME, "Guten "), (REMOVED, "Tag"), (ADDED, "Abend"), (SAME, ".")]),
        ("Wir rufen an", "Wir rufen Sie an", [(SAME, "Wir rufen "), (ADDED, "Sie "), (SAME, "an")]),
        ("Mit uns reden", "Schreiben Sie", [(REMOVED, "Mit uns reden"), (ADDED, "Schreiben Sie")]),
        (
            "{praxis_name}.",
            "{praxis_dativ}.",
            [(REMOVED, "{praxis_name}"), (ADDED, "{praxis_dativ}"), (SAME, ".")],
        ),
    ],
)
def test_words_that_went_stand_before_those_that_came(old: str, new: str, expected: list[tuple[str, str]]) -> None:
    assert told(old, new) == expected


WORDS = st.lists(st.sampled_from(["Meta", "USA", " ", "\n", "Praxis.", "ß", "علي", "{a}", "  "]), max_size=40).map(
    "".join
)


@given(old=WORDS | st.text(), new=WORDS | st.text())
def test_the_two_sides_are_the_two_wordings_letter_by_letter(old: str, new: str) -> None:
    pieces = differences(old, new)

    assert "".join(piece.text for piece in pieces if piece.change != ADDED) == old
    assert "".join(piece.text for piece in pieces if piece.change != REMOVED) == new
    assert all(piece.text for piece in pieces)


@given(text=WORDS | st.text(min_size=1))
def test_a_wording_differs_from_itself_in_nothing(text: str) -> None:
    assert {piece.change for piece in differences(text, text)} <= {SAME}


def test_a_change_is_struck_out_and_underlined_and_both_are_said() -> None:
    html = marked([Piece(SAME, "Guten "), Piece(REMOVED, "Tag"), Piece(ADDED, "Abend")])

    assert html == (
        'Guten <del><span class="visually-hidden"> [entfällt: </span>Tag<span class="visually-hidden">] </span></del>'
        '<ins><span class="visually-hidden"> [neu: </span>Abend<span class="visually-hidden">] </span></ins>'
    )


def test_what_somebody_typed_is_no_markup() -> None:
    assert "<b>" not in marked([Piece(SAME, "<b>"), Piece(ADDED, "<b>"), Piece(REMOVED, "<b>")])
