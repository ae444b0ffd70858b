import json
import os
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from practices.bus import bus
from roger import failures
from roger.celery import app
from tests.factories import make_practice

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def home_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(settings, "ROGER_HOME", tmp_path)
    (tmp_path / "run").mkdir()
    return tmp_path


def examine() -> tuple[dict[str, Any], int]:
    """What doctor tells as JSON, and its exit code."""
    out = StringIO()
    try:
        call_command("doctor", "--json", stdout=out)
    except SystemExit as ended:
        return json.loads(out.getvalue()), int(str(ended.code))
    return json.loads(out.getvalue()), 0


def running(home: Path, **processes: tuple[int | None, str | None]) -> None:
    facts = [{"name": name, "pid": pid, "listening": listening} for name, (pid, listening) in processes.items()]
    (home / "run" / "processes.json").write_text(json.dumps({"processes": facts}))


def test_a_healthy_installation_has_no_problems() -> None:
    told, code = examine()

    assert (told["problems"], code) == ([], 0)
    assert told["database"]["version"].split(".")[0].isdecimal()
    assert told["broker"]["version"].split()[0] in {"valkey", "redis"}


def test_servers_that_the_supervisor_keeps_are_embedded(home_of_its_own: Path) -> None:
    socket = connection.get_connection_params()["host"]
    running(home_of_its_own, postgres=(os.getpid(), socket), valkey=(os.getpid(), "socket"))

    told, _ = examine()

    assert (told["database"]["where"], told["broker"]["where"]) == ("embedded", "embedded")
    assert told["processes"] == [
        {"name": "postgres", "pid": os.getpid(), "listening": socket},
        {"name": "valkey", "pid": os.getpid(), "listening": "socket"},
    ]


def test_servers_that_somebody_else_keeps_are_external() -> None:
    told, _ = examine()

    assert (told["database"]["where"], told["broker"]["where"]) == ("external", "external")
    assert told["processes"] == []


@pytest.mark.parametrize("pid", [None, 2**22 + 1])
def test_a_process_that_does_not_run_is_named_with_its_log(home_of_its_own: Path, pid: int | None) -> None:
    running(home_of_its_own, worker=(pid, None))

    told, code = examine()

    assert told["problems"] == [f"worker does not run: read {home_of_its_own}/logs/worker.log."]
    assert code == 1


def fail(practice: object = "none") -> None:
    """As the worker does it; no practice is called so."""
    app.tasks["messaging.escalate"].apply(kwargs={"practice_id": practice})


@time_machine.travel("2026-11-30 02:31+00:00", tick=False)
def test_a_task_that_fails_is_named_with_the_log_of_its_worker(home_of_its_own: Path) -> None:
    for practice in ("none", "none", "neither"):
        fail(practice)

    alone, code = examine()
    running(home_of_its_own, web=(os.getpid(), None))
    with_processes, _ = examine()

    said = "The task messaging.escalate fails (3×, last at 2026-11-30 02:31 UTC): read "
    assert (alone["problems"], code) == ([f"{said}the log of worker."], 1)
    assert with_processes["problems"] == [f"{said}{home_of_its_own}/logs/worker.log."]


def test_a_task_that_fails_for_one_practice_still_fails_when_it_runs_for_another() -> None:
    practice = make_practice()
    fail()

    app.tasks["messaging.escalate"].apply(kwargs={"practice_id": practice.pk})

    assert [(one.task, one.times) for one in failures.failing()] == [("messaging.escalate", 1)]


def test_a_task_that_has_run_to_its_end_since_fails_no_more() -> None:
    coming = make_practice().pk + 1
    fail(coming)
    failed = failures.failing()

    app.tasks["messaging.escalate"].apply(kwargs={"practice_id": make_practice("ostufer").pk})

    assert ([one.times for one in failed], failures.failing()) == ([1], [])


def test_where_the_broker_is_away_a_failure_is_only_logged(
    home_of_its_own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "REDIS_URL", f"unix://{home_of_its_own}/nobody.sock?db=0")
    bus.cache_clear()
    fail()
    monkeypatch.undo()
    bus.cache_clear()

    assert failures.failing() == []


def test_a_broker_that_does_not_answer_is_a_problem_and_not_a_crash(
    home_of_its_own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "REDIS_URL", f"unix://{home_of_its_own}/nobody.sock?db=0")

    told, code = examine()

    assert told["problems"] == [
        "The broker does not answer: start Roger with `make run`, or the server if it is one of your own, "
        "or correct REDIS_URL. Work goes on only by the sweep."
    ]
    assert (told["broker"]["version"], code) == (None, 1)


def test_a_missing_migration_is_counted() -> None:
    with connection.cursor() as cursor:
        cursor.execute("delete from django_migrations where app = 'messaging'")
        gone = cursor.rowcount

    told, _ = examine()

    assert gone > 0
    assert told["problems"] == [
        f"{gone} migrations are missing: while Roger starts, wait until it says ready; else run "
        "`manage.py migrate --database migrate`."
    ]


def test_a_weak_key_is_named_and_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "ROGER_MASTER_KEY", b"weak-weak-weak")

    told, _ = examine()

    assert [problem.split()[0] for problem in told["problems"]] == ["ROGER_MASTER_KEY"]
    assert "weak-weak" not in json.dumps(told)


def test_people_read_sentences(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("doctor")

    lines = capsys.readouterr().out.splitlines()

    assert lines[1].startswith("Database  external, ")
    assert lines[-1] == "All is well."
