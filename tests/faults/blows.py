"""What is done to the running product, and when. Only processes of the installation are touched, each by its id."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx
import redis
from django.db import connection

from roger.queues import OF_WORKER
from tests.faults.installation import Installation, children_of
from tests.faults.progress import say

SENT_BEFORE, RESET = 10, 20  # sends the stand-in accepts and then breaks off


@dataclass(frozen=True)
class Blows:
    """Everything that can be done to one installation."""

    installation: Installation

    def kill(self, name: str) -> None:
        os.kill(self.installation.pid(name), signal.SIGKILL)

    def kill_child(self, name: str) -> None:
        """One of the processes that this one has begun itself."""
        os.kill(children_of(self.installation.pid(name))[-1], signal.SIGKILL)

    def restart_database_at_once(self) -> None:
        """PostgreSQL's immediate shutdown; the supervisor brings it back, and it replays its log."""
        os.kill(self.installation.pid("postgres"), signal.SIGQUIT)

    def wipe_broker(self) -> None:
        with redis.Redis.from_url(self.installation.variables()["REDIS_URL"]) as broker:
            broker.flushall()

    def kill_workers(self) -> None:
        for name in OF_WORKER:
            self.kill(name)

    def kill_workers_and_wipe_broker(self) -> None:
        self.kill_workers()
        self.wipe_broker()

    def wipe_broker_behind_paused_workers(self) -> None:
        with paused(*self.installation.pids(*OF_WORKER)):
            time.sleep(3)
            self.wipe_broker()

    def kill_stream_and_workers(self) -> None:
        self.kill("stream")
        self.kill_workers()

    def break_off_sends(self) -> None:
        """The stand-in accepts these messages, and then the connection breaks."""
        address = f"{self.installation.simulator}/control/faults"
        plan = httpx.get(address).json()
        plan["rules"] = [{"action": "reset", "on": "messages", "skip": SENT_BEFORE, "times": RESET}]
        httpx.put(address, json=plan).raise_for_status()

    def story(self) -> list[tuple[float, str, Callable[[], object]]]:
        """Seconds after the load began, what it is called, and the blow."""
        return [
            (0.5, "sends that are accepted and then reset", self.break_off_sends),
            (2.0, "SIGKILL of a web process", lambda: self.kill_child("web")),
            (3.5, "SIGKILL of a child that reads", lambda: self.kill_child("inbound")),
            (4.0, "SIGKILL of a child that sends", lambda: self.kill_child("worker")),
            (5.0, "SIGKILL of the workers, FLUSHALL while they are down", self.kill_workers_and_wipe_broker),
            (8.0, "SIGKILL of the whole web", lambda: self.kill("web")),
            (11.0, "SIGKILL of the stream", lambda: self.kill("stream")),
            (13.0, "SIGKILL of the broker", lambda: self.kill("valkey")),
            (15.0, "SIGKILL of the scheduler", lambda: self.kill("scheduler")),
            (16.0, "immediate restart of PostgreSQL", self.restart_database_at_once),
            (20.0, "SIGKILL of the front", lambda: self.kill("caddy")),
            (22.0, "FLUSHALL behind paused workers", self.wipe_broker_behind_paused_workers),
            (26.0, "SIGKILL of stream and workers together", self.kill_stream_and_workers),
        ]

    def strike_all(self, begun: float) -> None:
        """Strike each at its time; `begun` is of time.monotonic()."""
        for at, name, strike in self.story():
            time.sleep(max(0.0, begun + at - time.monotonic()))
            say(name)
            strike()


@contextmanager
def paused(*pids: int) -> Iterator[None]:
    """Stop whole process groups with SIGSTOP until the block ends."""
    for pid in pids:
        os.killpg(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.killpg(pid, signal.SIGCONT)


@contextmanager
def paused_between_transactions(*pids: int) -> Iterator[None]:
    """The same, at a moment at which nobody of the groups holds a lock that others would wait for."""
    while True:
        with paused(*pids):
            if not _somebody_is_in_a_transaction():
                yield
                return
        time.sleep(0.1)


def _somebody_is_in_a_transaction() -> bool:
    others = "select count(*) from pg_stat_activity where xact_start is not null and pid <> pg_backend_pid()"
    with connection.cursor() as cursor:
        cursor.execute(f"{others} and datname = current_database()")
        return bool(cursor.fetchone()[0])
