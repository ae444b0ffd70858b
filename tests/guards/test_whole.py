"""What is left to WHOLE=1 is what was marked, and whoever runs without it is told (tests/whole.py)."""

import pytest

from tests.whole import WHOLE, as_many, closing_line, divided, of_whole, rows, whole


def test_a_row_that_is_not_of_every_day_is_left_to_a_whole_run() -> None:
    assert rows("abc", everyday=lambda row: row == "b") == [of_whole("a"), "b", of_whole("c")]


def test_what_is_marked_is_left_and_all_else_is_tried(request: pytest.FixtureRequest) -> None:
    assert divided([request.node]) == ([request.node], [])

    request.node.add_marker(whole)

    assert divided([request.node]) == ([], [request.node])


def test_a_whole_run_tries_as_much_as_there_is() -> None:
    assert as_many(whole=60, everyday=15) == (60 if WHOLE else 15)


def test_how_many_were_left_is_said() -> None:
    assert closing_line(412).startswith("412 tests were left to WHOLE=1")
