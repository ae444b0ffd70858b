"""Voice notes of browsers become Ogg: every packet as it was, pages a decoder accepts, nothing that is no sound."""

import struct
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging.voice import NoVoice, as_ogg, is_mono, read_webm, samples_of

HEAD = b"OpusHead\x01\x01" + struct.pack("<HIhB", 312, 48_000, 0, 0)
TWENTY_MS = 0x78  # CELT, 20 ms, one frame
UNKNOWN = b"\x01\xff\xff\xff\xff\xff\xff\xff"


def size(length: int) -> bytes:
    return (length | 1 << 56).to_bytes(8)


def element(name: int, value: bytes, *, unknown: bool = False) -> bytes:
    head = name.to_bytes((name.bit_length() + 7) // 8)
    return head + (UNKNOWN if unknown else size(len(value))) + value


def block(packet: bytes, *, flags: int = 0x80) -> bytes:
    return element(0xA3, b"\x81\x00\x00" + bytes([flags]) + packet)


def webm(packets: list[bytes], *, head: bytes = HEAD, unknown: bool = True) -> bytes:
    """As MediaRecorder writes it: lengths of segment and clusters are unknown while it records."""
    track = element(0xAE, element(0xD7, b"\x01") + element(0x86, b"A_OPUS") + element(0x63A2, head))
    cluster = element(0x1F43B675, element(0xE7, b"\x00") + b"".join(map(block, packets)), unknown=unknown)
    inner = element(0x1549A966, b"\x00") + element(0x1654AE6B, track) + cluster
    return element(0x1A45DFA3, element(0x4282, b"webm")) + element(0x18538067, inner, unknown=unknown)


def packet(content: bytes = b"sound") -> bytes:
    return bytes([TWENTY_MS]) + content


def pages(ogg: bytes) -> Iterator[tuple[int, int, int, list[bytes]]]:
    """Kind, position, number and packets of each page, read by the format's own description; checks its sum."""
    at = 0
    while at < len(ogg):
        magic, _version, kind, position, _serial, number, checksum, count = struct.unpack_from("<4sBBqIIIB", ogg, at)
        assert magic == b"OggS"
        table = ogg[at + 27 : at + 27 + count]
        end = at + 27 + count + sum(table)
        bare = bytearray(ogg[at:end])
        bare[22:26] = bytes(4)
        assert crc(bytes(bare)) == checksum
        found, start, length = [], at + 27 + count, 0
        for lacing in table:
            length += lacing
            if lacing < 255:
                found.append(ogg[start : start + length])
                start, length = start + length, 0
        yield kind, position, number, found
        at = end


def crc(content: bytes) -> int:
    """Bit by bit, as RFC 3533 describes it."""
    value = 0
    for byte in content:
        value ^= byte << 24
        for _bit in range(8):
            value = ((value << 1) ^ (0x04C11DB7 if value & 0x80000000 else 0)) & 0xFFFFFFFF
    return value


def test_the_packets_come_through_as_they_were() -> None:
    packets = [packet(bytes([number]) * 80) for number in range(120)]

    written = list(pages(as_ogg(webm(packets))))

    assert [one for page in written[2:] for one in page[3]] == packets
    assert written[0][3] == [HEAD]
    assert written[1][3][0].startswith(b"OpusTags")


def test_a_player_sees_beginning_end_and_length() -> None:
    written = list(pages(as_ogg(webm([packet()] * 120))))

    assert [page[0] for page in written] == [2, 0, 0, 0, 4]
    assert [page[2] for page in written] == [0, 1, 2, 3, 4]
    assert [page[1] for page in written] == [0, 0, 50 * 960, 100 * 960, 120 * 960]


def test_lengths_may_be_known_or_not() -> None:
    assert as_ogg(webm([packet()], unknown=False)) == as_ogg(webm([packet()], unknown=True))


def test_a_recording_that_breaks_off_keeps_what_came_before() -> None:
    whole = webm([packet(b"one"), packet(b"two")])

    assert read_webm(whole[:-2]).packets == [packet(b"one")]


@pytest.mark.parametrize("length", [254, 255, 256, 510, 1275])
def test_packets_of_every_length_are_laced_rightly(length: int) -> None:
    large = bytes([TWENTY_MS]) + bytes(length - 1)

    assert list(pages(as_ogg(webm([large]))))[2][3] == [large]


def test_large_packets_share_no_page_they_do_not_fit() -> None:
    packets = [packet(bytes(5_000))] * 30

    written = list(pages(as_ogg(webm(packets))))

    assert [one for page in written[2:] for one in page[3]] == packets


@pytest.mark.parametrize(
    ("first", "milliseconds"),
    [
        (b"\x00", 10),  # SILK, 10 ms
        (b"\x18", 60),
        (b"\x60", 10),  # hybrid
        (b"\x68", 20),
        (b"\x80", 2.5),  # CELT
        (b"\x98", 20),
        (b"\x99", 40),  # two frames
        (b"\x9a", 40),
        (b"\x9b\x03", 60),  # three frames
    ],
)
def test_a_packet_says_how_long_it_sounds(first: bytes, milliseconds: float) -> None:
    assert samples_of(first) == milliseconds * 48


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00",
        b"\x1a",
        b"\x1a\x45\xdf\xa3",
        webm([]),
        webm([packet()], head=b"vorbis"),
        webm([packet()], head=b"OpusHead"),
        element(0x1A45DFA3, b"") + element(0x18538067, element(0x63A2, HEAD) + block(packet(), flags=0x86)),
        element(0x63A2, HEAD) + element(0xA3, b"\x81"),
        webm([b""]),
        webm([b"\x9b"]),
        webm([packet(bytes(70_000))]),
    ],
)
def test_what_is_no_recording_is_refused(content: bytes) -> None:
    with pytest.raises(NoVoice):
        as_ogg(content)


@given(st.binary(max_size=300))
def test_whatever_comes_is_refused_or_written_and_nothing_else(content: bytes) -> None:
    try:
        written = as_ogg(webm([packet()])[:60] + content)
    except NoVoice:
        return
    assert written.startswith(b"OggS")


def test_one_channel_makes_a_voice_note_and_two_do_not() -> None:
    stereo = HEAD[:9] + b"\x02" + HEAD[10:]

    assert is_mono(as_ogg(webm([packet()])))
    assert not is_mono(as_ogg(webm([packet()], head=stereo)))
    assert not is_mono(b"OggS without a head")
