"""A practice of a million messages among 40 of very different size, made once and kept under .roger/bench/.

They are made by the product's own functions (sealed, indexed, consent on the ledger), on two connections that skip
foreign keys; ten minutes or so. Made anew when tables, search or what is made here change.
"""

import math
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psycopg

from roger.embedded.throw_away import kept_servers
from roger.supervisor.steps import fingerprint
from tests.bench.places import PROJECT, bring_up_to_date
from tests.bench.progress import say

HOME = PROJECT / ".roger" / "bench"
PRACTICES = 40
MESSAGES = 1_000_000  # of the largest practice
OTHERS = 500_000  # of all others together
STEEPNESS = 0.6  # of Zipf's law, by which the others share
PROCESSES = 2
TOKENS = "message_token"
PLAINTEXT = '"bench"."plaintext"'  # the same texts in clear, for the search to be compared with
PREPARE = f"""
create schema bench;
create extension pg_trgm schema bench;
grant usage on schema bench to roger_migrate;
create table {PLAINTEXT} (practice_id int not null, message_id uuid not null, body text not null);
alter table {PLAINTEXT} owner to roger_migrate
"""
INDEX = f"""
alter table {PLAINTEXT} add primary key (practice_id, message_id);
create index on {PLAINTEXT} using gin (body bench.gin_trgm_ops)
"""


def size_of(rank: int) -> int:
    """Messages of the practice with this rank, the largest being 0."""
    if rank == 0:
        return MESSAGES
    weights = [math.pow(place, -STEEPNESS) for place in range(1, PRACTICES)]
    return round(OTHERS * weights[rank - 1] / sum(weights))


def slug_of(rank: int) -> str:
    return f"messung-{rank:02d}"


@contextmanager
def servers() -> Iterator[Mapping[str, str]]:
    """The kept database with its million messages, made if need be; yields the variables that lead there."""
    made_of = fingerprint(sources())
    if HOME.exists() and not is_made_of(made_of):
        say("million: made of something else, starting afresh")
        forget()
    with kept_servers(HOME) as variables:
        bring_up_to_date(variables)
        if not is_made_of(made_of):
            make(variables)
            mark().write_text(made_of)
        yield variables


def sources() -> list[Path]:
    """What the rows depend on."""
    here = [PROJECT / "tests" / "bench" / name for name in ("million.py", "filling.py", "german.py")]
    product = [PROJECT / "messaging" / name for name in ("search.py", "common_stems.txt")]
    return [*here, *product, PROJECT / "practices" / "sealed_columns.py", *sorted(PROJECT.glob("*/migrations/*.py"))]


def mark() -> Path:
    """Inside the data, so that it goes with them."""
    return HOME / "servers" / "million"


def is_made_of(made_of: str) -> bool:
    return mark().exists() and mark().read_text() == made_of


def forget() -> None:
    shutil.rmtree((HOME / "servers").resolve(), ignore_errors=True)
    shutil.rmtree(HOME)


def make(variables: Mapping[str, str]) -> None:
    """Fill the empty database. The tokens' index is made at the end, in one go. Raises CalledProcessError."""
    say("million: making a million messages, once")
    with psycopg.connect(
        variables["ROGER_TEST_SUPERUSER_URL"].replace("/postgres?", "/roger?"), autocommit=True
    ) as owner:
        [(name, definition)] = primary_key(owner)
        owner.execute(f"alter table {TOKENS} drop constraint {name}".encode())
        owner.execute(PREPARE.encode())
        fill(variables)
        say("million: indexing")
        owner.execute(f"alter table {TOKENS} add constraint {name} {definition}".encode())
        owner.execute(INDEX.encode())
        owner.execute("vacuum analyze")
    say("million: made")


def primary_key(owner: "psycopg.Connection") -> list[tuple[str, str]]:
    return owner.execute(
        "select conname, pg_get_constraintdef(oid) from pg_constraint where conrelid = %s::regclass and contype = 'p'",
        [TOKENS],
    ).fetchall()


def fill(variables: Mapping[str, str]) -> None:
    """Two processes: one for the largest practice, one for all others."""
    quick = "&options=-c%20session_replication_role%3Dreplica%20-c%20synchronous_commit%3Doff"
    address = variables["ROGER_TEST_SUPERUSER_URL"].replace("/postgres?", "/roger?") + quick
    environment = {**os.environ, **variables, "DATABASE_URL": address}
    command = [sys.executable, "-m", "tests.bench.filling"]
    running = [subprocess.Popen([*command, str(each)], env=environment) for each in range(PROCESSES)]
    for process in running:
        process.wait()
    if any(process.returncode for process in running):
        raise subprocess.CalledProcessError(1, command)
