"""Which tasks of the workers fail at present, for doctor. The log lines of the same moment say where and why."""

from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from celery.signals import task_failure, task_success
from redis.exceptions import RedisError

from practices.bus import bus

KEPT_SECONDS = 3600
PREFIX = "roger:task_failed:"


@task_failure.connect
def note(sender: Any, kwargs: Mapping[str, Any], **_: object) -> None:
    """One more for this task and practice; the hour begins with its first. A broker that is away counts nothing."""
    key = _key(sender.name, kwargs)
    with suppress(RedisError), bus().pipeline() as both:
        both.set(key, 0, ex=KEPT_SECONDS, nx=True)
        both.incr(key)
        both.execute()


@task_success.connect
def forget(sender: Any, **_: object) -> None:
    """What has run to its end since fails no more: an outage that is over keeps nobody awake."""
    with suppress(RedisError):
        bus().delete(_key(sender.name, sender.request.kwargs or {}))


def _key(task: str, kwargs: Mapping[str, Any]) -> str:
    return f"{PREFIX}{kwargs.get('practice_id', '')}:{task}"


def by_task() -> Counter[str]:
    """How often each failed within the last hour without having run to its end since, all practices together. Raises
    RedisError when the broker is away."""
    found = Counter[str]()
    for key in bus().scan_iter(f"{PREFIX}*"):
        found[key.decode().rpartition(":")[2]] += int(bus().get(key) or 0)
    return found
