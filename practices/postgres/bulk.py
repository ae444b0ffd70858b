"""Many rows with one short statement: the columns travel as arrays, so the statement is the same for any number.

For the drain. bulk_create and bulk_update build a statement as long as their rows and spend most of their time on it;
COPY is refused by PostgreSQL for tables with row-level policies. A value that all rows share travels once.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from operator import attrgetter
from typing import Any, TypeVar
from uuid import UUID

import psycopg
from django.db import connection, models

M = TypeVar("M", bound=models.Model)
Reader = Callable[[models.Model], Any]


class Among(models.Lookup):
    """column = any(array)"""

    lookup_name = "among"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        column, values = self.process_lhs(compiler, connection)
        return f"{column} = any(%s::{self.lhs.output_field.db_type(connection)}[])", (*values, self.rhs)


def among(name: str, values: Iterable[UUID | bytes]) -> Among:
    """A condition for filter(): the column is one of these ids or hashes. As `__in`, for hundreds of them.

    They travel as one array literal; adapting each as a parameter of its own takes thirty times as long.
    """
    return Among(models.F(name), "{" + ",".join(map(_spelled, values)) + "}")


def _spelled(value: UUID | bytes) -> str:
    return value.hex if isinstance(value, UUID) else f'"\\\\x{value.hex()}"'


def unsaved(model: type[M], **values: Any) -> M:
    """As `model(**values)` with the columns' names, three times as fast: the model looks for none of them."""
    return model(*[values[name] if name in values else default() for name, default in _defaults(model)])


@lru_cache(maxsize=32)
def _defaults(model: type[models.Model]) -> tuple[tuple[str, Callable[[], Any]], ...]:
    return tuple((field.attname, field.get_default) for field in model._meta.concrete_fields)


@contextmanager
def without_waiting() -> Iterator[None]:
    """In this block, the functions below send their statements without waiting for the answers; the end waits.

    So the database writes while Python prepares what comes next. Nothing else may be asked of it in between.
    """
    connection.ensure_connection()
    with connection.wrap_database_errors:
        connection.announce()
        with connection.connection.pipeline():
            yield


def insert_many(rows: Sequence[models.Model], *, ignore_conflicts: bool = False) -> None:
    """As bulk_create, without signals and without defaults of the database: sealed fields are sealed.

    All rows are of one model. Columns the database fills in itself are left to it.
    """
    if rows:
        names, types, readers = _columns(type(rows[0]))
        _insert(
            rows[0]._meta.db_table, names, types, [[read(row) for row in rows] for read in readers], ignore_conflicts
        )


def update_many(rows: Sequence[models.Model], names: Sequence[str]) -> None:
    """As bulk_update for plain columns: write these columns of these rows of one model."""
    if rows:
        statement, fields = _update(type(rows[0]), tuple(names))
        _run(statement, [[field.value_from_object(row) for row in rows] for field in fields])


def insert_columns(
    table: str, columns: dict[str, tuple[str, Iterable[Any]]], *, ignore_conflicts: bool = False
) -> None:
    """Insert rows given as columns: name → (type of the database, values).

    With `ignore_conflicts`, which takes half as long again, rows that are there already stay.
    """
    types, values = zip(*((kind, list(column)) for kind, column in columns.values()), strict=True)
    if values[0]:
        _insert(table, tuple(columns), types, values, ignore_conflicts)


@lru_cache(maxsize=32)
def _columns(model: type[models.Model]) -> tuple[tuple[str, ...], tuple[str, ...], tuple[Reader, ...]]:
    """Names, types and readers of the columns the database does not fill in itself."""
    fields = [field for field in model._meta.local_concrete_fields if not field.has_db_default()]
    return tuple(map(_column, fields)), tuple(map(_type, fields)), tuple(map(_reader, fields))


def _reader(field: "models.Field[Any, Any]") -> Reader:
    """What gives the value to be stored: the field itself where it has a say (sealed, auto_now), else the attribute."""
    if type(field).pre_save is models.Field.pre_save:
        return attrgetter(field.attname)
    return lambda row: field.pre_save(row, add=True)


def _insert(
    table: str, names: tuple[str, ...], types: tuple[str, ...], columns: Sequence[list[Any]], ignore_conflicts: bool
) -> None:
    alike = [all(value is column[0] for value in column) for column in columns]
    statement = _insert_statement(table, names, types, tuple(alike), ignore_conflicts)
    _run(statement, [column[0] if is_alike else column for column, is_alike in zip(columns, alike, strict=True)])


@lru_cache(maxsize=128)
def _insert_statement(
    table: str, names: tuple[str, ...], types: tuple[str, ...], alike: tuple[bool, ...], ignore_conflicts: bool
) -> str:
    columns = ", ".join(f'"{name}"' for name in names)
    values = ", ".join(
        f"%b::{kind}" if is_alike else f"unnest(%b::{kind}[])" for kind, is_alike in zip(types, alike, strict=True)
    )
    ending = " on conflict do nothing" if ignore_conflicts else ""
    return f"insert into {_quoted(table)} ({columns}) select {values}{ending}"


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


def _run(statement: str, values: list[Any]) -> None:
    connection.ensure_connection()
    with connection.wrap_database_errors:
        connection.announce()
        # A cursor that binds on the server: the statement is parsed and planned once per connection.
        with psycopg.Cursor(connection.connection) as cursor:
            cursor.execute(statement, values, prepare=True)
