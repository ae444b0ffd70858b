"""Words that may be a withdrawal: kept in mind until the person, or somebody of the team, says what was meant.

A withdrawal in any wording is valid (Art. 7(3) DSGVO), but only exact words act by themselves (consent/words.py). The
mark stands on the conversation with the time of the first such words; after 24 hours without an answer the gate holds
back what nobody asked for (section 2.3).
"""

from django.db import transaction
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from consent.actions import EVERY_PURPOSE
from consent.models import Channel
from consent.purposes import ADVERTISING
from consent.withdrawals import withdraw_elsewhere
from consent.words import Word, understand
from messaging.actions import lock_contact
from messaging.models import Conversation, Message
from patients.models import Contact
from practices.audit import record
from practices.live import changed
from practices.models import Member


class Decision(TextChoices):
    """What somebody of the team says was meant."""

    EVERYTHING = "everything", _("Alles abmelden")
    REMINDERS = "reminders", _("Nur Erinnerungen und Werbung")
    NOTHING = "nothing", _("War kein Widerruf")


ENDS = {Decision.EVERYTHING: EVERY_PURPOSE, Decision.REMINDERS: ADVERTISING}


def doubtful_message(conversation: Conversation) -> Message | None:
    """The words that raised the doubt, also if they came as an edit; None where there is no doubt."""
    if conversation.possible_withdrawal_at is None:
        return None
    # WhatsApp counts whole seconds, so others may have been written at the same time.
    at_once = list(conversation.messages.inbound().filter(at=conversation.possible_withdrawal_at).order_by("pk"))
    return next((one for one in at_once if _raises_doubt(one)), at_once[-1] if at_once else None)


def _raises_doubt(message: Message) -> bool:
    meaning = understand(message.body or "")
    return meaning.may_withdraw or meaning.word == Word.ERASE


@transaction.atomic
def decide(*, conversation: Conversation, decision: Decision, by: Member) -> None:
    """Somebody read it and says what was meant. The second of two finds no doubt any more: nothing happens."""
    contact = lock_contact(conversation)
    conversation.refresh_from_db(fields=["possible_withdrawal_at"])
    if conversation.possible_withdrawal_at is None:
        return
    record("possible_withdrawal_decided", about=conversation, by=by, decision=str(decision))
    if decision == Decision.NOTHING:
        forget_doubts(contact)
    else:
        _withdraw(conversation, contact, decision, by)
    conversation.possible_withdrawal_at = None


def _withdraw(conversation: Conversation, contact: Contact, decision: Decision, by: Member) -> None:
    message = doubtful_message(conversation)
    withdraw_elsewhere(
        contact=contact,
        purposes=ENDS[decision],
        channel=Channel.WHATSAPP_KEYWORD,
        act={
            "words": (message.body if message else None) or "",
            "message_id": message.wamid if message else None,
            "note": f"decided: {decision}",
        },
        occurred_at=conversation.possible_withdrawal_at or conversation.created_at,
        by=by,
    )


def forget_doubts(contact: Contact) -> None:
    """What was meant is settled for every conversation of this contact; the caller holds its row."""
    marked = Conversation.objects.filter(contact=contact, possible_withdrawal_at__isnull=False).order_by("pk")
    for conversation in marked.select_for_update(no_key=True):
        Conversation.objects.filter(pk=conversation.pk).update(possible_withdrawal_at=None)
        changed("conversation", conversation.pk)
