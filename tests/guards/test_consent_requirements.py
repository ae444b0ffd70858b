"""Every requirement of consent has a test whose name says it, and docs/consent.md leads to it and to the code."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
TABLE = (ROOT / "docs" / "consent.md").read_text("utf-8")
REQUIREMENTS = [f"C-{number:02}" for number in range(1, 33)]
ROWS = {row.split("|")[1].strip(): row for row in TABLE.splitlines() if re.match(r"\| [CL]-\d", row)}


@cache
def names_in(path: str) -> set[str]:
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


@pytest.mark.parametrize("requirement", REQUIREMENTS)
def test_each_requirement_has_a_test_that_bears_its_number_and_exists(requirement: str) -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", ROWS[requirement])

    assert named
    assert [test for path, test in named if test not in names_in(path)] == []
    assert all(f"_{requirement.replace('-', '_').lower()}_" in test for _path, test in named)


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_the_code_each_row_leads_to_exists(row: str) -> None:
    files = re.findall(r"`((?!tests/)[\w/]+\.(?:py|html))`", row)

    assert files
    assert [file for file in files if not (ROOT / file).is_file()] == []
