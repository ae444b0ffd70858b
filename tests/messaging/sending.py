"""Words for tests of the gate at work: what a practice decides, what is sent, and what is said to it."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from consent.purposes import Purpose
from messaging import outbox
from messaging.actions import send_template, send_text
from messaging.dispatch import SendingRefused
from messaging.models import Conversation, Message, Template
from practices.models import Member, Practice
from tests.messaging.factories import Line

MONDAY_MORNING = datetime(2026, 5, 11, 9, 0, tzinfo=ZoneInfo("Europe/Berlin"))


def at(clock: str) -> datetime:
    return datetime.fromisoformat(clock).replace(tzinfo=ZoneInfo("Europe/Berlin"))


def decide(line: Line, **choices: Any) -> None:
    """The practice decides."""
    Practice.objects.filter(pk=line.practice.pk).update(**choices)


def say(conversation: Conversation, anna: Member | None = None, **fields: Any) -> Message:
    return send_text(
        conversation=conversation, **{"body": "Gern.", "purpose": Purpose.ORGANISATION, "by": anna} | fields
    )


def remind(conversation: Conversation, template: Template, **fields: Any) -> Message:
    given: dict[str, Any] = {"rendered": "Guten Tag", "components": [], "by": None} | fields
    return send_template(conversation=conversation, template=template, **given)


def why(deed: Callable[..., Message], *args: Any, **fields: Any) -> str:
    """The reason of the refusal, or "allowed"."""
    try:
        deed(*args, **fields)
    except SendingRefused as refused:
        return refused.reason
    return "allowed"


def claimed(sent: Message) -> tuple[str, str]:
    """What became of a queued message at its claim."""
    outbox.claim()
    sent.refresh_from_db()
    return sent.state, sent.refusal
