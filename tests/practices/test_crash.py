"""Crash points: nothing unless the environment names one, then the process ends there at once."""

import os
import subprocess
import sys

from tests.faults.armed import DEEDS
from tests.faults.crash_points import names

PROGRAM = """
from practices.crash import crash_point
crash_point("first")
print("passed the first", flush=True)
crash_point("second")
print("passed the second", flush=True)
"""


def run(crash_at: str | None) -> tuple[int, str]:
    environment = {name: value for name, value in os.environ.items() if name != "ROGER_CRASH_AT"}
    told = environment | ({"ROGER_CRASH_AT": crash_at} if crash_at is not None else {})
    done = subprocess.run([sys.executable, "-c", PROGRAM], env=told, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


def test_nothing_happens_where_no_point_is_named() -> None:
    assert run(None) == (0, "passed the first\npassed the second\n")
    assert run("") == (0, "passed the first\npassed the second\n")
    assert run("third") == (0, "passed the first\npassed the second\n")


def test_the_process_ends_at_the_named_point_as_if_killed() -> None:
    assert run("second") == (137, "passed the first\n")


def test_the_fault_run_can_reach_every_point_in_the_source() -> None:
    assert names() == [
        "inbound.committed",
        "inbound.read",
        "inbound.stored",
        "outbound.answered",
        "outbound.claimed",
        "outbound.committed",
        "outbound.handing_over",
        "outbound.recorded",
        "wake.flagged",
        "webhook.read",
        "webhook.stored",
    ]
    assert {name.partition(".")[0] for name in names()} == set(DEEDS)
