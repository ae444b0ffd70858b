"""Whoever is to be registered may be a patient already."""

import pytest

from patients.actions import register_patient
from patients.duplicates import similar_to
from patients.models import Patient

pytestmark = pytest.mark.usefixtures("practice")


@pytest.fixture
def vogt(practice: object) -> Patient:
    return register_patient(
        first_name="Jana", last_name="Vogt-Maier", birth_date="1998-12-02", record_number="P 10423", by=None
    )


def found(first: str, last: str, born: str | None, number: str = "") -> list[Patient]:
    return similar_to(first_name=first, last_name=last, birth_date=born, record_number=number)


@pytest.mark.parametrize(
    ("first", "last", "born"),
    [
        ("Jana", "Vogt-Maier", "1998-12-02"),
        ("jana", "Vogt Meier", "1998-12-02"),
        ("Jana", "Maier-Vogt", "1998-12-02"),
        ("Vogt-Maier", "Jana", "1998-12-02"),
        ("Jana", "Vogt-Maier", None),
    ],
)
def test_the_same_day_and_a_similar_name_is_a_hint(vogt: Patient, first: str, last: str, born: str | None) -> None:
    assert found(first, last, born) == [vogt]


@pytest.mark.parametrize(
    ("first", "last", "born"), [("Jana", "Vogt-Maier", "1998-12-03"), ("Olaf", "Oester", "1998-12-02")]
)
def test_another_day_or_another_name_is_none(vogt: Patient, first: str, last: str, born: str) -> None:
    assert found(first, last, born) == []


def test_the_same_number_in_the_practice_software_is_a_hint_whatever_the_name(vogt: Patient) -> None:
    assert found("Olaf", "Oester", "1970-01-01", " p10423") == [vogt]


def test_a_record_is_no_duplicate_of_itself_and_a_merged_one_of_nobody(vogt: Patient) -> None:
    twice = register_patient(first_name="Jana", last_name="Vogt-Maier", birth_date="1998-12-02", by=None)
    Patient.objects.filter(pk=twice.pk).update(merged_into=vogt)

    assert similar_to(first_name="Jana", last_name="Vogt-Maier", birth_date="1998-12-02", but=vogt.pk) == []
