"""What people call themselves and their files, made fit for a line: it is theirs to choose and may be anything."""

import re

LONGEST = 80  # characters; WhatsApp takes 25, a forged webhook any number
# Marks that turn the direction of what follows, also of our own words behind the name (Unicode TR 9, section 2).
TURNS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
MARKS = re.compile("([\u0300-\u036f]{3})[\u0300-\u036f]+")  # more above one letter than any language has


def on_one_line(name: str) -> str:
    """The name without line breaks, without marks that turn what stands beside it, and with an end."""
    plain = MARKS.sub(r"\1", TURNS.sub("", name[: 10 * LONGEST]))
    line = " ".join(plain.split())
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1].rstrip()}…"
