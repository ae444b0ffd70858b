import os
import subprocess
import sys
from pathlib import Path

import pytest

from roger.embedded.cannot_start import CannotStart
from roger.embedded.environment import Ports
from roger.supervisor.__main__ import ports_asked_for, refuse_old_python


def run_supervisor(**environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "roger.supervisor"],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_ports_are_the_usual_ones_unless_others_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "9000")
    monkeypatch.delenv("SIMULATOR_PORT", raising=False)

    assert ports_asked_for() == Ports(front=9000, simulator=8360)


@pytest.mark.parametrize("text", ["0", "65536", "-1", "http", "80 80"])
def test_what_is_no_port_is_refused(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("PORT", text)

    with pytest.raises(CannotStart) as problem:
        ports_asked_for()

    assert str(problem.value) == f"PORT={text} is no port: choose a number from 1024 to 65535."


def test_an_old_python_is_refused_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 10, 12))

    with pytest.raises(CannotStart) as problem:
        refuse_old_python()

    assert str(problem.value) == (
        "Roger needs Python 3.11 or newer: remove .venv and start with PYTHON=python3.11 (or newer)."
    )


@pytest.mark.parametrize(("soft", "hard", "then"), [(64, 512, 512), (64, 10_000, 10_000), (512, 512, 512)])
def test_children_may_hold_as_many_files_as_the_machine_allows(soft: int, hard: int, then: int) -> None:
    """Which a process can only try out on itself."""
    tried = (
        "import resource, roger.supervisor.__main__ as supervisor\n"
        f"resource.setrlimit(resource.RLIMIT_NOFILE, ({soft}, {hard}))\n"
        "supervisor.allow_many_files()\n"
        "print(*resource.getrlimit(resource.RLIMIT_NOFILE))"
    )

    done = subprocess.run([sys.executable, "-c", tried], capture_output=True, text=True, check=True)

    assert done.stdout == f"{then} {hard}\n"


def test_an_unwritable_home_is_one_sentence_and_exit_code_1(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    done = run_supervisor(ROGER_HOME=str(tmp_path / "file" / "home"))

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"ROGER_HOME {tmp_path}/file/home cannot be written (Not a directory): "
        "make it writable, or set ROGER_HOME to a folder that is.\n"
    )
