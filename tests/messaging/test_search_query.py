"""What somebody types into the search, taken apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging.search_query import Query, spelled


@pytest.mark.parametrize(
    ("typed", "phrases", "parts"),
    [
        ("krone locker", [], ["krone", "locker"]),
        ('"Krone sitzt" locker', [["krone", "sitzt"]], ["krone sitzt", "locker"]),
        ("„Zähne putzen“", [["zaehne", "putzen"]], ["zaehne putzen"]),
        ("»Zähne putzen« »nicht heute«", [["zaehne", "putzen"], ["nicht", "heute"]], ["zaehne putzen", "nicht heute"]),
        ('"Krone"', [], ["krone"]),
        ('""', [], []),
        ('"offen', [], ["offen"]),
        ("“Krone sitzt”", [["krone", "sitzt"]], ["krone sitzt"]),
    ],
)
def test_phrases_and_words_are_told_apart(typed: str, phrases: list[list[str]], parts: list[str]) -> None:
    query = Query(typed)

    assert (query.phrases, query.parts) == (phrases, parts)


@pytest.mark.parametrize(
    ("typed", "text", "expected"),
    [
        ('"krone sitzt"', "Die Krone, sitzt!", True),
        ('"krone sitzt"', "Die Kronen sitzt", False),
        ('"krone sitzt"', "sitzt Krone", False),
        ('"zähne putzen"', "ZAEHNE\nputzen", True),
        ('"zaehne putzen"', "Zähne putzen", True),
        ("krone sitzt", "nichts davon", True),  # no phrase: the index has compared the words
    ],
)
def test_a_phrase_stands_word_for_word(typed: str, text: str, expected: bool) -> None:
    assert Query(typed).has_phrases(text) is expected


@pytest.mark.parametrize(
    ("typed", "text", "expected"),
    [
        ("arzt", "Mein Zahnarzttermin", True),
        ("zähn", "Backenzaehne", True),
        ("arzt mont", "Zahnarzttermin am Montag", True),
        ("arzt dienst", "Zahnarzttermin am Montag", False),
        ('"arzttermin am"', "Zahnarzttermin am Montag", True),
        ('"am arzttermin"', "Zahnarzttermin am Montag", False),
        ("", "irgendetwas", True),
    ],
)
def test_parts_stand_anywhere_in_words(typed: str, text: str, expected: bool) -> None:
    assert Query(typed).has_parts(text) is expected


@given(st.text(max_size=80), st.text(max_size=200))
def test_any_query_can_be_asked_of_any_text(typed: str, text: str) -> None:
    query = Query(typed)

    assert len(query.parts) <= 12
    assert query.has_phrases(text) in {True, False}
    assert query.has_parts(text) in {True, False}


@given(st.text(max_size=60))
def test_what_was_typed_is_found_in_itself(text: str) -> None:
    without_quotes = text.translate(dict.fromkeys(map(ord, '"„“”»«'), " "))

    assert Query(without_quotes).has_parts(text)


def test_umlauts_are_written_out() -> None:
    assert [spelled(word) for word in ("Zähne", "ZAEHNE", "Straße", "ÖL", "ﬁ")] == [
        "zaehne",
        "zaehne",
        "strasse",
        "oel",
        "fi",
    ]
