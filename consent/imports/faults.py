"""The rows that were not carried out, as a list to put right and upload again.

Whatever a program could take for a formula gets an apostrophe in front, and reading takes it away again.
"""

import csv
import io
from collections.abc import Iterator

from django.utils.translation import gettext as _

from consent.imports.limits import FORMULA_BEGINS, TEXT_MARK
from consent.imports.verdicts import EXPLAINED, FAULTS, Verdict
from consent.models import ConsentImport


def as_csv(listing: ConsentImport) -> bytes:
    """UTF-8 with its mark and semicolons, which Excel here opens by a double click."""
    written = io.StringIO(newline="")
    writer = csv.writer(written, delimiter=";", lineterminator="\r\n")
    for row in _rows(listing):
        writer.writerow([harmless(cell) for cell in row])
    return written.getvalue().encode("utf-8-sig")


def _rows(listing: ConsentImport) -> Iterator[list[str]]:
    columns = listing.source["columns"]
    yield [*columns, _("Zeile bisher"), _("Was zu klären ist")]
    for row in listing.rows.filter(verdict__in=FAULTS).order_by("number").iterator(chunk_size=2_000):
        cells = [*(row.cells or []), *[""] * len(columns)][: len(columns)]
        yield [*cells, str(row.number), str(EXPLAINED[Verdict(row.verdict)].sentence)]


def harmless(cell: str) -> str:
    """The cell as a text for every spreadsheet; reading gives back what it was."""
    return f"{TEXT_MARK}{cell}" if cell.lstrip(TEXT_MARK).startswith(FORMULA_BEGINS) else cell
