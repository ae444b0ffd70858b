"""The files docker-compose.yml mounts as secrets: `python3 -m roger.embedded.production_secrets <folder>`.

Needs nothing but Python. Existing files are left alone, so that a second run adds only what is missing.
"""

import os
import sys
from pathlib import Path
from urllib.parse import quote

from roger.embedded.secrets import Secrets

HOST = "postgres:5432"


def write_missing(folder: Path) -> list[str]:
    """Write each secret that is not there yet; returns their names.

    The folder is closed to everybody else (0700). The files are readable, since a container's account must read them.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    made = Secrets()
    passwords = {
        "superuser_password": made.superuser_password,
        "migrate_password": made.migrate_password,
        "app_password": made.app_password,
        "backup_password": made.backup_password,
    }
    written = write_each(folder, passwords)
    # The addresses hold the passwords that lie in the folder, be they new or old.
    addresses = {
        "database_url": address("roger_app", folder / "app_password"),
        "database_migrate_url": address("roger_migrate", folder / "migrate_password"),
    }
    keys = {
        "secret_key": made.secret_key,
        "master_key": made.master_key,
        "master_key_previous": "",  # the old ones, comma by comma, while the master is exchanged
        "ledger_signing_key": made.ledger_signing_key,
        # Both come from 360dialog, for its partners only.
        "partner_key": "",
        "signature_secret": "",
    }
    return written + write_each(folder, addresses | keys)


def write_each(folder: Path, contents: dict[str, str]) -> list[str]:
    missing = [name for name in contents if not (folder / name).exists()]
    for name in missing:
        with os.fdopen(os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o444), "w") as file:
            file.write(contents[name])  # no line end: a key is read as it stands
    return missing


def address(role: str, password_file: Path) -> str:
    return f"postgres://{role}:{quote(password_file.read_text(), safe='')}@{HOST}/roger"


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("Usage: python3 -m roger.embedded.production_secrets <folder>")
    sys.stdout.write("".join(f"made {name}\n" for name in write_missing(Path(sys.argv[1]))))
