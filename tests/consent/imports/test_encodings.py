"""Bytes become letters without a wrong guess, and what was decided is said."""

import pytest

from consent.imports.encodings import NotText, decode

GERMAN = "Nachname;Straße\nMüller;Große Höhe\nJäger;Übergasse\n"


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "cp850", "mac-roman", "utf-16-le", "utf-16-be"])
def test_german_text_is_read_as_it_was_written(encoding: str) -> None:
    decoded = decode(GERMAN.encode(encoding))

    assert (decoded.text, decoded.encoding) == (GERMAN, encoding)


@pytest.mark.parametrize(("codec", "name"), [("utf-8-sig", "utf-8"), ("utf-16", "utf-16-le")], ids=["utf-8", "utf-16"])
def test_a_byte_order_mark_decides_and_is_no_letter(codec: str, name: str) -> None:
    decoded = decode(GERMAN.encode(codec))

    assert (decoded.text, decoded.encoding) == (GERMAN, name)


def test_plain_letters_are_utf_8() -> None:
    assert decode(b"Name;Handy\nVogt;1\n").encoding == "utf-8"


def test_polish_and_turkish_names_in_utf_8_stay_whole() -> None:
    assert decode("Wiśniewska;Yıldırım\n".encode()).text == "Wiśniewska;Yıldırım\n"


def test_bytes_that_windows_never_wrote_are_latin_1_and_never_lost() -> None:
    assert decode(b"M\xfcller\x81\n", "cp1252").text == "Müller\x81\n"


def test_another_encoding_can_be_asked_for() -> None:
    written = "Müller".encode("cp850")

    assert decode(written, "cp850").text == "Müller"
    assert decode(written, "cp1252").text != "Müller"


def test_a_mark_outweighs_what_is_asked_for() -> None:
    assert decode("Müller".encode("utf-8-sig"), "cp850").text == "Müller"


@pytest.mark.parametrize("content", [b"a\0b\0\0c", b"\xff\xfea\xd8\0"], ids=["zeros", "half a letter"])
def test_what_is_no_text_is_refused(content: bytes) -> None:
    with pytest.raises(NotText):
        decode(content)


def test_text_that_is_not_in_the_encoding_asked_for_is_refused() -> None:
    with pytest.raises(NotText):
        decode("Müller".encode("cp1252"), "utf-8")
