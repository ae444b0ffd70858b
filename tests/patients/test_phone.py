"""One number, whatever way it is written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patients.phone import normalise, shown


@pytest.mark.parametrize(
    "spelling",
    [
        "+491713920010",
        "+49 171 3920010",
        "+49 (0)171 3920010",
        "+49(0)171/39 200-10",
        "+490171 3920010",
        "0049 171 3920010",
        "00491713920010",
        "0049 (0) 171 3920010",
        "491713920010",
        "49 171 3920010",
        "49 (0)171 3920010",
        "0171 3920010",
        "0171/3920010",
        "0171-39 200 10",
        "0171.39.200.10",
        "(0171) 3920010",
        "  0171 – 3920010 ",
        "0171\u00a03920010",
        "\u200e+49 171 3920010\u200e",
        "\u2066+49 171 3920010\u2069",
        "０１７１ ３９２００１０",
        "1713920010",
    ],
)
def test_every_usual_german_spelling_of_a_mobile_is_one_number(spelling: str) -> None:
    assert normalise(spelling) == "+491713920010"


@pytest.mark.parametrize(
    ("spelling", "number"),
    [
        ("030 23125 100", "+493023125100"),
        ("030/23125-100", "+493023125100"),
        ("+49 (0) 30 23125100", "+493023125100"),
        ("493023125100", "+493023125100"),
        ("49 40 66969-1", "+4940669691"),
        ("0221 4710 123", "+492214710123"),
        ("0176 040690 12", "+4917604069012"),
    ],
)
def test_landlines_and_short_blocks_too(spelling: str, number: str) -> None:
    assert normalise(spelling) == number


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "+", "abc", "112", "12345", "0030 23125100", "0171 3920010 abends", "Tel. 0171 3920010"),
        *("DE.13491713920010", "DE.ENT.4917139200", "+49171392001012345678", "0" * 61, "0171\x003920010"),
    ],
)
def test_what_is_no_number_stays_none(text: str) -> None:
    assert normalise(text) is None


def test_the_region_says_where_a_number_without_country_code_is() -> None:
    assert normalise("0171 3920010", region="AT") != "+491713920010"


@given(st.text(max_size=80))
def test_whatever_is_typed_is_a_number_or_none(text: str) -> None:
    found = normalise(text)

    assert found is None or (found.startswith("+") and found[1:].isdecimal() and normalise(found) == found)


@pytest.mark.parametrize(
    ("e164", "words"),
    [("+491713920010", "0171 3920010"), ("+493023125100", "030 23125100"), ("nonsense", "nonsense")],
)
def test_a_number_is_shown_as_people_write_it(e164: str, words: str) -> None:
    assert shown(e164) == words
