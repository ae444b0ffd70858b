"""A line of the log: ids and codes as JSON, never a value that could quote somebody."""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any

import pytest

from practices.scope import practice_scope
from roger.logging import IdsOnly


def line(message: Any, *values: Any, error: Exception | None = None, **ids: Any) -> dict[str, Any]:
    """What the formatter writes for one record."""
    raised = None
    if error is not None:
        try:
            raise error
        except Exception:  # noqa: BLE001  any will do
            raised = sys.exc_info()
    record = logging.LogRecord("messaging.outbox", logging.WARNING, __file__, 1, message, values, raised)
    record.__dict__ |= ids
    written: dict[str, Any] = json.loads(IdsOnly().format(record))
    written.pop("at")
    return written


def test_ids_and_codes_stand_beside_the_event() -> None:
    assert line("message not accepted", message_id="1", code="window", wamid="secret", recipient="Erika") == {
        "level": "WARNING",
        "logger": "messaging.outbox",
        "event": "message not accepted",
        "message_id": "1",
        "code": "window",
    }


def test_the_time_names_its_offset() -> None:
    record = logging.LogRecord("messaging.outbox", logging.INFO, __file__, 1, "sent", (), None)
    record.created = datetime(2026, 7, 1, 23, 30, tzinfo=UTC).timestamp()

    assert json.loads(IdsOnly().format(record))["at"] == "2026-07-01T23:30:00.000+00:00"


def test_values_of_a_message_are_not_written() -> None:
    assert line("%s: %s", "Not Found", "/q/Erika")["event"] == "%s: %s"


def test_an_exception_is_its_type_and_place() -> None:
    written = line("delivery failed", error=ValueError("Erika hat Zahnweh"))

    assert (written["event"], written["error"]) == ("delivery failed", "ValueError")
    assert [place.rpartition("/")[2].partition(":")[0] for place in written["where"]] == ["test_logging.py"]


def test_a_failed_task_and_a_refused_request_say_which() -> None:
    failed = logging.LogRecord("celery.app.trace", logging.ERROR, __file__, 1, "Task %(name)s", (), None)
    failed.__dict__["data"] = {"name": "messaging.escalate", "args": "('Erika',)"}

    late = logging.LogRecord(
        "celery.worker.request", logging.ERROR, __file__, 1,
        "Hard time limit (%ss) exceeded for %s[%s]", (300, "messaging.tidy", "id"), None,
    )  # fmt: skip

    assert json.loads(IdsOnly().format(failed))["task"] == "messaging.escalate"
    assert json.loads(IdsOnly().format(late))["task"] == "messaging.tidy"
    assert "Erika" not in IdsOnly().format(failed)
    assert line("%s: %s", "Not Found", "/q/Erika", status_code=404)["status_code"] == 404


@pytest.mark.parametrize("said", ["Invalid HTTP_HOST header: 'erika.example'", ValueError("Erika")])
def test_an_exception_logged_by_its_own_words_is_its_type_alone(said: str | ValueError) -> None:
    assert line(said, error=ValueError(str(said)))["event"] == "ValueError"


def test_the_practice_in_scope_is_named() -> None:
    with practice_scope(7):
        assert line("x")["practice"] == 7
        assert line("x", practice=8)["practice"] == 8


def test_a_line_break_in_a_code_makes_no_second_line() -> None:
    record = logging.LogRecord("x", logging.WARNING, __file__, 1, "a\nb", (), None)

    assert len(IdsOnly().format(record).splitlines()) == 1
