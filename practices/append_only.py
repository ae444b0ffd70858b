"""Tables that only grow: the database itself refuses to change or remove a row."""

from django.db import migrations

from practices.tenancy import PracticeOwned

FORBID = """
REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM roger_app;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table}
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON {table}
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""
FUNCTION = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  RAISE EXCEPTION 'rows of % are never changed or removed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
"""


class AppendOnly(PracticeOwned):
    """Base of tables that only grow. The migration that creates one adds `forbid_changes("<table>")`;
    tests/guards checks that it did."""

    class Meta(PracticeOwned.Meta):
        abstract = True


def forbid_changes(table: str) -> migrations.RunSQL:
    """The operation that makes a table append-only, for everybody who does not switch triggers off."""
    undo = f"DROP TRIGGER append_only ON {table}; DROP TRIGGER append_only_truncate ON {table};"
    return migrations.RunSQL(FORBID.format(table=table), f"{undo} GRANT UPDATE, DELETE ON {table} TO roger_app;")


def install_refusal() -> migrations.RunSQL:
    """The operation that creates the trigger's function, once."""
    return migrations.RunSQL(FUNCTION, "DROP FUNCTION refuse_change();")
