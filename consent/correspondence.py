"""What was written to whom: the room above knows, and registers it in AppConfig.ready.

    register(Correspondence(sent_by_month=…, last_sent=…, possible_withdrawals=…))

Counts and times only, never what was written, and never by whom of the team (C-32).
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from consent.purposes import Purpose


@dataclass(frozen=True)
class Sent:
    """How many messages left in a month for a purpose, and how many people they went to."""

    month: date  # its first day, in the practice's time zone
    purpose: Purpose
    messages: int
    people: int


@dataclass(frozen=True)
class Correspondence:
    """Each works in the practice in scope and takes one query."""

    sent_by_month: Callable[[datetime], list[Sent]]  # since
    last_sent: Callable[[Collection[UUID], Collection[Purpose]], dict[tuple[UUID, Purpose], datetime]]  # to contacts
    possible_withdrawals: Callable[[], dict[UUID, datetime]]  # contacts whose words somebody must look at


_registered: list[Correspondence] = []


def register(correspondence: Correspondence) -> None:
    """Say who knows."""
    _registered[:] = [correspondence]


def correspondence() -> Correspondence:
    """Who knows."""
    [known] = _registered
    return known
