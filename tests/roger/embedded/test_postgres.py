import os
import shutil
import signal
from pathlib import Path

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege

from roger.embedded import children, postgres
from roger.embedded.cannot_start import CannotStart
from roger.embedded.home import prepare
from roger.embedded.postgres import Postgres
from roger.embedded.secrets import Secrets
from tests.roger.embedded.conftest import new_server


def connect(server: Postgres, secrets: Secrets, role: str, database: str = "roger") -> psycopg.Connection:
    password = {
        "roger_migrate": secrets.migrate_password,
        "roger_app": secrets.app_password,
        "roger_backup": secrets.backup_password,
    }[role]
    return psycopg.connect(server.url(role, password, database), autocommit=True)


def test_each_role_may_exactly_what_the_design_says(server: Postgres) -> None:
    with psycopg.connect(server.superuser_url("roger")) as connection:
        roles = connection.execute(
            "select rolname, rolcanlogin, rolsuper, rolbypassrls, rolcreatedb, rolcreaterole, rolreplication "
            "from pg_roles where rolname like 'roger%' order by rolname"
        ).fetchall()

    assert roles == [
        ("roger_app", True, False, False, False, False, False),
        ("roger_backup", True, False, True, False, False, False),
        ("roger_migrate", True, False, True, True, False, False),
    ]


def test_the_database_belongs_to_the_role_that_migrates(server: Postgres) -> None:
    with psycopg.connect(server.superuser_url("roger")) as connection:
        owner = connection.execute("select pg_get_userbyid(datdba) from pg_database where datname = 'roger'").fetchone()

    assert owner == ("roger_migrate",)


@pytest.mark.parametrize("schema", ["public", "keystore"])
def test_the_application_works_in_tables_that_others_own(server: Postgres, secrets: Secrets, schema: str) -> None:
    in_schema = "select set_config('search_path', %s, false)"
    with connect(server, secrets, "roger_migrate") as owner:
        owner.execute(in_schema, [schema])
        owner.execute("create table work (id serial, word text)")

    with connect(server, secrets, "roger_app") as application:
        application.execute(in_schema, [schema])
        application.execute("insert into work (word) values ('one'), ('two')")
        application.execute("update work set word = 'three' where word = 'two'")
        application.execute("delete from work where word = 'one'")
        rows = application.execute("select id, word from work").fetchall()

    assert rows == [(2, "three")]


@pytest.mark.parametrize(
    "statement",
    [
        "create table mine (id int)",
        "create table keystore.mine (id int)",
        "create schema mine",
        "create temporary table mine (id int)",
        "create database mine",
        "truncate guarded",
        "drop table guarded",
        "alter table guarded disable row level security",
        "set role roger_migrate",
    ],
)
def test_the_application_can_neither_own_nor_empty_nor_change_a_table(
    server: Postgres, secrets: Secrets, statement: str
) -> None:
    with connect(server, secrets, "roger_migrate") as owner:
        owner.execute("create table if not exists guarded (id int)")

    with connect(server, secrets, "roger_app") as application, pytest.raises(InsufficientPrivilege):
        application.execute(statement)


def test_the_backup_reads_everything_and_writes_nothing(server: Postgres, secrets: Secrets) -> None:
    with connect(server, secrets, "roger_migrate") as owner:
        owner.execute("create table saved as select 1 as id")
        owner.execute("alter table saved enable row level security")
        owner.execute("alter table saved force row level security")

    with connect(server, secrets, "roger_backup") as backup:
        rows = backup.execute("select id from saved").fetchall()
        with pytest.raises(InsufficientPrivilege):
            backup.execute("delete from saved")

    assert rows == [(1,)]


def test_a_new_function_is_for_the_application_alone(server: Postgres, secrets: Secrets) -> None:
    with connect(server, secrets, "roger_migrate") as owner:
        owner.execute("create function answer() returns int language sql as 'select 42'")

    with connect(server, secrets, "roger_app") as application:
        answer = application.execute("select answer()").fetchone()
    with connect(server, secrets, "roger_backup") as backup, pytest.raises(InsufficientPrivilege):
        backup.execute("select answer()")

    assert answer == (42,)


def test_a_database_made_for_tests_inherits_schema_and_privileges(server: Postgres, secrets: Secrets) -> None:
    with connect(server, secrets, "roger_migrate") as owner:
        owner.execute("create database cloned")
    with connect(server, secrets, "roger_migrate", "cloned") as owner:
        owner.execute("create table keystore.inherited as select 1 as id")

    with connect(server, secrets, "roger_app", "cloned") as application:
        rows = application.execute("select id from keystore.inherited").fetchall()

    assert rows == [(1,)]


def test_preparing_a_second_time_changes_nothing(server: Postgres, secrets: Secrets) -> None:
    with connect(server, secrets, "roger_migrate") as owner:
        owner.execute("create table kept as select 1 as id")

    server.prepare(secrets)

    with connect(server, secrets, "roger_app") as application:
        assert application.execute("select id from kept").fetchall() == [(1,)]


def test_a_wrong_password_is_refused_on_the_socket(server: Postgres) -> None:
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(server.url("roger_app", "guessed"))


def test_the_server_listens_on_no_port_and_guards_its_pages(server: Postgres) -> None:
    with psycopg.connect(server.superuser_url()) as connection:
        settings = connection.execute(
            "select current_setting('listen_addresses'), current_setting('data_checksums'), "
            "current_setting('server_encoding'), current_setting('TimeZone')"
        ).fetchone()

    assert settings == ("", "on", "UTF8", "UTC")


