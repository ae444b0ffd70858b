import errno
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from roger.embedded import children
from roger.embedded.cannot_start import CannotStart
from roger.supervisor.child import Child, how_it_ended

Begin = Callable[..., Child]


@pytest.fixture
def begin(tmp_path: Path) -> Begin:
    def beginning(*command: str, heartbeat: Path | None = None) -> Child:
        log = tmp_path / "child.log"
        return Child(
            "child",
            lambda: children.start(command, log=log, environment={"PATH": os.environ["PATH"]}),
            log,
            heartbeat=heartbeat,
        )

    return beginning


def pid_of(child: Child) -> int:
    pid = child.facts()["pid"]
    assert pid is not None
    return pid


def end(child: Child) -> None:
    child.ask_to_end(signal.SIGTERM)
    child.see_it_end(time.monotonic() + 2)


def wait_for_death(child: Child) -> None:
    assert child.process is not None
    child.process.wait(5)


def test_a_killed_child_is_begun_again_at_once(begin: Begin, capsys: pytest.CaptureFixture[str]) -> None:
    child = begin("sleep", "60")
    child.start()
    first = pid_of(child)
    os.kill(first, signal.SIGKILL)
    wait_for_death(child)

    changes = [child.look_after(), child.look_after(), child.look_after()]

    assert changes == [True, True, False]
    assert pid_of(child) != first
    assert capsys.readouterr().out == f"child was ended by SIGKILL; starting it again at once (log: {child.log})\n"
    end(child)


def test_what_a_dead_child_has_begun_is_not_left_beside_the_new_one(begin: Begin) -> None:
    child = begin("sh", "-c", "sleep 60 & echo $!; sleep 60")
    child.start()
    while not (grandchild := children.last_lines(child.log)):
        time.sleep(0.01)
    os.kill(pid_of(child), signal.SIGKILL)
    wait_for_death(child)

    child.look_after()

    with pytest.raises(ProcessLookupError):
        while True:  # until the kernel has buried it
            os.kill(int(grandchild), 0)
            time.sleep(0.01)


def test_the_pause_grows_while_a_child_keeps_dying(begin: Begin, capsys: pytest.CaptureFixture[str]) -> None:
    child = begin("sh", "-c", "exit 3")

    for _ in range(8):
        child.start()
        wait_for_death(child)
        child.look_after()

    announced = [line.partition(";")[2].partition(" (")[0] for line in capsys.readouterr().out.splitlines()]
    assert announced == [
        " starting it again at once",
        " starting it again in 0.5 s",
        " starting it again in 1.0 s",
        " starting it again in 2.0 s",
        " starting it again in 4.0 s",
        " starting it again in 8.0 s",
        " starting it again in 10.0 s",
        " starting it again in 10.0 s",
    ]


def test_a_child_is_left_dead_until_its_pause_is_over(begin: Begin) -> None:
    child = begin("sh", "-c", "exit 3")
    for _ in range(2):
        child.start()
        wait_for_death(child)
        child.look_after()

    at_once, later = child.look_after(), child.next_try - time.monotonic()

    assert at_once is False
    assert child.facts()["pid"] is None
    assert 0 < later <= 0.5


def test_a_child_that_is_held_is_not_begun_by_looking_after_it(begin: Begin) -> None:
    child = begin("sleep", "60")
    child.hold()

    changed = child.look_after()
    held = child.facts()["pid"]
    child.start()

    assert (changed, held) == (False, None)
    assert pid_of(child) > 0
    end(child)


def test_a_child_that_was_held_is_begun_again_after_its_death(begin: Begin) -> None:
    child = begin("true")
    child.hold()
    child.start()
    wait_for_death(child)

    changes = [child.look_after(), child.look_after()]

    assert changes == [True, True]
    end(child)


def test_a_child_that_ran_steadily_starts_at_once_after_its_next_death(
    begin: Begin, capsys: pytest.CaptureFixture[str]
) -> None:
    child = begin("sleep", "60")
    child.deaths = 5
    child.start()
    child.begun_at -= 31
    child.look_after()
    os.kill(pid_of(child), signal.SIGKILL)
    wait_for_death(child)

    child.look_after()

    assert "starting it again at once" in capsys.readouterr().out


def test_a_child_that_cannot_be_begun_is_announced_and_tried_again(capsys: pytest.CaptureFixture[str]) -> None:
    def refuse() -> subprocess.Popen[bytes]:
        raise CannotStart("The disk is full: make room.")

    child = Child("postgres", refuse, Path("postgres.log"))

    changed = child.look_after()

    assert changed is True
    assert capsys.readouterr().out == (
        "postgres could not be started: The disk is full: make room.; starting it again at once (log: postgres.log)\n"
    )


def test_a_full_disk_lets_a_child_wait_and_does_not_end_the_others(capsys: pytest.CaptureFixture[str]) -> None:
    def no_room() -> subprocess.Popen[bytes]:
        raise OSError(errno.ENOSPC, "No space left on device")

    child = Child("worker", no_room, Path("worker.log"))

    changed = child.look_after()

    assert changed is True
    assert capsys.readouterr().out == (
        "worker could not be started: [Errno 28] No space left on device; starting it again at once (log: worker.log)\n"
    )


def test_a_child_without_a_sign_of_life_for_a_minute_is_replaced(
    begin: Begin, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    heartbeat = tmp_path / "heartbeat"
    child = begin("sleep", "60", heartbeat=heartbeat)
    child.start()
    silent = pid_of(child)
    heartbeat.touch()
    os.utime(heartbeat, (time.time() - 61, time.time() - 61))

    child.look_after()
    child.look_after()

    assert pid_of(child) != silent
    assert capsys.readouterr().out.splitlines()[0] == "child has shown no sign of life for 61 s"
    end(child)


@pytest.mark.parametrize("age", [None, 59])
def test_a_child_is_left_alone_before_and_after_its_first_sign_of_life(
    begin: Begin, tmp_path: Path, age: int | None
) -> None:
    heartbeat = tmp_path / "heartbeat"
    child = begin("sleep", "60", heartbeat=heartbeat)
    child.start()
    if age is not None:
        heartbeat.touch()
        os.utime(heartbeat, (time.time() - age, time.time() - age))

    changed = child.look_after()

    assert changed is False
    end(child)


def test_the_last_sign_of_life_of_the_one_before_does_not_count(begin: Begin, tmp_path: Path) -> None:
    heartbeat = tmp_path / "heartbeat"
    heartbeat.touch()
    os.utime(heartbeat, (0, 0))
    child = begin("sleep", "60", heartbeat=heartbeat)

    child.start()

    assert child.look_after() is False
    assert not heartbeat.exists()
    end(child)


def test_a_child_that_ignores_the_request_is_killed_at_the_deadline(begin: Begin) -> None:
    child = begin("sh", "-c", "trap '' TERM; echo ready; while true; do sleep 1; done")
    child.start()
    while not children.last_lines(child.log):
        time.sleep(0.01)
    process = child.process
    assert process is not None

    child.ask_to_end(signal.SIGTERM)
    child.see_it_end(time.monotonic() + 0.3)

    assert process.returncode == -signal.SIGKILL
    assert child.facts() == {"name": "child", "pid": None, "listening": None}


def test_an_end_is_told_in_words() -> None:
    assert how_it_ended(0) == "ended with exit code 0"
    assert how_it_ended(-9) == "was ended by SIGKILL"
