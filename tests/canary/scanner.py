"""Where something could be left in clear: every table, Redis, the disk, the servers' logs, and what was said meanwhile.

Nothing is left out. What lies in clear by decision is other data than what is planted: the practice's own facts, staff
names and e-mails, consent texts, templates, and the digits of the practice's own number in links.
"""

import io
import logging
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from psycopg import sql

from practices.bus import bus
from practices.sessions import SessionStore
from roger.logging import IdsOnly
from tests.canary.needles import hits
from tests.databases import worker_database

TABLES = """
select n.nspname, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'm') and n.nspname !~ '^(pg_|information_schema$)' order by 1, 2
"""
# What PostgreSQL itself may remember of values and statements.
REMEMBERED = (
    "pg_statistic",
    "pg_stat_activity",
    "pg_largeobject",
    "pg_description",
    "pg_shdescription",
    "pg_prepared_xacts",
)
IN_URLS = re.compile(
    r"""\b(?:href|src|action|hx-get|hx-post|hx-delete|hx-push-url|formaction|poster)="(?!tel:)([^"]*)\""""
)
TITLE = re.compile(r"<title>(.*?)</title>", re.DOTALL)


def connected(variable: str) -> psycopg.Connection[Any]:
    """To this worker's database, as the role of this variable."""
    return psycopg.connect(os.environ[variable], dbname=worker_database(), autocommit=True)


# ── the database ──


def in_database() -> list[str]:
    """What stands in clear in any column of any table, read as superuser, statistics included."""
    with connected("ROGER_TEST_SUPERUSER_URL") as connection:
        connection.execute("analyze")
        found = [hit for name, dump in dumps(connection) for hit in hits(name, dump)]
        for name in REMEMBERED:
            rows = connection.execute(sql.SQL("select r::text from {} r").format(sql.Identifier(name))).fetchall()
            found += hits(name, "\n".join(row or "" for (row,) in rows).encode())
        return found + in_sessions(connection)


def dumps(connection: psycopg.Connection[Any]) -> Iterator[tuple[str, bytes]]:
    """Each table twice: as text, and in the form that holds binary columns as they are."""
    for schema, table in connection.execute(TABLES).fetchall():
        for form in ("text", "binary"):
            statement = sql.SQL("copy {} to stdout (format {})").format(sql.Identifier(schema, table), sql.SQL(form))
            with connection.cursor() as cursor, cursor.copy(statement) as copied:
                yield f"{schema}.{table} ({form})", b"".join(bytes(part) for part in copied)


def in_sessions(connection: psycopg.Connection[Any]) -> list[str]:
    """Sessions are compressed, so they are unpacked first."""
    rows = connection.execute("select session_data from login_session").fetchall()
    return [hit for (packed,) in rows for hit in hits("session", repr(SessionStore().decode(packed)).encode())]


def in_backup(folder: Path) -> list[str]:
    """What stands in clear in a backup of both schemas, as roger_backup writes it."""
    path = folder / "backup"
    with connected("DATABASE_BACKUP_URL") as connection, path.open("wb") as file:
        for _, dump in dumps(connection):
            file.write(dump)
    assert path.stat().st_size > 10_000
    return hits("backup", path.read_bytes())


# ── Redis and the disk ──


def in_redis() -> list[str]:
    """Keys and values: limits, wake flags, the queue's payloads. Other workers of the run have other databases."""
    redis: Any = bus()
    return [hit for key in redis.keys("*") for hit in hits("Redis", key + redis.dump(key) + value_of(redis, key))]


READ = {
    b"string": ("GET",),
    b"list": ("LRANGE", "0", "-1"),
    b"set": ("SMEMBERS",),
    b"hash": ("HGETALL",),
    b"zset": ("ZRANGE", "0", "-1"),
}


def value_of(redis: Any, key: bytes) -> bytes:
    """A value in words; a dump packs long ones."""
    command, *rest = READ[redis.type(key)]
    return repr(redis.execute_command(command, key, *rest)).encode()


def in_files() -> list[str]:
    """Names and contents below MEDIA_ROOT, and the logs of the servers of this run."""
    media = [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]
    logs = list((Path(os.environ["ROGER_HOME"]) / "logs").glob("*.log"))
    named = [hit for path in media for hit in hits("file name", str(path.relative_to(settings.MEDIA_ROOT)).encode())]
    return named + [hit for path in (*media, *logs) for hit in hits(path.name, path.read_bytes())]


# ── what is said meanwhile ──


@contextmanager
def logged() -> Iterator[io.StringIO]:
    """Everything that is logged from DEBUG on, as the product's own formatter writes it."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(IdsOnly())
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield written
    finally:
        root.setLevel(level)
        root.removeHandler(handler)


@contextmanager
def published() -> Iterator[list[bytes]]:
    """What is put on the bus while the block runs; nobody keeps it."""
    heard: list[bytes] = []
    with bus().pubsub() as listening:  # type: ignore[no-untyped-call]
        listening.psubscribe("*")
        yield heard
        while message := listening.get_message(timeout=0.2):
            heard.append(repr(message).encode())


def in_surroundings(response: Any) -> list[str]:
    """What of an answer reaches histories and others' logs: its headers, its title, and every address in it but a
    number to be rung, which the browser asks nobody for."""
    where = f"{response.status_code} {response.request['PATH_INFO'].partition('?')[0][:40]}"
    headers = "\n".join(f"{name}: {value}" for name, value in response.headers.items())
    html = "" if response.streaming else response.content.decode("utf-8", "replace")
    parts = [unescape(part) for part in (*TITLE.findall(html), *IN_URLS.findall(html))]
    return hits(where, "\n".join([headers, *parts]).encode())


def in_page(response: Any) -> list[str]:
    """What stands anywhere in an answer that has no business to hold any of it: an error page."""
    return hits(f"page {response.status_code}", response.content) + in_surroundings(response)
