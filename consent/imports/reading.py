"""From the bytes of a file to a head and rows of plain text. Nothing in it is carried out: a formula is a text.

Limits come before work: what is too long or unpacks too large is refused after a look at its beginning, and nothing of
it is kept.
"""

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

import filetype
from django.utils.translation import gettext as _

from consent.imports import csv_lists, workbooks
from consent.imports.limits import (
    FORMULA_BEGINS,
    LARGEST_LIST,
    LONGEST_CELL,
    MOST_COLUMNS,
    MOST_ROWS,
    TEXT_MARK,
    NotReadable,
    how_to_split,
    too_large,
)
from consent.imports.mapping import is_number

PATIENCE = 2_000  # empty rows before the first that says something
ZIP, OLD_EXCEL = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


class Line(NamedTuple):
    """A row of the list, numbered as the person sees it, the first being 1."""

    number: int
    cells: list[str]


@dataclass(frozen=True)
class Table:
    """A list as it was read. `encoding` is empty for a workbook, `sheet` for a text."""

    columns: list[str]
    lines: list[Line]
    encoding: str = ""
    sheet: str = ""


def read(content: bytes, encoding: str = "") -> Table:
    """The list in these bytes, a text in the given encoding or the one that fits. Raises NotReadable."""
    _require_list(content)
    if content.startswith(ZIP):
        sheet, rows = workbooks.rows_of(content)
        return _table(rows, sheet=sheet)
    found, rows = csv_lists.rows_of(content, encoding)
    return _table(rows, encoding=found)


def _require_list(content: bytes) -> None:
    if not content.strip():
        raise NotReadable(_("Die Datei ist leer."), next_step=_("Bitte wählen Sie die richtige Datei."))
    if len(content) > LARGEST_LIST:
        raise too_large()
    if content.startswith(OLD_EXCEL):
        raise NotReadable(
            _("Das ist eine alte Excel-Datei (XLS), oder sie hat ein Kennwort."),
            next_step=_("Speichern Sie sie in Excel ohne Kennwort als „Excel-Arbeitsmappe (XLSX)“ oder als CSV."),
        )
    found = filetype.guess(content)
    if found and not content.startswith(ZIP) and not found.mime.startswith("text/"):
        raise NotReadable(
            _("Das ist keine Tabelle, auch wenn der Name so endet."),
            next_step=_("Roger liest CSV und XLSX. So eine Datei speichert Ihre Praxissoftware oder Excel."),
        )


def _table(rows: Iterable[list[str]], *, encoding: str = "", sheet: str = "") -> Table:
    lines = _lines(rows)
    first = next(lines, None)
    if first is None:
        raise NotReadable(_("In der Datei stehen keine Zeilen."), next_step=_("Bitte wählen Sie die richtige Datei."))
    if _is_head(first.cells):
        columns, kept = first.cells, list(islice(lines, MOST_ROWS + 1))
    else:
        columns, kept = [""] * len(first.cells), [first, *islice(lines, MOST_ROWS)]
    if len(kept) > MOST_ROWS:
        raise NotReadable(_("Die Liste hat mehr als 20.000 Zeilen."), next_step=how_to_split())
    if not kept:
        raise NotReadable(
            _("In der Datei steht nur die Kopfzeile."), next_step=_("Bitte wählen Sie die richtige Datei.")
        )
    named = [name or _("Spalte %(number)s") % {"number": place} for place, name in enumerate(columns, 1)]
    return Table(named, kept, encoding, sheet)


def _lines(rows: Iterable[list[str]]) -> Iterator[Line]:
    """Rows in which something stands, cleaned."""
    blanks = 0
    for number, row in enumerate(rows, 1):
        cells = [clean(cell) for cell in row]
        while cells and not cells[-1]:
            cells.pop()
        if len(cells) > MOST_COLUMNS:
            raise NotReadable(
                _("In Zeile %(number)s stehen mehr als 60 Spalten.") % {"number": number},
                next_step=_("Löschen Sie die Spalten, die nicht gebraucht werden, und laden Sie die Liste neu hoch."),
            )
        if cells:
            blanks = 0
            yield Line(number, cells)
        elif (blanks := blanks + 1) > PATIENCE:
            return


def clean(cell: str) -> str:
    """One spelling, one line, no signs that cannot be seen, and without the mark of our own lists (faults.py)."""
    if not (cell.isascii() and cell.isprintable()):
        cell = "".join(sign if sign.isprintable() else " " for sign in unicodedata.normalize("NFC", cell))
    words = " ".join(cell.split())[:LONGEST_CELL]
    return words.removeprefix(TEXT_MARK) if words.lstrip(TEXT_MARK).startswith(FORMULA_BEGINS) else words


def _is_head(cells: list[str]) -> bool:
    """A row with a number in it is a patient's already."""
    return not any(is_number(cell) for cell in cells)
