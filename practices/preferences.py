"""How a person works at a practice: what the screen does for them, in Member.preferences.

The column holds only what somebody chose; what is missing, or no longer allowed, is read as the default.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import time
from typing import Any

from django.db import transaction

from practices.audit import record
from practices.models import Member

THEMES = ("system", "light", "dark")
CONTRASTS = ("system", "normal", "more")
ORDERS = ("longest", "newest")
LONGEST_UNDO_SECONDS = 30
LONGEST_UNSHIELDED_MINUTES = 10  # then the session locks anyway (M-2)
TONES_FROM, TONES_UNTIL = time(7), time(20)

Check = Callable[[Any], Any]


def _choice(default: Any, check: Check) -> Any:
    return field(default=default, metadata={"check": check})


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("not a yes or no")
    return value


def _between(least: int, most: int) -> Check:
    def check(value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise ValueError(f"not a whole number from {least} to {most}")
        return value

    return check


def _one_of(words: tuple[str, ...]) -> Check:
    def check(value: Any) -> str:
        if value not in words:
            raise ValueError(f"none of {', '.join(words)}")
        return str(value)

    return check


def _clock(value: Any) -> time:
    """A time of the day, given as one or as the text in the column."""
    if isinstance(value, time):
        return value.replace(second=0, microsecond=0)
    if not isinstance(value, str):
        raise ValueError("not a time of the day")
    return time.fromisoformat(value)


@dataclass(frozen=True)
class Preferences:
    """What somebody chose, or the default."""

    enter_sends: bool = _choice(False, _flag)  # else Ctrl+Enter; Shift+Enter always breaks the line
    undo_seconds: int = _choice(5, _between(0, LONGEST_UNDO_SECONDS))  # before a message is handed over; 0: at once
    shortcuts_on: bool = _choice(True, _flag)  # single letters as keys (WCAG 2.1.4)
    order: str = _choice("longest", _one_of(ORDERS))  # of the list
    panel_folded: bool = _choice(False, _flag)  # the patient panel, where the screen has room for it
    tone_volume: int = _choice(40, _between(0, 100))  # percent; 0: none
    tones_from: time = field(default=TONES_FROM, metadata={"check": _clock})  # in the practice's time zone …
    tones_until: time = field(default=TONES_UNTIL, metadata={"check": _clock})  # … quiet from here to tones_from
    notify: bool = _choice(False, _flag)  # by the system, once the browser was allowed to
    notify_content: bool = _choice(False, _flag)  # with the name: on a screen nobody else sees
    shield_after_minutes: int = _choice(
        5, _between(0, LONGEST_UNSHIELDED_MINUTES)
    )  # without a deed; 0: when the session locks
    theme: str = _choice("system", _one_of(THEMES))
    contrast: str = _choice("system", _one_of(CONTRASTS))


_CHECKS: Mapping[str, Check] = {each.name: each.metadata["check"] for each in fields(Preferences)}


def preferences_of(member: Member) -> Preferences:
    """How somebody works. Asks the database nothing."""
    chosen: dict[str, Any] = {}
    for name, value in member.preferences.items():
        try:
            chosen[name] = _CHECKS[name](value)
        except (KeyError, ValueError):
            continue  # written by another version
    return Preferences(**chosen)


@transaction.atomic
def change_preferences(*, member: Member, **changes: Any) -> Preferences:
    """Keep what somebody chose, beside what they chose before. Raises ValueError for what there is not to choose.

    Takes the member's row alone, and nothing after it.
    """
    unknown = changes.keys() - _CHECKS.keys()
    if unknown:
        raise ValueError(f"no such preference: {', '.join(sorted(unknown))}")
    row = Member.objects.select_for_update(no_key=True).get(practice=member.practice, pk=member.pk)
    before = asdict(preferences_of(row))
    after = before | {name: _CHECKS[name](value) for name, value in changes.items()}
    member.preferences = {name: _in_column(value) for name, value in after.items() if value != _default(name)}
    changed = sorted(name for name in after if after[name] != before[name])
    if changed:
        row.preferences = member.preferences
        row.save(update_fields=["preferences"])
        record("preferences_changed", about=member, by=member, names=changed)
    return Preferences(**after)


def _default(name: str) -> Any:
    return getattr(Preferences, name)


def _in_column(value: Any) -> Any:
    return value.isoformat("minutes") if isinstance(value, time) else value
