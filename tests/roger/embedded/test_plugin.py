"""The plugin that gives a test run its servers, seen from outside."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.servers import RUN_VARIABLES
from tests.whole import of_whole

PROJECT = Path(__file__).resolve().parents[3]

SAYS_WHERE = """
import os, pathlib, time, psycopg
def test_it(tmp_path):
    psycopg.connect(os.environ["DATABASE_URL"]).close()
    pathlib.Path(os.environ["TELL"]).write_text(os.environ["ROGER_HOME"])
    time.sleep(float(os.environ["SLEEP"]))
"""


def start_run(folder: Path, *, sleep: float, processes: int = 0) -> subprocess.Popen[str]:
    (folder / "test_it.py").write_text(SAYS_WHERE)
    inherited = {
        name: value
        for name, value in os.environ.items()
        if name not in RUN_VARIABLES and not name.startswith(("PYTEST", "ROGER"))
    }
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "pytest", "-q", "-c", PROJECT / "pyproject.toml", "--rootdir", folder),
            *("-n", str(processes), "-p", "no:cacheprovider", "-p", "no:django", "-o", "filterwarnings="),
            folder / "test_it.py",
        ],
        cwd=PROJECT,
        env={**inherited, "TELL": str(folder / "told"), "SLEEP": str(sleep)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def wait_for(file: Path) -> str:
    deadline = time.monotonic() + 60
    while not file.exists() or not file.read_text():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return file.read_text()


@pytest.mark.parametrize("processes", [of_whole(0), 1])
def test_a_run_has_servers_of_its_own_and_leaves_nothing(tmp_path: Path, processes: int) -> None:
    run = start_run(tmp_path, sleep=0, processes=processes)

    said, _ = run.communicate(timeout=100)

    assert run.returncode == 0, said
    home = Path((tmp_path / "told").read_text())
    assert str(home) != os.environ["ROGER_HOME"]
    assert not home.parent.exists()


def test_ctrl_c_ends_the_servers_of_a_run(tmp_path: Path) -> None:
    run = start_run(tmp_path, sleep=60)
    home = Path(wait_for(tmp_path / "told"))
    database = int((home / "servers" / "postgres" / "postmaster.pid").read_text().splitlines()[0])

    run.send_signal(signal.SIGINT)
    run.communicate(timeout=30)

    assert not home.parent.exists()
    with pytest.raises(ProcessLookupError):
        os.kill(database, 0)
