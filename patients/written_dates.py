"""Dates of birth as people type them into a search: 02.12.1998, 2.12.98, 2/12/1998, 2. Dezember 1998, eight digits."""

import re
from dataclasses import dataclass
from datetime import date

MONTHS = "jan feb mär apr mai jun jul aug sep okt nov dez".split()
ENGLISH = {"mar": 3, "mae": 3, "may": 5, "oct": 10, "dec": 12}
_NUMBER_OF_MONTH = {name: number for number, name in enumerate(MONTHS, start=1)} | ENGLISH

# The order matters: the longest spelling is tried first.
SPELLINGS = tuple(
    re.compile(rf"(?<![\w.]){pattern}(?![\w.])", re.IGNORECASE)
    for pattern in (
        r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})",
        r"(?P<day>\d{1,2})\s?[./-]\s?(?P<month>\d{1,2})\s?[./-]\s?(?P<year>\d{4}|\d{2})",
        r"(?P<day>\d{1,2})\.?\s+(?P<word>[a-zä]{3,9})\.?(?:\s+(?P<year>\d{4}|\d{2}))?",
        r"(?P<day>\d{2})(?P<month>\d{2})(?P<year>\d{4})",
        r"(?P<day>\d{1,2})\.\s?(?P<month>\d{1,2})\.?",
    )
)


@dataclass(frozen=True)
class WrittenDate:
    """A date as it was typed; the year may be missing or have two digits, and then leaves the century open."""

    day: int
    month: int
    year: str = ""

    def means(self, born: date) -> bool:
        """Whether this may be that day."""
        return (born.day, born.month) == (self.day, self.month) and f"{born:%Y}".endswith(self.year)


def take_date(typed: str) -> tuple[WrittenDate | None, str]:
    """The first date in what was typed, and the rest without it; None where there is none that can be one."""
    for spelling in SPELLINGS:
        for found in spelling.finditer(typed):
            written = _written(found)
            if written is not None:
                return written, " ".join(f"{typed[: found.start()]} {typed[found.end() :]}".split())
    return None, typed


def _written(found: "re.Match[str]") -> WrittenDate | None:
    said = found.groupdict()
    month = int(said["month"]) if said.get("month") else _NUMBER_OF_MONTH.get((said.get("word") or "")[:3].lower(), 0)
    written = WrittenDate(int(said["day"]), month, said.get("year") or "")
    return written if _is_possible(written) else None


def _is_possible(written: WrittenDate) -> bool:
    """With an open century or no year, a leap day is one."""
    try:
        date(int(written.year) if len(written.year) == 4 else 2000, written.month, written.day)
    except ValueError:
        return False
    return True
