"""Asking whoever is known by user name only for the number, by WhatsApp's own button (360dialog reference, section 7).

Asked once, and again when it did not arrive or nobody answered for a week. The answer is a card, and no proof:
messaging/inbound/stated_numbers.py.
"""

import tomllib
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from importlib import resources
from uuid import UUID, uuid5

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from messaging.actions import lock_contact, send_number_request
from messaging.models import Conversation, Message
from patients.identities import phone_to_show
from patients.models import Patient
from practices.models import Member
from practices.refusal import Refusal

NEVER_CAME = (Message.State.FAILED, Message.State.CANCELLED)
STANDS_FOR = timedelta(days=7)


class NumberKnown(Refusal):
    """WhatsApp named it, or the person did, since the page was loaded."""

    reason = "number_known"


@dataclass(frozen=True)
class Asked:
    """The last request of a conversation, and the card that answered it."""

    request: Message | None = None
    answer: Message | None = None

    @property
    def is_open(self) -> bool:
        """Whether somebody still waits for the answer."""
        asked = self.request
        if asked is None or self.answer is not None or asked.state in NEVER_CAME:
            return False
        return timezone.now() < asked.at + STANDS_FOR


def asked_in(conversation: Conversation) -> Asked:
    """One query, and one more where there is a request."""
    ours = conversation.messages.filter(direction=Message.Direction.OUTBOUND, type=Message.NUMBER_REQUEST)
    request = ours.order_by("-pk").first()
    if request is None:
        return Asked()
    cards = conversation.messages.inbound().filter(type="contacts", pk__gt=request.pk).order_by("-pk")
    return Asked(request, next((card for card in cards if (card.content or {}).get("answers_request")), None))


@transaction.atomic
def ask_for_number(
    *, conversation: Conversation, by: Member, after: UUID | None, patient: Patient | None, hold: timedelta
) -> Message:
    """Queue the request in the person's language; answers the one that is open already, where there is one (two clicks,
    two people). Raises a Refusal.

    `after`, `patient` and `hold` as in messaging.actions.send_text.
    """
    contact = lock_contact(conversation)
    if phone_to_show(contact):
        raise NumberKnown(_("Die Nummer ist inzwischen bekannt."))
    asked = asked_in(conversation)
    if asked.request is not None and asked.is_open:
        return asked.request
    return send_number_request(
        conversation=conversation,
        body=_words(contact.language),
        by=by,
        client_id=uuid5(asked.request.pk if asked.request else conversation.pk, Message.NUMBER_REQUEST),
        after=after,
        patient=patient,
        hold=hold,
    )


def _words(language: str) -> str:
    known = _texts()
    return known.get(language, known["de"])


@cache
def _texts() -> dict[str, str]:
    return tomllib.loads((resources.files("messaging") / "number_requests.toml").read_text("utf-8"))
