"""Which tasks of the workers fail at present, for doctor; what was logged at that time says where.

A worker that is lost (out of memory) fails no task: its work is given to another, and the supervisor starts it anew.
Redis keeps these counts for a day; without it the log alone tells.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from celery.signals import task_failure, task_success
from django.utils import timezone
from redis.exceptions import RedisError

from practices.bus import bus

KEPT_SECONDS = 26 * 3600  # what runs by night is seen the next day
TIMES, LAST = "roger:task_failures", "roger:task_failed_at"  # hashes by practice and task


@dataclass(frozen=True)
class Failing:
    """A task, how often it failed since it last ran to its end, and when it did last (UTC)."""

    task: str
    times: int
    last_at: datetime


@task_failure.connect
def note(sender: Any, kwargs: Mapping[str, Any], **_: object) -> None:
    """One more for this task and practice. A broker that is away counts nothing."""
    name = _name(sender.name, kwargs)
    with suppress(RedisError), bus().pipeline() as together:
        together.hincrby(TIMES, name, 1)
        together.hset(LAST, name, int(timezone.now().timestamp()))
        for kept in (TIMES, LAST):
            together.expire(kept, KEPT_SECONDS)
        together.execute()


@task_success.connect
def forget(sender: Any, **_: object) -> None:
    """What has run to its end since fails no more."""
    name = _name(sender.name, sender.request.kwargs or {})
    with suppress(RedisError):
        if bus().hdel(TIMES, name):
            bus().hdel(LAST, name)


def _name(task: str, kwargs: Mapping[str, Any]) -> str:
    return f"{kwargs.get('practice_id', '')}:{task}"


def failing() -> list[Failing]:
    """By name, all practices together. Raises RedisError when the broker is away."""
    times, last = (dict[bytes, bytes](bus().hgetall(kept)) for kept in (TIMES, LAST))  # type: ignore[arg-type]
    by_task: dict[str, Failing] = {}
    for name, count in times.items():
        task, at = name.decode().rpartition(":")[2], datetime.fromtimestamp(int(last.get(name, 0)), UTC)
        before = by_task.get(task, Failing(task, 0, at))
        by_task[task] = Failing(task, before.times + int(count), max(before.last_at, at))
    return sorted(by_task.values(), key=lambda one: one.task)
