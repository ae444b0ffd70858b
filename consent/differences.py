"""What changed between two wordings, word by word, for people who have to answer for the new one."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

_PIECES = re.compile(r"\s+|[^\s\w]|\w+")


class Change(StrEnum):
    SAME = "same"
    REMOVED = "removed"
    ADDED = "added"


@dataclass(frozen=True)
class Piece:
    """A stretch of text. Those that were not added are the old wording, those that were not removed the new one."""

    change: Change
    text: str


def differences(old: str, new: str) -> list[Piece]:
    """Both wordings as one sequence of pieces; what was removed stands before what came in its place."""
    before, after = _PIECES.findall(old), _PIECES.findall(new)
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    return [piece for step in matcher.get_opcodes() for piece in _pieces(step, before, after)]


def _pieces(step: tuple[str, int, int, int, int], before: list[str], after: list[str]) -> Iterator[Piece]:
    what, old_start, old_end, new_start, new_end = step
    removed, added = "".join(before[old_start:old_end]), "".join(after[new_start:new_end])
    if what == "equal":
        yield Piece(Change.SAME, removed)
        return
    if removed:
        yield Piece(Change.REMOVED, removed)
    if added:
        yield Piece(Change.ADDED, added)
