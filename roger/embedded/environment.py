"""The variables of Roger's processes, and which of them each process gets."""

import os
from dataclasses import dataclass
from pathlib import Path

from roger.embedded.home import Home
from roger.embedded.postgres import Postgres
from roger.embedded.secrets import Secrets
from roger.embedded.valkey import Valkey

# What every process may have: where things are, nothing that opens anything.
COMMON = (
    *("DJANGO_SETTINGS_MODULE", "PYTHONUNBUFFERED", "PYTHONPATH", "PATH", "LANG", "TZ", "HOME"),
    *("DEBUG", "DEMO", "ROGER_HOME", "PORT", "SIMULATOR_PORT"),
    *("ALLOWED_HOSTS", "TRUSTED_PROXIES", "BASE_URL", "WHATSAPP_LINK_BASE"),
)
DATA = ("DATABASE_URL", "REDIS_URL")
SEALING = (
    *("SECRET_KEY", "ROGER_MASTER_KEY", "ROGER_MASTER_KEY_PREVIOUS", "MEDIA_ROOT"),
    *("OPERATOR_NAME", "HOSTING_NAME", "DPF_INVALID"),
)
APPLICATION = (
    *(*SEALING, "EMAIL_URL"),
    *("D360_BASE_URL", "D360_PARTNER_ID", "D360_PARTNER_KEY", "D360_SIGNATURE_SECRET"),
)

# The door, the sealing and the ledger: each process gets what its work needs (design: secrets per process).
OF_PROCESS: dict[str, tuple[str, ...]] = {
    "web": (*COMMON, *DATA, *APPLICATION),
    "inbound": (*COMMON, *DATA, *SEALING),
    "worker": (*COMMON, *DATA, *APPLICATION, "LEDGER_SIGNING_KEY"),
    "stream": (*COMMON, *DATA),
    "scheduler": (*COMMON, "REDIS_URL"),
    # The stand-in plays 360dialog, whose secret this is.
    "simulator": (*COMMON, "SIMULATOR_CONFIG", "D360_SIGNATURE_SECRET"),
    "caddy": ("PATH", "HOME", "SITE_ADDRESS", "BIND_ADDRESS", "WEB_UPSTREAM", "STREAM_UPSTREAM", "STATIC_FOLDER"),
}


@dataclass(frozen=True)
class Ports:
    """The two ports people and machines know."""

    front: int
    simulator: int


def variables(
    home: Home, secrets: Secrets, ports: Ports, postgres: Postgres | None, valkey: Valkey | None
) -> dict[str, str]:
    """All variables as in use; what the operator has set wins over what we would choose."""
    simulator = f"http://127.0.0.1:{ports.simulator}"
    ours = {
        "DJANGO_SETTINGS_MODULE": "roger.settings",
        "PYTHONUNBUFFERED": "1",
        "ROGER_HOME": str(home.path),
        "PORT": str(ports.front),
        "SIMULATOR_PORT": str(ports.simulator),
        "SIMULATOR_CONFIG": str(home.path / "simulator.json"),
        "DEBUG": "0",
        "DEMO": "1",
        "ALLOWED_HOSTS": "127.0.0.1,localhost",
        "TRUSTED_PROXIES": "127.0.0.1",
        "BASE_URL": f"http://127.0.0.1:{ports.front}",
        "WHATSAPP_LINK_BASE": f"{simulator}/wa",
        "D360_BASE_URL": simulator,
        "D360_PARTNER_ID": secrets.partner_id,
        "D360_PARTNER_KEY": secrets.partner_key,
        # 360dialog signs for partners only; the stand-in signs, and Roger asks for it, once this is set.
        "D360_SIGNATURE_SECRET": "",
        "MEDIA_ROOT": str(home.path / "media"),
        "EMAIL_URL": "consolemail://",
        "SECRET_KEY": secrets.secret_key,
        "ROGER_MASTER_KEY": secrets.master_key,
        "LEDGER_SIGNING_KEY": secrets.ledger_signing_key,
    }
    return ours | _of_servers(secrets, postgres, valkey) | _set_by_operator(ours)


def _of_servers(secrets: Secrets, postgres: Postgres | None, valkey: Valkey | None) -> dict[str, str]:
    urls: dict[str, str] = {}
    if postgres:
        urls["DATABASE_URL"] = postgres.url("roger_app", secrets.app_password)
        urls["DATABASE_MIGRATE_URL"] = postgres.url("roger_migrate", secrets.migrate_password)
        urls["DATABASE_BACKUP_URL"] = postgres.url("roger_backup", secrets.backup_password)
    if valkey:
        urls["REDIS_URL"] = valkey.url
    return urls


def _set_by_operator(ours: dict[str, str]) -> dict[str, str]:
    external = (
        *("DATABASE_URL", "DATABASE_MIGRATE_URL", "DATABASE_BACKUP_URL", "REDIS_URL", "ROGER_MASTER_KEY_PREVIOUS"),
        *("OPERATOR_NAME", "HOSTING_NAME", "DPF_INVALID"),
    )
    fixed = {"DJANGO_SETTINGS_MODULE", "ROGER_HOME", "PORT", "SIMULATOR_PORT"}
    return {name: os.environ[name] for name in (*(ours.keys() - fixed), *external) if os.environ.get(name)}


def only_for(process: str, everything: dict[str, str]) -> dict[str, str]:
    """The variables of one process and no others."""
    inherited = {name: os.environ[name] for name in ("PATH", "LANG", "TZ", "HOME") if name in os.environ}
    return {name: value for name, value in (inherited | everything).items() if name in OF_PROCESS[process]}


def write(path: Path, values: dict[str, str]) -> None:
    """Write the variables as KEY=value lines for outside tools, readable by the owner alone (0600)."""
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.writelines(f"{name}={value}\n" for name, value in sorted(values.items()))
    draft.rename(path)


def read(path: Path) -> dict[str, str]:
    """What `write` has written."""
    return dict(line.split("=", 1) for line in path.read_text().splitlines())
