"""Waking the workers. Rows in PostgreSQL are the queue; a Celery message only says "look now"."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from practices.bus import bus
from practices.crash import crash_point

WAKE_ONCE_IN_MILLISECONDS = 200
AT_ONCE = timedelta()
LAST_SWEEP = "roger:last_drain"  # Unix seconds
log = logging.getLogger(__name__)


def wake_on_commit(task_name: str, *, practice_id: int, after: timedelta = AT_ONCE) -> None:
    """Ring for a drain once the transaction is committed, and so long after it; at most one ring at once per practice,
    task and 200 ms."""
    # robust, because the sweep covers a broker that is down; partial would break Django's own error log.
    if after:
        transaction.on_commit(lambda: wake_later(task_name, practice_id=practice_id, after=after), robust=True)
    else:
        transaction.on_commit(lambda: wake(task_name, practice_id=practice_id), robust=True)


def wake_later(task_name: str, *, practice_id: int, after: timedelta) -> None:
    """Have it rung in so long; what is due earlier rings for itself. A lost ring costs five seconds, as with `wake`."""
    kwargs, seconds = {"practice_id": practice_id}, after.total_seconds()
    try:
        current_app.tasks[task_name].apply_async(kwargs=kwargs, countdown=seconds, retry=False)
    except (RedisError, OperationalError):
        log.warning("broker away, the sweep will find the work", extra={"task": task_name, "practice": practice_id})


def wake(task_name: str, *, practice_id: int) -> None:
    """Ring now. Never raises for a broker that is away: the sweep finds the rows within five seconds."""
    try:
        if bus().set(_flag(task_name, practice_id), 1, nx=True, px=WAKE_ONCE_IN_MILLISECONDS):
            crash_point("wake.flagged")
            current_app.tasks[task_name].apply_async(kwargs={"practice_id": practice_id}, retry=False)
    except (RedisError, OperationalError):
        log.warning("broker away, the sweep will find the work", extra={"task": task_name, "practice": practice_id})


def wake_again_after(task_name: str, *, practice_id: int, every: timedelta) -> None:
    """Ring for what is only worth another look so long after the last ring of this kind. Never raises; while Redis is
    away nobody rings, since nothing waits."""
    flag = f"roger:again:{task_name}:{practice_id}"
    try:
        is_due = bus().set(flag, 1, nx=True, ex=every)
    except RedisError:
        log.warning("broker away, nobody looks again", extra={"task": task_name, "practice": practice_id})
        return
    if is_due:
        wake(task_name, practice_id=practice_id)


def woken(task_name: str, *, practice_id: int) -> None:
    """The drain calls this before it looks: work committed from now on rings again instead of waiting for the sweep."""
    try:
        bus().delete(_flag(task_name, practice_id))
    except RedisError:
        log.warning("broker away, the sweep will find the work", extra={"task": task_name, "practice": practice_id})


def _flag(task_name: str, practice_id: int) -> str:
    return f"roger:wake:{task_name}:{practice_id}"


@contextmanager
def alone(name: str, *, seconds: int) -> Iterator[bool]:
    """Whether nobody else is inside a block of this name, in any process. Held for so many seconds at most, so that a
    process that dies keeps nobody out for longer; without Redis everybody may enter."""
    lock = bus().lock(f"roger:alone:{name}", timeout=seconds, blocking=False)
    try:
        is_ours = lock.acquire()
    except RedisError:
        log.warning("broker away, nobody waits for a turn", extra={"task": name})
        yield True
        return
    try:
        yield is_ours
    finally:
        if is_ours:
            with suppress(RedisError):  # also LockError: it took longer, or the broker was wiped
                lock.release()


def note_sweep() -> None:
    """Say that scheduler and worker are alive (read by /readyz)."""
    try:
        bus().set(LAST_SWEEP, int(time.time()))
    except RedisError:
        log.warning("broker away, the sweep cannot say that it ran")
