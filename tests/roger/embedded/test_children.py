import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from roger.embedded import children

ENVIRONMENT = {"PATH": os.environ["PATH"]}

# A parent that starts a child as Roger does, tells its process id, and waits to be killed.
PARENT = """
import pathlib, sys, time
import pytest

from roger.embedded import children
child = children.start(["sleep", "60"], log=pathlib.Path(sys.argv[1]), environment={"PATH": sys.argv[2]})
print(child.pid, flush=True)
time.sleep(60)
"""


def is_running(pid: int) -> bool:
    state = Path(f"/proc/{pid}/stat")
    return state.exists() and state.read_text().rpartition(")")[2].split()[0] != "Z"


def wait_until_gone(pid: int, seconds: float = 5) -> bool:
    deadline = time.monotonic() + seconds
    while is_running(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not is_running(pid)


def test_a_child_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path / "log"), os.environ["PATH"]], stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout
    child = int(parent.stdout.readline())
    assert is_running(child)

    parent.kill()
    parent.communicate()

    assert wait_until_gone(child)


def test_a_child_gets_its_own_environment_and_none_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROGER_MASTER_KEY", "not for everybody")

    children.start(["env"], log=tmp_path / "log", environment={**ENVIRONMENT, "ONE": "1"}).wait()

    names = {line.partition("=")[0] for line in (tmp_path / "log").read_text().splitlines()}
    assert names == {"PATH", "ONE"}


def test_a_child_leads_a_process_group_of_its_own(tmp_path: Path) -> None:
    child = children.start(["sleep", "60"], log=tmp_path / "log", environment=ENVIRONMENT)

    group = os.getpgid(child.pid)

    children.end(child, signal.SIGTERM, 1)
    assert group == child.pid
    assert child.returncode == -signal.SIGTERM


def test_a_child_that_ignores_the_request_is_killed_with_all_it_has_begun(tmp_path: Path) -> None:
    script = "trap '' TERM; sleep 60 & echo $!; wait; wait"
    child = children.start(["sh", "-c", script], log=tmp_path / "log", environment=ENVIRONMENT)
    while not (grandchild := children.last_lines(tmp_path / "log")):
        time.sleep(0.01)

    children.end(child, signal.SIGTERM, 0.2)

    assert child.returncode == -signal.SIGKILL
    assert wait_until_gone(int(grandchild))


def test_what_a_dead_child_has_begun_is_killed_too(tmp_path: Path) -> None:
    child = children.start(["sh", "-c", "sleep 60 & echo $!"], log=tmp_path / "log", environment=ENVIRONMENT)
    child.wait()
    grandchild = int(children.last_lines(tmp_path / "log"))
    assert is_running(grandchild)

    children.end(child, signal.SIGTERM, 1)

    assert wait_until_gone(grandchild)


def test_a_log_is_added_to_and_its_end_can_be_shown(tmp_path: Path) -> None:
    for word in ("one", "two", "three"):
        children.start(["echo", word], log=tmp_path / "log", environment=ENVIRONMENT).wait()

    assert children.last_lines(tmp_path / "log", 2) == "two\nthree"
    assert children.last_lines(tmp_path / "no log") == ""
