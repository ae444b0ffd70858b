"""Databases of the test run: one migrated template, cloned for each xdist worker and after each committing test.

Tests connect as roger_app, which may neither truncate nor create, so a test that really commits gets a fresh clone.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from django.core.management import call_command
from django.db import connections
from psycopg import sql

TEMPLATE = "roger_template"
# What the database reads for a search is a test; counted between two tests, the rows of a third would change its plan.
PLAIN_PLANS = "alter table message_token set (autovacuum_enabled = off)"
LOCK = 820_360


def worker_database() -> str:
    """The name of this worker's own database."""
    return f"test_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"


@contextmanager
def maintenance() -> Iterator[psycopg.Connection]:
    """A connection of roger_migrate to a database that is never cloned or dropped."""
    parameters = connections["migrate"].get_connection_params() | {"dbname": "postgres"}
    wanted = {name: parameters[name] for name in ("dbname", "user", "password", "host", "port") if name in parameters}
    with psycopg.connect(**wanted, autocommit=True) as connection:
        yield connection


def prepare_template() -> None:
    """Migrate the template once, whichever worker comes first."""
    with maintenance() as connection:
        connection.execute("select pg_advisory_lock(%s)", [LOCK])
        ready = connection.execute(
            "select shobj_description(oid, 'pg_database') from pg_database where datname = %s", [TEMPLATE]
        ).fetchone()
        if ready != ("migrated",):
            drop(connection, TEMPLATE)
            connection.execute(sql.SQL("create database {}").format(sql.Identifier(TEMPLATE)))
            point_at(TEMPLATE)
            call_command("migrate", database="migrate", verbosity=0, interactive=False, skip_checks=True)
            with connections["migrate"].cursor() as cursor:
                cursor.execute(PLAIN_PLANS)
            connections.close_all()
            connection.execute(sql.SQL("comment on database {} is 'migrated'").format(sql.Identifier(TEMPLATE)))


def fresh_clone(name: str) -> None:
    """Replace a database by a copy of the template (about 65 ms)."""
    connections.close_all()
    with maintenance() as connection:
        drop(connection, name)
        statement = sql.SQL("create database {} template {} strategy file_copy")
        connection.execute("select pg_advisory_lock(%s)", [LOCK])  # a template in use cannot be copied
        connection.execute(statement.format(sql.Identifier(name), sql.Identifier(TEMPLATE)))
        connection.execute(sql.SQL("revoke all on database {} from public").format(sql.Identifier(name)))
        connection.execute(
            sql.SQL("grant connect on database {} to roger_app, roger_backup").format(sql.Identifier(name))
        )


def drop(connection: psycopg.Connection, name: str) -> None:
    """Drop it with whoever is still connected.

    Force may end neither another role's connection nor the server's own vacuum; without force PostgreSQL waits up to
    five seconds for the first, which closes just now, and ends the second itself.
    """
    statement = sql.SQL("drop database if exists {}").format(sql.Identifier(name))
    try:
        connection.execute(statement + sql.SQL(" with (force)"))
    except psycopg.errors.InsufficientPrivilege:
        connection.execute(statement)


def point_at(name: str) -> None:
    """Let both aliases connect to this database from now on."""
    for alias in ("default", "migrate"):
        connections[alias].close()
        connections[alias].settings_dict["NAME"] = name
