"""Servers of the test run, loaded with `-p tests.servers` before Django's settings are read.

The controller starts them and puts their addresses into the environment; xdist's workers inherit it.
PG=path runs the suite on another PostgreSQL (15 or newer).
"""

import atexit
import os
from contextlib import ExitStack

from roger.embedded.throw_away import servers

_until_the_end = ExitStack()

if "PYTEST_XDIST_WORKER" in os.environ:
    # Each worker counts limits and wakes in a Redis database of its own.
    address, _, _ = os.environ["REDIS_URL"].partition("?")
    os.environ["REDIS_URL"] = f"{address}?db={os.environ['PYTEST_XDIST_WORKER'].removeprefix('gw')}"
else:
    variables = _until_the_end.enter_context(servers())
    os.environ.update(variables, ROGER_TEST_VARIABLES=",".join(variables))
    # Whatever ends the run (also Ctrl-C, also a usage error), the servers end with it.
    atexit.register(_until_the_end.close)

# Names of what leads to these servers; a test that starts an installation of its own must not pass them on.
RUN_VARIABLES = frozenset(os.environ["ROGER_TEST_VARIABLES"].split(","))


def pytest_unconfigure() -> None:
    """Stop the servers with the run; a worker holds none."""
    _until_the_end.close()
