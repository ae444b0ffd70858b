"""What is printed of a code: the right size, one page, sharp, and with all that must stand on it."""

import io
import json
import re

import pytest
import qrcode
from pypdf import PdfReader

from consent import texts
from consent.doors import create_qr_code, qr_url
from consent.models import QrCode
from consent.prints import FOLDER, Print, print_of, stand_of
from practices.models import Practice
from tests.consent.editions import an_edition, ready

MILLIMETRE = 72 / 25.4
SIZES = {Print.STAND: (105, 148), Print.POSTER: (210, 297), Print.STICKERS: (210, 297)}
CODES_ON = {Print.STAND: 1, Print.POSTER: 1, Print.STICKERS: 12}


@pytest.fixture
def code(practice: Practice) -> QrCode:
    return create_qr_code(practice=practice, name="Tresen", by=None)


def pdf_of(code: QrCode, format: Print, practice: Practice) -> PdfReader:  # noqa: A002
    return PdfReader(io.BytesIO(print_of(code, format, practice)))


def said(reader: PdfReader) -> str:
    return " ".join(reader.pages[0].extract_text().replace("\u00a0", " ").split())


@pytest.mark.parametrize("format", Print)
def test_a_print_is_one_page_of_exactly_its_size(code: QrCode, practice: Practice, format: Print) -> None:  # noqa: A002
    reader = pdf_of(code, format, practice)

    box = reader.pages[0].mediabox
    assert len(reader.pages) == 1
    assert [round(float(side) / MILLIMETRE, 1) for side in (box.width, box.height)] == [*SIZES[format]]


@pytest.mark.parametrize("format", Print)
def test_a_print_names_the_practice_says_what_it_is_and_that_it_is_no_emergency_line(
    code: QrCode,
    practice: Practice,
    format: Print,  # noqa: A002
) -> None:
    text = said(pdf_of(code, format, practice))

    for sentence in (
        "Zahnarztpraxis Morgenthal",
        "Schreiben Sie uns auf WhatsApp",
        "Kein Notruf. Bei starken Schmerzen rufen Sie uns an: 030 23125100.",
        "Bei Lebensgefahr: 112.",
    ):
        assert text.count(sentence) == CODES_ON[format], sentence


@pytest.mark.parametrize("format", Print)
def test_each_print_invites_in_every_language(code: QrCode, practice: Practice, format: Print) -> None:  # noqa: A002
    text = said(pdf_of(code, format, practice))

    for language in ("en", "tr", "ru", "uk", "pl"):
        assert texts.current(language).words.invitation in text
    assert re.search("[\u0600-\u06ff\ufe70-\ufeff]{3}", text)


def test_the_languages_besides_german_are_all_there_with_their_direction(code: QrCode, practice: Practice) -> None:
    invitations = stand_of(code, practice)["invitations"]

    assert [(one["language"], one["direction"]) for one in invitations] == [
        ("en", "ltr"),
        ("tr", "ltr"),
        ("ar", "rtl"),
        ("ru", "ltr"),
        ("uk", "ltr"),
        ("pl", "ltr"),
    ]


def test_the_drawn_code_is_the_address_module_by_module(code: QrCode, practice: Practice) -> None:
    drawing = stand_of(code, practice)["qr"]

    expected = qrcode.QRCode(border=4, error_correction=qrcode.constants.ERROR_CORRECT_M)
    expected.add_data(qr_url(code))
    assert modules_of(drawing) == expected.get_matrix()


def modules_of(drawing: str) -> list[list[bool]]:
    """The dark modules of an SVG, read back from its horizontal bars."""
    found = re.search(r'viewBox="0 0 (\d+) \1"', drawing)
    ink = re.search(r'fill="#000" d="([^"]+)"', drawing)
    assert found
    assert ink
    rows = [[False] * int(found[1]) for _ in range(int(found[1]))]
    for x, y, length, back in re.findall(r"M(\d+) (\d+)h(\d+)v1h-(\d+)z", ink[1]):
        assert length == back
        rows[int(y)][int(x) : int(x) + int(length)] = [True] * int(length)
    return rows


@pytest.mark.parametrize("format", Print)
def test_the_code_is_drawn_in_lines_and_no_picture(code: QrCode, practice: Practice, format: Print) -> None:  # noqa: A002
    page = pdf_of(code, format, practice).pages[0]

    assert list(page.images) == []


def test_what_a_practice_is_called_is_never_read_as_markup(code: QrCode, practice: Practice) -> None:
    practice.name = '#panic("x") *Praxis* $1 & <b>'

    assert '#panic("x") *Praxis* $1 & <b>' in said(pdf_of(code, Print.STAND, practice))


@pytest.mark.parametrize("format", Print)
def test_a_long_name_stays_on_the_one_page(code: QrCode, practice: Practice, format: Print) -> None:  # noqa: A002
    practice.name = "Zahnärztliche Berufsausübungsgemeinschaft Dr. Dr. Beispielmann-Überschwänglich und Partner"

    reader = pdf_of(code, format, practice)

    assert len(reader.pages) == 1
    assert said(reader).count("Bei Lebensgefahr: 112.") == CODES_ON[format]


def test_the_colour_is_the_practices_own(code: QrCode, practice: Practice) -> None:
    practice.colour = "#7a1fa2"

    drawn = pdf_of(code, Print.STAND, practice).pages[0].get_contents()

    assert drawn is not None
    assert re.search(rb"0\.478\d* 0\.121\d* 0\.635\d* (?:rg|scn)", drawn.get_data())
    assert json.dumps(stand_of(code, practice)).count("#7a1fa2") == 1


def test_the_letters_are_vendored_with_their_licence() -> None:
    assert sorted(file.name for file in (FOLDER / "fonts").iterdir()) == [
        "NotoSans-Bold.ttf",
        "NotoSans-Regular.ttf",
        "NotoSansArabic-Regular.ttf",
        "OFL.txt",
    ]


def test_only_vendored_letters_are_embedded(code: QrCode, practice: Practice) -> None:
    fonts = pdf_of(code, Print.STAND, practice).pages[0]["/Resources"]["/Font"]  # type: ignore[index]

    names = {str(font.get_object()["/BaseFont"]).rpartition("+")[2] for font in fonts.values()}
    assert names == {"NotoSans-Regular", "NotoSans-Bold", "NotoSansArabic-Regular"}


def test_a_print_says_it_in_the_practices_own_words(code: QrCode, practice: Practice) -> None:
    ready(practice)
    an_edition(page_words__steps="Kamera auf, fertig.")
    an_edition(language="tr", page_words__invitation="Bize yazın")

    stand = stand_of(code, practice)

    assert stand["steps"] == "Kamera auf, fertig."
    assert [one["text"] for one in stand["invitations"] if one["language"] == "tr"] == ["Bize yazın"]
    assert [one["language"] for one in stand["invitations"]] == [one for one in texts.CURRENT if one != "de"]
