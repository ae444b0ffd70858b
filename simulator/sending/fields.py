"""Reading fields of a request as Meta does: what is missing is 131008, what is wrong is 131009 or 100."""

from typing import Any

from simulator.errors import GraphError
from simulator.numbers import Json


def required(parent: Json, name: str, where: str) -> Any:
    """The field, or GraphError 131008."""
    value = parent.get(name)
    if value is None or value == "":
        raise GraphError(131008, f"The parameter {where}['{name}'] is required.")
    return value


def required_object(parent: Json, name: str, where: str) -> Json:
    """The field as an object, or GraphError 131008/100."""
    value = required(parent, name, where)
    if not isinstance(value, dict):
        raise GraphError(100, f"Param {where}['{name}'] must be a JSON object.")
    return value


def required_list(parent: Json, name: str, where: str) -> list[Any]:
    """The field as a list that is not empty, or GraphError 131008/100."""
    value = required(parent, name, where)
    if not isinstance(value, list):
        raise GraphError(100, f"Param {where}['{name}'] must be an array.")
    if not value:
        raise GraphError(131008, f"The parameter {where}['{name}'] must not be empty.")
    return value


def text_of(parent: Json, name: str, where: str, *, longest: int, code: int = 100) -> str:
    """A text of 1 to longest characters, or GraphError 131008 (missing) or code (wrong)."""
    value = required(parent, name, where)
    if not isinstance(value, str):
        raise GraphError(100, f"Param {where}['{name}'] must be a string.")
    if len(value) > longest:
        raise GraphError(code, f"Param {where}['{name}'] must be at most {longest} characters long.")
    return value


def optional_text(parent: Json, name: str, where: str, *, longest: int, code: int = 100) -> None:
    """The same for a text that may be absent."""
    if parent.get(name) is not None:
        text_of(parent, name, where, longest=longest, code=code)


def refuse_repeats(values: list[str], what: str) -> None:
    """GraphError 131009 when two are equal."""
    if len(set(values)) != len(values):
        raise GraphError(131009, f"{what} must be unique.")
