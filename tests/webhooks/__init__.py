"""Webhook bodies as 360dialog sends them, written from its reference, with numbers reserved for media."""

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent

NAMES = sorted(path.stem for path in FOLDER.glob("*.json"))


def recorded(name: str) -> bytes:
    """The raw body of one recorded webhook."""
    return (FOLDER / f"{name}.json").read_bytes()


def recorded_json(name: str) -> Any:
    return json.loads(recorded(name))
