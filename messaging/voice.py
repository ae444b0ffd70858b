"""Voice notes as browsers record them → as WhatsApp plays them: Ogg with Opus.

Firefox records Ogg. Chromium puts the same Opus packets into WebM, so they are only packed anew and no sound is decoded
(RFC 7845 for Ogg Opus, RFC 3533 for Ogg, RFC 8794 and the Matroska specification for WebM).
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

WEBM = b"\x1a\x45\xdf\xa3"
OGG = b"OggS"
SAMPLES = 48_000  # a second; Opus always counts so
# Elements that hold others: they are entered, everything else is read or skipped.
ENTERED = {0x18538067, 0x1654AE6B, 0xAE, 0x1F43B675, 0xA0}  # Segment, Tracks, TrackEntry, Cluster, BlockGroup
CODEC_PRIVATE, SIMPLE_BLOCK, BLOCK = 0x63A2, 0xA3, 0xA1
LACED = 0x06
# Milliseconds of one frame by the upper five bits of a packet (RFC 6716, 3.1).
FRAMES = [*[10, 20, 40, 60] * 3, *[10, 20] * 2, *[2.5, 5, 10, 20] * 4]
PACKETS_OF_A_PAGE = 50  # of 20 ms: a second
LARGEST_PAGE = 255  # segments
BEGINNING, ENDING = 2, 4
POLYNOMIAL = 0x04C11DB7


class NoVoice(ValueError):
    """No recording with Opus, or a broken one."""


@dataclass(frozen=True)
class Recording:
    """The head that tells a decoder what comes, and the packets."""

    head: bytes
    packets: list[bytes]

    @property
    def channels(self) -> int:
        return self.head[9]


def as_ogg(webm: bytes) -> bytes:
    """A WebM recording packed as Ogg. Raises NoVoice."""
    recording = read_webm(webm)
    pages = _Pages()
    pages.add([recording.head], 0, BEGINNING)
    pages.add([b"OpusTags" + struct.pack("<I", 5) + b"Roger" + struct.pack("<I", 0)], 0)
    position = 0
    batches = list(_batches(recording.packets))
    for number, packets in enumerate(batches, start=1):
        position += sum(map(samples_of, packets))
        pages.add(packets, position, ENDING if number == len(batches) else 0)
    return bytes(pages.written)


def is_mono(ogg: bytes) -> bool:
    """WhatsApp takes as a voice note only what has one channel."""
    at = ogg[:512].find(b"OpusHead")
    return at >= 0 and len(ogg) > at + 9 and ogg[at + 9] == 1


def read_webm(content: bytes) -> Recording:
    """Raises NoVoice. Recorders write clusters of unknown length, so no length of what is entered is relied on."""
    head, packets = b"", []
    for name, value in _elements(content):
        if name == CODEC_PRIVATE and value.startswith(b"OpusHead"):
            head = value
        elif name in {SIMPLE_BLOCK, BLOCK}:
            packets.append(_packet(value))
    if len(head) < 19 or not packets:
        raise NoVoice
    return Recording(head, packets)


def _elements(content: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(content):
        name, at = _number(content, at, keep_marker=True)
        size, at = _number(content, at)
        if name in ENTERED:
            continue
        if at + size > len(content):
            return  # cut off in the middle: what came before is whole
        yield name, content[at : at + size]
        at += size


def _number(content: bytes, at: int, *, keep_marker: bool = False) -> tuple[int, int]:
    """A number of variable length and where it ends; its first byte says how long it is."""
    if at >= len(content) or not content[at]:
        raise NoVoice
    length = 9 - content[at].bit_length()
    if at + length > len(content):
        raise NoVoice
    value = int.from_bytes(content[at : at + length])
    return (value if keep_marker else value & ((1 << 7 * length) - 1)), at + length


def _packet(block: bytes) -> bytes:
    """The packet in a block: after the track's number, two bytes of time and one of flags."""
    _track, at = _number(block, 0)
    if len(block) < at + 4 or block[at + 2] & LACED:
        raise NoVoice
    return block[at + 3 :]


def samples_of(packet: bytes) -> int:
    """How long a packet sounds."""
    if not packet:
        raise NoVoice
    many = packet[0] & 3
    if many == 3 and len(packet) < 2:
        raise NoVoice
    frames = {0: 1, 1: 2, 2: 2}.get(many) or packet[1] & 0x3F
    return int(FRAMES[packet[0] >> 3] * frames * SAMPLES / 1000)


def _batches(packets: list[bytes]) -> Iterator[list[bytes]]:
    """What fits a page: a second, or fewer if the packets are large."""
    batch: list[bytes] = []
    segments = 0
    for packet in packets:
        needed = len(packet) // 255 + 1
        if needed > LARGEST_PAGE:
            raise NoVoice
        if batch and (len(batch) == PACKETS_OF_A_PAGE or segments + needed > LARGEST_PAGE):
            yield batch
            batch, segments = [], 0
        batch.append(packet)
        segments += needed
    yield batch


class _Pages:
    """Ogg pages of one stream, in order."""

    def __init__(self) -> None:
        self.written = bytearray()
        self._number = 0

    def add(self, packets: list[bytes], position: int, kind: int = 0) -> None:
        table = b"".join(b"\xff" * (len(packet) // 255) + bytes([len(packet) % 255]) for packet in packets)
        head = struct.pack("<4sBBqIII", OGG, 0, kind, position, 1, self._number, 0)
        page = bytearray(head + bytes([len(table)]) + table + b"".join(packets))
        page[22:26] = struct.pack("<I", _checksum(page))
        self.written += page
        self._number += 1


def _table() -> list[int]:
    table = []
    for byte in range(256):
        value = byte << 24
        for _bit in range(8):
            value = (value << 1) ^ (POLYNOMIAL if value & 0x80000000 else 0)
        table.append(value & 0xFFFFFFFF)
    return table


TABLE = _table()


def _checksum(page: bytearray) -> int:
    value = 0
    for byte in page:
        value = ((value << 8) & 0xFFFFFFFF) ^ TABLE[(value >> 24) ^ byte]
    return value
