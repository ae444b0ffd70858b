"""What `manage.py doctor` finds: what is embedded, what is external, what is wrong. Names no person and no secret."""

import os
import platform
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from roger import failures, queues
from roger.checks import complaint_about
from roger.embedded.cannot_start import CannotStart
from roger.supervisor import disk
from roger.supervisor.programs import front_program
from roger.supervisor.report import ProcessFacts, read_processes

OLDEST_POSTGRESQL = 150000  # as server_version_num tells it
LITTLE_SPACE_BYTES = 500 * disk.MEBIBYTE


@dataclass
class Server:
    """A database or broker: whether `make run` started it or somebody else, and which version answers."""

    where: str
    version: str | None = None


@dataclass
class Diagnosis:
    """Everything doctor tells. `problems` are sentences that say what to do; none means all is well."""

    python: str
    database: Server
    broker: Server
    front: str | None
    processes: list[ProcessFacts]
    problems: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def diagnose() -> Diagnosis:
    """Look at everything this process can reach. Raises nothing: what fails is a problem found."""
    processes = read_processes(Path(settings.ROGER_HOME) / "run" / "processes.json")
    ours = {process["name"] for process in processes}
    found = Diagnosis(
        python=platform.python_version(),
        database=Server("embedded" if is_embedded_database(processes) else "external"),
        broker=Server("embedded" if "valkey" in ours and settings.REDIS_URL.startswith("unix:") else "external"),
        front=front(),
        processes=processes,
    )
    for examine in EXAMINATIONS:
        found.problems.extend(examine(found))
    return found


def is_embedded_database(processes: list[ProcessFacts]) -> bool:
    """Whether our DATABASE_URL leads to the socket of the PostgreSQL that the supervisor keeps."""
    host = connection.get_connection_params().get("host")
    return any(process["name"] == "postgres" and process["listening"] == host for process in processes)


def front() -> str | None:
    try:
        return front_program()
    except CannotStart:
        return None


def examine_database(found: Diagnosis) -> Iterator[str]:
    try:
        with connection.cursor() as cursor:
            cursor.execute("select current_setting('server_version'), current_setting('server_version_num')::int")
            found.database.version, number = cursor.fetchone()
            cursor.execute("select rolsuper or rolbypassrls from pg_roles where rolname = current_user")
            (sees_everything,) = cursor.fetchone()
        pending = pending_migrations()
    except DatabaseError:
        yield f"The database does not answer: {_whom_to_start(found)}, or correct DATABASE_URL."
        return
    if number < OLDEST_POSTGRESQL:
        yield f"PostgreSQL {found.database.version} is too old: Roger needs 15 or newer."
    if sees_everything:
        yield "DATABASE_URL names a role that row-level security does not bind: use roger_app."
    if pending:
        yield (
            f"{pending} migrations are missing: while Roger starts, wait until it says ready; else run "
            "`manage.py migrate --database migrate`."
        )


def pending_migrations() -> int:
    """How many migrations the database has not seen."""
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _whom_to_start(found: Diagnosis) -> str:
    """Without processes of ours it is likely that Roger itself does not run."""
    return "start it" if found.processes else "start Roger with `make run`, or the server if it is one of your own"


def examine_broker(found: Diagnosis) -> Iterator[str]:
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2) as broker:
            server, memory = broker.info("server"), broker.info("memory")
    except redis.RedisError:
        whom = _whom_to_start(found)
        yield f"The broker does not answer: {whom}, or correct REDIS_URL. Work goes on only by the sweep."
        return
    found.broker.version = (
        f"{server.get('server_name', 'redis')} {server.get('valkey_version', server['redis_version'])}"
    )
    if memory["maxmemory_policy"] != "noeviction":
        yield "The broker throws entries away when its memory is full: set maxmemory-policy to noeviction."


def examine_tasks(found: Diagnosis) -> Iterator[str]:
    with suppress(redis.RedisError):  # a broker that is away is told already
        for one in failures.failing():
            worker = queues.worker_of(one.task)
            log = f"{settings.ROGER_HOME}/logs/{worker}.log" if found.processes else f"the log of {worker}"
            yield f"The task {one.task} fails ({one.times}×, last at {one.last_at:%Y-%m-%d %H:%M} UTC): read {log}."


def examine_front(found: Diagnosis) -> Iterator[str]:
    if found.front is None and found.processes:
        yield "There is no Caddy on this machine, so nothing can serve pages and stream on one origin: install Caddy 2."


def examine_processes(found: Diagnosis) -> Iterator[str]:
    for process in found.processes:
        if process["pid"] is None or not is_alive(process["pid"]):
            yield f"{process['name']} does not run: read {settings.ROGER_HOME}/logs/{process['name']}.log."


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def examine_keys(_found: Diagnosis) -> Iterator[str]:
    complaints = map(complaint_about, ("SECRET_KEY", "ROGER_MASTER_KEY", "LEDGER_SIGNING_KEY"))
    yield from (f"{complaint}." for complaint in complaints if complaint)


def examine_disk(_found: Diagnosis) -> Iterator[str]:
    folder = Path(settings.ROGER_HOME)
    if folder.exists() and (free := disk.free_bytes(folder)) < LITTLE_SPACE_BYTES:
        yield f"The disk of {folder} has only {free // disk.MEBIBYTE} MB left: make room."


EXAMINATIONS = (
    *(examine_database, examine_broker, examine_tasks),
    *(examine_front, examine_processes, examine_keys, examine_disk),
)
