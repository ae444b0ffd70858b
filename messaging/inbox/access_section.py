"""The panel's way to who looked at this person, for those who lead the practice. Asks the database nothing."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from messaging.inbox import panel_sections
from messaging.models import Conversation
from practices.access import LEADERS
from practices.models import Member


def register() -> None:
    panel_sections.register(title=_("Zugriffe"), template="practices/access/_panel.html", section=_section)


def _section(conversation: Conversation, member: Member) -> dict[str, Any] | None:
    return {"contact_id": conversation.contact_id} if member.role in LEADERS else None
