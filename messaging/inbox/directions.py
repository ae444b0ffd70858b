"""Text that runs right to left, on a page that runs left to right."""

import re

RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
# A number in groups: the bidirectional algorithm (UAX 9) turns their order round among Arabic letters. Not times.
GROUPS = re.compile(r"(?<![\d:])\+?\d[\d /()-]{4,40}\d(?![\d:])")
ISOLATE, END = "\u2066", "\u2069"  # left to right, whatever stands around


def figures_in_order(text: str) -> str:
    """The text, in which a phone number can be read as it was typed. What has no such letters stays as it is."""
    if not RIGHT_TO_LEFT.search(text):
        return text
    return GROUPS.sub(rf"{ISOLATE}\g<0>{END}", text)
