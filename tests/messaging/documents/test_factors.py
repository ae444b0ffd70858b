"""What somebody types before a page opens: a date, a PIN, or nothing that could be either."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from messaging.documents.factors import TRIES_AT_ONCE, TRIES_IN_ALL, is_locked_for_good, tries_left
from messaging.documents.pages import answer_in
from messaging.documents.words import words_in
from messaging.models import ProtectedDocument

SOON = timezone.now() + timedelta(days=1)


def a_document(**columns: Any) -> ProtectedDocument:
    return ProtectedDocument(practice_id=1, expires_at=SOON, **columns)


BY_DATE, BY_PIN = a_document(factor="birth_date"), a_document(factor="pin")


@given(born=st.dates(min_value=date(1900, 1, 1), max_value=date(2030, 1, 1)), gap=st.sampled_from(["", " "]))
def test_every_day_is_read_however_it_is_spaced_and_padded(born: date, gap: str) -> None:
    typed = {"day": f"{gap}{born.day:02d}", "month": f"{born.month}{gap}", "year": str(born.year)}

    answer = answer_in(typed, BY_DATE)

    assert answer
    assert (answer.birth_date, answer.pin) == (born, "")


@given(typed=st.fixed_dictionaries({part: st.text(max_size=6) for part in ("day", "month", "year", "pin")}))
def test_whatever_is_typed_is_a_date_a_pin_or_no_try(typed: dict[str, str]) -> None:
    by_date, by_pin = answer_in(typed, BY_DATE), answer_in(typed, BY_PIN)

    assert by_date is None or isinstance(by_date.birth_date, date)
    assert by_pin is None or (len(by_pin.pin) == 6 and by_pin.pin.isdecimal())


@pytest.mark.parametrize("typed", ["12345", "1234567", "12345a", "", "١٢٣٤٥"])
def test_a_pin_has_six_digits(typed: str) -> None:
    assert answer_in({"pin": typed}, BY_PIN) is None


@pytest.mark.parametrize(("wrong", "left"), [(0, 5), (1, 4), (4, 1), (5, 5), (19, 1)])
def test_the_tries_left_are_those_until_the_next_rest(wrong: int, left: int) -> None:
    assert tries_left(a_document(wrong_tries=wrong)) == left


def test_the_last_try_of_all_ends_a_round_of_tries() -> None:
    assert TRIES_IN_ALL % TRIES_AT_ONCE == 0
    assert [is_locked_for_good(a_document(wrong_tries=count)) for count in (19, 20)] == [False, True]


@pytest.mark.parametrize("language", ["pt-BR", "", "xx", "de-AT", "DE"])
def test_a_language_we_have_no_words_in_is_answered_in_german(language: str) -> None:
    assert words_in(language) == words_in("de")


def test_a_language_may_name_its_country() -> None:
    assert words_in("tr-TR") == words_in("tr")
