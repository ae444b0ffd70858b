"""Files sealed in chunks (the STREAM construction of age and Tink), so that a part can be read without the rest.

File: format 1 | nonce prefix 7 | chunks of 64 KiB ciphertext + 16 tag. Nonce of a chunk: prefix 7 | counter 4 | last 1.
Each chunk is bound to the file's id and practice; cutting, swapping or reordering chunks is found on reading.
"""

import io
import os
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from practices.keys import SealBroken, context_bytes

CHUNK, TAG, PREFIX = 64 * 1024, 16, 7
DRAFT = ".part"  # ends the name of a file that is being written
HEADER = struct.Struct(f">B{PREFIX}s")


@dataclass(frozen=True)
class SealedFile:
    """One sealed file: where it lies, its own 32-byte key, and what it is bound to."""

    path: Path
    key: bytes
    practice_id: int
    file_id: UUID

    def __repr__(self) -> str:
        return f"<SealedFile {self.file_id}>"

    def write(self, pieces: Iterable[bytes]) -> int:
        """Seal pieces of any length; the file appears whole or not at all. Answers the plaintext's size in bytes."""
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = self.path.with_suffix(DRAFT)
        prefix, size = os.urandom(PREFIX), 0
        try:
            with draft.open("wb") as file:
                file.write(HEADER.pack(1, prefix))
                for counter, (chunk, is_last) in enumerate(_chunks(pieces)):
                    size += len(chunk)
                    file.write(self._cipher.encrypt(_nonce(prefix, counter, is_last), chunk, self._context))
                file.flush()
                os.fsync(file.fileno())
            draft.rename(self.path)
        finally:
            draft.unlink(missing_ok=True)
        return size

    def read(self, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """Plaintext bytes [start, end), opening only the chunks needed. Raises SealBroken if the file was altered."""
        chunks = self._chunks
        with self.path.open("rb") as file:
            version, prefix = HEADER.unpack(file.read(HEADER.size))
            if version != 1:
                raise SealBroken
            last = chunks if end is None else min(chunks, -(-end // CHUNK))
            for counter in range(start // CHUNK, last):
                file.seek(HEADER.size + counter * (CHUNK + TAG))
                chunk = self._open(file.read(CHUNK + TAG), _nonce(prefix, counter, counter == chunks - 1))
                offset = counter * CHUNK
                yield chunk[max(0, start - offset) : None if end is None else end - offset]

    def reader(self) -> BinaryIO:
        """The plaintext as a file to read from and to seek in; a chunk of it is in memory at a time. As `read`."""
        return io.BufferedReader(_Plaintext(self), CHUNK)

    @property
    def size(self) -> int:
        """Bytes of plaintext, by the length of what lies on disk."""
        return self.path.stat().st_size - HEADER.size - self._chunks * TAG

    @property
    def _chunks(self) -> int:
        return -(-(self.path.stat().st_size - HEADER.size) // (CHUNK + TAG))

    def _open(self, sealed: bytes, nonce: bytes) -> bytes:
        try:
            return self._cipher.decrypt(nonce, sealed, self._context)
        except InvalidTag:
            raise SealBroken from None

    @property
    def _cipher(self) -> AESGCM:
        return AESGCM(self.key)

    @property
    def _context(self) -> bytes:
        return context_bytes(b"file", self.practice_id.to_bytes(4), self.file_id.bytes)


class _Plaintext(io.RawIOBase):
    """What `SealedFile.reader` reads from."""

    def __init__(self, file: SealedFile) -> None:
        self._file, self._size, self._at = file, file.size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        self._at = offset + {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence]
        return self._at

    def readinto(self, buffer: Any) -> int:
        piece = b"".join(self._file.read(self._at, self._at + len(buffer)))
        buffer[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)


def _nonce(prefix: bytes, counter: int, is_last: bool) -> bytes:
    return prefix + counter.to_bytes(4) + bytes([is_last])


def _chunks(pieces: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Pieces cut into full chunks; the last one, possibly short or empty, is marked."""
    held = bytearray()
    for piece in pieces:
        held += piece
        while len(held) > CHUNK:
            yield bytes(held[:CHUNK]), False
            del held[:CHUNK]
    yield bytes(held), True
