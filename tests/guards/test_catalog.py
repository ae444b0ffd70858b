"""The catalog of the migrated database: every wall stands, and whoever looks them over sees each one that falls."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections

from messaging.models import Message, WebhookDelivery
from practices.models import Change
from practices.postgres.look_over import GLOBAL, append_only_tables, findings
from practices.scope import practice_scope
from tests.factories import make_practice
from tests.guards import rows

pytestmark = pytest.mark.django_db(databases=["default", "migrate"])

OWNED = "practice_id int not null references practices_practice"
WALL = "practice_id = (select nullif(current_setting('app.practice_id', true), '')::int)"
KEYED = f"create table rogue ({OWNED}, id uuid not null, primary key (practice_id, id))"
WALLED = (
    KEYED,
    "alter table rogue enable row level security",
    "alter table rogue force row level security",
    f"create policy practice_wall on rogue to roger_app using ({WALL}) with check ({WALL})",
)
NO_POLICY = "rogue: no policy practice_wall for all commands of roger_app, with the practice in both expressions"
NOT_LED = "a unique index that does not begin with practice_id tells one practice about another's rows"
LEADS_OUT = "a reference to a practice's table without practice_id may lead into another practice"
DEFINER = "returns bigint language sql security definer"
COUNT = "as 'select count(*) from public.practices_change'"

ROGUES: dict[str, tuple[tuple[str, ...], list[str]]] = {
    "a table without row-level security": (
        (KEYED,),
        ["rogue: row-level security is off", "rogue: row-level security does not bind the owner", NO_POLICY],
    ),
    "a table whose owner is not bound": (
        (*WALLED, "alter table rogue no force row level security"),
        ["rogue: row-level security does not bind the owner"],
    ),
    "a table without a policy": ((*WALLED, "drop policy practice_wall on rogue"), [NO_POLICY]),
    "a policy with USING only": (
        (*WALLED[:3], f"create policy practice_wall on rogue to roger_app using ({WALL})"),
        [NO_POLICY],
    ),
    "a policy for reading only": (
        (*WALLED[:3], f"create policy practice_wall on rogue for select to roger_app using ({WALL})"),
        [NO_POLICY],
    ),
    "a policy for everybody": (
        (*WALLED[:3], f"create policy practice_wall on rogue using ({WALL}) with check ({WALL})"),
        [NO_POLICY],
    ),
    "a policy with a way around it": (
        (
            *WALLED[:3],
            f"create policy practice_wall on rogue to roger_app using ({WALL} or practice_id = 1) with check ({WALL})",
        ),
        [NO_POLICY],
    ),
    "a second policy that opens the wall": (
        (*WALLED, "create policy all_see on rogue for select to roger_app using (true)"),
        ["rogue.all_see: a policy nobody asked for"],
    ),
    "memberships that may be written before a practice is known": (
        (
            "drop policy own_memberships on practices_member",
            "create policy own_memberships on practices_member to roger_app"
            " using (user_id = (select nullif(current_setting('app.user_id', true), '')::uuid))",
        ),
        ["practices_member.own_memberships: a policy nobody asked for"],
    ),
    "a practice that may be null": (
        (*WALLED, "alter table rogue drop constraint rogue_pkey", "alter table rogue alter practice_id drop not null"),
        ["rogue: practice_id may be null", "rogue: the primary key is not (practice_id, id)"],
    ),
    "a primary key without the practice": (
        (*WALLED, "alter table rogue drop constraint rogue_pkey", "alter table rogue add primary key (id)"),
        ["rogue: the primary key is not (practice_id, id)", f"rogue_pkey: {NOT_LED}"],
    ),
    "a primary key in another order": (
        (
            *WALLED,
            "alter table rogue drop constraint rogue_pkey",
            "alter table rogue add primary key (id, practice_id)",
        ),
        ["rogue: the primary key is not (practice_id, id)", f"rogue_pkey: {NOT_LED}"],
    ),
    "a unique column": ((*WALLED, "alter table rogue add code int unique"), [f"rogue_code_key: {NOT_LED}"]),
    "a unique expression": (
        (*WALLED, "create unique index rogue_lower on rogue (lower(id::text), practice_id)"),
        [f"rogue_lower: {NOT_LED}"],
    ),
    "a reference without the practice": (
        (
            *WALLED,
            "create unique index rogue_contact on patients_contact (id)",
            "alter table rogue add contact_id uuid references patients_contact (id)",
        ),
        [f"rogue_contact: {NOT_LED}", f"rogue.rogue_contact_id_fkey: {LEADS_OUT}"],
    ),
    "a table of no practice": (
        ("create table rogue (id int primary key)",),
        ["rogue: neither a practice's table nor on the list of global ones"],
    ),
    "a table of no practice in a schema of its own": (
        ("create table keystore.rogue (id int primary key)",),
        ["keystore.rogue: neither a practice's table nor on the list of global ones"],
    ),
    "a global table that became a practice's": (
        ("alter table practices_loginevent rename to rogue",),
        [
            "rogue: neither a practice's table nor on the list of global ones",
            "practices_loginevent: on the list of global tables, but not such a table",
        ],
    ),
    "a view": (
        ("create view rogue as select * from practices_change",),
        ["rogue: a view without security_invoker shows all practices"],
    ),
    "a materialised view": (
        ("create materialized view rogue as select * from practices_change",),
        ["rogue: policies do not reach materialised views"],
    ),
    "a definer function": (
        (f"create function rogue() {DEFINER} set search_path = pg_catalog {COUNT}",),
        ["rogue(): a SECURITY DEFINER function nobody asked for"],
    ),
    "a definer function for everybody": (
        (
            f"create function rogue() {DEFINER} set search_path = pg_catalog {COUNT}",
            "grant execute on function rogue() to public",
        ),
        ["rogue(): a SECURITY DEFINER function nobody asked for", "rogue(): others than roger_app may execute it"],
    ),
    "a known function that lost its search_path": (
        ("alter function pending_work() reset search_path",),
        ["pending_work(): search_path is not pinned"],
    ),
    "a known function that everybody may execute": (
        ("grant execute on function changes_since(xid8) to public",),
        ["changes_since(xid8): others than roger_app may execute it"],
    ),
    "a known function that sees nothing": (
        ("alter function pending_work() security invoker",),
        ["pending_work(): a SECURITY DEFINER function is missing"],
    ),
    "an append-only table whose triggers are off": (
        ("alter table practices_auditevent disable trigger append_only",),
        ["practices_auditevent: rows can be changed: a trigger is missing or off"],
    ),
    "an append-only table that may be emptied": (
        ("drop trigger append_only_truncate on practices_auditevent",),
        ["practices_auditevent: rows can be changed: a trigger is missing or off"],
    ),
    "an append-only table that roger_app may update": (
        ("grant update (kind) on practices_auditevent to roger_app",),
        ["practices_auditevent: roger_app may change rows"],
    ),
    "a table that roger_app may empty": (
        ("grant truncate on practices_change to roger_app",),
        ["practices_change: TRUNCATE for roger_app: a privilege nobody asked for"],
    ),
    "a table that everybody may read": (
        ("grant select on practices_door to public",),
        ["practices_door: SELECT for public: a privilege nobody asked for"],
    ),
    "a backup that may write": (
        ("grant insert on practices_door to roger_backup",),
        ["practices_door: INSERT for roger_backup: a privilege nobody asked for"],
    ),
}

# Only a superuser can do these.
MISUSED_ROLES = {
    "alter role roger_app replication": ["replicate: roger_app must not"],
    "alter role roger_app createrole": ["create roles: roger_app must not"],
    "alter role roger_app bypassrls": ["bypass policies: roger_app must not"],
    "alter role roger_app createdb": ["create databases: roger_app must not"],
    "grant roger_backup to roger_app": ["roger_backup: roger_app must not belong to"],
    "alter table practices_door owner to roger_app": ["table practices_door: roger_app must not own"],
    "grant temporary on database {database} to roger_app": ["temporary in the database: roger_app must not have it"],
    "grant create on database {database} to public": ["create in the database: roger_app must not have it"],
    "grant create on schema public to roger_app": ["public: roger_app must not create in"],
}


@contextmanager
def as_superuser() -> Iterator[psycopg.Connection]:
    """A superuser in this worker's database; whatever he does is rolled back."""
    url, database = os.environ["ROGER_TEST_SUPERUSER_URL"], connection.settings_dict["NAME"]
    with psycopg.connect(url.replace("/postgres?", f"/{database}?", 1)) as superuser:
        yield superuser
        superuser.rollback()


def test_the_walls_of_the_migrated_database_stand() -> None:
    with connection.cursor() as cursor:
        assert findings(cursor) == []


def test_there_are_tables_to_look_over() -> None:
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from pg_policy where polname = 'practice_wall'")
        assert cursor.fetchone() == (len(rows.models_of_practices()),)


@pytest.mark.parametrize("rogue", ROGUES)
def test_it_finds(rogue: str) -> None:
    statements, expected = ROGUES[rogue]
    with connections["migrate"].cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)

        assert sorted(findings(cursor)) == sorted(expected)


@pytest.mark.parametrize("statement", MISUSED_ROLES)
def test_it_finds_a_role_that_may_too_much(statement: str) -> None:
    with as_superuser() as superuser, superuser.cursor() as cursor:
        cursor.execute(statement.format(database=connection.settings_dict["NAME"]).encode())

        assert findings(cursor) == MISUSED_ROLES[statement]


def test_it_finds_that_roger_app_is_superuser_before_all_that_follows_from_it() -> None:
    with as_superuser() as superuser, superuser.cursor() as cursor:
        cursor.execute("alter role roger_app superuser")

        assert findings(cursor)[0] == "be superuser: roger_app must not"


def test_a_well_made_table_passes() -> None:
    with connections["migrate"].cursor() as cursor:
        for statement in WALLED:
            cursor.execute(statement)
        cursor.execute("create view seen with (security_invoker = true) as select * from rogue")

        assert findings(cursor) == []


def test_the_command_says_that_the_walls_stand() -> None:
    said = StringIO()

    call_command("look_over_policies", stdout=said)

    assert said.getvalue() == "The walls between practices stand.\n"


def test_the_command_names_what_it_found_and_fails() -> None:
    said = StringIO()
    GLOBAL["rogue"] = "does not exist"
    try:
        with pytest.raises(CommandError, match="1 finding"):
            call_command("look_over_policies", stdout=said)
    finally:
        del GLOBAL["rogue"]

    assert said.getvalue() == "rogue: on the list of global tables, but not such a table\n"


def test_every_append_only_model_is_looked_over() -> None:
    assert sorted(append_only_tables()) == [
        "consent_consentevent",
        "consent_consenttext",
        "consent_ledgercheckpoint",
        "consent_textedition",
        "practices_auditevent",
    ]


def test_each_function_that_sees_all_practices_sees_two() -> None:
    practices = [make_practice("eins"), make_practice("zwei")]
    for practice in practices:
        with practice_scope(practice.pk):
            rows.saved(Change)
            rows.saved(WebhookDelivery)
            rows.saved(Message)

    with connection.cursor() as cursor:
        cursor.execute("select session_user, practice_id, kind, count from pending_work()")
        pending = cursor.fetchall()
        cursor.execute("select session_user, practice_id from changes_since('0')")
        changed = cursor.fetchall()

    assert sorted(pending) == [("roger_app", practice.pk, "inbound", 1) for practice in practices]
    assert sorted(changed) == [("roger_app", practice.pk) for practice in practices]
