"""Many rows with one statement: the same rows as one by one, behind the same wall."""

import pytest
from django.db.utils import IntegrityError, ProgrammingError

from patients.models import Contact
from practices.models import Change, Practice
from practices.postgres.bulk import insert_columns, insert_many, update_many
from practices.scope import practice_scope
from practices.sealed import Sealed
from practices.tenancy import uuid7
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
