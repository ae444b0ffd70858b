"""Secrets of `make run`: made once, kept in one file that only its owner can read."""

import base64
import json
import os
import secrets
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

from roger.embedded.cannot_start import CannotStart


def _password() -> str:
    return secrets.token_urlsafe(24)


def _key() -> str:
    """32 random bytes in base64, as ROGER_MASTER_KEY and LEDGER_SIGNING_KEY want them."""
    return base64.b64encode(secrets.token_bytes(32)).decode()


@dataclass(frozen=True, repr=False)
class Secrets:
    """Everything an installation must keep to itself. Never printed, hence no repr."""

    superuser_password: str = field(default_factory=_password)
    migrate_password: str = field(default_factory=_password)
    app_password: str = field(default_factory=_password)
    backup_password: str = field(default_factory=_password)
    master_key: str = field(default_factory=_key)
    ledger_signing_key: str = field(default_factory=_key)
    secret_key: str = field(default_factory=lambda: secrets.token_urlsafe(64))
    partner_id: str = field(default_factory=lambda: secrets.token_hex(8))
    partner_key: str = field(default_factory=_password)


def load_or_make(path: Path, *, sealed_data: Path) -> Secrets:
    """Read the secrets, or make them on the first start.

    Raises CannotStart when they are gone while `sealed_data` exists: new ones could not open it.
    """
    if path.exists():
        return _read(path)
    if sealed_data.exists():
        raise CannotStart(
            f"{path} is missing, but {sealed_data} holds data that only its keys can open: "
            "put the file back from your backup, or remove the data to start afresh."
        )
    made = Secrets()
    _write(path, made)
    return made


def _read(path: Path) -> Secrets:
    try:
        stored = json.loads(path.read_text())
        return Secrets(**{each.name: stored[each.name] for each in fields(Secrets)})
    except (ValueError, KeyError, TypeError) as error:
        raise CannotStart(f"{path} is damaged: put it back from your backup.") from error


def _write(path: Path, made: Secrets) -> None:
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(asdict(made), file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(path)
