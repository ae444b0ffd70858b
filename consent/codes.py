"""One-time codes that tie a consent page to the phone that sends the prefilled message (C-07).

Crockford's base32 has no I, L, O and U. Every code also holds a digit from 2 to 9 and a letter, so that no word and
no date, invoice or phone number can be mistaken for one, however it is typed.
"""

import re
import secrets

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 8

_MISREAD = str.maketrans("OIL", "011")
# Spaces, dashes of every length, and the direction marks that Arabic keyboards and bidi isolation leave behind.
_GAP = "\\s\u00a0\u202f_\u2010-\u2015\u2212\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff-"
_GAPS = re.compile(f"[{_GAP}]+")
_PAIR = f"([0-9A-Za-z]{{4}})[{_GAP}]{{0,4}}([0-9A-Za-z]{{4}})"
_LABELLED = re.compile(f"\\bcode\\b[^0-9A-Za-z]{{0,8}}{_PAIR}(?![0-9A-Za-z])", re.IGNORECASE | re.ASCII)
_ALONE = re.compile(f"[^0-9A-Za-z]{{0,8}}{_PAIR}[^0-9A-Za-z]{{0,8}}", re.ASCII)


def normalise_code(typed: str) -> str | None:
    """The canonical `XXXX-XXXX` of a code as somebody typed it, or None if it cannot be one.

    Lower case, O for 0, I and L for 1, and spaces or dashes anywhere are forgiven.
    """
    if len(typed) > 10 * LENGTH:
        return None
    code = _GAPS.sub("", typed).upper().translate(_MISREAD)
    if len(code) != LENGTH or not set(code) <= set(ALPHABET) or not _is_unmistakable(code):
        return None
    return f"{code[:4]}-{code[4:]}"


def random_code() -> str:
    """A fresh code in its canonical spelling."""
    while True:
        if code := normalise_code("".join(secrets.choice(ALPHABET) for _ in range(LENGTH))):
            return code


def find_code(text: str) -> str | None:
    """The code in a message: after the word "Code", as the prefilled sentence has it, or standing alone."""
    for match in _LABELLED.finditer(text):
        if code := normalise_code(match[1] + match[2]):
            return code
    alone = _ALONE.fullmatch(text.strip())
    return normalise_code(alone[1] + alone[2]) if alone else None


def without_code(text: str) -> str:
    """What a message says beside its code."""
    return "" if _ALONE.fullmatch(text.strip()) else _LABELLED.sub("", text)


def _is_unmistakable(code: str) -> bool:
    return any(sign in "23456789" for sign in code) and any(sign.isalpha() for sign in code)
