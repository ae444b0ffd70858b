"""A file becomes head and rows; what is too much, broken or no list at all is refused with what to do, quickly."""

import io
import time
import tracemalloc
import zipfile
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.imports.limits import MOST_ROWS, NotReadable
from consent.imports.reading import Table, clean, read
from tests.consent.imports.rows import HEAD, JANA, csv_of, workbook_of

MEGABYTE = 1024 * 1024


def cells(table: Table) -> list[list[str]]:
    return [line.cells for line in table.lines]


def refused(content: bytes) -> tuple[str, str]:
    with pytest.raises(NotReadable) as caught:
        read(content)
    return caught.value.for_person, caught.value.next_step


# ── text ──


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
def test_the_sign_between_columns_is_found(delimiter: str) -> None:
    table = read(csv_of(JANA, delimiter=delimiter))

    assert (table.columns, cells(table)) == (list(HEAD), [list(JANA)])


def test_a_quoted_cell_may_hold_the_sign_quotes_and_lines() -> None:
    table = read(b'Name;Handy;Notiz\r\n"Vogt; Jana";0171 3920010;"sagt ""gern""\r\nimmer"\r\n')

    assert cells(table) == [["Vogt; Jana", "0171 3920010", 'sagt "gern" immer']]


def test_excels_own_first_line_names_the_sign() -> None:
    table = read(b"sep=,\r\nName,Handy\r\nVogt;Jana,0171 3920010\r\n")

    assert (table.columns, table.lines[0].number, cells(table)) == (
        ["Name", "Handy"],
        3,
        [["Vogt;Jana", "0171 3920010"]],
    )


def test_rows_keep_their_numbers_over_empty_ones() -> None:
    table = read(b"Name;Handy\n\n;\nVogt;0171 3920010\n")

    assert [line.number for line in table.lines] == [4]


def test_a_list_without_a_head_gets_numbered_columns_and_loses_no_row() -> None:
    table = read(b"Vogt;0171 3920010\nDemir;0171 3920011\n")

    assert (table.columns, [line.number for line in table.lines]) == (["Spalte 1", "Spalte 2"], [1, 2])


def test_an_umlaut_in_windows_letters_is_read_and_the_encoding_is_said() -> None:
    table = read("Name;Handy\nMüller;0171 3920010\n".encode("cp1252"))

    assert (table.encoding, table.lines[0].cells[0]) == ("cp1252", "Müller")


def test_a_broken_quote_names_its_row() -> None:
    assert refused(b'Name;Handy\nVogt;1\n"De"mir";2\n') == (
        "In Zeile 3 stimmt ein Anführungszeichen nicht.",
        "Speichern Sie die Liste aus Excel neu als CSV oder XLSX.",
    )


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "Die Datei ist leer."),
        (b" \r\n\r\n", "Die Datei ist leer."),
        (b"\xef\xbb\xbf;;\n", "In der Datei stehen keine Zeilen."),
        (b"Name;Handy\n", "In der Datei steht nur die Kopfzeile."),
        (b"%PDF-1.7\n...", "Das ist keine Tabelle, auch wenn der Name so endet."),
        (b"MZ" + bytes(200), "Das ist keine Tabelle, auch wenn der Name so endet."),
        (b"a\0b\0\0c;d\n", "Der Text der Datei ist nicht zu lesen."),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
            "Das ist eine alte Excel-Datei (XLS), oder sie hat ein Kennwort.",
        ),
        (b"x;" * 61 + b"\n", "In Zeile 1 stehen mehr als 60 Spalten."),
        (b"PK\x03\x04 and nothing more", "Die Excel-Datei ist beschädigt oder keine."),
    ],
    ids=["nothing", "blank", "no cells", "head alone", "pdf", "program", "no text", "xls", "wide", "half an archive"],
)
def test_what_is_no_list_is_refused_with_a_sentence(content: bytes, sentence: str) -> None:
    assert refused(content)[0] == sentence


def test_no_refusal_tells_what_stands_in_the_file() -> None:
    with pytest.raises(NotReadable) as caught:
        read(b'Name;Handy\n"Vo"gt";0171 3920010\n')

    assert repr(caught.value) == "NotReadable('list')"
    assert caught.value.__suppress_context__


# ── too much ──


def test_two_hundred_thousand_rows_are_refused_in_a_moment_and_in_little_memory() -> None:
    content = b"Handy\n" + b"01713920010\n" * 200_000
    assert len(content) < 3 * MEGABYTE
    tracemalloc.start()
    began = time.process_time()

    told = refused(content)

    took, (_now, most) = time.process_time() - began, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert told == (
        "Die Liste hat mehr als 20.000 Zeilen.",
        "Teilen Sie die Liste, zum Beispiel nach Anfangsbuchstaben, in Dateien mit höchstens 20.000 Zeilen. "
        "Jede Datei braucht die Kopfzeile.",
    )
    assert took < 10  # the look at memory makes it ten times slower
    assert most < 40 * MEGABYTE


