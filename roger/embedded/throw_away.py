"""Servers for one run of the tests, of one command or of a measurement, apart from any installation."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from roger.embedded import postgres, valkey
from roger.embedded.environment import Ports, variables
from roger.embedded.home import Home, only_launcher, prepare
from roger.embedded.secrets import load_or_make

# What a developer has set for his own installation must not reach a throw-away one.
FOREIGN = ("DATABASE_URL", "DATABASE_MIGRATE_URL", "DATABASE_BACKUP_URL", "REDIS_URL", "MEDIA_ROOT", "BASE_URL")


@contextmanager
def servers(*, durable: bool = False) -> Iterator[dict[str, str]]:
    """PostgreSQL and Valkey in a temporary folder, gone at the end; yields the variables that lead to them.

    PG names the folder of another PostgreSQL's programs (15 or newer). Whoever measures asks for `durable` ones, which
    pay for every commit as an installation does.
    """
    folder = Path(tempfile.mkdtemp(prefix="roger-"))
    folder.chmod(0o711)  # the servers' account passes through; ROGER_HOME below is closed
    try:
        with kept_servers(folder / "home", durable=durable) as values:
            yield values
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def kept_servers(folder: Path, *, durable: bool = True) -> Iterator[dict[str, str]]:
    """The same on a folder that stays, so that large data need not be made again."""
    for name in FOREIGN:
        os.environ.pop(name, None)
    home = prepare(folder)
    with only_launcher(home), _running(home, durable=durable) as values:
        yield values


@contextmanager
def _running(home: Home, *, durable: bool) -> Iterator[dict[str, str]]:
    secrets = load_or_make(home.secrets, sealed_data=home.data)
    database = postgres.Postgres(
        binaries=postgres.find_binaries(home.servers, home.account),
        folder=home.servers,
        sockets=home.sockets,
        log=home.logs / "postgres.log",
        account=home.account,
        superuser_password=secrets.superuser_password,
        durable=durable,
    )
    broker = valkey.Valkey(
        program=valkey.find_program(home.servers, home.account),
        folder=home.servers,
        sockets=home.sockets,
        log=home.logs / "valkey.log",
        account=home.account,
        durable=durable,
    )
    try:
        database.start()
        database.prepare(secrets)
        broker.start()
        values = variables(home, secrets, Ports(front=8000, simulator=8360), database, broker)
        yield values | {"ROGER_TEST_SUPERUSER_URL": database.superuser_url()}
    finally:
        broker.stop()
        database.stop()
