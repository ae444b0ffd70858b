"""Sealed files: read whole or in part, never altered unnoticed."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from practices.keys import SealBroken
from practices.sealed_files import CHUNK, HEADER, TAG, SealedFile
from practices.tenancy import uuid7

KEY = bytes(range(32))


def sealed(path: Path, plaintext: bytes, *, practice_id: int = 1) -> SealedFile:
    file = SealedFile(path / "file", KEY, practice_id, uuid7())
    assert file.write([plaintext]) == len(plaintext)
    return file


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK])
def test_what_was_sealed_is_read_again(tmp_path: Path, size: int) -> None:
    plaintext = os.urandom(size)

    assert b"".join(sealed(tmp_path, plaintext).read()) == plaintext


@given(start=st.integers(0, 3 * CHUNK), length=st.integers(0, 3 * CHUNK))
def test_any_part_is_the_same_as_the_part_of_the_whole(
    tmp_path_factory: pytest.TempPathFactory, start: int, length: int
) -> None:
    plaintext = os.urandom(64) * (3 * CHUNK // 64)
    file = sealed(tmp_path_factory.mktemp("part"), plaintext)

    assert b"".join(file.read(start, start + length)) == plaintext[start : start + length]


@pytest.mark.parametrize("size", [0, 1, CHUNK, 2 * CHUNK + 7])
def test_it_is_read_like_any_other_file(tmp_path: Path, size: int) -> None:
    plaintext = os.urandom(size)
    file = sealed(tmp_path, plaintext)

    with file.reader() as reader:
        length = reader.seek(0, os.SEEK_END)
        reader.seek(size // 2)
        half = reader.read()
        reader.seek(0)
        whole = b"".join(iter(lambda: reader.read(50_000), b""))

    assert (length, file.size, half, whole) == (size, size, plaintext[size // 2 :], plaintext)


def test_pieces_of_any_length_make_the_same_file(tmp_path: Path) -> None:
    plaintext = os.urandom(2 * CHUNK + 7)
    file = SealedFile(tmp_path / "file", KEY, 1, uuid7())

    file.write(plaintext[i : i + 1000] for i in range(0, len(plaintext), 1000))

    assert b"".join(file.read()) == plaintext


def test_nothing_of_the_plaintext_is_on_disk(tmp_path: Path) -> None:
    file = sealed(tmp_path, b"Wurzelbehandlung" * 1000)

    assert b"Wurzel" not in file.path.read_bytes()


@pytest.mark.parametrize("damage", ["bit", "cut", "cut_chunk", "swap", "grow"])
def test_every_damage_is_found(tmp_path: Path, damage: str) -> None:
    file = sealed(tmp_path, os.urandom(2 * CHUNK + 100))
    raw = bytearray(file.path.read_bytes())
    first, second = HEADER.size, HEADER.size + CHUNK + TAG
    damaged = {
        "bit": raw[:50] + bytes([raw[50] ^ 1]) + raw[51:],
        "cut": raw[:-1],
        "cut_chunk": raw[: second + CHUNK + TAG],
        "swap": raw[:first] + raw[second : second + CHUNK + TAG] + raw[first:second] + raw[second + CHUNK + TAG :],
        "grow": raw + b"x",
    }[damage]
    file.path.write_bytes(damaged)

    with pytest.raises(SealBroken):
        b"".join(file.read())


def test_a_file_does_not_open_as_another_file_or_in_another_practice(tmp_path: Path) -> None:
    file = sealed(tmp_path, b"Bild")

    for other in (SealedFile(file.path, KEY, 2, file.file_id), SealedFile(file.path, KEY, 1, uuid7())):
        with pytest.raises(SealBroken):
            b"".join(other.read())


def test_a_download_that_breaks_off_leaves_no_file(tmp_path: Path) -> None:
    def breaking() -> "object":
        yield b"half"
        raise ConnectionError

    file = SealedFile(tmp_path / "file", KEY, 1, uuid7())

    with pytest.raises(ConnectionError):
        file.write(breaking())  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []
