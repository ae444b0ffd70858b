"""What takes long and looks into every corner: `make test WHOLE=1` does it, before a release; `make test` and CI leave
it and say so.

What is left is a further row of a matrix, a longer history, a second way to the same rule. Each rule itself, each guard
and each door keeps its test in every run.
"""

import os
from collections.abc import Callable, Iterable
from typing import TypeVar

import pytest

T = TypeVar("T")
Row = TypeVar("Row", bound=pytest.Item)

WHOLE = os.environ.get("WHOLE", "") not in {"", "0"}
whole = pytest.mark.whole


def of_whole(*values: object) -> object:
    """A row of a matrix that only a whole run tries."""
    return pytest.param(*values, marks=whole)


def rows(every: Iterable[T], *, everyday: Callable[[T], object]) -> list[object]:
    """Every row, each tried in a whole run; the others try those of every day."""
    return [one if everyday(one) else of_whole(one) for one in every]


def languages(every: Iterable[str]) -> list[object]:
    """Every run speaks German, which binds, and Arabic, which runs the other way; a whole one all of them."""
    return rows(every, everyday=lambda language: language in {"de", "ar"})


def as_many(*, whole: int, everyday: int) -> int:
    """How much of something random or plenty is tried."""
    return whole if WHOLE else everyday


def divided(items: Iterable[Row]) -> tuple[list[Row], list[Row]]:
    """What every run tries, and what it leaves to a whole one."""
    tried: list[Row] = []
    left: list[Row] = []
    for item in items:
        (left if item.get_closest_marker(whole.name) else tried).append(item)
    return tried, left


def closing_line(left: int) -> str:
    return f"{left} tests were left to WHOLE=1, and of what is random or plenty there was less than there."
