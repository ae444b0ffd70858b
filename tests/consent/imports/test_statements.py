"""What one row says by itself: who, when, yes or no to what, and what is wrong with it."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.imports.mapping import Field
from consent.imports.statements import Rules, Statement, day_in, parted, understand
from consent.purposes import Purpose

ORGANISATION, BEHANDLUNG, RECALL, WERBUNG = Purpose
TODAY = date(2026, 11, 29)
RULES = Rules(today=TODAY, consent_age=16, offered=frozenset(Purpose))
SAID = {
    Field.PHONE: "0171 3920010",
    Field.FIRST_NAME: "Jana",
    Field.LAST_NAME: "Vogt",
    Field.BIRTH_DATE: "02.05.1984",
    Field.AGREED_ON: "24.05.2023",
    Field.ANSWER: "ja",
}


def row(
    changes: dict[Field, str] | None = None,
    *,
    agreed_to: frozenset[Purpose] = frozenset({ORGANISATION}),
    all_agreed: bool = False,
    **rules: Any,
) -> Statement:
    said = SAID | (changes or {})
    return understand(
        list(said.values()),
        {field: place for place, field in enumerate(said)},
        columns=len(said),
        agreed_to=agreed_to,
        rules=Rules(**(vars(RULES) | rules)),
        all_agreed=all_agreed,
    )


def test_a_whole_row_is_understood() -> None:
    assert row() == Statement(
        phone="+491713920010",
        first_name="Jana",
        last_name="Vogt",
        birth_date=date(1984, 5, 2),
        agreed_on=date(2023, 5, 24),
        yes=frozenset({ORGANISATION}),
    )


def test_a_row_shows_nobody_in_its_repr() -> None:
    shown = repr(row({Field.RECORD_NUMBER: "4711", Field.PAPER: "Ordner Vogt"}))

    assert [word for word in ("Vogt", "Jana", "3920010", "1984", "4711", "Ordner") if word in shown] == []


@pytest.mark.parametrize("word", ["ja", "JA", "Ja ", "x", "X", "1", "wahr", "yes", "✓", "erteilt"])
def test_a_yes_has_many_spellings(word: str) -> None:
    assert row({Field.ANSWER: word.strip()}).yes == {ORGANISATION}


@pytest.mark.parametrize("word", ["nein", "NEIN", "n", "0", "no", "-", "falsch", "abgelehnt", "widerrufen", "keine"])
def test_a_no_has_many_spellings_and_refuses_everything(word: str) -> None:
    said = row({Field.ANSWER: word})

    assert (said.yes, said.no, said.is_no) == (frozenset(), frozenset(Purpose), True)


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({Field.PHONE: ""}, "phone_missing"),
        ({Field.PHONE: "keine Nummer"}, "phone_invalid"),
        ({Field.PHONE: "=1713920010"}, "phone_invalid"),
        ({Field.PHONE: "030 23125100"}, "landline"),
        ({Field.ANSWER: ""}, "answer_missing"),
        ({Field.ANSWER: "vielleicht"}, "answer_unclear"),
        ({Field.AGREED_ON: ""}, "date_missing"),
        ({Field.AGREED_ON: "neulich"}, "date_invalid"),
        ({Field.AGREED_ON: "31.02.2023"}, "date_invalid"),
        ({Field.AGREED_ON: "30.11.2026"}, "date_future"),
        ({Field.AGREED_ON: "31.12.2008"}, "date_too_old"),
        ({Field.BIRTH_DATE: "gestern"}, "birth_date_invalid"),
        ({Field.BIRTH_DATE: "01.01.2027"}, "birth_date_invalid"),
        ({Field.LAST_NAME: "", Field.FIRST_NAME: ""}, "name_missing"),
        ({Field.LAST_NAME: ""}, "name_missing"),
        ({Field.BIRTH_DATE: "25.05.2007"}, "minor"),  # fifteen on the day of the paper, an adult today
        ({Field.PURPOSES: "Haarschnitt"}, "purpose_unknown"),
        ({Field.PURPOSES: "Recall"}, "no_organisation"),
    ],
    ids=lambda case: case if isinstance(case, str) else "",
)
def test_c_19_what_is_wrong_with_a_yes_is_named(changes: dict[Field, str], fault: str) -> None:
    assert row(changes).fault == fault


@pytest.mark.parametrize(
    "changes",
    [
        {Field.AGREED_ON: ""},
        {Field.AGREED_ON: "neulich"},
        {Field.AGREED_ON: "30.11.2026"},
        {Field.LAST_NAME: "", Field.FIRST_NAME: ""},
        {Field.BIRTH_DATE: "gestern"},
    ],
)
def test_a_no_needs_nothing_but_a_number(changes: dict[Field, str]) -> None:
    said = row({Field.ANSWER: "nein"} | changes)

    assert (said.fault, said.is_no, said.phone) == (None, True, "+491713920010")


def test_the_age_that_counts_is_the_one_on_the_paper() -> None:
    assert row({Field.BIRTH_DATE: "24.05.2007"}).fault is None
    assert row({Field.BIRTH_DATE: "25.05.2007"}, consent_age=14).fault is None
    assert row({Field.BIRTH_DATE: "24.05.2007"}, consent_age=18).fault == "minor"


def test_purposes_in_words_are_understood() -> None:
    assert row({Field.PURPOSES: "Termine, Recall und Werbung"}).yes == {ORGANISATION, RECALL, WERBUNG}
    assert row({Field.PURPOSES: "Termine und Organisation"}).yes == {ORGANISATION}
    assert row({Field.PURPOSES: "alle"}).yes == set(Purpose)
    assert row({Field.PURPOSES: "keine"}).no == set(Purpose)


def test_a_column_for_each_purpose_says_yes_and_no_apart() -> None:
    said = row({Field.ORGANISATION: "ja", Field.RECALL: "nein", Field.WERBUNG: ""})

    assert (said.yes, said.no) == (frozenset({ORGANISATION}), frozenset({RECALL}))


def test_a_no_to_everything_outweighs_what_the_columns_say() -> None:
    assert row({Field.ANSWER: "nein", Field.ORGANISATION: "ja"}).yes == frozenset()


def test_a_bare_yes_means_what_the_old_form_said() -> None:
    assert row(agreed_to=frozenset({ORGANISATION, RECALL})).yes == {ORGANISATION, RECALL}


def test_an_empty_answer_is_a_yes_only_if_all_have_agreed() -> None:
    assert row({Field.ANSWER: ""}, all_agreed=True).yes == {ORGANISATION}
    assert row({Field.ANSWER: "nein"}, all_agreed=True).is_no


def test_what_the_practice_does_not_offer_cannot_be_taken_over() -> None:
    offered = frozenset({ORGANISATION})

    assert row({Field.PURPOSES: "Termine, Behandlung"}, offered=offered).fault == "not_offered"
    assert row({Field.PURPOSES: "keine"}, offered=offered).no == set(Purpose)


def test_a_row_with_more_cells_than_the_head_is_not_trusted() -> None:
    said = understand(
        ["0171 3920010", "ja", "verrutscht"],
        {Field.PHONE: 0, Field.ANSWER: 1},
        columns=2,
        agreed_to=frozenset(),
        rules=RULES,
        all_agreed=False,
    )

    assert said.fault == "columns_differ"


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("24.05.2023", date(2023, 5, 24)),
        ("4.5.23", date(2023, 5, 4)),
        ("24/05/2023", date(2023, 5, 24)),
        ("2023-05-24", date(2023, 5, 24)),
        ("2023-05-24T10:30:00", date(2023, 5, 24)),
        ("24.05.2023 10:30", date(2023, 5, 24)),
        ("02.05.84", date(1984, 5, 2)),
        ("29.02.2024", date(2024, 2, 29)),
        ("29.02.2023", None),
        ("13/25/2023", None),
        ("45070", None),
        ("", None),
    ],
)
def test_days_are_read_as_people_here_write_them(written: str, day: date | None) -> None:
    assert day_in(written, TODAY) == day


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("Jana Vogt", ("Jana", "Vogt")),
        ("Vogt, Jana", ("Jana", "Vogt")),
        ("Anna Maria Vogt", ("Anna Maria", "Vogt")),
        ("Vogt", ("", "Vogt")),
        ("", ("", "")),
    ],
)
def test_a_whole_name_has_two_parts(name: str, parts: tuple[str, str]) -> None:
    assert parted(name) == parts


@given(st.lists(st.text(max_size=20), max_size=len(SAID)))
def test_any_row_is_understood_or_has_a_fault(cells: list[str]) -> None:
    said = understand(
        cells,
        {field: place for place, field in enumerate(SAID)},
        columns=len(SAID),
        agreed_to=frozenset({ORGANISATION}),
        rules=RULES,
        all_agreed=False,
    )

    assert bool(said.fault) != bool(said.phone)
