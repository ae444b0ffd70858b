"""R1, the unit of every rate: one connection, one row, plain table, one commit each, on the cluster at hand.

A rate alone says more about the machine than about Roger. R1 is measured right before and right after, the mean of
both is the unit of that round, and the median of three rounds is the result.
"""

import os
import statistics
import time
from collections.abc import Callable

import psycopg

from tests.bench.figures import Bar, Figure, median_by_ratio
from tests.bench.progress import say

SECONDS = 2.0
ROUNDS = 3
BODY_BYTES = 700  # about what a sealed webhook with one text message has

TABLE = """
create table if not exists bench_plain (
  id bigint generated always as identity primary key, practice_id int not null, body bytea not null,
  received_at timestamptz not null default now()
)
"""
INSERT = "insert into bench_plain (practice_id, body) values (%s, %b)"


def r1(seconds: float = SECONDS) -> float:
    """Rows per second, each committed before the next."""
    with psycopg.connect(os.environ["DATABASE_MIGRATE_URL"], autocommit=True) as connection:
        connection.execute(TABLE)
        return per_second(lambda: connection.execute(INSERT, [1, os.urandom(BODY_BYTES)], prepare=True), seconds)


def per_second(step: Callable[[], object], seconds: float) -> float:
    """How often a step can be done in a second, tried for so many seconds after a few to warm up."""
    for _ in range(10):
        step()
    done, begun = 0, time.perf_counter()
    while time.perf_counter() - begun < seconds:
        step()
        done += 1
    return done / (time.perf_counter() - begun)


def against_r1(name: str, unit: str, bar: Bar, rate: Callable[[], float]) -> Figure:
    """A rate in units of R1."""
    return against(name, unit, bar, rate, ratio_to="R1", baseline=r1)


def against(
    name: str, unit: str, bar: Bar, measured: Callable[[], float], *, ratio_to: str, baseline: Callable[[], float]
) -> Figure:
    """A figure in units of a baseline: three rounds, each between two measurements of the baseline; the median."""
    rounds = []
    for number in range(ROUNDS):
        before = baseline()
        value = measured()
        one = statistics.mean([before, baseline()])
        rounds.append((value, value / one))
        say(f"{name}: round {number + 1}: {value:.4g} {unit}, {ratio_to} {one:.4g}, ratio {value / one:.2f}")
    value, ratio = median_by_ratio(rounds)
    return Figure(name, value, unit, bar, ratio_to=ratio_to, ratio=ratio)
