"""Which measurements there are, and how they are asked for."""

import importlib
import subprocess
import sys

import pytest

from tests.bench.catalog import BENCHES, UnknownBench, chosen

# What the house holds itself to (design: bars for the whole product, and beside them the costs of the walls).
BARS = {
    *("first_run", "second_run", "webhook", "webhook_front", "webhook_half_p50", "webhook_half_p99", "drain", "screen"),
    *("size_list", "size_thread", "size_thread_page", "size_search", "size_patients"),
    *("two_browsers", "presence", "streams_memory", "streams_p99"),
    *("page_weight", "first_paint", "layout_shift", "interaction"),
    *("rls_list", "rls_thread", "rls_search", "search_vs_trigram", "ledger"),
    *("wall", "faults", "access", "suite"),
    *("ledger_verify", "proof_file"),
    *("code_function_median", "code_function_p95", "code_longest_file", "code_import_cycle", "code_tests"),
}


def test_every_bar_of_the_house_is_measured_once() -> None:
    measured = [figure for bench in BENCHES for figure in bench.figures]

    assert sorted(measured) == sorted(BARS)


@pytest.mark.parametrize("file", [bench.file for bench in BENCHES])
def test_every_measurement_can_be_called(file: str) -> None:
    assert callable(importlib.import_module(f"tests.bench.{file}").measure)


@pytest.mark.parametrize(
    ("name", "files"), [("drain", ["drain"]), ("webhook_half_p99", ["webhook"]), ("size", ["size"])]
)
def test_one_is_chosen_by_its_file_or_by_a_figure(name: str, files: list[str]) -> None:
    assert [bench.file for bench in chosen(name)] == files


def test_all_are_chosen_by_no_name() -> None:
    assert chosen("") == BENCHES


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(UnknownBench, match="speed"):
        chosen("speed")


def test_the_command_says_which_names_there_are() -> None:
    done = subprocess.run([sys.executable, "-m", "tests.bench", "speed"], capture_output=True, text=True, check=False)

    names = ", ".join(figure for bench in BENCHES for figure in bench.figures)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"There is no measurement speed: choose one of {names}.\n"
