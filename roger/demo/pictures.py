"""A picture and a sound that belong to nobody, made on the spot."""

import io
import wave

from PIL import Image, ImageDraw

SAND, INK, BLUSH = (236, 229, 218), (88, 96, 104), (222, 160, 148)
SAMPLES_PER_SECOND = 8000


def drawn_face(width: int, height: int) -> bytes:
    """A JPEG of a round face with one red cheek, as a child would draw it."""
    picture = Image.new("RGB", (width, height), SAND)
    pen = ImageDraw.Draw(picture)
    unit = width / 10
    middle = (width / 2, height / 2)
    pen.ellipse(_around(middle, 3.4 * unit), outline=INK, width=int(unit / 5))
    for side in (-1, 1):
        pen.ellipse(_around((middle[0] + side * 1.3 * unit, middle[1] - unit), unit / 4), fill=INK)
    pen.ellipse(_around((middle[0] + 1.9 * unit, middle[1] + 0.7 * unit), 0.9 * unit), fill=BLUSH)
    pen.arc(_around((middle[0], middle[1] + 2.2 * unit), 1.2 * unit), 200, 340, fill=INK, width=int(unit / 6))
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=80)
    return file.getvalue()


def _around(middle: tuple[float, float], radius: float) -> tuple[float, float, float, float]:
    return middle[0] - radius, middle[1] - radius, middle[0] + radius, middle[1] + radius


def silence(seconds: int) -> bytes:
    """A WAV file in which nobody says anything."""
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(1)
        sound.setframerate(SAMPLES_PER_SECOND)
        sound.writeframes(b"\x80" * SAMPLES_PER_SECOND * seconds)
    return file.getvalue()
