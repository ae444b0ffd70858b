"""The list of patients: sorted, and found by name, number or date of birth, over ciphertext."""

from collections.abc import Iterator

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from patients import directory
from patients.actions import change_patient, link, register_patient
from patients.directory import date_in, find, numbers_in, sorted_as, who_may_be, with_record_number
from patients.models import Patient, Relation
from practices import keys
from practices.keystore import Subject
from practices.models import Practice
from practices.scope import practice_scope
from tests.consent_factories import OTHER_PHONE, PHONE, make_contact
from tests.factories import make_member, make_practice

pytestmark = pytest.mark.usefixtures("practice")


@pytest.fixture(autouse=True)
def nobody_known() -> Iterator[None]:
    directory._known.clear()
    yield
    directory._known.clear()


def register(name: str, born: str | None = None, number: str | None = None) -> Patient:
    first, _space, last = name.partition(" ")
    return register_patient(first_name=first, last_name=last, birth_date=born, record_number=number, by=None)


def names(query: str = "", letter: str = "") -> list[str]:
    by_id = Patient.objects.in_bulk(find(query, letter=letter).patient_ids)
    return [by_id[pk].sorting_name for pk in find(query, letter=letter).patient_ids]


def test_names_stand_as_in_a_card_index_with_umlauts_beside_their_vowels() -> None:
    for name in ("Ida Ofenbach", "Jan Öztürk", "Ole Oester", "Eva van Dyk", "Åsa Ahrens", "Ute Müller", "Udo Mueller"):
        register(name)

    assert names() == [
        "Ahrens, Åsa",
        "Mueller, Udo",
        "Müller, Ute",
        "Oester, Ole",
        "Öztürk, Jan",
        "Ofenbach, Ida",
        "van Dyk, Eva",
    ]


def test_every_word_is_the_beginning_of_a_name() -> None:
    for name in ("Jana Vogt", "Jan Vogel", "Hana Vogtland"):
        register(name)

    assert (names("vogt"), names("ja vog"), names("ogt")) == (
        ["Vogt, Jana", "Vogtland, Hana"],
        ["Vogel, Jan", "Vogt, Jana"],
        [],
    )


def test_a_date_of_birth_is_found_however_it_is_written() -> None:
    register("Jana Vogt", "1998-12-02")
    register("Mia Vogt", "2017-12-02")

    written = ("02.12.1998", "2.12.1998", "2. 12. 1998", "1998-12-02", "02.12.98")
    assert [names(date) for date in written] == [["Vogt, Jana"]] * 5


def test_the_year_of_birth_narrows_a_name() -> None:
    register("Jana Vogt", "1998-12-02")
    register("Jana Vogt", "1962-12-02")

    assert len(names("vogt 1998")) == 1


def test_a_part_of_a_number_finds_whoever_is_written_to_there() -> None:
    mother = make_contact(PHONE)
    for name, relation in (("Jana Vogt", Relation.SELF), ("Mia Vogt", Relation.FAMILY)):
        link(patient=register(name), contact=mother, relation=relation, by=None)
    link(patient=register("Ole Oester"), contact=make_contact(OTHER_PHONE), by=None)
    local = "0" + PHONE.removeprefix("+49")

    assert (names(PHONE), names(local[:4] + " " + local[4:]), names(PHONE[-4:])) == (["Vogt, Jana", "Vogt, Mia"],) * 3


def test_a_record_number_is_found_by_its_beginning_and_exactly() -> None:
    vogt = register("Jana Vogt", number="P-10423")
    register("Ole Oester", number="20423")

    assert (names("P-104"), names("10423"), with_record_number(" p-10423 ")) == (
        ["Vogt, Jana"],
        ["Vogt, Jana"],
        [vogt.pk],
    )
    assert (with_record_number("10423"), with_record_number("")) == ([], [])


def test_a_letter_shows_those_who_begin_with_it_and_says_how_many_there_are() -> None:
    for name in ("Ida Ofenbach", "Jan Öztürk", "Ute Müller", "Lin 李"):
        register(name)

    found = find(letter="O")

    assert (found.total, names(letter="O"), names(letter="#")) == (2, ["Öztürk, Jan", "Ofenbach, Ida"], ["李, Lin"])
    assert found.letters == {"O": 2, "M": 1, "#": 1}


def test_the_list_comes_in_parts() -> None:
    for number in range(30):
        register(f"Jana Vogt{number:02d}")

    assert (len(find(most=25).patient_ids), len(find(start=25, most=25).patient_ids), find().total) == (25, 5, 30)


def test_what_changed_is_found_at_the_next_look_and_under_its_old_name_no_more() -> None:
    vogt = register("Jana Vogt")
    assert names("vogt") == ["Vogt, Jana"]

    change_patient(patient=vogt, last_name="Krüger", by=make_member(Practice.objects.get()))

    assert (names("vogt"), names("krueger")) == ([], ["Krüger, Jana"])


def test_nobody_is_found_whose_key_was_destroyed_or_whose_record_was_merged() -> None:
    vogt, twice, erased = register("Jana Vogt"), register("Jana Vogt"), register("Jana Vogt")
    assert find("vogt").total == 3

    Patient.objects.filter(pk=twice.pk).update(merged_into=vogt)
    keys.destroy(Subject.PATIENT, erased.pk)
    Patient.objects.filter(pk=erased.pk).update(language="en")

    assert find("vogt").patient_ids == [vogt.pk]


def test_another_practice_has_its_own_list() -> None:
    register("Jana Vogt")

    with practice_scope(make_practice("ostufer").pk):
        assert (find().total, find("vogt").total) == (0, 0)


def test_a_look_at_what_is_known_costs_one_query() -> None:
    register("Jana Vogt")
    find()

    with CaptureQueriesContext(connection) as asked:
        find("vogt")

    assert len(asked) == 1


def test_a_name_from_whatsapp_leads_to_those_with_two_words_of_it() -> None:
    vogt = register("Jana Maria Vogt")
    register("Jana Krüger")

    assert (who_may_be("jana vogt"), who_may_be("Jana"), who_may_be("🦷")) == ([vogt.pk], [], [])


@pytest.mark.parametrize("query", ["31.02.1998", "1.13.1998", "12", "vogt", "", "0000-00-00"])
def test_what_is_no_date_is_none(query: str) -> None:
    assert date_in(query) is None


@pytest.mark.parametrize(
    ("query", "digits"),
    [
        ("0171 392", {"0171392", "171392"}),
        ("0049 171", {"0049171", "49171"}),
        ("0010", {"0010"}),
        ("12", set()),
        ("vogt 1998", set()),
    ],
)
def test_digits_are_a_part_of_a_number_if_there_are_enough_and_nothing_else(query: str, digits: set[str]) -> None:
    assert numbers_in(query) == digits


@given(st.text(max_size=40))
def test_no_query_breaks_the_list(query: str) -> None:
    assert find(query).total == 0
    assert sorted_as(query) == sorted_as(query.upper().lower()) or not query.isascii()
