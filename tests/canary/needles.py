"""What is planted, and every spelling it could be found in."""

import base64
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from urllib.parse import quote, quote_plus

NUMBER = "+4917139200" + "77"
OTHER_NUMBER = "+4917604069" + "077"  # of somebody on a card she sends
FIRST_NAME, LAST_NAME = "Kanarienhild", "Zwitschermann"
USERNAME = "hildpiepst"
BORN = "1987-06-05"
WORDS = "Quietschgelbgefieder"
ANSWER = "Schnabelberuhigung"
ADDRESS_SHARED = "Vogelbauerweg"
FILE_NAME = "Gefiederbefund.pdf"
FILE_WORDS = "Schnabelfraktur"
EMAIL = "nistkasten@zwitscher.example"
BROWSER = "Kanaribrowser"
NETWORK_ADDRESS = "203.0.113.177"

TEXTS = {
    "first name": FIRST_NAME,
    "last name": LAST_NAME,
    "username": USERNAME,
    "date of birth": BORN,
    "words": WORDS,
    "answer": ANSWER,
    "address": ADDRESS_SHARED,
    "file name": FILE_NAME,
    "words in the file": FILE_WORDS,
    "e-mail": EMAIL,
    "browser": BROWSER,
    "network address": NETWORK_ADDRESS,
}
NUMBERS = {"number": NUMBER, "number on a card": OTHER_NUMBER}
# What people and machines put between digits, and how URLs and JSON write it.
BETWEEN_DIGITS = re.compile(rb"(?<=\d)(?:[ \-/().+]|\xc2\xa0|%20|%2b|%2d|\\u00a0)+(?=\d)", re.IGNORECASE)


@dataclass(frozen=True)
class Needle:
    """One thing in one spelling. `folded` needles are looked for without regard to case."""

    name: str
    spelling: str
    bytes: bytes
    folded: bool = True


@cache
def needles() -> tuple[Needle, ...]:
    """Everything that is looked for."""
    of_texts = [needle for name, text in TEXTS.items() for needle in spellings(name, text)]
    of_numbers = [needle for name, number in NUMBERS.items() for needle in spellings_of_number(name, number)]
    return (*of_texts, *of_numbers)


def spellings(name: str, text: str) -> Iterator[Needle]:
    """Plain, hex, URL-encoded, UTF-16, and base64 at all three offsets."""
    raw = text.encode()
    yield Needle(name, "plain", raw.lower())
    yield Needle(name, "UTF-16", text.lower().encode("utf-16-le"))
    for spelling in {quote(text, safe=""), quote_plus(text)} - {text}:
        yield Needle(name, "URL-encoded", spelling.lower().encode())
    yield Needle(name, "percent-encoded throughout", "".join(f"%{byte:02x}" for byte in raw).encode())
    for form in {text, text.lower(), text.upper()}:
        yield Needle(name, "hex", form.encode().hex().encode())
        for offset in range(3):
            yield Needle(name, f"base64 at offset {offset}", inside_base64(form.encode(), offset), folded=False)


def spellings_of_number(name: str, number: str) -> Iterator[Needle]:
    """The digits without country code or zero stand in every spelling; grouped ones are joined before the search.

    Also hashes without a key, which anybody could try out.
    """
    digits = number.removeprefix("+")
    yield from spellings(name, digits.removeprefix("49"))
    for spelled in (number, digits, f"0{digits.removeprefix('49')}"):
        for algorithm in ("md5", "sha1", "sha256"):
            digest = hashlib.new(algorithm, spelled.encode(), usedforsecurity=False).digest()
            yield Needle(name, f"{algorithm} without a key", digest[:16], folded=False)
            yield Needle(name, f"{algorithm} without a key in hex", digest[:16].hex().encode())


def inside_base64(raw: bytes, offset: int) -> bytes:
    """What of these bytes stays the same wherever they stand in base64, beginning at this offset modulo 3."""
    encoded = base64.b64encode(b"\0" * offset + raw)
    first = -(-offset * 8 // 6)
    last = (offset + len(raw)) * 8 // 6
    return encoded[first:last]


def hits(where: str, haystack: bytes) -> list[str]:
    """What of the planted is found in some bytes, as "where: what, how spelled"; [] if nothing."""
    folded = haystack.lower()
    joined = BETWEEN_DIGITS.sub(b"", folded)
    unsafe = haystack.replace(b"-", b"+").replace(b"_", b"/")  # base64 as URLs write it
    return [
        f"{where}: {needle.name}, {needle.spelling}"
        for needle in needles()
        if any(needle.bytes in stack for stack in ((folded, joined) if needle.folded else (haystack, unsafe)))
    ]
