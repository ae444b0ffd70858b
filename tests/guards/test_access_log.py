"""Whatever the product writes into the log of who looked, the list about one person has words for."""

import ast
import importlib
import re
from collections.abc import Iterator

from messaging.looks import KINDS, OF_MANY
from messaging.reading import ASKED
from tests.guards import tracked

CREATES = re.compile(r"(?<!class )\bAccessLog(?:\.objects\.\w*create)?\(")


def first_arguments() -> Iterator[tuple[str, ast.expr]]:
    """What looked_at() is told in each place that calls it."""
    for path in tracked.modules():
        if "looked_at(" in tracked.source(path):
            for node in ast.walk(ast.parse(tracked.source(path))):
                if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == "looked_at":
                    yield path, node.args[0]


def kinds_in(path: str, told: ast.expr) -> set[str]:
    """A word, one of two words, or a constant of the module: anything else could say what nobody can foresee."""
    if isinstance(told, ast.IfExp):
        return kinds_in(path, told.body) | kinds_in(path, told.orelse)
    if isinstance(told, ast.Constant):
        return {str(told.value)}
    assert isinstance(told, ast.Name | ast.Attribute), f"{path}:{told.lineno}"
    found = importlib.import_module(path.removesuffix(".py").replace("/", "."))
    for name in ast.unparse(told).split("."):
        found = getattr(found, name)
    return {str(found)}


def test_every_kind_of_look_has_its_words_or_is_about_many_people() -> None:
    written = {kind for path, told in first_arguments() for kind in kinds_in(path, told)}

    assert written <= KINDS.keys() | set(OF_MANY)  # words of what is written no more stay: entries are kept
    assert {kind for kind in written if kind.startswith(ASKED)} == set()


def test_no_two_kinds_have_the_same_words() -> None:
    assert len({str(words) for words in KINDS.values()}) == len(KINDS)


def test_a_kind_is_given_in_no_other_way() -> None:
    """But for the reasons of an unusual look: ASKED and the rule."""
    found = [path for path in tracked.modules() if CREATES.search(tracked.source(path))]

    assert found == ["messaging/reading.py", "practices/audit.py"]
