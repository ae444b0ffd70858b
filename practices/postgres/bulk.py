"""Many rows with one short statement: the columns travel as arrays, so the statement is the same for any number.

For the drain. bulk_create and bulk_update build a statement as long as their rows and spend most of their time on it;
COPY is refused by PostgreSQL for tables with row-level policies.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

import psycopg
from django.db import connection, models


def insert_many(rows: Sequence[models.Model], *, ignore_conflicts: bool = False) -> None:
    """As bulk_create, without signals and without defaults of the database: sealed fields are sealed.

    All rows are of one model. Columns the database fills in itself are left to it.
    """
    if rows:
        statement, fields = _insert(type(rows[0]), ignore_conflicts)
        _run(statement, [[field.pre_save(row, add=True) for row in rows] for field in fields])


def update_many(rows: Sequence[models.Model], names: Sequence[str]) -> None:
    """As bulk_update for plain columns: write these columns of these rows of one model."""
    if rows:
        statement, fields = _update(type(rows[0]), tuple(names))
        _run(statement, [[field.value_from_object(row) for row in rows] for field in fields])


def insert_columns(table: str, columns: dict[str, tuple[str, Iterable[Any]]]) -> None:
    """Insert rows given as columns: name → (type of the database, values). Rows that are there already stay."""
    arrays = [list(values) for _, values in columns.values()]
    if arrays[0]:
        types = [kind for kind, _ in columns.values()]
        _run(_statement(table, list(columns), types, ignore_conflicts=True), arrays)


@lru_cache(maxsize=32)
def _insert(model: type[models.Model], ignore_conflicts: bool) -> tuple[str, list["models.Field[Any, Any]"]]:
    fields = [field for field in model._meta.local_concrete_fields if not field.has_db_default()]
    names, types = [_column(field) for field in fields], [_type(field) for field in fields]
    return _statement(model._meta.db_table, names, types, ignore_conflicts), fields


def _statement(table: str, names: list[str], types: list[str], ignore_conflicts: bool) -> str:
    columns = ", ".join(f'"{name}"' for name in names)
    arrays = ", ".join(f"%b::{kind}[]" for kind in types)
    ending = " on conflict do nothing" if ignore_conflicts else ""
    return f"insert into {_quoted(table)} ({columns}) select * from unnest({arrays}){ending}"  # noqa: S608  names of ours


@lru_cache(maxsize=32)
def _update(model: type[models.Model], names: tuple[str, ...]) -> tuple[str, list["models.Field[Any, Any]"]]:
    by_name = {field.name: field for field in model._meta.local_concrete_fields}
    fields = [by_name[name] for name in ("practice", "id", *names)]
    columns = [_column(field) for field in fields]
    arrays = ", ".join(f"%b::{_type(field)}[]" for field in fields)
    changes = ", ".join(f'"{column}" = new."{column}"' for column in columns[2:])
    source = f"unnest({arrays}) as new({', '.join(columns)})"
    table = _quoted(model._meta.db_table)
    statement = (
        f"update {table} old set {changes} from {source} where old.practice_id = new.practice_id and old.id = new.id"  # noqa: S608
    )
    return statement, fields


def _type(field: "models.Field[Any, Any]") -> str:
    """The array's element type; varchar without its length, which the column itself checks."""
    kind = field.db_type(connection) or ""
    return "text" if kind.startswith("varchar") else kind


def _column(field: "models.Field[Any, Any]") -> str:
    return field.column or field.name


def _quoted(table: str) -> str:
    return connection.ops.quote_name(table)


def _run(statement: str, arrays: list[list[Any]]) -> None:
    connection.ensure_connection()
    with connection.wrap_database_errors:
        connection.announce()
        # A cursor that binds on the server: the statement is parsed and planned once per connection.
        with psycopg.Cursor(connection.connection) as cursor:
            cursor.execute(statement, arrays, prepare=True)
