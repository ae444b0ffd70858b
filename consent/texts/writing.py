"""A text set as a TOML file, as the files of this folder are: for whoever edits it outside of Roger."""

import json
from collections.abc import Iterator, Mapping
from typing import Any


def as_toml(content: Mapping[str, Any]) -> str:
    """Reads back as the same tables. Raises TypeError for what no text set holds."""
    return "\n".join(_table(content, ())) + "\n"


def _table(table: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[str]:
    """Values first, since in TOML whatever follows a table's head belongs to it."""
    deeper = {key: value for key, value in table.items() if _is_deeper(value)}
    for key, value in table.items():
        if key not in deeper:
            yield f"{_key(key)} = {_value(value)}"
    for key, value in deeper.items():
        name = ".".join(map(_key, (*path, key)))
        for head, inner in [(f"[{name}]", value)] if isinstance(value, Mapping) else _rows(name, value):
            yield f"\n{head}"
            yield from _table(inner, (*path, key))


def _rows(name: str, rows: list[Mapping[str, Any]]) -> list[tuple[str, Mapping[str, Any]]]:
    return [(f"[[{name}]]", row) for row in rows]


def _is_deeper(value: Any) -> bool:
    return isinstance(value, Mapping) or (isinstance(value, list) and bool(value) and isinstance(value[0], Mapping))


def _key(key: str) -> str:
    return key if key and all(sign.isascii() and (sign.isalnum() or sign in "_-") for sign in key) else _string(key)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    raise TypeError(type(value).__name__)


def _string(text: str) -> str:
    """JSON's escapes are TOML's too, but for the one control sign that JSON lets through."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
