"""What staff may say to somebody who has not agreed yet: fixed neutral texts, and the question for consent (C-10, L-9).

The texts name ways to the practice and nothing else, so nobody can answer a question of health by accident.
"""

import tomllib
from functools import cache
from importlib import resources
from uuid import UUID

from django.db import transaction
from django.db.models import TextChoices
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from consent.gate import Kind
from consent.models import ConsentText
from consent.wording import chat_prompt, current_text, practice_in_scope
from messaging.actions import lock_contact, send_automatic
from messaging.models import Conversation, Message
from patients.phone import shown
from practices.models import Member, Practice


class Reply(TextChoices):
    """The texts of messaging/neutral_replies.toml, by what they are for."""

    CALL = "call", _("Bitte anrufen")
    RECEIVED = "received", _("Nachricht ist da")
    MAIL = "mail", _("E-Mail statt Chat")
    EMERGENCY = "emergency", _("Kein Notruf")


def languages_for(language: str) -> list[str]:
    """The person's own language first, then German and English."""
    return list(dict.fromkeys(one for one in (language, "de", "en") if one in _texts()))


def reply_text(reply: Reply, language: str, practice: Practice) -> str:
    """A text with the practice's data; German where we have no words."""
    known = _texts()
    return known.get(language, known["de"])[reply].format(
        praxis_telefon=shown(practice.phone),
        notdienst_telefon=shown(practice.emergency_phone),
        praxis_email=practice.email,
    )


@transaction.atomic
def send_reply(
    *, conversation: Conversation, reply: Reply, language: str, by: Member, client_id: UUID | None = None
) -> Message:
    """Queue one of the fixed texts. The same client_id twice is one message. Raises a Refusal."""
    body = reply_text(reply, language, practice_in_scope())
    return send_automatic(
        conversation=conversation,
        kind=Kind.CANNED_REPLY,
        body=body,
        by=by,
        client_id=client_id,
        origin=Message.Origin.STAFF,
    )


@transaction.atomic
def ask_for_consent(*, conversation: Conversation, by: Member) -> Message:
    """Queue text C because somebody of the team wants it; at most once in 30 days, like the rule. Raises a Refusal.

    It is no answer: what the person wrote still waits.
    """
    contact = lock_contact(conversation)
    text, prompt = current_text(ConsentText.Kind.CHAT, contact.language), chat_prompt(contact.language).document
    message = send_automatic(
        conversation=conversation,
        kind=Kind.OPT_IN_PROMPT,
        body=prompt.body,
        buttons=[(button.id, button.title) for button in prompt.buttons],
        by=by,
        text=text,
    )
    conversation.contact.opt_in_prompted_at = timezone.now()
    conversation.contact.save(update_fields=["opt_in_prompted_at"])
    return message


@cache
def _texts() -> dict[str, dict[str, str]]:
    return tomllib.loads((resources.files("messaging") / "neutral_replies.toml").read_text("utf-8"))
