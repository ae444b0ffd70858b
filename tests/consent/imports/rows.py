"""Lists as a practice would write them."""

import io
from typing import Any

from openpyxl import Workbook

WORDING = "Ich bin einverstanden, dass die Praxis mir über WhatsApp zu Terminen schreibt. Widerruf jederzeit."
HEAD = ("Nachname", "Vorname", "Geburtsdatum", "Handy", "Datum der Einwilligung", "WhatsApp")
JANA = ("Vogt", "Jana", "02.05.1984", "0171 3920010", "24.05.2023", "ja")
EMRE = ("Demir", "Emre", "11.09.1990", "0171 3920011", "01.02.2022", "nein")


def csv_of(*rows: tuple[str, ...], head: tuple[str, ...] = HEAD, delimiter: str = ";") -> bytes:
    return "".join(delimiter.join(row) + "\r\n" for row in (head, *rows)).encode()


def workbook_of(*rows: tuple[Any, ...], head: tuple[str, ...] = HEAD) -> bytes:
    workbook = Workbook()
    sheet = workbook.worksheets[0]
    for row in (head, *rows):
        sheet.append(row)
    written = io.BytesIO()
    workbook.save(written)
    return written.getvalue()


def jana(**changes: str) -> tuple[str, ...]:
    """Jana's row with other words under some heads: `jana(Handy="…")`."""
    said = dict(zip(HEAD, JANA, strict=True)) | {name.replace("_", " "): word for name, word in changes.items()}
    return tuple(said[name] for name in HEAD)
