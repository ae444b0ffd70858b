"""The wall: raw SQL of the application, without any filter, against rows of two practices in every table there is."""

from typing import Any

import pytest
from django.db import ProgrammingError, connection, models, transaction

from practices.models import Practice
from practices.scope import no_practice, practice_scope
from tests.factories import make_practice
from tests.guards import rows

pytestmark = pytest.mark.django_db

Twins = tuple[Practice, Practice]
each_model = pytest.mark.parametrize("model", rows.models_of_practices(), ids=rows.name_of)
each_changeable_model = pytest.mark.parametrize("model", rows.changeable_models(), ids=rows.name_of)


@pytest.fixture
def twins() -> Twins:
    return make_practice("eins"), make_practice("zwei")


def fill(model: type[models.Model], twins: Twins) -> dict[int, int]:
    """A row of the model, and of all it refers to, in both practices; how many each has."""
    for practice in twins:
        with practice_scope(practice.pk):
            rows.saved(model)
    return {practice.pk: count_in(model, practice) for practice in twins}


def count_in(model: type[models.Model], practice: Practice) -> int:
    with practice_scope(practice.pk):
        return model._base_manager.filter(practice_id=practice.pk).count()


def sql(statement: str, model: type[models.Model], values: list[Any] | None = None) -> list[Any]:
    """Run it on the model's table as roger_app; the rows it returns."""
    with connection.cursor() as cursor:
        cursor.execute(statement.format(table=model._meta.db_table), values)
        return cursor.fetchall() if cursor.description else [cursor.rowcount]


@each_model
def test_reading_without_a_filter_shows_the_own_rows_only(model: type[models.Model], twins: Twins) -> None:
    counts = fill(model, twins)

    for practice in twins:
        with practice_scope(practice.pk):
            assert sql("select practice_id from {table}", model) == [(practice.pk,)] * counts[practice.pk]


@each_model
def test_asking_for_the_other_practice_by_its_id_shows_nothing(model: type[models.Model], twins: Twins) -> None:
    fill(model, twins)

    with practice_scope(twins[0].pk):
        assert sql("select 1 from {table} where practice_id = %s", model, [twins[1].pk]) == []


@each_model
def test_outside_every_scope_nothing_is_shown(model: type[models.Model], twins: Twins) -> None:
    fill(model, twins)

    with no_practice():
        assert sql("select 1 from {table}", model) == []


@each_changeable_model
def test_updating_everything_reaches_the_own_rows_only(model: type[models.Model], twins: Twins) -> None:
    counts = fill(model, twins)

    with practice_scope(twins[0].pk):
        assert sql("update {table} set practice_id = practice_id", model) == [counts[twins[0].pk]]
        assert sql("update {table} set practice_id = practice_id where practice_id = %s", model, [twins[1].pk]) == [0]


@each_changeable_model
def test_a_row_cannot_be_pushed_into_another_practice(model: type[models.Model], twins: Twins) -> None:
    fill(model, twins)

    with practice_scope(twins[0].pk), pytest.raises(ProgrammingError, match="row-level security"):
        sql("update {table} set practice_id = %s", model, [twins[1].pk])


@each_changeable_model
def test_deleting_everything_leaves_the_other_practices_rows(model: type[models.Model], twins: Twins) -> None:
    counts = fill(model, twins)

    with practice_scope(twins[0].pk):
        assert sql("delete from {table} where practice_id = %s", model, [twins[1].pk]) == [0]
        assert sql("delete from {table}", model) == [counts[twins[0].pk]]

    assert [count_in(model, practice) for practice in twins] == [0, counts[twins[1].pk]]


@each_model
def test_a_row_cannot_be_put_into_another_practice(model: type[models.Model], twins: Twins) -> None:
    fill(model, twins)
    copied = (
        "insert into {table} select (jsonb_populate_record(t, jsonb_build_object('practice_id', %s))).* from {table} t"
    )

    with practice_scope(twins[0].pk), pytest.raises(ProgrammingError, match="row-level security"):
        sql(copied, model, [twins[1].pk])


@each_model
def test_a_row_of_another_practice_cannot_be_overwritten_by_a_conflict(model: type[models.Model], twins: Twins) -> None:
    fill(model, twins)
    copied = (
        "insert into {table} select (jsonb_populate_record(t, jsonb_build_object('practice_id', %s))).* from {table} t"
        " on conflict do nothing"
    )

    with practice_scope(twins[0].pk), pytest.raises(ProgrammingError, match="row-level security"):
        sql(copied, model, [twins[1].pk])


@pytest.mark.parametrize("model", rows.append_only_models(), ids=rows.name_of)
@pytest.mark.parametrize("statement", ["update {table} set id = id", "delete from {table}", "truncate {table}"])
def test_what_only_grows_is_not_changed_by_its_own_practice_either(
    model: type[models.Model], twins: Twins, statement: str
) -> None:
    counts = fill(model, twins)

    with practice_scope(twins[0].pk), pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        sql(statement, model)

    assert {practice.pk: count_in(model, practice) for practice in twins} == counts


@pytest.mark.parametrize("practice_or_none", [None, "own"])
def test_no_table_can_be_emptied_or_altered(twins: Twins, practice_or_none: str | None) -> None:
    forbidden = ("truncate {table}", "alter table {table} disable row level security", "drop table {table}")
    with practice_scope(twins[0].pk) if practice_or_none else no_practice():
        for model in rows.models_of_practices():
            for statement in forbidden:
                with pytest.raises(ProgrammingError), transaction.atomic():
                    sql(statement, model)


def test_the_application_cannot_become_somebody_else() -> None:
    for statement in ("set role roger_migrate", "set session authorization postgres", "set row_security = off"):
        with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
            cursor.execute("select count(*) from practices_change")


@each_model
def test_a_twin_without_the_wall_would_be_seen(model: type[models.Model], twins: Twins) -> None:
    """The tests above cannot pass for want of foreign rows: the database does hold them."""
    counts = fill(model, twins)

    assert list(counts) == [practice.pk for practice in twins]
    assert min(counts.values()) > 0
