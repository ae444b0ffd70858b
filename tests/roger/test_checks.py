"""A process refuses to start without its secrets, with weak ones, or as a role that no policy holds back."""

import base64
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from pytest_django import Settings

from roger.checks import require_modest_role, require_secrets, secrets_are_strong

ROOT = Path(__file__).parents[2]
GOOD_TEXT, GOOD_KEY = "Zk3-" * 16 + "abcdefgh", bytes(range(32))


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("SECRET_KEY", "", "SECRET_KEY is missing"),
        ("SECRET_KEY", "short", "SECRET_KEY is too weak"),
        ("SECRET_KEY", "a" * 80, "SECRET_KEY is too weak"),
        ("SECRET_KEY", "django-insecure-" + GOOD_TEXT, "SECRET_KEY is too weak"),
        ("ROGER_MASTER_KEY", b"", "ROGER_MASTER_KEY is missing"),
        ("ROGER_MASTER_KEY", bytes(32), "ROGER_MASTER_KEY is too weak"),
        ("ROGER_MASTER_KEY", GOOD_KEY[:16], "ROGER_MASTER_KEY is too weak"),
        ("LEDGER_SIGNING_KEY", b"", "LEDGER_SIGNING_KEY is missing"),
    ],
)
def test_a_missing_or_weak_secret_stops_the_start_and_is_named(
    settings: Settings, name: str, value: str | bytes, complaint: str
) -> None:
    setattr(settings, name, value)

    with pytest.raises(ImproperlyConfigured, match=complaint) as stopped:
        require_secrets(name)

    assert "openssl rand" in str(stopped.value)
    assert not value or str(value) not in str(stopped.value)


def test_good_secrets_let_it_start(settings: Settings) -> None:
    settings.SECRET_KEY, settings.ROGER_MASTER_KEY = GOOD_TEXT, GOOD_KEY

    require_secrets("SECRET_KEY", "ROGER_MASTER_KEY")

    assert secrets_are_strong(None) == []


def test_the_deployment_check_names_what_is_weak(settings: Settings) -> None:
    settings.SECRET_KEY, settings.ROGER_MASTER_KEY = "short", b""

    assert [(found.id, found.msg.split(";")[0]) for found in secrets_are_strong(None)] == [
        ("roger.E001", "SECRET_KEY is too weak"),
        ("roger.E001", "ROGER_MASTER_KEY is missing"),
    ]


@pytest.mark.django_db
def test_the_application_role_may_start() -> None:
    require_modest_role()

    with connection.cursor() as cursor:
        cursor.execute("select current_user")
        assert cursor.fetchone() == ("roger_app",)


def start_web(then: str = "", **environment: str) -> "subprocess.CompletedProcess[str]":
    """Import the web process as granian does, with these variables beside those of the test's servers."""
    return subprocess.run(
        [sys.executable, "-c", f"import roger.wsgi\n{then}"],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def database_url(name: str) -> str:
    """One of the run's URLs, leading to the database of this worker."""
    parts = urlsplit(os.environ[name])
    return urlunsplit(parts._replace(path=f"/{connection.settings_dict['NAME']}"))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("role", "complaint"),
    [
        ("DATABASE_MIGRATE_URL", "has BYPASSRLS"),
        ("ROGER_TEST_SUPERUSER_URL", "is a superuser"),
    ],
)
def test_the_web_does_not_start_as_a_role_that_no_policy_holds_back(role: str, complaint: str) -> None:
    connection.close()

    started = start_web(DATABASE_URL=database_url(role))

    assert started.returncode == 1
    assert f"DATABASE_URL: its role {complaint}; connect as roger_app" in started.stderr


@pytest.mark.django_db(transaction=True)
def test_the_web_starts_as_the_application_role_and_only_with_its_secrets() -> None:
    connection.close()
    url = database_url("DATABASE_URL")

    good = start_web(DATABASE_URL=url)
    weak = start_web(DATABASE_URL=url, ROGER_MASTER_KEY=base64.b64encode(bytes(32)).decode())
    missing = start_web(DATABASE_URL=url, SECRET_KEY="")
    malformed = start_web(DATABASE_URL=url, ROGER_MASTER_KEY="not base64!")

    assert (good.returncode, good.stderr) == (0, "")
    assert (weak.returncode, missing.returncode, malformed.returncode) == (1, 1, 1)
    assert "ROGER_MASTER_KEY is too weak" in weak.stderr
    assert "SECRET_KEY is missing; set it to" in missing.stderr
    assert "ROGER_MASTER_KEY is not base64" in malformed.stderr


SHOW = """
from django.db import connection
with connection.cursor() as cursor:
    for name in ("statement_timeout", "idle_in_transaction_session_timeout", "client_connection_check_interval"):
        cursor.execute(f"show {name}")
        print(cursor.fetchone()[0])
"""


@pytest.mark.django_db(transaction=True)
def test_a_page_waits_half_a_minute_for_the_database_and_no_longer() -> None:
    connection.close()
    url = database_url("DATABASE_URL")

    usual = start_web(SHOW, DATABASE_URL=url)
    chosen = start_web(SHOW, DATABASE_URL=f"{url}{'&' if '?' in url else '?'}options=-c%20statement_timeout%3D5s")

    assert (usual.returncode, usual.stdout.splitlines()[0]) == (0, "30s")
    assert (chosen.returncode, chosen.stdout.splitlines()[0]) == (0, "5s")


@pytest.mark.django_db
def test_a_process_that_hangs_in_a_transaction_loses_its_locks_after_a_minute() -> None:
    with connection.cursor() as cursor:
        limits = []
        for name in ("idle_in_transaction_session_timeout", "client_connection_check_interval", "statement_timeout"):
            cursor.execute(f"show {name}")
            limits.append(cursor.fetchone())

    assert limits == [("1min",), ("10s",), ("0",)]
