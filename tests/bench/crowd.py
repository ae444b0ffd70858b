"""People who write, and what a webhook says when they do."""

import json
import random
from typing import Any

from tests.bench.german import text
from tests.messaging.factories import Line, message, now

# Numbers that lead to nobody (reserved for media): 5,000 of them.
RANGES = ("+493023125", "+492214710", "+494066969", "+496990009", "+498999998")


def phone(number: int) -> str:
    """The telephone number of the n-th person; starts again after 5,000."""
    within, which = divmod(number % 5000, len(RANGES))
    return f"{RANGES[which]}{within:03d}"


def delivery(line: Line, chance: random.Random, people: int) -> bytes:
    """A webhook's body: one of so many people writes about twenty words."""
    sender = phone(chance.randrange(people))
    return json.dumps(event(line, sender, text(chance))).encode()


def event(line: Line, sender: str, words: str) -> dict[str, Any]:
    """One inbound text of now. Each has a wamid that was never seen before."""
    return message(words, line=line, phone=sender, timestamp=now())
