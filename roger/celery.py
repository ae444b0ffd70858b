"""The worker. Celery carries wake-ups only; the queue is in PostgreSQL (security.md 4.3 for each setting)."""

import os
from pathlib import Path

from celery import Celery, bootsteps
from celery.schedules import crontab
from celery.signals import worker_init
from django.conf import settings

from roger.checks import require_modest_role, require_secrets

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "roger.settings")

app = Celery("roger")


def broker_url(redis_url: str) -> str:
    """kombu spells a UNIX socket differently from redis-py."""
    if redis_url.startswith("unix://"):
        path, _, query = redis_url.removeprefix("unix://").partition("?")
        database = query.partition("db=")[2] or "0"
        return f"redis+socket://{path}?virtual_host={database}"
    return redis_url


app.conf.update(
    broker_url=broker_url(settings.REDIS_URL),
    broker_transport_options={"visibility_timeout": 600, "socket_timeout": 5, "socket_connect_timeout": 1},
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_ignore_result=True,
    task_time_limit=300,
    task_soft_time_limit=240,
    task_serializer="json",
    accept_content=["json"],
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
    worker_enable_remote_control=False,
    worker_send_task_events=False,
    timezone="Europe/Berlin",
    beat_schedule={
        "sweep": {"task": "messaging.sweep", "schedule": 5.0, "options": {"expires": 5}},
        "nightly": {"task": "roger.nightly", "schedule": crontab(hour=2, minute=30), "options": {"expires": 3600}},
    },
)
app.autodiscover_tasks()


@worker_init.connect
def refuse_weakness(**_: object) -> None:
    """The worker holds every key: it starts with strong ones and behind the walls, or not at all."""
    require_secrets("SECRET_KEY", "ROGER_MASTER_KEY", "LEDGER_SIGNING_KEY")
    require_modest_role()


class Heartbeat(bootsteps.StartStopStep):
    """Touches a file every ten seconds; the supervisor restarts a worker whose file is older than a minute."""

    requires = ("celery.worker.components:Timer",)

    def start(self, parent: object) -> None:
        path = Path(settings.ROGER_HOME) / "run" / "worker-heartbeat"
        if path.parent.is_dir():
            parent.timer.call_repeatedly(10.0, path.touch)  # type: ignore[attr-defined]


app.steps["worker"].add(Heartbeat)
