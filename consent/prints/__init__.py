"""What a practice prints of a code: a stand for the counter, a poster, a sheet of stickers. As PDF, by typst.

The code is a vector, so it is sharp in every size. Numbers and names reach typst as data, never as markup.
"""

import json
from enum import StrEnum
from importlib import resources
from pathlib import Path
from typing import Any

import typst
from django.utils.translation import gettext as _

from consent.doors import qr_url
from consent.editions import current_sets
from consent.models import QrCode
from consent.qr_images import qr_drawing
from consent.rendering import render
from consent.wording import values_for
from patients.phone import shown
from practices.models import Practice

FOLDER = Path(str(resources.files(__package__)))


class Print(StrEnum):
    """The formats; each has a template of its name in this folder."""

    STAND = "stand"  # A6
    POSTER = "poster"  # A4
    STICKERS = "stickers"  # A4, twelve on a sheet


def print_of(code: QrCode, format: Print, practice: Practice) -> bytes:  # noqa: A002
    """A PDF of one page. Only the letters of this folder are used, so that it looks the same everywhere."""
    pdf: bytes = typst.compile(
        FOLDER / f"{format}.typ",
        root=FOLDER,
        font_paths=[FOLDER / "fonts"],
        ignore_system_fonts=True,
        sys_inputs={"stand": json.dumps(stand_of(code, practice))},
    )
    return pdf


def stand_of(code: QrCode, practice: Practice) -> dict[str, Any]:
    """What stands on it in the practice's own words: German first, one sentence in each of the other languages."""
    german, *others = current_sets()
    address = qr_url(code)
    emergency = render(german.page.emergency, values_for(practice, german)).document
    return {
        "title": _("QR-Code „{name}“").replace("{name}", code.name),
        "practice": practice.name,
        "colour": practice.colour,
        "url": address,
        "qr": qr_drawing(address),
        "invitation": german.words.invitation,
        "steps": german.words.steps,
        "voluntary": german.words.voluntary,
        "invitations": [
            {"language": one.language, "direction": one.direction, "text": one.words.invitation} for one in others
        ],
        "emergency": {"heading": emergency.heading, "text": _unbroken(emergency.text, practice)},
    }


def _unbroken(text: str, practice: Practice) -> str:
    """No line ends inside a number."""
    for number in (shown(practice.phone), shown(practice.emergency_phone)):
        text = text.replace(number, number.replace(" ", "\u00a0"))
    return text
