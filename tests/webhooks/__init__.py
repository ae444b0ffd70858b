"""Webhook bodies as 360dialog sends them, written from its reference, with numbers reserved for media."""

import json
from itertools import groupby
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent

NAMES = sorted(path.stem for path in FOLDER.glob("*.json"))


def kind_of(name: str) -> str:
    return name.partition("_")[0]


# One of each kind of message, status and event: the plainest.
ONE_OF_EACH_KIND = {min(group, key=len) for _kind, of_kind in groupby(NAMES, kind_of) if (group := list(of_kind))}


def recorded(name: str) -> bytes:
    """The raw body of one recorded webhook."""
    return (FOLDER / f"{name}.json").read_bytes()


def recorded_json(name: str) -> Any:
    return json.loads(recorded(name))
