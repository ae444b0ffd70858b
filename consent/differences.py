"""What changed between two wordings, word by word, for people who have to answer for the new one."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

_PIECES = re.compile(r"\{\w+\}|\s+|[^\s\w]|\w+")


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
    steps = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    stretches = [_Stretch(step[0] == "equal", before[step[1] : step[2]], after[step[3] : step[4]]) for step in steps]
    return [piece for stretch in _joined(stretches) for piece in stretch.pieces()]


@dataclass(frozen=True)
class _Stretch:
    is_same: bool
    before: list[str]
    after: list[str]

    @property
    def has_words(self) -> bool:
        return any(sign.isalnum() for piece in self.before for sign in piece)

    def pieces(self) -> Iterator[Piece]:
        removed, added = "".join(self.before), "".join(self.after)
        if self.is_same:
            yield Piece(Change.SAME, removed)
            return
        if removed:
            yield Piece(Change.REMOVED, removed)
        if added:
            yield Piece(Change.ADDED, added)


def _joined(stretches: list[_Stretch]) -> list[_Stretch]:
    """A blank or comma that stayed between two changes belongs to them: nobody can read words cut up by every blank."""
    joined: list[_Stretch] = []
    for place, stretch in enumerate(stretches):
        is_between = 0 < place < len(stretches) - 1 and not stretch.has_words
        is_change = not stretch.is_same or is_between
        if is_change and joined and not joined[-1].is_same:
            last = joined.pop()
            joined.append(_Stretch(False, last.before + stretch.before, last.after + stretch.after))
        else:
            joined.append(_Stretch(not is_change, stretch.before, stretch.after))
    return joined