def test_umlauts_fold_whatever_the_system_locale_is(server: Postgres) -> None:
    with psycopg.connect(server.superuser_url("roger")) as connection:
        folded = connection.execute("select lower('ZÄHNE'), upper('füllung')").fetchone()

    assert folded == ("zähne", "FÜLLUNG")


def test_a_failing_statement_leaves_no_value_in_the_log(server: Postgres, secrets: Secrets) -> None:
    with connect(server, secrets, "roger_migrate") as owner:
        owner.execute("create table unique_words (word text primary key)")
        owner.execute("insert into unique_words values ('Wurzelkanal')")
        with pytest.raises(psycopg.errors.UniqueViolation):
            owner.execute("insert into unique_words values ('Wurzelkanal')")

    logged = server.log.read_text()

    assert "duplicate key value" in logged
    assert "Wurzelkanal" not in logged


def test_committed_rows_outlive_a_killed_server(open_folder: Path, secrets: Secrets) -> None:
    server = new_server(prepare(open_folder / "home"), secrets)
    process = server.start()
    server.prepare(secrets)
    with connect(server, secrets, "roger_migrate") as owner:
        owner.execute("create table kept as select 1 as id")
    process.kill()
    process.wait()

    server.start()

    with connect(server, secrets, "roger_app") as application:
        rows = application.execute("select id from kept").fetchall()
    server.stop()
    assert rows == [(1,)]


def test_a_server_left_by_a_killed_launcher_is_stopped_and_replaced(open_folder: Path, secrets: Secrets) -> None:
    home = prepare(open_folder / "home")
    left_behind = new_server(home, secrets).start()
    next_launch = new_server(home, secrets)

    next_launch.start()

    assert left_behind.wait(5) == 0
    with psycopg.connect(next_launch.superuser_url()) as connection:
        assert connection.execute("select 1").fetchone() == (1,)
    next_launch.stop()


def test_a_stale_pid_file_of_an_unrelated_process_does_not_hinder(open_folder: Path, secrets: Secrets) -> None:
    server = new_server(prepare(open_folder / "home"), secrets)
    server.start()
    pid_file = server.data / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    server.stop()
    pid_file.write_text("\n".join(["999999", *lines[1:]]) + "\n")
    shutil.chown(pid_file, server.data.stat().st_uid)
    pid_file.chmod(0o600)

    server.start()

    assert pid_file.read_text().splitlines()[0] != "999999"
    server.stop()


def test_the_pid_of_another_program_in_the_pid_file_is_left_in_peace(open_folder: Path) -> None:
    bystander = children.start(["sleep", "30"], log=open_folder / "log", environment={"PATH": os.environ["PATH"]})
    (open_folder / "postmaster.pid").write_text(f"{bystander.pid}\n")

    postgres.stop_leftover(open_folder)

    assert bystander.poll() is None
    children.end(bystander, signal.SIGKILL, 1)


def test_data_of_another_major_version_are_refused_with_what_to_do(open_folder: Path, secrets: Secrets) -> None:
    server = new_server(prepare(open_folder / "home"), secrets)
    server.start()
    server.stop()
    (server.data / "PG_VERSION").write_text("9\n")

    with pytest.raises(CannotStart) as problem:
        server.start()

    ours = postgres.major_version(server.binaries)
    assert str(problem.value) == (
        f"{server.data} was made by PostgreSQL 9, but the server here is {ours}: "
        "install PostgreSQL 9, or move the data with pg_dump."
    )


def test_secrets_of_another_installation_are_refused_and_the_server_is_stopped(
    open_folder: Path, secrets: Secrets
) -> None:
    home = prepare(open_folder / "home")
    server = new_server(home, secrets)
    server.start()
    server.stop()
    stranger = new_server(home, Secrets())

    with pytest.raises(CannotStart) as problem:
        stranger.start()

    assert str(problem.value) == (
        f"The database in {server.data} has other passwords than the secrets file: "
        "put back the secrets that belong to it."
    )
    assert not (server.data / "postmaster.pid").exists()


def test_a_server_that_cannot_start_shows_the_end_of_its_log(open_folder: Path, secrets: Secrets) -> None:
    server = new_server(prepare(open_folder / "home"), secrets)
    server.start()
    server.stop()
    with (server.data / "postgresql.conf").open("a") as settings:
        settings.write("no_such_setting = 1\n")

    with pytest.raises(CannotStart, match="no_such_setting"):
        server.start()


def test_values_enter_the_script_as_literals_whatever_is_in_them(server: Postgres) -> None:
    with psycopg.connect(server.superuser_url()) as connection:
        statement = postgres.with_variables("select :'word', '::text'", {"word": "it's \\ :'word'"})
        row = connection.execute(statement).fetchone()

    assert row == ("it's \\ :'word'", "::text")


def test_pg_names_the_folder_with_other_programs(
    open_folder: Path, server: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PG", str(server.binaries.parent))

    assert postgres.find_binaries(open_folder, None) == server.binaries


def test_pg_without_programs_in_it_is_refused(open_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PG", str(open_folder))

    with pytest.raises(CannotStart) as problem:
        postgres.find_binaries(open_folder, None)

    assert str(problem.value) == (
        f"PG={open_folder} holds no `postgres` and `initdb`: name the folder with PostgreSQL's programs."
    )


def test_a_server_older_than_15_is_refused(open_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("postgres", "initdb"):
        (open_folder / name).write_text("#!/bin/sh\necho 'postgres (PostgreSQL) 14.9'\n")
        (open_folder / name).chmod(0o755)
    monkeypatch.setenv("PG", str(open_folder))

    with pytest.raises(CannotStart) as problem:
        postgres.find_binaries(open_folder, None)

    assert str(problem.value) == (
        f"PostgreSQL in {open_folder} is older than 15: install a newer one, or set DATABASE_URL."
    )
