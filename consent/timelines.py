"""A purpose's states over time as a small graphic, drawn here: no script, no style, readable without colour.

The height says it as well: granted is full, waiting half, everything else a line.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from consent.gate import Consent
from consent.history import Span
from consent.purposes import Purpose

WIDTH = 1000
HEIGHT = 16
HEIGHTS = {Consent.GRANTED: 16, Consent.PENDING: 8}
LINE = 3


@dataclass(frozen=True)
class Bar:
    """A rectangle of the graphic, in its units."""

    state: str
    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True)
class Timeline:
    """One purpose: its bars, and the spans they stand for, the newest last."""

    purpose: Purpose
    bars: list[Bar]
    spans: list[Span]

    @property
    def now(self) -> Consent:
        return self.spans[-1].state


def timelines_of(spans: Sequence[Span], now: datetime) -> dict[UUID | None, list[Timeline]]:
    """By patient (None: the contact itself), all on one scale of time from the first act until now."""
    if not spans:
        return {}
    first = min(span.since for span in spans)
    found: dict[UUID | None, list[Timeline]] = {}
    for place in dict.fromkeys((span.patient_id, span.purpose) for span in spans):
        of_place = [span for span in spans if (span.patient_id, span.purpose) == place]
        bars = [_bar(span, first, now) for span in of_place]
        found.setdefault(place[0], []).append(Timeline(place[1], bars, of_place))
    return found


def _bar(span: Span, first: datetime, now: datetime) -> Bar:
    whole = max((now - first).total_seconds(), 1)
    begin = round((span.since - first).total_seconds() / whole * WIDTH)
    end = round(((span.until or now) - first).total_seconds() / whole * WIDTH)
    x = max(0, min(begin, WIDTH - LINE))
    height = HEIGHTS.get(span.state, LINE)
    return Bar(str(span.state), x, HEIGHT - height, max(LINE, end - x), height)
