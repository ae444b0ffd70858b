import os
import signal
import subprocess
import sys
from pathlib import Path

from roger.supervisor.caller import blocks_interrupt, make_was_interrupted

RECIPE = """
import signal, sys, time
from roger.supervisor.caller import make_was_interrupted
signal.signal(signal.SIGINT, lambda *_: print("told by the terminal", flush=True))
print("waiting", make_was_interrupted(), flush=True)
while not make_was_interrupted():
    time.sleep(0.02)
print("make was interrupted", flush=True)
"""


def test_an_interrupt_that_only_make_got_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "recipe.py").write_text(RECIPE)
    (tmp_path / "Makefile").write_text(f"run:\n\t@exec {sys.executable} {tmp_path}/recipe.py\n")
    make = subprocess.Popen(
        ["make", "--file", str(tmp_path / "Makefile"), "run"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(Path.cwd())},
    )
    assert make.stdout
    assert make.stdout.readline() == "waiting False\n"

    make.send_signal(signal.SIGINT)

    assert make.communicate(timeout=10)[0] == "make was interrupted\n"


def test_a_parent_that_is_no_make_is_not_asked() -> None:
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    child = subprocess.Popen(
        [sys.executable, "-c", "from roger.supervisor.caller import *; print(make_was_interrupted())"],
        stdout=subprocess.PIPE,
        text=True,
    )

    told = child.communicate()[0]

    signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
    assert told == "False\n"


def test_the_mask_is_read_bit_by_bit() -> None:
    assert blocks_interrupt("Name:\tmake\nSigBlk:\t0000000000010002\n")
    assert not blocks_interrupt("Name:\tmake\nSigBlk:\t0000000000010000\n")


def test_we_ourselves_are_not_being_interrupted() -> None:
    assert make_was_interrupted() is False
