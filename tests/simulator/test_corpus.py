"""Real request bodies nobody here wrote, if a folder of them is named by CORPUS (send-*.json, create-template-*.json).

Their placeholders are filled with what this stand-in knows; nothing else is changed.
"""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.simulator.conftest import JANA, Json, StandIn
from tests.simulator.test_content_rules import upload

CORPUS = os.environ.get("CORPUS")
__test__ = CORPUS is not None  # pytest collects nothing here unless a corpus is named
MIME_TYPES = {
    "audio": "audio/ogg",
    "document": "application/pdf",
    "image": "image/jpeg",
    "sticker": "image/webp",
    "video": "video/mp4",
}


def bodies(pattern: str) -> list[Path]:
    """The files of this kind. FileNotFoundError if CORPUS names a folder without any."""
    found = sorted(Path(CORPUS or "").glob(pattern))
    if not found:
        raise FileNotFoundError(f"CORPUS holds no {pattern}")
    return found


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One case per file."""
    for argument, pattern in (("request_file", "send-*.json"), ("template_file", "create-template-*.json")):
        if argument in metafunc.fixturenames:
            files = bodies(pattern)
            metafunc.parametrize(argument, files, ids=[file.stem for file in files])


def fill(value: Any, standin: StandIn, kind: str = "") -> Any:
    """The same body with our number, files and links in the places of its placeholders."""
    if isinstance(value, list):
        return [fill(one, standin, kind) for one in value]
    if not isinstance(value, dict):
        return value
    return {name: filled(name, content, standin, kind) for name, content in value.items()}


def filled(name: str, content: Any, standin: StandIn, kind: str) -> Any:
    """One field."""
    if name == "to":
        return JANA
    if name == "id" and kind in MIME_TYPES:
        return upload(standin, MIME_TYPES[kind])
    if name == "link":
        return "https://praxis.example/datei"
    if name == "code" and kind == "language" and len(content) > 7:
        return "de"
    return fill(content, standin, name)


def text_parameters(template: Json) -> int:
    """How many parameters the body of a template request brings."""
    counts = [len(one["parameters"]) for one in template.get("components", []) if one["type"] == "body"]
    return sum(counts)


def template_for(template: Json) -> Json:
    """The template that such a request expects to exist."""
    body = "Text" + "".join(f" {{{{{n + 1}}}}} und" for n in range(text_parameters(template))) + " Ende"
    components: list[Json] = [{"type": "BODY", "text": body}]
    sent = template.get("components", [])
    if any(one["type"] == "header" for one in sent):
        components.insert(0, {"type": "HEADER", "format": "IMAGE"})
    buttons = [{"type": "QUICK_REPLY", "text": f"Knopf {one['index']}"} for one in sent if one["type"] == "button"]
    if buttons:
        components.append({"type": "BUTTONS", "buttons": buttons})
    name, language = template["name"], template["language"]["code"]
    return {"name": name, "language": language, "status": "APPROVED", "components": components}


def known_to(standin: StandIn, template: Json) -> None:
    """Let the number have this template."""
    number = {
        "phone": "+493023125101",
        "phone_number_id": "100000000000101",
        "waba_id": "200000000000101",
        "api_key": "key-of-sommer",
        "webhook_url": "http://roger.test/hook/",
        "templates": [template_for(template)],
    }
    assert standin.control("POST", "/numbers", number).status_code == 201


def test_a_real_request_is_accepted(standin: StandIn, request_file: Path) -> None:
    wamid = standin.open_window()
    body = fill(json.loads(request_file.read_text()), standin)
    if body.get("status") == "read":
        body["message_id"] = wamid
    if "template" in body:
        known_to(standin, body["template"])

    answer = standin.call("POST", "/messages", json=body)

    assert (answer.status_code, answer.text[:300]) == (200, answer.text[:300])
    assert standin.failures() == []


def test_a_real_template_is_taken(standin: StandIn, template_file: Path) -> None:
    answer = standin.call("POST", "/v1/configs/templates", json=json.loads(template_file.read_text()))

    assert (answer.status_code, answer.json()["status"]) == (201, "submitted")
