"""Bars that a whole run of something shows: the faults, the screens under axe, and how long the tests take."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence

from tests.bench.figures import Figure, at_most, below
from tests.bench.places import PROJECT

LOST_OR_DOUBLE = ("missing", "processed_twice", "sent_twice", "unprocessed", "stream_gaps")
SCREENS = "tests/browser/test_accessibility.py"


def measure() -> Iterator[Figure]:
    yield Figure("faults", lost_or_double(), "events", at_most(0))
    yield Figure("access", screens_with_violations(), "screens", at_most(0))
    yield Figure("suite", seconds_of_the_tests(), "s", below(600))


def lost_or_double() -> int:
    """What the fault run found; one more if it was not content for another reason (too slow, a crash point missed)."""
    told = run([sys.executable, "-m", "tests.faults"]).stdout.splitlines()
    verdict = json.loads(told[-1])
    return sum(verdict[name] for name in LOST_OR_DOUBLE) or int(not verdict["ok"])


def screens_with_violations() -> int:
    """Screens on which axe finds a violation of WCAG A or AA, or that do not enlarge. Raises RuntimeError if none was
    tried."""
    done = run([sys.executable, "-m", "pytest", "-n", "0", "-q", "-rf", SCREENS])
    if done.returncode > 1:
        raise RuntimeError(f"the screens were not tried: {done.stdout[-500:]}")
    return sum(line.startswith(("FAILED", "ERROR")) for line in done.stdout.splitlines())


def seconds_of_the_tests() -> float:
    """How long `make test` takes. Raises CalledProcessError if one fails."""
    begun = time.perf_counter()
    run(["make", "--no-print-directory", "test"]).check_returncode()
    return time.perf_counter() - begun


def run(command: Sequence[str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True, check=False)
