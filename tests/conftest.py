"""Fixtures every test may use: a database of its own, an empty Redis, and people (tests/people.py)."""

import gc
import signal
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.db import connections
from django.test import TransactionTestCase
from django.utils import timezone, translation
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

from practices import keys
from practices.bus import bus
from tests import databases, passwords, whole
from tests.static_files import plain_static_names as plain_static_names

FILLING = ("test_hostile", "test_accessibility")  # last: what they bring about fills the demo's list
BROWSER_SECONDS = 300  # the first one of them waits until the whole product serves
# Files whose tests share what takes seconds to make: one worker makes it for all of them.
TOGETHER = (
    "test_launch",
    "test_seed_demo",
    "test_demo_desk",
    "test_dialogues",
    "test_retelling",
    "test_search_plans",
    "embedded/",
)
LEFT = pytest.StashKey[int]()  # how many tests this run leaves to WHOLE=1


def pytest_configure() -> None:
    # A shell's background ignores Ctrl-C for all it starts, also for what tests start and interrupt.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    settings.PASSWORD_HASHERS = [passwords.QUICK]


@pytest.hookimpl(trylast=True)  # after -k and -m, so that what they leave out is not counted here
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not whole.WHOLE:
        items[:], left = whole.divided(items)
        config.hook.pytest_deselected(items=left)
        config.stash[LEFT] = len(left)
    items.sort(key=lambda item: any(name in item.nodeid for name in FILLING))
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.timeout(BROWSER_SECONDS))


def pytest_collection_finish() -> None:
    gc.freeze()  # what was collected stays to the end: walking over it again and again took a tenth of the time


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker tells the controller, which has collected nothing, what was left out."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["left"] = session.config.stash.get(LEFT, 0)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    node.config.stash[LEFT] = getattr(node, "workeroutput", {}).get("left", 0)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if not whole.WHOLE:
        terminalreporter.write_line(whole.closing_line(config.stash.get(LEFT, 0)))


class OneWorkerForEachProduct(LoadScopeScheduling):  # type: ignore[misc]
    """Whatever drives a browser runs in one worker, with one product and one Chromium, and what fills the demo's list
    in another: while one waits for its page the other works.

    xdist's own groups (--dist loadgroup) are not seen with pytest 9.2.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        if "browser" in file:
            return "filling" if any(name in file for name in FILLING) else "browser"
        return file if any(name in file for name in TOGETHER) else nodeid


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> OneWorkerForEachProduct:
    return OneWorkerForEachProduct(config, log)


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: Any) -> Iterator[None]:
    with django_db_blocker.unblock():
        databases.prepare_template()
        databases.fresh_clone(databases.worker_database())
        databases.point_at(databases.worker_database())
        yield
        connections.close_all()


def clone_after_a_committing_test(_: TransactionTestCase) -> None:
    databases.fresh_clone(databases.worker_database())
    keys.cache.clear()  # a clone counts its practices from one again


# roger_app may not truncate, so what Django does here would be refused.
TransactionTestCase._fixture_teardown = clone_after_a_committing_test  # type: ignore[attr-defined]


@pytest.fixture(autouse=True)
def empty_redis() -> None:
    bus().flushdb()


@pytest.fixture
def standing_clock() -> Iterator[None]:
    """Whoever counts to a limit per minute does so within one, however slow the machine is."""
    with time_machine.travel(timezone.now(), tick=False):
        yield


@pytest.fixture(autouse=True)
def german_again() -> Iterator[None]:
    """Django's client leaves the language of its last request switched on in the thread."""
    yield
    translation.deactivate()


@pytest.fixture(autouse=True)
def media_of_its_own(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "MEDIA_ROOT", tmp_path / "media")
