"""A measured figure, its bar, and the line of JSON it is printed as."""

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Bar:
    """The floor or ceiling a figure is held to: its ratio if it is one of a baseline, else its value."""

    kind: Literal["at least", "at most", "below"]
    limit: float

    def holds(self, measured: float) -> bool:
        if self.kind == "at least":
            return measured >= self.limit
        return measured <= self.limit if self.kind == "at most" else measured < self.limit

    def __str__(self) -> str:
        return f"{self.kind} {self.limit:g}"


def at_least(limit: float) -> Bar:
    return Bar("at least", limit)


def at_most(limit: float) -> Bar:
    return Bar("at most", limit)


def below(limit: float) -> Bar:
    return Bar("below", limit)


@dataclass(frozen=True)
class Figure:
    """One result. `ratio` compares `value` with the baseline named `ratio_to`; without one the bar is the value's."""

    name: str
    value: float
    unit: str
    bar: Bar
    ratio_to: str | None = None
    ratio: float | None = None

    @property
    def ok(self) -> bool:
        return self.bar.holds(self.value if self.ratio is None else self.ratio)

    def as_json(self) -> str:
        """One line with the seven names of the house, rounded to what can be read."""
        told = {
            "name": self.name,
            "value": readable(self.value),
            "unit": self.unit,
            "ratio_to": self.ratio_to,
            "ratio": None if self.ratio is None else readable(self.ratio),
            "bar": str(self.bar),
            "ok": self.ok,
        }
        return json.dumps(told, ensure_ascii=False)


def readable(number: float) -> float:
    """Four significant digits; whole numbers stay whole."""
    if number == int(number):
        return int(number)
    digits = max(0, 3 - math.floor(math.log10(abs(number))))
    return round(number, digits)


def percentile(sample: Iterable[float], share: float) -> float:
    """The smallest value that `share` of the sample does not exceed (nearest rank). Raises ValueError if empty."""
    ordered = sorted(sample)
    if not ordered:
        raise ValueError("nothing was measured")
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def spread(milliseconds: Iterable[float]) -> str:
    """A sample in one phrase."""
    sample = list(milliseconds)
    middle, most, nearly_all = (percentile(sample, share) for share in (0.5, 0.95, 0.99))
    return f"p50 {middle:.1f}, p95 {most:.1f}, p99 {nearly_all:.1f}, longest {max(sample):.1f} ms"


def median_by_ratio(rounds: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """The (value, ratio) of the round in the middle, so that the two that are printed belong together."""
    return sorted(rounds, key=lambda one: one[1])[len(rounds) // 2]
