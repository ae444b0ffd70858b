"""Files as patients send them, for tests: what is in them, how they come and what became of them."""

import base64
import io
import struct
import zlib
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.test import Client
from PIL import Image

from messaging import media
from messaging.models import Conversation, MediaFile
from practices.scope import practice_scope
from tests.fakes import FakeWhatsApp
from tests.messaging.factories import PATIENT, Line

PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n%%EOF\n"
EXE = b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff\x00\x00" + b"\x00" * 512
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><script>alert(1)</script>"
WAITS = [timedelta(seconds=20), timedelta(minutes=2), timedelta(minutes=15)]


def picture(width: int = 4, height: int = 3, form: str = "PNG") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (width, height), "white").save(file, form)
    return file.getvalue()


def bomb(width: int, height: int) -> bytes:
    """The beginning of a PNG that says it is this large, in a few bytes."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(b"\x00" * 99))


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def send(whatsapp: FakeWhatsApp, kind: str, content: bytes, **facts: Any) -> None:
    """The patient's phone sends a file, and the webhook is drained."""
    file = {"data_base64": base64.b64encode(content).decode()} | facts
    wish = {"from": PATIENT, "to": whatsapp.line.channel.phone, "type": kind, kind: file}
    whatsapp.control("POST", "messages", json=wish)
    whatsapp.deliver()


def fetch(line: Line) -> MediaFile:
    """Let the worker fetch what is due; answers the one file there is."""
    fetch_all(line)
    return only(line)


def fetch_all(line: Line) -> int:
    """Let the worker fetch one file after the other; answers how many were due."""
    with practice_scope(line.practice.pk):
        return sum(iter(media.fetch_next, False))


def only(line: Line) -> MediaFile:
    """The one file there is, with its details opened."""
    with practice_scope(line.practice.pk):
        row = MediaFile.objects.select_related("message").get()
        assert row.details
        return row


def received(whatsapp: FakeWhatsApp, kind: str, content: bytes, **facts: Any) -> MediaFile:
    """A file that was sent and fetched."""
    send(whatsapp, kind, content, **facts)
    return fetch(whatsapp.line)


def on_disk() -> list[Path]:
    return [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]


def plan(whatsapp: FakeWhatsApp, **rule: Any) -> None:
    """From now on the stand-in answers calls for files like this."""
    whatsapp.control("PUT", "faults", json={"rules": [rule]})


def ask(desk: Client, row: MediaFile, **headers: str) -> Any:
    return desk.get(f"/p/morgenthal/media/{row.pk}/", headers=headers)


def content(response: Any) -> bytes:
    return b"".join(response.streaming_content)


def page(desk: Client, line: Line) -> str:
    with practice_scope(line.practice.pk):
        conversation = Conversation.objects.get()
    return desk.get(f"/p/morgenthal/inbox/{conversation.pk}/").content.decode()
