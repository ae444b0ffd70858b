"""The files a phone sends by itself are what they say they are."""

import io
import struct

import filetype
import pytest
from PIL import Image

from simulator.media import KINDS
from simulator.samples import SAMPLES, ogg_checksum, pdf, photo, png, sticker, voice_note


@pytest.mark.parametrize("kind", sorted(SAMPLES))
def test_each_sample_has_the_first_bytes_of_its_type_and_fits_the_limit(kind: str) -> None:
    mime_type, make = SAMPLES[kind]

    guessed = filetype.guess_mime(make())

    assert (guessed, len(make()) <= KINDS[kind][0]) == (mime_type.split(";")[0], True)


def test_pictures_open_in_their_sizes() -> None:
    sizes = [
        (picture.format, picture.size) for picture in (Image.open(io.BytesIO(make())) for make in (photo, png, sticker))
    ]

    assert sizes == [("JPEG", (960, 720)), ("PNG", (480, 360)), ("WEBP", (512, 512))]


def test_a_photo_carries_exif_as_phones_do() -> None:
    exif = Image.open(io.BytesIO(photo())).getexif()

    assert exif[0x0110] == "Stand-in phone"


def test_a_sticker_stays_below_100_kilobytes() -> None:
    assert len(sticker()) < 100 * 1024


def pages_of(stream: bytes) -> list[bytes]:
    """The pages of an Ogg stream."""
    return [b"OggS" + page for page in stream.split(b"OggS")[1:]]


@pytest.mark.parametrize("seconds", [1, 3, 60])
def test_a_voice_note_is_as_long_as_asked(seconds: int) -> None:
    last = pages_of(voice_note(seconds))[-1]

    samples = struct.unpack_from("<q", last, 6)[0]

    assert samples == seconds * 48_000


def test_the_pages_of_a_voice_note_are_numbered_marked_and_summed_right() -> None:
    pages = pages_of(voice_note(3))

    numbers = [struct.unpack_from("<I", page, 18)[0] for page in pages]
    sums = [struct.unpack_from("<I", page, 22)[0] for page in pages]
    assert numbers == [0, 1, 2, 3, 4]
    assert [page[5] for page in pages] == [2, 0, 0, 0, 4]
    assert sums == [ogg_checksum(page[:22] + b"\0\0\0\0" + page[26:]) for page in pages]


def test_the_checksum_is_the_one_of_the_ogg_format() -> None:
    assert ogg_checksum(b"123456789") == 0x89A1897F  # CRC-32 with polynomial 04C11DB7, nothing reflected, start 0


def test_a_pdf_finds_its_objects_by_its_table() -> None:
    file = pdf("Kostenplan (1)")

    start = int(file.rsplit(b"startxref\n", 1)[1].split(b"\n")[0])
    offsets = [int(line[:10]) for line in file[start:].splitlines()[3:8]]
    assert file[start : start + 4] == b"xref"
    assert [file[offset : offset + 7] for offset in offsets] == [b"%d 0 obj" % number for number in range(1, 6)]
    assert b"(Kostenplan 1) Tj" in file
