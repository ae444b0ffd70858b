"""Many rows with one statement: the same rows as one by one, behind the same wall."""

import pytest
from django.db import transaction
from django.db.utils import IntegrityError, ProgrammingError
from django.forms import model_to_dict

from patients.models import Contact, ContactIdentity
from practices.models import Change, Practice
from practices.postgres.bulk import among, insert_columns, insert_many, unsaved, update_many, without_waiting
from practices.scope import practice_scope
from practices.sealed import Sealed
from practices.tenancy import SealedColumn, uuid7
from tests.factories import make_practice

pytestmark = pytest.mark.django_db


@pytest.fixture
def practice() -> Practice:
    return make_practice()


def test_rows_are_inserted_sealed_and_read_again(practice: Practice) -> None:
    names = ["Erika", "Öztürk ö", None, 'quotes " { } \\ , NULL']
    with practice_scope(practice.pk):
        rows = [Contact(profile_name=name) for name in names]

        insert_many(rows)

        kept = {one.pk: one.profile_name for one in Contact.objects.all()}
        assert [kept[row.pk] for row in rows] == names
        assert isinstance(
            Contact.objects.values_list("profile_name", flat=True).exclude(profile_name__isnull=True)[0], Sealed
        )


def test_what_the_database_fills_in_is_left_to_it(practice: Practice) -> None:
    with practice_scope(practice.pk):
        insert_many([Change(kind="message", ref=uuid7())])

        assert Change.objects.get().transaction > 0


def test_a_row_of_another_practice_is_refused(practice: Practice) -> None:
    other = make_practice("ostufer")

    with practice_scope(practice.pk), pytest.raises(ProgrammingError, match="row-level security"):
        insert_many([Change(practice_id=other.pk, kind="message", ref=uuid7())])


def test_a_second_row_with_the_same_key_is_refused_or_left_out(practice: Practice) -> None:
    with practice_scope(practice.pk):
        row = Change(kind="message", ref=uuid7())
        insert_many([row])
        insert_many([row], ignore_conflicts=True)
        assert Change.objects.count() == 1

        with pytest.raises(IntegrityError):
            insert_many([row])


def test_columns_of_many_rows_are_updated_and_others_left_alone(practice: Practice) -> None:
    with practice_scope(practice.pk):
        first, second, third = (Contact.objects.create(language="de") for _ in range(3))
        first.language, second.language = "tr", "ar"

        update_many([first, second], ["language"])

        assert [Contact.objects.get(pk=one.pk).language for one in (first, second, third)] == ["tr", "ar", "de"]


def test_nothing_to_do_is_done_without_a_statement(practice: Practice) -> None:
    with practice_scope(practice.pk):
        insert_many([])
        update_many([], ["language"])
        insert_columns("message_token", {"token": ("int", [])})

        assert Contact.objects.count() == 0


def test_a_value_that_all_rows_share_is_in_each_of_them(practice: Practice) -> None:
    ref = uuid7()
    with practice_scope(practice.pk):
        insert_many([Change(kind="message", ref=ref) for _ in range(3)])
        insert_many([Change(kind="note", ref=ref)])

        assert sorted(Change.objects.values_list("kind", "ref")) == [("message", ref)] * 3 + [("note", ref)]


def test_a_row_made_from_columns_is_the_one_the_model_makes(practice: Practice) -> None:
    with practice_scope(practice.pk):
        pk = uuid7()
        named = Contact(id=pk, profile_name="Erika", language="tr")

        made = unsaved(Contact, id=pk, profile_name="Erika", language="tr")

        assert (made.__dict__.keys(), made.profile_name, made._state.adding) == (named.__dict__.keys(), "Erika", True)
        assert model_to_dict(made, ["practice", "language", "blocked_at"]) == model_to_dict(
            named, ["practice", "language", "blocked_at"]
        )


def test_each_row_made_from_columns_has_an_id_of_its_own(practice: Practice) -> None:
    with practice_scope(practice.pk):
        assert unsaved(Contact).pk != unsaved(Contact).pk


def test_rows_are_found_by_many_ids_and_by_many_hashes(practice: Practice) -> None:
    with practice_scope(practice.pk):
        contact, other = Contact.objects.create(), Contact.objects.create()
        hashes = [b"\\x00", b"\x00\xff", b""]
        for value_hash in hashes:
            ContactIdentity.objects.create(contact=contact, kind="phone", value_hash=value_hash, value="x")

        found = ContactIdentity.objects.filter(
            among("value_hash", hashes[1:]), among("contact_id", [contact.pk, uuid7()])
        )

        assert sorted(bytes(one.value_hash) for one in found) == sorted(hashes[1:])
        assert not ContactIdentity.objects.filter(among("contact_id", [other.pk])).exists()
        assert not ContactIdentity.objects.filter(among("contact_id", [])).exists()


def test_many_ids_find_nothing_of_another_practice(practice: Practice) -> None:
    with practice_scope(practice.pk):
        mine = Contact.objects.create()
    with practice_scope(make_practice("ostufer").pk):
        assert list(Contact.objects.filter(among("pk", [mine.pk]))) == []


def test_a_sealed_column_is_in_no_list_of_values(practice: Practice) -> None:
    with practice_scope(practice.pk), pytest.raises(SealedColumn):
        list(Contact.objects.filter(among("profile_name", [b"x"])))


# ── without waiting for each answer ──


def test_statements_that_are_not_waited_for_one_by_one_are_all_done_at_the_end(practice: Practice) -> None:
    with practice_scope(practice.pk):
        contact = Contact.objects.create(language="de")
        contact.language = "tr"

        with without_waiting():
            insert_many([Change(kind="message", ref=uuid7()) for _ in range(3)])
            update_many([contact], ["language"])
            insert_many([Contact(profile_name="Erika")])

        assert Change.objects.count() == 3
        assert sorted(Contact.objects.values_list("language", flat=True)) == ["de", "tr"]


@pytest.mark.parametrize("place", [0, 1, 2])
def test_the_error_of_a_statement_that_was_not_waited_for_is_the_databases_own(practice: Practice, place: int) -> None:
    """Not that the statements after it were left out: the drain would take that for trouble of the database."""
    with practice_scope(practice.pk):
        row = Change(kind="message", ref=uuid7())
        insert_many([row])
        batches = [[Change(kind="message", ref=uuid7())] for _ in range(2)]
        batches.insert(place, [row])

        with pytest.raises(IntegrityError), transaction.atomic(), without_waiting():
            for batch in batches:
                insert_many(batch)

        insert_many(batches[place - 1])
        assert Change.objects.count() == 2


def test_an_error_of_our_own_in_between_is_that_error(practice: Practice) -> None:
    with practice_scope(practice.pk):
        with pytest.raises(ZeroDivisionError), transaction.atomic(), without_waiting():
            insert_many([Change(kind="message", ref=uuid7())])
            _ = 1 / 0

        assert Change.objects.count() == 0
