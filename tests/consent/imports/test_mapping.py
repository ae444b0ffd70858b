"""Heads as people write them lead to the right columns; what is missing is named."""

import pytest

from consent.imports.mapping import Field, Incomplete, guess, missing

ROW = ["Vogt", "Jana", "02.05.1984", "0171 3920010", "24.05.2023", "ja"]


def guessed(*columns: str, rows: list[list[str]] | None = None) -> dict[str, str]:
    return {field.value: columns[place] for field, place in guess(columns, rows or []).items()}


def test_a_german_list_is_understood() -> None:
    columns = (
        "Pat.-Nr.",
        "Name",
        "Vorname",
        "Geb.-Datum",
        "Telefon mobil",
        "Einwilligung am",
        "Einwilligung",
        "Ablage",
    )

    assert guessed(*columns, rows=[["7", *ROW]]) == {
        "record_number": "Pat.-Nr.",
        "last_name": "Name",
        "first_name": "Vorname",
        "birth_date": "Geb.-Datum",
        "phone": "Telefon mobil",
        "agreed_on": "Einwilligung am",
        "answer": "Einwilligung",
        "paper": "Ablage",
    }


def test_an_english_list_is_understood() -> None:
    columns = ("Last name", "First name", "Date of birth", "Mobile", "Consent date", "Purposes")

    assert guessed(*columns, rows=[ROW]) == {
        "last_name": "Last name",
        "first_name": "First name",
        "birth_date": "Date of birth",
        "phone": "Mobile",
        "agreed_on": "Consent date",
        "purposes": "Purposes",
    }


def test_a_mobile_number_is_preferred_to_another() -> None:
    assert guessed("Telefon", "Handynummer", rows=[["030 23125100", "0171 3920010"]])["phone"] == "Handynummer"


def test_a_column_for_each_purpose_is_understood() -> None:
    found = guessed("Handy", "Termine", "Behandlung", "Recall", "Werbung", rows=[["0171 3920010"]])

    assert found == {
        "phone": "Handy",
        "organisation": "Termine",
        "behandlung": "Behandlung",
        "recall": "Recall",
        "werbung": "Werbung",
    }


def test_whatsapp_is_the_answer_and_never_the_number_that_stands_elsewhere() -> None:
    assert guessed("Telefon", "WhatsApp", rows=[["0171 3920010", "ja"]]) == {"phone": "Telefon", "answer": "WhatsApp"}


def test_numbers_are_found_where_no_head_says_so_and_birthdays_are_no_numbers() -> None:
    columns = ("Spalte 1", "Spalte 2", "Spalte 3")
    rows = [["Vogt", "02.05.1984", "0171 3920010"], ["Demir", "11.09.1990", "0171 3920011"]]

    assert guess(columns, rows) == {Field.PHONE: 2}


def test_a_single_name_is_the_whole_name() -> None:
    assert guessed("Name", "Handy", rows=[["Jana Vogt", "0171 3920010"]]) == {"name": "Name", "phone": "Handy"}


def test_unknown_heads_are_left_alone() -> None:
    assert guess(["Kasse", "Bemerkung"], [["AOK", "kommt gern"]]) == {}


@pytest.mark.parametrize(
    ("mapped", "all_agreed", "lacking"),
    [
        ({}, False, [*Incomplete]),
        ({Field.PHONE: 0, Field.NAME: 1, Field.AGREED_ON: 2}, False, [Incomplete.ANSWER]),
        ({Field.PHONE: 0, Field.NAME: 1, Field.AGREED_ON: 2}, True, []),
        ({Field.PHONE: 0, Field.RECORD_NUMBER: 1, Field.AGREED_ON: 2, Field.RECALL: 3}, False, []),
        ({Field.PHONE: 0, Field.FIRST_NAME: 1, Field.AGREED_ON: 2, Field.ANSWER: 3}, False, [Incomplete.PERSON]),
        ({Field.PHONE: 0, Field.LAST_NAME: 1, Field.ANSWER: 3}, False, [Incomplete.DATE]),
    ],
    ids=["nothing", "no answer", "all agreed", "a purpose", "first name alone", "no date"],
)
def test_c_19_what_a_list_lacks_is_named(mapped: dict[Field, int], all_agreed: bool, lacking: list[Incomplete]) -> None:
    assert missing(mapped, all_agreed=all_agreed) == lacking
