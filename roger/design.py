"""The living page of the look, at /design/ while DEBUG is on. Read from the files themselves, so never out of date.

What it means and why stands in docs/look.md.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

TOKEN = re.compile(r"^\s*--([a-z0-9-]+):\s*([^;]+);", re.MULTILINE)
SYMBOL = re.compile(r'<symbol id="([^"]+)"')
THEMES = (("system", ""), ("light", "hell"), ("dark", "dunkel"))
CONTRASTS = (("system", ""), ("more", "hoher Kontrast"))


@dataclass(frozen=True)
class Token:
    """A custom property of tokens.css, without its two dashes, and what is written there."""

    name: str
    value: str


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Tokens, icons and components; ?theme= and ?contrast= put it on as a person would."""
    found = tokens()
    context = {
        "preferences": {
            "theme": _chosen(request, "theme", THEMES),
            "contrast": _chosen(request, "contrast", CONTRASTS),
        },
        "themes": THEMES,
        "contrasts": CONTRASTS,
        "colours": [one for one in found if one.value.startswith(("light-dark(", "#"))],
        "sizes": [one for one in found if one.name.startswith("size-")],
        "spaces": [one for one in found if one.name.startswith("space-")],
        "others": [one for one in found if one.name.startswith(("radius-", "motion-", "weight-", "leading", "target"))],
        "icons": icons(),
    }
    return render(request, "design.html", context)


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
