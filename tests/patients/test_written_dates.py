"""Dates of birth in every spelling people type."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patients.written_dates import MONTHS, WrittenDate, take_date

BORN = date(1998, 12, 2)


@pytest.mark.parametrize(
    "typed",
    [
        *(
            "02.12.1998",
            "2.12.1998",
            "2. 12. 1998",
            "2.12.98",
            "02.12.",
            "2.12",
            "2/12/1998",
            "2-12-1998",
            "1998-12-02",
        ),
        *(
            "02.12.1998".replace(".", ""),
            "2. Dezember 1998",
            "2 Dez 98",
            "2. dez. 1998",
            "2 DEZEMBER",
            "2 December 1998",
            "1998-12-2",
        ),
    ],
)
def test_a_date_is_read_as(typed: str) -> None:
    written, rest = take_date(typed)

    assert written is not None
    assert (written.means(BORN), rest) == (True, "")


@pytest.mark.parametrize(
    "typed", ["", "1998", "Vogt", "31.02.1998", "00.12.1998", "2.13.98", "2 Tage", "0171 3920010", "99999999", "12"]
)
def test_what_is_no_date_is_left_as_it_is(typed: str) -> None:
    assert take_date(typed) == (None, typed)


@pytest.mark.parametrize(
    ("typed", "rest"), [("Vogt 02.12.1998", "Vogt"), ("2.12.98, Jana", ", Jana"), ("Jana 2. Dez Vogt", "Jana Vogt")]
)
def test_what_stands_beside_a_date_is_kept(typed: str, rest: str) -> None:
    assert take_date(typed)[1] == rest


@pytest.mark.parametrize(
    ("typed", "born", "expected"),
    [
        ("2.12.98", date(1898, 12, 2), True),
        ("2.12.98", date(1999, 12, 2), False),
        ("2.12.", date(1971, 12, 2), True),
        ("2.12.1998", date(1998, 12, 3), False),
        ("2.12.1998", date(1998, 2, 12), False),
        ("29.02.", date(2004, 2, 29), True),
    ],
)
def test_a_missing_century_or_year_leaves_it_open(typed: str, born: date, expected: bool) -> None:
    written, _rest = take_date(typed)

    assert written is not None
    assert written.means(born) is expected


@given(st.dates(date(1900, 1, 1), date(2099, 12, 31)), st.sampled_from(["d.m.y", "iso", "digits", "word", "short"]))
def test_every_day_is_found_in_every_spelling(day: date, spelling: str) -> None:
    typed = {
        "d.m.y": f"{day.day}.{day.month}.{day.year}",
        "iso": day.isoformat(),
        "digits": f"{day:%d%m%Y}",
        "word": f"{day.day}. {MONTHS[day.month - 1]} {day.year}",
        "short": f"{day.day}.{day.month}.{day:%y}",
    }[spelling]

    written, rest = take_date(typed)

    assert written is not None
    assert (written.means(day), rest) == (True, "")


@given(st.text(max_size=60))
def test_any_text_is_read_without_an_error(typed: str) -> None:
    written, _rest = take_date(typed)

    assert written is None or isinstance(written, WrittenDate)
