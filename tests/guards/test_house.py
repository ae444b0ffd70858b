"""The house: small functions, small files, and names that say something."""

import ast
import re
import statistics
from pathlib import PurePath

import pytest

from tests.guards import tracked

MEDIAN_LINES, LINES_OF_NINETEEN_IN_TWENTY, LINES_OF_A_FILE = 12, 40, 500
SAYS_NOTHING = {"utils", "util", "helpers", "helper", "core", "common", "misc", "lib", "tools"}
# Django's own words and our one manager, which is one in Django's sense.
ALLOWED_NAMES = {"UserManager", "PracticeManager"}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(source: str) -> list[Function]:
    return [node for node in ast.walk(ast.parse(source)) if isinstance(node, Function)]


def length(function: Function) -> int:
    """Lines from `def` to the end, without the docstring."""
    lines = (function.end_lineno or 0) - function.lineno + 1
    if ast.get_docstring(function) is None:
        return lines
    docstring = function.body[0]
    return lines - ((docstring.end_lineno or 0) - docstring.lineno + 1)


def lengths() -> list[int]:
    return [length(function) for path in tracked.modules() for function in functions(tracked.source(path))]


def lines_in(path: str) -> int:
    return len(tracked.source(path).splitlines())


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("def f():\n    return 1", 2),
        ('def f():\n    """Says."""\n    return 1', 2),
        ('def f():\n    """Says\n    more.\n    """\n    return 1', 2),
        ("async def f(\n    a: int,\n) -> int:\n    return a", 4),
    ],
)
def test_a_function_is_as_long_as_its_lines_without_the_docstring(source: str, expected: int) -> None:
    assert [length(function) for function in functions(source)] == [expected]


def test_half_of_the_functions_have_less_than_twelve_lines() -> None:
    assert statistics.median(lengths()) < MEDIAN_LINES


def test_nineteen_in_twenty_functions_have_less_than_forty_lines() -> None:
    assert statistics.quantiles(lengths(), n=20)[-1] < LINES_OF_NINETEEN_IN_TWENTY


def test_no_file_of_a_room_has_more_than_five_hundred_lines() -> None:
    assert [path for path in tracked.modules() if lines_in(path) > LINES_OF_A_FILE] == []


def test_every_file_and_folder_has_a_name_that_says_something() -> None:
    found = [path for path in tracked.paths() if SAYS_NOTHING & {part.lower() for part in words(path)}]

    assert found == []


def words(path: str) -> list[str]:
    """The folders of a path and the name of its file without its endings."""
    *folders, name = PurePath(path).parts
    return [*folders, name.split(".")[0]]


def test_no_class_is_called_after_what_any_class_does() -> None:
    empty = re.compile(r"(Manager|Handler|Helper|Helpers|Processor|Service)$")
    found = [
        f"{path}: {node.name}"
        for path in tracked.modules()
        for node in ast.walk(ast.parse(tracked.source(path)))
        if isinstance(node, ast.ClassDef) and empty.search(node.name) and node.name not in ALLOWED_NAMES
    ]

    assert found == []


def test_nothing_is_left_for_later() -> None:
    later = re.compile(r"\b(TODO|FIX" + r"ME)\b")

    found = [path for path, text in tracked.texts() if path != "tests/guards/test_house.py" and later.search(text)]

    assert found == []


def test_no_test_is_skipped_or_expected_to_fail() -> None:
    given_up = re.compile(r"pytest\.(mark\.)?(skip|skipif|xfail|importorskip)\b")
    tests = [path for path in tracked.modules(of_rooms=False) if path.startswith("tests/")]

    found = [path for path in tests if path != "tests/guards/test_house.py" and given_up.search(tracked.source(path))]

    assert found == []


def test_nothing_prints_where_it_should_log() -> None:
    found = [
        f"{path}:{node.lineno}"
        for path in tracked.modules()
        if "print" in tracked.source(path)
        for node in ast.walk(ast.parse(tracked.source(path)))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]

    assert found == []


def test_every_module_of_a_room_says_what_it_is_for() -> None:
    """Except where the folder says it: apps.py, models' packages, and files with nothing but imports."""
    silent = [
        path
        for path in tracked.modules()
        if lines_in(path) > 15
        and PurePath(path).name not in ("apps.py", "__init__.py", "urls.py")
        and ast.get_docstring(ast.parse(tracked.source(path))) is None
    ]

    assert silent == []
