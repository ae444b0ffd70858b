from pathlib import Path

import pytest

from roger.embedded.environment import OF_PROCESS, Ports, only_for, read, variables, write
from roger.embedded.home import prepare
from roger.embedded.postgres import Postgres
from roger.embedded.secrets import Secrets
from roger.embedded.valkey import Valkey

SECRET = {
    "SECRET_KEY",
    "ROGER_MASTER_KEY",
    "ROGER_MASTER_KEY_PREVIOUS",
    "LEDGER_SIGNING_KEY",
    "D360_PARTNER_KEY",
    "DATABASE_URL",
    "DATABASE_MIGRATE_URL",
    "DATABASE_BACKUP_URL",
}
OF_DESIGN = {
    *("DATABASE_URL", "DATABASE_MIGRATE_URL", "DATABASE_BACKUP_URL", "REDIS_URL", "ROGER_MASTER_KEY"),
    *("LEDGER_SIGNING_KEY", "SECRET_KEY", "ALLOWED_HOSTS", "TRUSTED_PROXIES", "BASE_URL", "D360_BASE_URL"),
    *("D360_PARTNER_ID", "D360_PARTNER_KEY", "D360_SIGNATURE_SECRET", "WHATSAPP_LINK_BASE", "MEDIA_ROOT"),
    *("EMAIL_URL", "DEBUG", "ROGER_HOME", "PORT", "SIMULATOR_PORT", "DEMO"),
}


@pytest.fixture
def everything(open_folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """All variables of an installation with both servers embedded, whatever the test run itself has set."""
    for name in (*OF_DESIGN, "ROGER_MASTER_KEY_PREVIOUS", "SIMULATOR_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    return variables_of(open_folder)


def variables_of(folder: Path, secrets: Secrets | None = None) -> dict[str, str]:
    home = prepare(folder / "home")
    database = Postgres(folder, home.servers, home.sockets, home.logs / "log", home.account, "secret")
    broker = Valkey(folder, home.servers, home.sockets, home.logs / "log", home.account)
    return variables(home, secrets or Secrets(), Ports(8000, 8360), database, broker)


def test_every_variable_of_the_design_is_there(everything: dict[str, str]) -> None:
    assert OF_DESIGN - everything.keys() == set()


def test_addresses_follow_the_ports(everything: dict[str, str]) -> None:
    addresses = {name: everything[name] for name in ("BASE_URL", "D360_BASE_URL", "WHATSAPP_LINK_BASE")}

    assert addresses == {
        "BASE_URL": "http://127.0.0.1:8000",
        "D360_BASE_URL": "http://127.0.0.1:8360",
        "WHATSAPP_LINK_BASE": "http://127.0.0.1:8360/wa",
    }


@pytest.mark.parametrize(
    ("process", "secrets"),
    [
        ("web", {"SECRET_KEY", "ROGER_MASTER_KEY", "D360_PARTNER_KEY", "DATABASE_URL"}),
        ("inbound", {"SECRET_KEY", "ROGER_MASTER_KEY", "DATABASE_URL"}),
        ("worker", {"SECRET_KEY", "ROGER_MASTER_KEY", "D360_PARTNER_KEY", "DATABASE_URL", "LEDGER_SIGNING_KEY"}),
        ("stream", {"DATABASE_URL"}),
        ("scheduler", set()),
        ("simulator", set()),
        ("caddy", set()),
    ],
)
def test_each_process_gets_the_secrets_of_its_work_and_no_others(
    everything: dict[str, str], process: str, secrets: set[str]
) -> None:
    told = only_for(process, everything)

    assert SECRET & told.keys() == secrets


def test_every_process_is_on_the_list() -> None:
    assert set(OF_PROCESS) == {"web", "stream", "inbound", "worker", "scheduler", "simulator", "caddy"}


def test_a_variable_of_our_own_terminal_reaches_no_process(
    everything: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOME_TOKEN", "of the developer")

    assert [process for process in OF_PROCESS if "SOME_TOKEN" in only_for(process, everything)] == []


def test_what_the_operator_has_set_wins(open_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("D360_BASE_URL", "https://waba-v2.360dialog.io")
    monkeypatch.setenv("DATABASE_URL", "postgres://roger_app@db.example/roger")

    everything = variables_of(open_folder)

    assert everything["D360_BASE_URL"] == "https://waba-v2.360dialog.io"
    assert everything["DATABASE_URL"] == "postgres://roger_app@db.example/roger"


def test_variables_are_written_for_their_owner_alone_and_read_back(
    everything: dict[str, str], open_folder: Path
) -> None:
    write(open_folder / "env", everything)

    assert (open_folder / "env").stat().st_mode & 0o777 == 0o600
    assert read(open_folder / "env") == everything
