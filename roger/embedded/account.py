"""The account the embedded servers run as. PostgreSQL refuses root, and Valkey has no need of it."""

import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path

from roger.embedded.cannot_start import CannotStart

PREFERRED = ("roger", "nobody")


@dataclass(frozen=True)
class Account:
    """An unprivileged account of this machine."""

    name: str
    uid: int
    gid: int

    def can_enter(self, folder: Path) -> bool:
        """Whether the account may pass through every existing folder from the root down to this one."""
        way = [folder, *folder.parents]
        return all(self._has(step, stat.S_IXUSR) for step in way if step.exists())

    def can_run(self, program: Path) -> bool:
        """Whether the account may reach and execute this program."""
        return self.can_enter(program.parent) and self._has(program, stat.S_IXUSR)

    def own(self, folder: Path) -> None:
        """Make the folder if need be, and hand it to the account alone (0700)."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        os.chown(folder, self.uid, self.gid)

    def _has(self, path: Path, owners_bit: int) -> bool:
        facts = path.stat()
        if facts.st_uid == self.uid:
            return bool(facts.st_mode & owners_bit)
        if facts.st_gid == self.gid:
            return bool(facts.st_mode & (owners_bit >> 3))
        return bool(facts.st_mode & (owners_bit >> 6))


def unprivileged_account() -> Account | None:
    """The account to drop to: None when we are not root, so that the servers run as ourselves."""
    if os.geteuid() != 0:
        return None
    for name in PREFERRED:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)
    raise CannotStart(
        "PostgreSQL does not run as root and this machine has no account 'nobody': start Roger as another user."
    )
