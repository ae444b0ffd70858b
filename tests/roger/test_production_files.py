"""What docker-compose.yml, Dockerfile and .env.example promise."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from roger.embedded.environment import OF_PROCESS

PROJECT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((PROJECT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
ONCE = {"roles", "migrate", "demo"}
OURS = sorted(name for name, service in SERVICES.items() if service["image"].startswith("roger:"))


def test_every_process_of_make_run_has_its_service() -> None:
    processes = set(OF_PROCESS) - {"caddy"} | {"postgres", "valkey", "proxy"}

    assert SERVICES.keys() - ONCE == processes


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_can_change_nothing_but_its_volumes(name: str) -> None:
    service = SERVICES[name]

    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "cap_add" not in service
    assert "privileged" not in service


def test_nobody_is_root() -> None:
    foreign = {name: service.get("user") for name, service in SERVICES.items() if name not in OURS}
    last_user = re.findall(r"^USER (\S+)$", (PROJECT / "Dockerfile").read_text(), re.MULTILINE)[-1]

    assert foreign == {"postgres": "999:999", "valkey": "999:999", "roles": "999:999"}
    assert [name for name in OURS if "user" in SERVICES[name]] == []
    assert last_user == "roger"


def test_only_the_front_is_reachable_from_outside() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}

    assert published == {"proxy": ["80:80", "443:443"], "simulator": ["127.0.0.1:8360:8360"]}
    assert [name for name, service in SERVICES.items() if "network_mode" in service] == []


def test_database_and_broker_sit_in_a_network_without_a_way_out() -> None:
    assert COMPOSE["networks"]["data"] == {"internal": True}
    assert {tuple(SERVICES[name]["networks"]) for name in ("postgres", "valkey", "roles", "migrate")} == {("data",)}
    assert "data" not in SERVICES["proxy"]["networks"]


@pytest.mark.parametrize(
    ("name", "secrets"),
    [
        ("web", {"database_url", "secret_key", "master_key", "master_key_previous", "partner_key", "signature_secret"}),
        ("inbound", {"database_url", "secret_key", "master_key", "master_key_previous"}),
        (
            "worker",
            {"database_url", "secret_key", "master_key", "master_key_previous", "partner_key", "ledger_signing_key"},
        ),
        ("stream", {"database_url"}),
        ("scheduler", set()),
        ("proxy", set()),
        ("simulator", set()),
        ("postgres", {"superuser_password"}),
        ("valkey", set()),
    ],
)
def test_each_service_gets_the_secrets_of_its_work_and_no_others(name: str, secrets: set[str]) -> None:
    assert set(SERVICES[name].get("secrets", [])) == secrets


def test_no_secret_stands_in_the_file() -> None:
    values = {
        f"{service}.{variable}": value
        for service, facts in SERVICES.items()
        for variable, value in facts.get("environment", {}).items()
        if re.search("SECRET|PASSWORD|KEY|DATABASE.*URL", variable)
    }

    assert {name for name, value in values.items() if not str(value).startswith("/run/secrets/")} == set()
    assert values


def test_every_secret_that_is_mounted_is_declared() -> None:
    mounted = {secret for service in SERVICES.values() for secret in service.get("secrets", [])}

    assert mounted == COMPOSE["secrets"].keys()


def test_every_service_that_stays_tells_its_health() -> None:
    without = {name for name, service in SERVICES.items() if "healthcheck" not in service}

    assert without == ONCE


def test_the_stand_in_is_opt_in() -> None:
    opt_in = {name: service["profiles"] for name, service in SERVICES.items() if "profiles" in service}

    assert opt_in == {"simulator": ["simulator"], "demo": ["simulator"]}


def test_every_variable_the_settings_read_is_in_the_example() -> None:
    settings = (PROJECT / "roger" / "settings.py").read_text()
    read = set(re.findall(r"""(?:env(?:\.\w+)?|key)\(\s*"([A-Z][A-Z0-9_]+)\"""", settings))

    listed = set(re.findall(r"^([A-Z][A-Z0-9_]+)=", (PROJECT / ".env.example").read_text(), re.MULTILINE))

    assert read - listed == set()
    assert len(read) > 15


def test_the_example_holds_no_usable_secret() -> None:
    values = dict(
        line.split("=", 1)
        for line in (PROJECT / ".env.example").read_text().splitlines()
        if line and not line.startswith("#")
    )

    secrets = {name: value for name, value in values.items() if re.search("_KEY|SECRET", name)}
    assert set(secrets.values()) == {""}
    assert [value for name, value in values.items() if name.startswith("DATABASE") and "change-me" not in value] == []


def test_neither_secrets_nor_data_enter_the_image() -> None:
    kept_out = (PROJECT / ".dockerignore").read_text().splitlines()

    assert {".env", "secrets", ".roger", ".git", ".venv"} - set(kept_out) == set()
