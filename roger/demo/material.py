"""The demo's texts as they were written: dialogues.json (a week), waiting.json (what is open), templates.json,
desk.json (what the team did with it)."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

Json = dict[str, Any]
FOLDER = Path(__file__).parent


@cache
def _file(name: str) -> Any:
    return json.loads((FOLDER / name).read_text())


def practices() -> list[Json]:
    found: list[Json] = _file("dialogues.json")["practices"]
    return found


def templates() -> list[Json]:
    found: list[Json] = _file("templates.json")
    return found


def saved_replies() -> list[Json]:
    """What both practices answer often (saved_replies.json)."""
    found: list[Json] = _file("saved_replies.json")
    return found


def desk(practice: Json) -> Json:
    """What the team of one practice has done with its conversations."""
    found: Json = _file("desk.json")[practice["id"]]
    return found


def patients(practice: Json) -> list[Json]:
    """Of one practice, guardians before their children."""
    everybody = [*_file("dialogues.json")["patients"], *_file("waiting.json")["patients"]]
    own = [one for one in everybody if one["practice_id"] == practice["id"]]
    return sorted(own, key=lambda one: "guardian_patient_id" in one)


def dialogues(practice: Json) -> Iterator[Json]:
    """Of one practice: first what was, then what waits."""
    for one in [*_file("dialogues.json")["dialogues"], *_file("waiting.json")["dialogues"]]:
        if one["practice_id"] == practice["id"]:
            yield one
