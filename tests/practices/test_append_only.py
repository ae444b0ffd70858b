"""Tables that only grow: nobody changes, removes or empties them, neither through the ORM nor in SQL."""

import pytest
from django.db import DatabaseError, IntegrityError, ProgrammingError, connection, connections, models, transaction

from practices.append_only import forbid_changes
from practices.models import AuditEvent
from practices.scope import practice_scope
from tests.factories import make_practice
from tests.guards import rows

pytestmark = pytest.mark.django_db(databases=["default", "migrate"])

each_table = pytest.mark.parametrize("model", rows.append_only_models(), ids=rows.name_of)
CHANGES = ("update {} set id = id", "delete from {}")


@each_table
@pytest.mark.parametrize("statement", [*CHANGES, "truncate {}"])
def test_the_application_may_not_change_a_row(model: type[models.Model], statement: str) -> None:
    with practice_scope(make_practice().pk):
        rows.saved(model)

        with pytest.raises(ProgrammingError, match="permission denied"), connection.cursor() as cursor:
            cursor.execute(statement.format(model._meta.db_table))


@each_table
def test_the_orm_may_not_change_a_row(model: type[models.Model]) -> None:
    with practice_scope(make_practice().pk):
        row = rows.saved(model)

        for change in (row.save, row.delete, model._base_manager.all().delete):
            with pytest.raises(DatabaseError), transaction.atomic():
                change()

        assert model._base_manager.get() == row


@each_table
def test_the_owner_may_not_empty_the_table(model: type[models.Model]) -> None:
    with pytest.raises(IntegrityError, match="never changed or removed"), connections["migrate"].cursor() as cursor:
        cursor.execute(f"truncate {model._meta.db_table} cascade")


@pytest.mark.django_db(transaction=True, databases=["default", "migrate"])
@pytest.mark.parametrize("statement", CHANGES)
def test_the_owner_may_not_change_a_row(statement: str) -> None:
    with practice_scope(make_practice().pk), transaction.atomic():
        rows.saved(AuditEvent)

    refused = pytest.raises(IntegrityError, match="rows of practices_auditevent are never changed or removed")
    with refused, connections["migrate"].cursor() as cursor:
        cursor.execute(statement.format("practices_auditevent"))


def test_going_back_gives_the_rights_back() -> None:
    operation = forbid_changes("scratch")
    with connections["migrate"].cursor() as cursor:
        cursor.execute("create table scratch (id int)")
        cursor.execute(str(operation.sql))
        forbidden = may_change(cursor)
        cursor.execute(str(operation.reverse_sql))

        assert (forbidden, may_change(cursor)) == ([False, False], [True, True])
        cursor.execute("insert into scratch values (1)")
        cursor.execute("update scratch set id = 2")
        assert cursor.rowcount == 1


def may_change(cursor: object) -> list[bool]:
    cursor.execute("select has_table_privilege('roger_app', 'scratch', unnest(array['UPDATE', 'DELETE']))")  # type: ignore[attr-defined]
    return [allowed for (allowed,) in cursor.fetchall()]  # type: ignore[attr-defined]
