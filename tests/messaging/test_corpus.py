"""Webhooks nobody here wrote: every body of the corpus goes through door and drain (CORPUS names its folder).

Sent once with the ids rewritten to our channel, and once as they are: then they belong to somebody else and are kept.
"""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from messaging.deliveries import replay
from messaging.models import Message, UnreadableEntry
from practices.scope import practice_scope
from tests.messaging.factories import Line

pytestmark = pytest.mark.django_db


def webhook_bodies() -> list[Path]:
    """The webhook bodies of the corpus; none without CORPUS, and an error if it is named and missing."""
    if not os.environ.get("CORPUS"):
        return []
    folder = Path(os.environ["CORPUS"])
    found = [path for path in sorted(folder.glob("*.json")) if "entry" in json.loads(path.read_text())]
    if len(found) < 50:
        raise FileNotFoundError(f"CORPUS={folder} holds {len(found)} webhook bodies")
    return found


BODIES = webhook_bodies()


def rewritten(body: dict[str, Any], line: Line) -> dict[str, Any]:
    """The same body as if it had been sent to our channel."""
    for entry in body["entry"]:
        entry["id"] = line.channel.waba_id
        for change in entry["changes"]:
            if "metadata" in change["value"]:
                change["value"]["metadata"]["phone_number_id"] = line.channel.phone_number_id
    return body


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "path" in metafunc.fixturenames:
        metafunc.parametrize("path", BODIES, ids=[path.stem for path in BODIES])


if BODIES:

    def test_a_body_for_us_is_processed_and_a_second_time_changes_nothing(line: Line, path: Path) -> None:
        body = rewritten(json.loads(path.read_text()), line)

        line.deliver(body)
        with practice_scope(line.practice.pk):
            once = Message.objects.count()
        line.deliver(body | {"again": True})

        with practice_scope(line.practice.pk):
            assert Message.objects.count() == once
        processed = {"processed"} if "group" not in path.stem else {"unreadable"}
        assert {delivery.state for delivery in line.deliveries()} <= {"processed", *processed}

    def test_a_body_for_somebody_else_is_kept_and_can_be_replayed(line: Line, path: Path) -> None:
        line.deliver(json.loads(path.read_text()))

        with practice_scope(line.practice.pk):
            assert {one.reason for one in UnreadableEntry.objects.all()} == {"foreign_number"}
            assert Message.objects.count() == 0
            assert replay() == 1
        assert [delivery.state for delivery in line.deliveries()] == ["pending"]
