import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
import redis

from roger.embedded.home import only_launcher, prepare
from roger.embedded.throw_away import kept_servers, servers

COUNT_TABLES = """
import os, psycopg
with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
    print(connection.execute("select count(*) from pg_tables where schemaname = 'public'").fetchone()[0])
"""


def run_embedded(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "roger.embedded", *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_throw_away_servers_answer_and_leave_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "environ", os.environ.copy())

    with servers() as told:
        home = Path(told["ROGER_HOME"])
        with psycopg.connect(told["DATABASE_URL"]) as connection:
            role = connection.execute("select current_user").fetchone()
        with redis.Redis.from_url(told["REDIS_URL"]) as broker:
            answer = broker.ping()

    assert role == ("roger_app",)
    assert answer is True
    assert not home.parent.exists()


@pytest.mark.parametrize(("durable", "expected"), [(False, "off"), (True, "on")])
def test_only_who_asks_for_it_pays_for_durability(
    monkeypatch: pytest.MonkeyPatch, durable: bool, expected: str
) -> None:
    monkeypatch.setattr(os, "environ", os.environ.copy())

    with servers(durable=durable) as told, psycopg.connect(told["DATABASE_URL"]) as connection:
        settings = [
            connection.execute(f"show {name}").fetchone()[0]  # type: ignore[index]
            for name in ("fsync", "full_page_writes", "synchronous_commit")
        ]

    assert settings == [expected, expected, "on"]


def test_kept_servers_have_their_data_the_next_time(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(os, "environ", os.environ.copy())
    tmp_path.chmod(0o711)

    home = tmp_path / "home"
    with kept_servers(home, durable=False) as told, psycopg.connect(told["DATABASE_MIGRATE_URL"]) as connection:
        connection.execute("create table kept as select 7 as seven")
    with kept_servers(home, durable=False) as told, psycopg.connect(told["DATABASE_MIGRATE_URL"]) as connection:
        found = connection.execute("select seven from kept").fetchone()

    assert found == (7,)


def test_a_command_runs_on_an_empty_database_and_its_exit_code_comes_through() -> None:
    done = run_embedded("--", sys.executable, "-c", COUNT_TABLES + "raise SystemExit(7)")

    assert (done.returncode, done.stdout, done.stderr) == (7, "0\n", "")


def test_an_unsuitable_server_is_one_sentence_and_exit_code_1(tmp_path: Path) -> None:
    done = run_embedded("--", "true", PG=str(tmp_path))

    assert done.returncode == 1
    assert done.stderr == (
        f"PG={tmp_path} holds no `postgres` and `initdb`: name the folder with PostgreSQL's programs.\n"
    )


def test_a_command_on_the_running_installation_gets_its_variables(tmp_path: Path) -> None:
    home = prepare(tmp_path, system_folder=tmp_path / "system")
    (tmp_path / "env").write_text("DATABASE_URL=postgres://there\n")

    with only_launcher(home):
        done = run_embedded("--home", "--", "sh", "-c", "echo $DATABASE_URL", ROGER_HOME=str(tmp_path))
    stopped = run_embedded("--home", "--", "true", ROGER_HOME=str(tmp_path))

    assert (done.returncode, done.stdout) == (0, "postgres://there\n")
    assert stopped.returncode == 1
    assert stopped.stderr == f"Roger does not run from {tmp_path} at the moment: start it with `make run`.\n"


def test_without_an_installation_the_sentence_says_how_to_start_one(tmp_path: Path) -> None:
    done = run_embedded("--home", "--", "true", ROGER_HOME=str(tmp_path))

    assert done.returncode == 1
    assert done.stderr == (f"There is no installation in {tmp_path}: start one with `make run`, or set ROGER_HOME.\n")
