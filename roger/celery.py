"""The workers. Celery carries wake-ups only; the queue is in PostgreSQL (security.md 4.3 for each setting)."""

import os
from pathlib import Path
from typing import Any

from celery import Celery, bootsteps
from celery.schedules import crontab
from celery.signals import worker_init
from django.conf import settings

from roger import queues
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
    task_default_queue=queues.BACKGROUND,
    task_routes={name: {"queue": queue} for name, queue in queues.OF_TASK.items()},
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
        "escalations": {"task": "roger.escalations", "schedule": 60.0, "options": {"expires": 60}},
        "hourly": {"task": "roger.hourly", "schedule": crontab(minute=10), "options": {"expires": 1800}},
        "nightly": {"task": "roger.nightly", "schedule": crontab(hour=2, minute=30), "options": {"expires": 3600}},
    },
)
app.autodiscover_tasks()


@worker_init.connect
def refuse_weakness(sender: Any, **_: object) -> None:
    """A worker starts with strong keys and behind the walls, or not at all. Only the one that signs holds that key."""
    signs = () if name_of(sender) == "inbound" else ("LEDGER_SIGNING_KEY",)
    require_secrets("SECRET_KEY", "ROGER_MASTER_KEY", *signs)
    require_modest_role()


def name_of(worker: Any) -> str:
    """As it was started: celery's -n name@machine."""
    return str(worker.hostname).partition("@")[0]


class Heartbeat(bootsteps.StartStopStep):
    """Touches a file named after the worker every ten seconds; after a minute of silence the supervisor restarts it."""

    requires = ("celery.worker.components:Timer",)

    def start(self, parent: object) -> None:
        path = Path(settings.ROGER_HOME) / "run" / f"{name_of(parent)}-heartbeat"
        if path.parent.is_dir():
            parent.timer.call_repeatedly(10.0, path.touch)  # type: ignore[attr-defined]


app.steps["worker"].add(Heartbeat)
