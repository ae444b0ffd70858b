"""Lists as text: which sign parts the columns, and the rows one by one."""

import csv
import io
from collections import Counter
from collections.abc import Iterator
from itertools import islice

from django.utils.translation import gettext as _

from consent.imports.encodings import NotText, decode
from consent.imports.limits import NotReadable

DELIMITERS = (";", "\t", ",", "|")
LOOKED_AT = 40  # rows
EXCEL_HINT = "sep="  # Excel's own first line, which names the delimiter


def rows_of(content: bytes, encoding: str = "") -> tuple[str, Iterator[list[str]]]:
    """The encoding, and the rows as they are asked for. Raises NotReadable, also while they are asked for."""
    try:
        decoded = decode(content, encoding)
    except NotText:
        raise NotReadable(
            _("Der Text der Datei ist nicht zu lesen."),
            next_step=_("Speichern Sie die Liste als XLSX oder als CSV mit dem Zeichensatz UTF-8."),
        ) from None
    return decoded.encoding, _rows(decoded.text)


def _rows(text: str) -> Iterator[list[str]]:
    first = text[:20].partition("\n")[0]
    if first.lower().startswith(EXCEL_HINT) and len(hint := first.strip()) == len(EXCEL_HINT) + 1:
        yield []  # it is a line of the file, so the next one is the second
        yield from _parsed(text[len(first) + 1 :], hint[-1], offset=1)
        return
    yield from _parsed(text, _delimiter(text))


def _parsed(text: str, delimiter: str, offset: int = 0) -> Iterator[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number = offset
    try:
        for row in reader:
            number += 1
            yield row
    except csv.Error:
        raise NotReadable(
            _("In Zeile %(number)s stimmt ein Anführungszeichen nicht.") % {"number": number + 1},
            next_step=_("Speichern Sie die Liste aus Excel neu als CSV oder XLSX."),
        ) from None


def _delimiter(text: str) -> str:
    """The sign by which most rows have the same number of columns, and more than one."""
    return max(DELIMITERS, key=lambda delimiter: _agreement(text, delimiter))


def _agreement(text: str, delimiter: str) -> tuple[float, int]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        widths = [len(row) for row in islice(reader, LOOKED_AT) if row]
    except csv.Error:
        return 0.0, 0
    (width, rows), *_others = Counter(widths).most_common(1) or [(0, 0)]
    return (rows / len(widths), width) if width > 1 else (0.0, 0)
