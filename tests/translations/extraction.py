"""Every German sentence of templates and Python that goes through gettext."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation.template import templatize

PROJECT = Path(__file__).parents[2]
ROOMS = ("practices", "patients", "consent", "messaging", "anamnesis", "roger")
SINGULAR = frozenset({"_", "gettext", "gettext_lazy", "gettext_noop"})
PLURAL = frozenset({"ngettext", "ngettext_lazy"})
LITERAL = r"""u?(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
TEMPLATE_CALL = re.compile(rf"(?<!\w)(n?gettext|_)\(({LITERAL})(?:, ({LITERAL}))?")


@dataclass(frozen=True, order=True)
class Saying:
    """A msgid, with its plural or an empty text."""

    text: str
    plural: str = ""


def sayings() -> dict[Saying, list[str]]:
    """Each with the files that say it, in the order of the alphabet."""
    found: dict[Saying, set[str]] = {}
    for file, saying in [*_of_templates(), *_of_python()]:
        found.setdefault(saying, set()).add(str(file.relative_to(PROJECT)))
    return {saying: sorted(files) for saying, files in sorted(found.items())}


def _of_templates() -> Iterator[tuple[Path, Saying]]:
    for file in sorted((PROJECT / "templates").rglob("*.html")):
        for saying in of_template(file.read_text()):
            yield file, saying


def of_template(html: str) -> Iterator[Saying]:
    """What the template says; Django makes Python-like calls of its tags and filters."""
    for _name, text, plural in TEMPLATE_CALL.findall(templatize(html)):
        yield Saying(ast.literal_eval(text), ast.literal_eval(plural) if plural else "")


def _of_python() -> Iterator[tuple[Path, Saying]]:
    for room in ROOMS:
        for file in sorted((PROJECT / room).rglob("*.py")):
            for saying in of_python(file.read_text()):
                yield file, saying


def of_python(source: str) -> Iterator[Saying]:
    """What the module says. Raises ValueError where gettext gets something else than a text."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id in SINGULAR:
                yield Saying(_text(node.args[0]))
            elif node.func.id in PLURAL:
                yield Saying(_text(node.args[0]), _text(node.args[1]))


def _text(argument: ast.expr) -> str:
    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
        return argument.value
    raise ValueError(f"line {argument.lineno}: gettext can only find a literal text")