def test_as_many_rows_as_are_promised_are_read() -> None:
    assert len(read(b"Handy\n" + b"01713920010\n" * MOST_ROWS).lines) == MOST_ROWS
    assert refused(b"Handy\n" + b"01713920010\n" * (MOST_ROWS + 1))[0] == "Die Liste hat mehr als 20.000 Zeilen."


def test_a_file_that_is_too_large_is_not_even_looked_into() -> None:
    assert refused(b"x" * (3 * MEGABYTE + 1))[0] == "Die Datei ist zu groß. Bis 3 MB sind möglich."


def archive(**parts: bytes) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in parts.items():
            file.writestr(name, content)
    return written.getvalue()


def swollen(content: bytes, name: str, by: bytes) -> bytes:
    """A workbook with one of its parts made longer."""
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            new.writestr(part.filename, old.read(part) + (by if part.filename == name else b""))
    return written.getvalue()


def test_a_small_archive_that_unpacks_large_is_refused_before_it_is_opened() -> None:
    bomb = archive(**{"xl/worksheets/sheet1.xml": b"<row/>" * 20_000_000})
    assert len(bomb) < MEGABYTE
    tracemalloc.start()

    told = refused(bomb)

    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert told[0] == "Die Excel-Datei ist ausgepackt viel zu groß."
    assert most < 5 * MEGABYTE


def test_an_archive_that_lies_about_its_size_is_refused() -> None:
    content = bytearray(archive(**{"xl/workbook.xml": b"0" * 5_000_000}))
    true_size = (5_000_000).to_bytes(4, "little")
    while (place := content.find(true_size)) >= 0:
        content[place : place + 4] = (100).to_bytes(4, "little")

    assert refused(bytes(content))[0] == "Die Excel-Datei ist beschädigt oder keine."


def test_strings_that_would_fill_the_memory_are_refused() -> None:
    strings = archive(**{"xl/sharedStrings.xml": b"<si/>" * 3_500_000})

    assert refused(strings)[0] == "Die Excel-Datei ist ausgepackt viel zu groß."


def test_entities_that_unfold_are_not_unfolded() -> None:
    laughs = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'
    content = workbook_of(JANA)
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(written, "w") as new:
        for part in old.infolist():
            text = old.read(part)
            new.writestr(part.filename, laughs + text if part.filename.startswith("xl/worksheets/") else text)

    assert refused(written.getvalue())[0] == "Die Excel-Datei ist beschädigt oder keine."


# ── workbooks ──


def test_a_workbook_is_read_with_days_as_days_and_numbers_as_numbers() -> None:
    row: tuple[Any, ...] = ("Vogt", "Jana", date(1984, 5, 2), 1713920010, datetime(2023, 5, 24, 10, 30), True)  # noqa: DTZ001  a workbook knows no zones

    table = read(workbook_of(row))

    assert (table.sheet, table.encoding, table.columns) == ("Sheet", "", list(HEAD))
    assert cells(table) == [["Vogt", "Jana", "1984-05-02", "1713920010", "2023-05-24", "ja"]]


def test_a_formula_is_a_text_and_is_never_worked_out() -> None:
    table = read(workbook_of(("=1+1", '=HYPERLINK("http://x.example","Vogt")', "@SUM(1)", 491713920010.0, 7.5, False)))

    assert cells(table) == [["=1+1", '=HYPERLINK("http://x.example","Vogt")', "@SUM(1)", "491713920010", "7.5", "nein"]]


def test_a_row_far_down_in_a_sheet_does_not_make_a_million_rows() -> None:
    content = workbook_of(JANA)
    far = content
    with zipfile.ZipFile(io.BytesIO(content)) as old:
        sheet = old.read("xl/worksheets/sheet1.xml")
    cell = b'<row r="1048576"><c r="A1048576" t="inlineStr"><is><t>x</t></is></c></row></sheetData>'
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(far)) as old, zipfile.ZipFile(written, "w") as new:
        for part in old.infolist():
            is_sheet = part.filename == "xl/worksheets/sheet1.xml"
            new.writestr(part.filename, sheet.replace(b"</sheetData>", cell) if is_sheet else old.read(part))

    assert cells(read(written.getvalue())) == [list(JANA)]


def test_a_workbook_that_was_cut_is_refused() -> None:
    content = workbook_of(JANA)

    assert refused(content[:-200])[0] == "Die Excel-Datei ist beschädigt oder keine."


# ── cells ──


def test_signs_nobody_sees_are_gone_and_long_remarks_are_cut() -> None:
    assert clean("  Jana\u200b\t Vogt\x07 ") == "Jana Vogt"
    assert len(clean("x" * 900)) == 500


def test_one_spelling_of_an_umlaut() -> None:
    assert clean("Mu\u0308ller") == "Müller"


@given(st.text(max_size=40))
def test_a_cell_is_one_line_that_can_be_seen_whatever_stood_there(cell: str) -> None:
    assert clean(cell).isprintable()
    assert clean(cell) == clean(cell).strip()
