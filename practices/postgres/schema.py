"""DDL of a practice's tables, written from ordinary models and foreign keys.

A model with a foreign key named `practice` belongs to a practice. Its table gets the primary key (practice_id, id),
composite foreign keys to other tables of a practice, and a forced row-level policy. Django's ORM goes on seeing `id`.
Uses private methods of Django's schema editor: the minor version is pinned and tests/guards reads the catalog.
"""

from typing import Any

from django.db import models
from django.db.backends.ddl_references import Columns, Statement
from django.db.backends.postgresql.schema import DatabaseSchemaEditor

PRACTICE = "(select nullif(current_setting('app.practice_id', true), '')::int)"
POLICY = f"""
ALTER TABLE {{table}} ENABLE ROW LEVEL SECURITY;
ALTER TABLE {{table}} FORCE ROW LEVEL SECURITY;
CREATE POLICY practice_wall ON {{table}} TO roger_app
  USING (practice_id = {PRACTICE}) WITH CHECK (practice_id = {PRACTICE});
"""


class NotAPracticeKey(ValueError):
    """A key that would tell one practice about another's rows: unique without the practice, or one-to-one."""


def is_owned(model: type[models.Model]) -> bool:
    """Whether the table is a practice's own; works on the historical models of migrations too."""
    return any(field.name == "practice" and field.remote_field for field in model._meta.local_fields)


def has_single_key(model: type[models.Model]) -> bool:
    return not isinstance(model._meta.pk, models.CompositePrimaryKey)


class PracticeSchemaEditor(DatabaseSchemaEditor):
    sql_create_column_inline_fk = None  # type: ignore[assignment]  # AddField goes through _create_fk_sql too

    def create_model(self, model: type[models.Model]) -> None:
        super().create_model(model)
        if is_owned(model):
            self.execute(POLICY.format(table=self.quote_name(model._meta.db_table)), None)

    def table_sql(self, model: type[models.Model]) -> tuple[str, list[Any]]:
        if is_owned(model):
            for field in model._meta.local_fields:
                refuse_foreign_knowledge(model, field)
        sql, params = super().table_sql(model)
        if is_owned(model) and has_single_key(model):
            sql = sql.replace(" PRIMARY KEY", "", 1)
            sql = f"{sql[:-1]}, {self._pk_constraint_sql(['practice_id', str(model._meta.pk.column)])})"
        return sql, params

    def add_field(self, model: type[models.Model], field: "models.Field[Any, Any]") -> None:
        if is_owned(model):
            refuse_foreign_knowledge(model, field)
        super().add_field(model, field)

    def _create_fk_sql(self, model: type[models.Model], field: "models.Field[Any, Any]", suffix: str) -> Statement:
        statement: Statement = super()._create_fk_sql(model, field, suffix)
        target = field.target_field.model
        if field.name != "practice" and is_owned(model) and is_owned(target):
            ends = (("column", model, field.column), ("to_column", target, field.target_field.column))
            for part, end, column in ends:
                statement.parts[part] = Columns(end._meta.db_table, ["practice_id", str(column)], self.quote_name)
        return statement


def refuse_foreign_knowledge(model: type[models.Model], field: "models.Field[Any, Any]") -> None:
    """Raise NotAPracticeKey for a key that lacks the practice; use UniqueConstraint(fields=["practice", …])."""
    if isinstance(field, models.OneToOneField) or (field.unique and not field.primary_key):
        raise NotAPracticeKey(f"{model._meta.label}.{field.name}")
