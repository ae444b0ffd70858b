"""Lists as Excel workbooks. An archive is weighed before it is opened: by what it announces, then by what it holds."""

import io
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from consent.imports.limits import NotReadable, how_to_split

MOST_PARTS = 500  # files in the archive
LARGEST_PART, LARGEST_STRINGS = 48 * 1024 * 1024, 16 * 1024 * 1024  # bytes, unpacked; strings lie in memory together
STRINGS = "xl/sharedStrings.xml"
PIECE = 64 * 1024
ENCRYPTED = 0x1  # a flag of a part
# What openpyxl and the archive stumble over when a file is not what it seems; it has no family of errors of its own.
BROKEN = (
    *(zipfile.BadZipFile, zlib.error, InvalidFileException, OSError, EOFError, SyntaxError, RuntimeError),
    *(LookupError, ValueError, TypeError, AttributeError, ArithmeticError),
)


def rows_of(content: bytes) -> tuple[str, Iterator[list[str]]]:
    """The name of the first sheet, and its rows as they are asked for. Raises NotReadable, also while they are."""
    try:
        _weigh(content)
        # Formulas stay the text they are; nothing is fetched that another file is said to hold.
        workbook = load_workbook(io.BytesIO(content), read_only=True, data_only=False, keep_links=False)
        sheet = workbook.worksheets[0]
        sheet.reset_dimensions()  # what a sheet says of its own size may be wrong
    except BROKEN:
        raise _not_readable() from None
    return str(sheet.title), _rows(sheet)


def _weigh(content: bytes) -> None:
    """Raises NotReadable for an archive that unpacks to more than a list of this size needs."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = archive.infolist()
        if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > LARGEST_PART:
            raise _too_large()
        if any(part.flag_bits & ENCRYPTED for part in parts):
            raise zipfile.BadZipFile
        for part in parts:
            _weigh_part(archive, part)


def _weigh_part(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    """What is announced may be a lie: unpack it once, a piece at a time, and forget it."""
    limit, size = (LARGEST_STRINGS if part.filename == STRINGS else LARGEST_PART), 0
    with archive.open(part) as file:
        while piece := file.read(PIECE):
            size += len(piece)
            if size > limit:
                raise _too_large()


def _rows(sheet: Any) -> Iterator[list[str]]:
    try:
        for row in sheet.iter_rows(values_only=True):
            yield [_text(value) for value in row]
    except BROKEN:
        raise _not_readable() from None


def _text(value: Any) -> str:
    """A cell as a person would write it: days as days, numbers without the comma they never had."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "ja" if value else "nein"
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _not_readable() -> NotReadable:
    return NotReadable(
        _("Die Excel-Datei ist beschädigt oder keine."),
        next_step=_("Öffnen Sie sie in Excel und speichern Sie sie neu als XLSX oder CSV."),
    )


def _too_large() -> NotReadable:
    return NotReadable(_("Die Excel-Datei ist ausgepackt viel zu groß."), next_step=how_to_split())
