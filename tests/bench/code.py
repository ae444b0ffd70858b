"""The house's own bars: how long functions and files are, how much of it is tests, whether imports go in circles."""

import ast
import statistics
from collections.abc import Iterable, Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import grimp

from tests.bench.figures import Figure, at_least, at_most, below, percentile
from tests.bench.places import PROJECT

ROOMS = ("roger", "anamnesis", "messaging", "consent", "patients", "practices", "simulator")


def measure() -> Iterator[Figure]:
    rooms = [file for room in ROOMS for file in sources(room)]
    tests = sources("tests")
    functions = [length for file in rooms for length in function_lengths(file.read_text())]
    yield Figure("code_function_median", statistics.median(functions), "lines", below(12))
    yield Figure("code_function_p95", percentile(functions, 0.95), "lines", below(40))
    yield Figure("code_longest_file", max(map(lines, [*rooms, *tests])), "lines", at_most(500))
    yield Figure("code_import_cycle", len(import_cycle()), "modules", at_most(0))
    ours, theirs = sum(map(lines, rooms)), sum(map(lines, tests))
    yield Figure("code_tests", theirs, "lines", at_least(1.2), ratio_to="lines of the rooms", ratio=theirs / ours)


def sources(folder: str) -> list[Path]:
    """The Python files of a folder without migrations."""
    return [file for file in sorted((PROJECT / folder).rglob("*.py")) if "migrations" not in file.parts]


def lines(file: Path) -> int:
    return len(file.read_text().splitlines())


def function_lengths(source: str) -> list[int]:
    """Lines of each function and method, from `def` to its end, docstring included, decorators not."""
    functions = (
        node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    return [(node.end_lineno or node.lineno) - node.lineno + 1 for node in functions]


def import_cycle() -> list[str]:
    """Modules that import each other in a circle, the first such circle; empty if there is none."""
    first, *others = ROOMS
    graph = grimp.build_graph(first, *others, exclude_type_checking_imports=True, cache_dir=None)
    return circle({module: graph.find_modules_directly_imported_by(module) for module in graph.modules})


def circle(imports: dict[str, Iterable[str]]) -> list[str]:
    """The modules of one circle in a graph of imports."""
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as found:
        return list(found.args[1][:-1])
    return []
