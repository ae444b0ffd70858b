import os
import signal
from pathlib import Path

from roger.embedded import children
from roger.embedded.home import Home
from roger.supervisor.leftovers import end_leftovers, leftovers


def home_at(folder: Path) -> Home:
    return Home(folder, folder / "servers", folder / "servers" / "sockets", None)


def test_what_an_earlier_supervisor_of_this_home_left_is_ended(tmp_path: Path) -> None:
    marked = {"PATH": os.environ["PATH"], children.MARK: str(tmp_path)}
    stubborn = ["sh", "-c", "trap '' TERM; echo ready; while true; do sleep 0.1; done"]
    left = [
        children.start(command, log=tmp_path / "log", environment=marked) for command in (["sleep", "60"], stubborn)
    ]
    while children.last_lines(tmp_path / "log") != "ready":
        pass

    # A zombie has no environment, so reaping is not what is tested here.
    end_leftovers(home_at(tmp_path))

    assert [process.wait(1) for process in left] == [-signal.SIGTERM, -signal.SIGKILL]


def test_the_children_of_another_home_are_left_in_peace(tmp_path: Path) -> None:
    other = {"PATH": os.environ["PATH"], children.MARK: str(tmp_path / "other")}
    neighbour = children.start(["sleep", "60"], log=tmp_path / "log", environment=other)

    end_leftovers(home_at(tmp_path))

    assert neighbour.poll() is None
    assert leftovers(home_at(tmp_path / "other")) == [neighbour.pid]
    children.end(neighbour, signal.SIGKILL, 1)
