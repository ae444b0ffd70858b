"""How much of a list is read, and the one error of reading."""

from django.utils.translation import gettext as _

from practices.refusal import Refusal

MOST_ROWS, MOST_COLUMNS = 20_000, 60
LONGEST_CELL = 500  # characters; longer remarks are cut, nothing we read is as long
FORMULA_BEGINS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
TEXT_MARK = "'"  # before a cell that a spreadsheet could take for a formula
LARGEST_LIST = 3 * 1024 * 1024  # bytes


class NotReadable(Refusal):
    """This file is no list we can read. Nothing of it was kept."""

    reason = "list"


def how_to_split() -> str:
    return _(
        "Teilen Sie die Liste, zum Beispiel nach Anfangsbuchstaben, in Dateien mit höchstens 20.000 Zeilen. "
        "Jede Datei braucht die Kopfzeile."
    )


def too_large() -> NotReadable:
    return NotReadable(
        _("Die Datei ist zu groß. Bis %(limit)s MB sind möglich.") % {"limit": LARGEST_LIST // 1024**2},
        next_step=how_to_split(),
    )
