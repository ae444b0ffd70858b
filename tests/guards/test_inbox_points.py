"""docs/inbox.md leads to tests and code that exist."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
TABLE = (ROOT / "docs" / "inbox.md").read_text("utf-8")
ROWS = [row for row in TABLE.splitlines() if re.match(r"\| (?!point |---)", row)]
# "tests/browser/test_shell.py::test_a", then "::test_b" of the same file; "…" stands for the rest of a name.
TEST = re.compile(r"(?P<file>(?:tests/[\w/]*)?test_\w+\.py)|::(?P<name>test_\w+)(?P<rest>…)?")
POINTS = 50  # "4.1" to "4.50", in the first cell of a row
CODE = re.compile(r"`((?:consent|messaging|patients|practices|roger|static|templates)/[\w/-]+\.(?:py|html|js|css))`")


@cache
def files_called(file: str) -> list[Path]:
    """By its whole path, or by its name alone."""
    return [ROOT / file] if "/" in file and (ROOT / file).is_file() else sorted((ROOT / "tests").rglob(Path(file).name))


@cache
def names_in(file: Path) -> list[str]:
    tree = ast.parse(file.read_text("utf-8"))
    return [node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def missing(row: str) -> list[str]:
    """What a row names and nobody finds. A test belongs to the file named last before it."""
    lost, files = [], list[Path]()
    for found in TEST.finditer(row):
        if file := found["file"]:
            files = files_called(file)
            lost += [] if files and ("/" not in file or (ROOT / file).is_file()) else [file]
        elif not any(fits(name, found["name"], begins=bool(found["rest"])) for one in files for name in names_in(one)):
            lost.append(found["name"])
    return lost


def fits(name: str, said: str, *, begins: bool) -> bool:
    return name.startswith(said) if begins else name == said


@pytest.mark.parametrize("row", ROWS, ids=[row.split("|")[1].strip()[:40] for row in ROWS])
def test_each_test_a_row_names_exists(row: str) -> None:
    assert missing(row) == []


@pytest.mark.parametrize("row", ROWS, ids=[row.split("|")[1].strip()[:40] for row in ROWS])
def test_the_code_a_row_leads_to_exists(row: str) -> None:
    assert [file for file in CODE.findall(row) if not (ROOT / file).is_file()] == []


def test_every_point_of_the_specification_has_a_row() -> None:
    named = {int(found) for row in ROWS for found in re.findall(r"\b4\.(\d+)\b", row.split("|")[1])}

    assert set(range(1, POINTS + 1)) - named == set()


def test_a_name_that_is_not_there_is_found_missing() -> None:
    known = "tests/guards/test_inbox_points.py::test_each_test_a_row_names_exists"

    assert missing(f"| 1 | x | `{known}`, `::test_each_…`, `test_inbox_points.py` |") == []
    assert missing(f"| 1 | x | `{known}`, `::test_gone`, `::test_lost_…`, `test_nowhere.py` |") == [
        *("test_gone", "test_lost_", "test_nowhere.py")
    ]
