"""How the house's own code is counted."""

from pathlib import Path

import pytest

from tests.bench import code

FUNCTIONS = '''
def short():
    return 1


class Something:
    @property
    def longer(self):
        """Says so."""
        one = 1
        def inside():
            return one
        return inside


async def three(
    a,
): ...
'''


def test_functions_are_counted_from_def_to_their_end_wherever_they_stand() -> None:
    assert sorted(code.function_lengths(FUNCTIONS)) == [2, 2, 3, 6]


def test_migrations_are_not_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(code, "PROJECT", tmp_path)
    for name in ("room/models.py", "room/migrations/0001_initial.py", "room/deeper/views.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("one = 1\ntwo = 2\n")

    assert [file.relative_to(tmp_path).as_posix() for file in code.sources("room")] == [
        "room/deeper/views.py",
        "room/models.py",
    ]
    assert code.lines(tmp_path / "room/models.py") == 2


def test_a_circle_of_imports_is_found() -> None:
    assert sorted(code.circle({"a": ["b"], "b": ["c"], "c": ["a"], "d": ["a"]})) == ["a", "b", "c"]


def test_a_straight_line_of_imports_is_no_circle() -> None:
    assert code.circle({"a": ["b", "c"], "b": ["c"], "c": []}) == []
