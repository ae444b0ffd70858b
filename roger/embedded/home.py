"""ROGER_HOME: the folder with everything that one installation keeps, and where its servers may live."""

import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from roger.embedded.account import Account, unprivileged_account
from roger.embedded.cannot_start import CannotStart
from roger.embedded.postgres import stop_leftover

# sun_path has 108 bytes with its closing zero; this is the longest name below the folder of sockets.
LONGEST_SOCKET_PATH = 107
LONGEST_SOCKET_NAME = ".s.PGSQL.5432"

# Where the servers live when we are root and their account cannot reach ROGER_HOME.
SYSTEM_FOLDER = Path("/var/lib/roger")


@dataclass(frozen=True)
class Home:
    """The folders of one installation. `account` is who the servers run as (None: we ourselves)."""

    path: Path
    servers: Path
    sockets: Path
    account: Account | None

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    @property
    def run(self) -> Path:
        return self.path / "run"

    @property
    def secrets(self) -> Path:
        return self.path / "secrets.json"

    @property
    def data(self) -> Path:
        """PostgreSQL's data folder."""
        return self.servers / "postgres"


def prepare(path: Path, *, system_folder: Path = SYSTEM_FOLDER) -> Home:
    """Make the folders of ROGER_HOME. Raises CannotStart with what to do when that is not possible."""
    account = unprivileged_account()
    path = path.absolute()
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.chmod(0o700)
        for folder in ("logs", "run"):
            (path / folder).mkdir(mode=0o700, exist_ok=True)
        servers = _servers_folder(path, account, system_folder)
        return Home(path, servers, _sockets_folder(servers, account), account)
    except OSError as error:
        raise CannotStart(
            f"ROGER_HOME {path} cannot be written ({error.strerror}): make it writable, "
            "or set ROGER_HOME to a folder that is."
        ) from error


@contextmanager
def only_launcher(home: Home) -> Iterator[None]:
    """Hold ROGER_HOME against a second launcher. Raises CannotStart when another one has it."""
    with (home.run / "lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            raise CannotStart(
                f"Roger already runs from {home.path} (process {file.read().strip() or 'unknown'}): "
                "stop it first, or set ROGER_HOME to another folder."
            ) from error
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def is_running(path: Path) -> bool:
    """Whether a launcher holds this ROGER_HOME."""
    try:
        with (path / "run" / "lock").open() as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def _servers_folder(path: Path, account: Account | None, system_folder: Path) -> Path:
    inside = path / "servers"
    if account is None:
        inside.mkdir(mode=0o700, exist_ok=True)
        return inside
    if inside.is_symlink() or not account.can_enter(path.parent):
        return _outside(inside, account, system_folder)
    # The account's group may pass through ROGER_HOME to its own folder, and list or read nothing.
    os.chown(path, -1, account.gid)
    path.chmod(0o710)
    account.own(inside)
    return inside


def _outside(link: Path, account: Account, system_folder: Path) -> Path:
    """A folder the account can reach, named after ROGER_HOME and linked from there. No parent is ever opened up."""
    system_folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    target = system_folder / hashlib.sha256(os.fsencode(link.parent)).hexdigest()[:16]
    if not link.is_symlink() and target.exists():
        _put_aside(target)
    account.own(target)
    if not link.is_symlink():
        link.symlink_to(target)
    return target


def _put_aside(target: Path) -> None:
    """The ROGER_HOME these servers belonged to was removed, and with it the keys that could read their data."""
    stop_leftover(target / "postgres")
    abandoned = target.with_name(f"{target.name}.abandoned")
    shutil.rmtree(abandoned, ignore_errors=True)
    target.rename(abandoned)


def _sockets_folder(servers: Path, account: Account | None) -> Path:
    folder = servers / "sockets"
    if len(os.fsencode(folder / LONGEST_SOCKET_NAME)) > LONGEST_SOCKET_PATH:
        name = hashlib.sha256(os.fsencode(servers)).hexdigest()[:16]
        folder = Path(tempfile.gettempdir()) / f"roger-{os.geteuid()}-{name}"
        _refuse_a_strangers_folder(folder, account)
    folder.mkdir(mode=0o700, exist_ok=True)
    if account:
        account.own(folder)
    return folder


def _refuse_a_strangers_folder(folder: Path, account: Account | None) -> None:
    """Anybody may make folders in the system's temporary folder, also one with our name."""
    if not os.path.lexists(folder):
        return
    owners = {os.geteuid(), account.uid if account else os.geteuid()}
    if folder.is_symlink() or folder.lstat().st_uid not in owners:
        raise CannotStart(f"{folder} belongs to somebody else: remove it, or set ROGER_HOME to a shorter path.")
