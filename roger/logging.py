"""Logs hold ids and codes. No access log, no SQL, no request body, no exception value that could quote a patient."""

import json
import logging
import logging.config
import traceback
from datetime import UTC, datetime
from typing import Any

from practices.scope import practice_in_scope

TOO_LONG = "time limit (%ss) exceeded for %s[%s]"  # Celery's words; the name stands second
PLAIN = ("task", "practice", "delivery", "message_id", "status", "status_code", "count", "code", "channel")


class IdsOnly(logging.Formatter):
    """One JSON object a line. Of an exception: its type and where it was raised, never its words (they may quote)."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "event": _event(record),
        }
        line |= {name: getattr(record, name) for name in PLAIN if hasattr(record, name)}
        if task := _failed_task(record):
            line["task"] = task
        if practice_in_scope() is not None:
            line.setdefault("practice", practice_in_scope())
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__name__
            line["where"] = [f"{f.filename}:{f.lineno}" for f in traceback.extract_tb(record.exc_info[2])[-4:]]
        return json.dumps(line, default=str)


def _event(record: logging.LogRecord) -> str:
    """The message without its values. Django logs refused requests by the exception's words, which quote headers."""
    error = record.exc_info[1] if record.exc_info else None
    if not isinstance(record.msg, str) or (error and record.msg == str(error)):
        return type(error or record.msg).__name__
    return record.msg


def _failed_task(record: logging.LogRecord) -> str:
    """The name Celery tells beside its message, or in it where a task took too long; the values are left out."""
    told = getattr(record, "data", None)
    if record.name == "celery.app.trace" and isinstance(told, dict):
        return str(told.get("name", ""))
    took_too_long = record.name == "celery.worker.request" and str(record.msg).endswith(
        "limit (%ss) exceeded for %s[%s]"
    )
    return str(record.args[1]) if took_too_long and isinstance(record.args, tuple) else ""


def configure(options: dict[str, Any]) -> None:
    """Send everything to standard error as JSON lines; libraries that quote requests stay at warnings."""
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"ids": {"()": IdsOnly}},
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "ids"}},
            "root": {"handlers": ["stderr"], "level": "INFO" if options.get("DEBUG") else "WARNING"},
            "loggers": {name: {"level": "WARNING"} for name in ("httpx", "httpcore", "asyncio", "celery", "axes")},
        }
    )
