"""Small files made on the spot, so that a phone has something to send: picture, voice note, PDF, video, sticker."""

import io
import struct
import zlib
from collections.abc import Callable

from PIL import Image, ImageDraw

PETROL, PORCELAIN, AMBER = (11, 90, 94), (242, 239, 232), (181, 108, 0)


def photo() -> bytes:
    """A JPEG of 960 × 720 pixels: a drawn tooth on porcelain, with the marker EXIF a phone would set."""
    picture = draw_tooth((960, 720))
    exif = Image.Exif()
    exif[0x0110] = "Stand-in phone"
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=82, exif=exif)
    return file.getvalue()


def png() -> bytes:
    """The same as a PNG."""
    file = io.BytesIO()
    draw_tooth((480, 360)).save(file, "PNG")
    return file.getvalue()


def sticker() -> bytes:
    """A WebP of 512 × 512 pixels below 100 KB."""
    file = io.BytesIO()
    draw_tooth((512, 512)).save(file, "WEBP", quality=70)
    return file.getvalue()


def draw_tooth(size: tuple[int, int]) -> Image.Image:
    """A molar in two strokes; nobody's photo."""
    width, height = size
    picture = Image.new("RGB", size, PORCELAIN)
    pen = ImageDraw.Draw(picture)
    unit = min(size) / 10
    left, top = width / 2 - 2.6 * unit, height / 2 - 3.4 * unit
    crown = (left, top, left + 5.2 * unit, top + 4 * unit)
    pen.rounded_rectangle(crown, radius=1.6 * unit, fill="white", outline=PETROL, width=max(2, int(unit / 6)))
    for root in (0.5, 3.1):
        x = left + root * unit
        pen.polygon(
            [(x, top + 3.2 * unit), (x + 1.6 * unit, top + 3.2 * unit), (x + 0.8 * unit, top + 6.8 * unit)],
            fill="white",
            outline=PETROL,
        )
    pen.ellipse((left + 3.1 * unit, top + unit, left + 4.1 * unit, top + 2 * unit), fill=AMBER)
    return picture


def voice_note(seconds: int = 3) -> bytes:
    """An Ogg file with Opus silence, as long as asked; it plays in browsers."""
    head = b"OpusHead" + struct.pack("<BBHIhB", 1, 1, 0, 48_000, 0, 0)
    vendor = b"stand-in"
    tags = b"OpusTags" + struct.pack("<I", len(vendor)) + vendor + struct.pack("<I", 0)
    frames = seconds * 50
    pages = [ogg_page(0, 0, 2, [head]), ogg_page(0, 1, 0, [tags])]
    for number, start in enumerate(range(0, frames, 50), start=2):
        end = min(start + 50, frames)
        last = 4 if end == frames else 0
        pages.append(ogg_page(end * 960, number, last, [b"\xf8\xff\xfe"] * (end - start)))
    return b"".join(pages)


def ogg_page(position: int, number: int, flags: int, packets: list[bytes]) -> bytes:
    """One page of an Ogg stream (RFC 3533) with packets below 255 bytes."""
    table = bytes(len(packet) for packet in packets)
    head = b"OggS" + struct.pack("<BBqIII", 0, flags, position, 0x526F6765, number, 0)
    page = head + bytes([len(packets)]) + table + b"".join(packets)
    return page[:22] + struct.pack("<I", ogg_checksum(page)) + page[26:]


def ogg_checksum(page: bytes) -> int:
    """CRC-32 with Ogg's polynomial, unreflected."""
    crc = 0
    for byte in page:
        crc ^= byte << 24
        for _ in range(8):
            crc = ((crc << 1) ^ 0x04C11DB7 if crc & 0x80000000 else crc << 1) & 0xFFFFFFFF
    return crc


def pdf(title: str = "Unterlagen") -> bytes:
    """A PDF of one page that shows its title."""
    text = title.encode("latin-1", "replace").replace(b"\\", b"").replace(b"(", b"").replace(b")", b"")
    stream = b"BT /F1 24 Tf 72 760 Td (" + text + b") Tj ET"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    return assemble_pdf(objects)


def assemble_pdf(objects: list[bytes]) -> bytes:
    """Objects, cross-reference table and trailer."""
    file, offsets = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(file))
        file += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    count = len(objects) + 1
    trailer = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (count, len(file))
    return file + b"xref\n0 %d\n0000000000 65535 f \n" % count + table + trailer


def video() -> bytes:
    """The frame of an MP4 (ftyp and mdat): right type and signature, nothing to play."""
    brand = b"isom" + struct.pack(">I", 512) + b"isomiso2mp41"
    filler = zlib.compress(b"video")
    return struct.pack(">I", 8 + len(brand)) + b"ftyp" + brand + struct.pack(">I", 8 + len(filler)) + b"mdat" + filler


# message type: (MIME type, file)
SAMPLES: dict[str, tuple[str, Callable[[], bytes]]] = {
    "image": ("image/jpeg", photo),
    "audio": ("audio/ogg; codecs=opus", voice_note),
    "video": ("video/mp4", video),
    "document": ("application/pdf", pdf),
    "sticker": ("image/webp", sticker),
}
