"""Which worker does what: everything has a queue, every queue a worker, and nothing slow stands before a STOP."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from django.core.exceptions import ImproperlyConfigured

from roger import celery, queues
from roger.embedded.environment import OF_PROCESS
from roger.supervisor.programs import PROJECT, worker_command
from roger.tasks import NIGHTLY

celery.app.loader.import_default_modules()
OURS = sorted(name for name in celery.app.tasks if not name.startswith("celery."))


def queue_of(task: str) -> str:
    """Where celery would send it."""
    return str(celery.app.amqp.router.route({}, task)["queue"].name)


def consumed(command: list[str], flag: str) -> list[str]:
    return command[command.index(flag) + 1].split(",")


def test_every_task_goes_to_a_queue_that_a_worker_consumes() -> None:
    consumers = [queue for queues_of_one in queues.OF_WORKER.values() for queue in queues_of_one]

    assert {task: queue_of(task) for task in OURS if queue_of(task) not in consumers} == {}
    assert len(consumers) == len(set(consumers))
    assert {*NIGHTLY, *queues.OF_TASK} - set(OURS) == set()


def test_what_arrives_shares_its_processes_with_nothing_that_talks_to_others() -> None:
    inbound = ["messaging.drain_inbound", "messaging.follow_outcomes", "messaging.sweep"]
    assert [task for task in OURS if queue_of(task) == queues.INBOUND] == inbound
    assert queues.OF_WORKER["inbound"] == (queues.INBOUND,)


def test_sending_and_fetching_have_queues_of_their_own() -> None:
    assert [queue_of(task) for task in ("messaging.drain_outbox", "messaging.fetch_media", "roger.nightly")] == [
        "outbound",
        "background",
        "background",
    ]


@pytest.mark.parametrize("name", queues.OF_WORKER)
def test_make_run_and_compose_start_the_same_workers(name: str) -> None:
    compose: dict[str, Any] = yaml.safe_load((PROJECT / "docker-compose.yml").read_text())["services"][name]

    ours = worker_command(name)

    assert consumed(ours, "-Q") == list(queues.OF_WORKER[name])
    assert f"--queues={','.join(queues.OF_WORKER[name])}" in compose["command"]
    assert ours[ours.index("-n") + 1] == f"{name}@%h"
    assert f"--hostname={name}@%h" in compose["command"]
    assert f"/run/{name}-heartbeat:" in compose["healthcheck"]["test"][-1]


def test_only_the_worker_that_signs_holds_the_signing_key() -> None:
    assert [name for name in OF_PROCESS if "LEDGER_SIGNING_KEY" in OF_PROCESS[name]] == ["worker"]


@pytest.mark.django_db
def test_each_worker_starts_with_the_keys_of_its_work_and_not_without(settings: Any) -> None:
    settings.LEDGER_SIGNING_KEY = b""

    celery.refuse_weakness(SimpleNamespace(hostname="inbound@praxis"))
    with pytest.raises(ImproperlyConfigured, match="LEDGER_SIGNING_KEY is missing"):
        celery.refuse_weakness(SimpleNamespace(hostname="worker@praxis"))
    with pytest.raises(ImproperlyConfigured, match="LEDGER_SIGNING_KEY is missing"):
        celery.refuse_weakness(SimpleNamespace(hostname="celery@praxis"))


@pytest.mark.parametrize("name", queues.OF_WORKER)
def test_each_worker_has_a_heartbeat_of_its_own(name: str, tmp_path: Path, settings: Any) -> None:
    settings.ROGER_HOME = tmp_path
    (tmp_path / "run").mkdir()
    timer = SimpleNamespace(call_repeatedly=lambda _seconds, beat: beat())

    celery.Heartbeat(None).start(SimpleNamespace(hostname=f"{name}@praxis", timer=timer))

    assert [path.name for path in (tmp_path / "run").iterdir()] == [f"{name}-heartbeat"]
