"""Whether the walls between practices stand: what the catalog of a migrated database says (security.md 2.5).

Each rule is a query that finds what breaks it. `manage.py look_over_policies` runs them all, and tests/guards holds
them to rogue tables.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from django.apps import apps

from practices.append_only import AppendOnly

# Tables of no practice, each with the reason why it needs none.
GLOBAL = {
    "practices_practice": "the tenants themselves: public facts",
    "practices_user": "people log in before a practice is known and may belong to several",
    "practices_totpdevice": "belongs to a user; its secret is sealed",
    "practices_door": "tells to which practice a token leads, and holds nothing personal",
    "practices_loginevent": "happens before a practice is known; user id and truncated address only",
    "login_session": "read before a practice is known",
    "django_migrations": "Django's record of migrations",
    "django_content_type": "Django's names of models",
    "auth_permission": "came with Django's auth; unused",
    "auth_group": "came with Django's auth; unused",
    "auth_group_permissions": "came with Django's auth; unused",
    "axes_accessattempt": "came with django-axes; unused, it counts in Redis",
    "axes_accessattemptexpiration": "came with django-axes; unused, it counts in Redis",
    "axes_accessfailurelog": "came with django-axes; unused, it counts in Redis",
    "axes_accesslog": "came with django-axes; unused, it counts in Redis",
}
# Functions that see all practices; each returns ids, kinds and counts only.
DEFINERS = ("pending_work()", "changes_since(xid8)")
# Primary keys other than (practice_id, id).
OWN_PRIMARY_KEYS = ("message_token (practice_id, token, message_id)",)

# As PostgreSQL writes the expressions back, whole: nothing may be added with OR.
SETTING = r"""\( SELECT \(NULLIF\(current_setting\('app\.{0}'::text, true\), ''::text\)\)::{1}( AS "nullif")?\)"""
PRACTICE_WALL = rf"^\(practice_id = {SETTING.format('practice_id', 'integer')}\)$"
OWN_MEMBERSHIPS = rf"^\(user_id = {SETTING.format('user_id', 'uuid')}\)$"

TABLES = """
WITH tables AS (
  SELECT k.*, k.oid::regclass::text AS name, a.attnum AS practice, a.attnotnull
  FROM pg_class k JOIN pg_namespace n ON n.oid = k.relnamespace
  LEFT JOIN pg_attribute a ON a.attrelid = k.oid AND a.attname = 'practice_id' AND NOT a.attisdropped
  WHERE k.relkind IN ('r', 'p') AND n.nspname !~ '^(pg_|information_schema$)'
), owned AS (SELECT * FROM tables WHERE practice IS NOT NULL),
relations AS (
  SELECT k.*, k.oid::regclass::text AS name
  FROM pg_class k JOIN pg_namespace n ON n.oid = k.relnamespace WHERE n.nspname !~ '^(pg_|information_schema$)'
), definers AS (
  SELECT p.*, p.oid::regprocedure::text AS name
  FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
  WHERE p.prosecdef AND n.nspname !~ '^(pg_|information_schema$)'
)
"""


class Cursor(Protocol):
    """Django's and psycopg's cursors alike."""

    def execute(self, query: Any, params: Any = None, /) -> Any: ...
    def fetchall(self) -> list[Any]: ...


@dataclass(frozen=True)
class Rule:
    """What is said about each name the query finds."""

    says: str
    query: str


TABLE_RULES = (
    Rule("row-level security is off", "SELECT name FROM owned WHERE NOT relrowsecurity"),
    Rule("row-level security does not bind the owner", "SELECT name FROM owned WHERE NOT relforcerowsecurity"),
    Rule("practice_id may be null", "SELECT name FROM owned WHERE NOT attnotnull"),
    Rule(
        "no policy practice_wall for all commands of roger_app, with the practice in both expressions",
        """SELECT name FROM owned WHERE NOT EXISTS (
             SELECT FROM pg_policy WHERE polrelid = owned.oid AND polname = 'practice_wall' AND polcmd = '*'
             AND polpermissive AND polroles = ARRAY['roger_app'::regrole::oid]
             AND pg_get_expr(polqual, polrelid) ~ %(practice_wall)s
             AND pg_get_expr(polwithcheck, polrelid) ~ %(practice_wall)s)""",
    ),
    Rule(
        "a policy nobody asked for",
        """SELECT polrelid::regclass || '.' || polname FROM pg_policy WHERE polname <> 'practice_wall' AND NOT (
             polrelid::regclass::text = 'practices_member' AND polname = 'own_memberships' AND polcmd = 'r'
             AND polroles = ARRAY['roger_app'::regrole::oid] AND pg_get_expr(polqual, polrelid) ~ %(own_memberships)s)
        """,
    ),
    Rule(
        "neither a practice's table nor on the list of global ones",
        "SELECT name FROM tables WHERE practice IS NULL AND name <> ALL (%(global)s)",
    ),
    Rule(
        "on the list of global tables, but not such a table",
        """SELECT listed FROM unnest(%(global)s::text[]) AS listed
           WHERE listed NOT IN (SELECT name FROM tables WHERE practice IS NULL)""",
    ),
)

KEY_RULES = (
    Rule(
        "the primary key is not (practice_id, id)",
        """SELECT name FROM owned, LATERAL (
             SELECT string_agg(attname, ', ' ORDER BY position) AS columns
             FROM pg_index, unnest(indkey) WITH ORDINALITY AS part (number, position)
             JOIN pg_attribute ON attrelid = owned.oid AND attnum = number
             WHERE indrelid = owned.oid AND indisprimary) AS key
           WHERE columns IS DISTINCT FROM 'practice_id, id'
           AND format('%%s (%%s)', name, columns) <> ALL (%(own_primary_keys)s)""",
    ),
    Rule(
        "a unique index that does not begin with practice_id tells one practice about another's rows",
        """SELECT indexrelid::regclass::text FROM pg_index JOIN owned ON owned.oid = indrelid
           WHERE (indisunique OR indisexclusion) AND indkey[0] <> practice""",
    ),
    Rule(
        "a reference to a practice's table without practice_id may lead into another practice",
        """SELECT conrelid::regclass || '.' || conname FROM pg_constraint JOIN owned ON owned.oid = confrelid
           WHERE contype = 'f' AND NOT EXISTS (
             SELECT FROM unnest(conkey, confkey) AS pair (mine, theirs)
             JOIN pg_attribute a ON a.attrelid = conrelid AND a.attnum = mine AND a.attname = 'practice_id'
             WHERE theirs = practice)""",
    ),
)

BYPASS_RULES = (
    Rule(
        "a view without security_invoker shows all practices",
        """SELECT name FROM relations WHERE relkind = 'v'
           AND NOT coalesce(reloptions && ARRAY['security_invoker=true', 'security_invoker=on'], false)""",
    ),
    Rule("policies do not reach materialised views", "SELECT name FROM relations WHERE relkind = 'm'"),
    Rule("policies do not reach foreign tables", "SELECT name FROM relations WHERE relkind = 'f'"),
    Rule("a SECURITY DEFINER function nobody asked for", "SELECT name FROM definers WHERE name <> ALL (%(definers)s)"),
    Rule(
        "a SECURITY DEFINER function is missing",
        "SELECT listed FROM unnest(%(definers)s::text[]) AS listed WHERE listed NOT IN (SELECT name FROM definers)",
    ),
    Rule(
        "search_path is not pinned",
        """SELECT name FROM definers WHERE NOT EXISTS (
             SELECT FROM unnest(proconfig) AS pinned WHERE starts_with(pinned, 'search_path='))""",
    ),
    Rule(
        "others than roger_app may execute it",
        """SELECT DISTINCT name FROM definers, aclexplode(coalesce(proacl, acldefault('f', proowner))) AS granted
           WHERE granted.grantee NOT IN (proowner, 'roger_app'::regrole)""",
    ),
)

ROLE_RULES = (
    Rule(
        "roger_app must not",
        """SELECT may FROM pg_roles, LATERAL (VALUES ('be superuser', rolsuper), ('bypass policies', rolbypassrls),
             ('create databases', rolcreatedb), ('create roles', rolcreaterole), ('replicate', rolreplication))
             AS attributes (may, holds) WHERE rolname = 'roger_app' AND holds""",
    ),
    Rule(
        "roger_app must not belong to",
        "SELECT roleid::regrole::text FROM pg_auth_members WHERE member = 'roger_app'::regrole",
    ),
    Rule(
        "roger_app must not own",
        """SELECT pg_describe_object(classid, objid, objsubid) FROM pg_shdepend
           WHERE refobjid = 'roger_app'::regrole AND deptype = 'o'
           AND dbid IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))""",
    ),
    Rule(
        "roger_app must not create in",
        """SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_'
           AND has_schema_privilege('roger_app', oid, 'CREATE')""",
    ),
    Rule(
        "roger_app must not have it",
        """SELECT lower(privilege) || ' in the database' FROM unnest(ARRAY['CREATE', 'TEMPORARY']) AS privilege
           WHERE has_database_privilege('roger_app', current_database(), privilege)""",
    ),
    Rule(
        "a privilege nobody asked for",
        """SELECT name || ': ' || privilege_type || ' for ' || CASE grantee WHEN 0 THEN 'public'
                  ELSE grantee::regrole::text END
           FROM relations, aclexplode(relacl) WHERE relkind <> 'S' AND grantee <> relowner
           AND NOT (grantee = 'roger_app'::regrole AND privilege_type IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE'))
           AND NOT (grantee = 'roger_backup'::regrole AND privilege_type = 'SELECT')""",
    ),
)

APPEND_ONLY_RULES = (
    Rule(  # tgtype 27 is BEFORE UPDATE OR DELETE FOR EACH ROW, 34 is BEFORE TRUNCATE
        "rows can be changed: a trigger is missing or off",
        """SELECT listed FROM unnest(%(append_only)s::text[]) AS listed WHERE (
             SELECT count(*) FROM pg_trigger WHERE tgrelid = listed::regclass AND tgtype IN (27, 34)
             AND tgenabled IN ('O', 'A') AND tgfoid = 'refuse_change'::regproc AND tgqual IS NULL) <> 2""",
    ),
    Rule(
        "roger_app may change rows",
        """SELECT listed FROM unnest(%(append_only)s::text[]) AS listed
           WHERE has_any_column_privilege('roger_app', listed::regclass, 'UPDATE')
           OR has_table_privilege('roger_app', listed::regclass, 'DELETE, TRUNCATE')""",
    ),
)

RULES = (*TABLE_RULES, *KEY_RULES, *BYPASS_RULES, *ROLE_RULES, *APPEND_ONLY_RULES)


def findings(cursor: Cursor) -> list[str]:
    """Everything wrong with the walls of the database behind this cursor, one sentence each; [] when they stand."""
    facts = {
        "practice_wall": PRACTICE_WALL,
        "own_memberships": OWN_MEMBERSHIPS,
        "global": list(GLOBAL),
        "definers": list(DEFINERS),
        "own_primary_keys": list(OWN_PRIMARY_KEYS),
        "append_only": append_only_tables(),
    }
    return [f"{name}: {rule.says}" for rule in RULES for name in _names(cursor, rule.query, facts)]


def append_only_tables() -> list[str]:
    """The tables whose rows are never changed, as the models say."""
    return [model._meta.db_table for model in apps.get_models() if issubclass(model, AppendOnly)]


def _names(cursor: Cursor, query: str, facts: dict[str, Any]) -> Sequence[str]:
    cursor.execute(TABLES + query, facts)
    return sorted(name for (name,) in cursor.fetchall())
