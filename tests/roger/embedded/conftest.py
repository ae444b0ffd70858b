"""Folders and servers for the tests of what starts them."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from roger.embedded import postgres
from roger.embedded.home import Home, prepare
from roger.embedded.secrets import Secrets


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder with a short path that every account may pass through, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp(prefix="roger-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def module_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="roger-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


def new_server(home: Home, secrets: Secrets) -> postgres.Postgres:
    return postgres.Postgres(
        binaries=postgres.find_binaries(home.servers, home.account),
        folder=home.servers,
        sockets=home.sockets,
        log=home.logs / "postgres.log",
        account=home.account,
        superuser_password=secrets.superuser_password,
        durable=False,
    )


@pytest.fixture(scope="module")
def secrets() -> Secrets:
    return Secrets()


@pytest.fixture(scope="module")
def server(module_folder: Path, secrets: Secrets) -> Iterator[postgres.Postgres]:
    """A prepared PostgreSQL, shared by the tests of a module."""
    running = new_server(prepare(module_folder / "home"), secrets)
    running.start()
    running.prepare(secrets)
    yield running
    running.stop()
