"""What every template may use."""

from typing import Any

from django.contrib.messages import get_messages
from django.http import HttpRequest

from practices.access import LEADERS, SENDERS
from practices.preferences import preferences_of


def practice_and_member(request: HttpRequest) -> dict[str, Any]:
    """The practice in scope, who works there and how; nothing outside a practice. Asks the database nothing."""
    member = getattr(request, "member", None)
    if member is None:
        return {}
    return {
        "practice": member.practice,
        "member": member,
        "user": member.user,
        "preferences": preferences_of(member),
        "may_lead": member.role in LEADERS,
        "may_send": member.role in SENDERS,
        "told": get_messages(request),  # what the deed says that led here (practices/told.py)
    }
