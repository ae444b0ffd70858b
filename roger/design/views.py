"""The page itself, put on as a person would have it, and what it reads from the files."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from roger.design import composers, desk, panels, rows, slips

TOKEN = re.compile(r"^\s*--([a-z0-9-]+):\s*([^;]+);", re.MULTILINE)
SYMBOL = re.compile(r'<symbol id="([^"]+)"')
THEMES = (("system", ""), ("light", "hell"), ("dark", "dunkel"))
CONTRASTS = (("system", ""), ("more", "hoher Kontrast"))
CONTENTS = (
    ("buttons", "Schaltflächen"),
    ("fields", "Felder"),
    ("states", "Zustände"),
    ("banners", "Hinweise"),
    ("rows", "Zeilen"),
    ("labels", "Labels"),
    ("slips", "Zettel"),
    ("heads", "Kopf"),
    ("notices", "Vor dem Schreiben"),
    ("panels", "Patient"),
    ("boxes", "Antwortfeld"),
    ("lists", "Listen"),
    ("gates", "Statt des Felds"),
    ("tabs", "Karten"),
    ("menus", "Menüs"),
    ("notes", "Notizen"),
    ("moments", "Augenblicke"),
    ("colours", "Farben"),
    ("type", "Schrift"),
    ("spaces", "Abstände"),
    ("icons", "Bilder"),
)


@dataclass(frozen=True)
class Token:
    """A custom property of tokens.css, without its two dashes, and what is written there."""

    name: str
    value: str


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Tokens, icons and components; ?theme= and ?contrast= put it on as a person would."""
    put_on = {
        "preferences": {
            "theme": _chosen(request, "theme", THEMES),
            "contrast": _chosen(request, "contrast", CONTRASTS),
        },
        "themes": THEMES,
        "contrasts": CONTRASTS,
        "contents": CONTENTS,
    }
    return render(request, "design.html", put_on | written() | exhibits())


def written() -> dict[str, Any]:
    """What is read from tokens.css and icons.svg."""
    found = tokens()
    return {
        "colours": [one for one in found if one.value.startswith(("light-dark(", "#"))],
        "sizes": [one for one in found if one.name.startswith("size-")],
        "spaces": [one for one in found if one.name.startswith("space-")],
        "others": [one for one in found if one.name.startswith(("radius-", "motion-", "weight-", "leading", "target"))],
        "icons": icons(),
    }


def exhibits() -> dict[str, Any]:
    """Every component in its states, by the part of the page that shows it (templates/design/)."""
    return {
        "rows": rows.rows(),
        "below_the_rows": desk.below_the_rows(),
        "labels": rows.labels(),
        "slips": [*slips.slips(), slips.run(), desk.above_the_messages(), slips.endless()],
        "heads": panels.heads(),
        "notices": panels.notices(),
        "panels": panels.panels(),
        "boxes": composers.boxes(),
        "lists": composers.lists(),
        "gates": composers.gates(),
        "rail": desk.rail(),
        "present": desk.present(),
        "menus": desk.menus(),
        "reactions": desk.reactions(),
        "note_forms": desk.note_forms(),
        "tasks": desk.tasks(),
        "passing": [desk.toast(), composers.undo()],
        "dialogs": desk.dialogs(),
    }


def tokens() -> list[Token]:
    """Every token once, as it is first written: later ones belong to a theme or to old browsers."""
    first: dict[str, str] = {}
    for name, value in TOKEN.findall(_read("css/tokens.css")):
        first.setdefault(name, " ".join(value.split()))
    return [Token(name, value) for name, value in first.items()]


def icons() -> list[str]:
    return SYMBOL.findall(_read("icons/icons.svg"))


def _chosen(request: HttpRequest, name: str, choices: tuple[tuple[str, str], ...]) -> str:
    asked = request.GET.get(name, "")
    return asked if asked in dict(choices) else "system"


def _read(path: str) -> str:
    return (Path(settings.BASE_DIR) / "static" / path).read_text()
