"""How the bytes of a list become letters. What was decided is shown to the person, who can choose another reading."""

import codecs
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

UTF_8, UTF_16_LE, UTF_16_BE, WINDOWS, DOS, MAC = "utf-8", "utf-16-le", "utf-16-be", "cp1252", "cp850", "mac-roman"
NAMES = {
    UTF_8: "UTF-8",
    UTF_16_LE: "UTF-16",
    UTF_16_BE: "UTF-16",
    WINDOWS: _("Windows (CP1252, Latin-1)"),
    DOS: _("DOS, ältere Praxissoftware (CP850)"),
    MAC: _("älterer Mac (Mac Roman)"),
}
CHOICES = (UTF_8, WINDOWS, DOS, MAC)  # what a person may ask for; UTF-16 is always recognised
MARKS = (
    (codecs.BOM_UTF8, UTF_8),
    (codecs.BOM_UTF16_LE, UTF_16_LE),
    (codecs.BOM_UTF16_BE, UTF_16_BE),
)
LOOKED_AT = 4096  # bytes
NULS_OF_UTF_16 = 0.3  # of every second byte, in text of our alphabet
# Letters and signs of German lists. Of the old code pages, the one that gives more of them is the likelier.
EXPECTED = frozenset("äöüÄÖÜßéèáàâêëçñøåæšžčćńłęąğışőűóòôíìúÉ€§°´–’„“”")


@dataclass(frozen=True)
class Decoded:
    text: str
    encoding: str


class NotText(ValueError):
    """These bytes are no text in any encoding tried, or not in the one asked for."""


def decode(content: bytes, wanted: str = "") -> Decoded:
    """The text, in the encoding `wanted` or the one that fits. Raises NotText."""
    for mark, encoding in MARKS:
        if content.startswith(mark):
            return _decode(content[len(mark) :], encoding)
    return _decode(content, wanted or _encoding_of(content))


def _decode(content: bytes, encoding: str) -> Decoded:
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        if encoding != WINDOWS:
            raise NotText from None
        text = content.decode("latin-1")  # five bytes mean nothing in CP1252
    if "\0" in text:
        raise NotText
    return Decoded(text, encoding)


def _encoding_of(content: bytes) -> str:
    """UTF-8 proves itself: no other German text is valid UTF-8 by chance. The rest is weighed by its letters."""
    if encoding := _utf_16_without_mark(content):
        return encoding
    try:
        content.decode(UTF_8)
    except UnicodeDecodeError:
        return max((WINDOWS, DOS, MAC), key=lambda encoding: _likelihood(content, encoding))
    return UTF_8


def _utf_16_without_mark(content: bytes) -> str | None:
    beginning = content[:LOOKED_AT]
    half = len(beginning) // 2 or 1
    for encoding, start in ((UTF_16_LE, 1), (UTF_16_BE, 0)):
        if beginning[start::2].count(0) / half > NULS_OF_UTF_16 and not beginning[1 - start :: 2].count(0):
            return encoding
    return None


def _likelihood(content: bytes, encoding: str) -> int:
    """Expected letters less all other signs beyond ASCII; the first of equals, Windows, wins."""
    high = bytes(byte for byte in content if byte > 0x7F).decode(encoding, "replace")
    return sum(1 if sign in EXPECTED else -1 for sign in high)
