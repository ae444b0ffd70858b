"""What WhatsApp itself says about advertising: a person's stop there counts as a withdrawal of recall and news (C-15).

It comes in two ways: as a person's setting (the webhook field user_preferences), or as the error with which WhatsApp
refuses a message. Only errors that can mean nothing else count (131050): 131026 hides whether somebody blocked the
number, has no WhatsApp, or an old phone, and nobody's consent may be written off for an old phone.

The person pressed WhatsApp's own button, so the channel is WHATSAPP_BUTTON, and the act says which.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from consent.actions import withdraw
from consent.gate import Consent
from consent.models import Channel
from consent.purposes import ADVERTISING
from consent.states import purposes_of_number
from messaging.models import Message
from messaging.whatsapp.errors import describe
from patients.models import Contact
from practices.audit import record

LOOKED_BACK = timedelta(days=8)  # as long as WhatsApp goes on telling what became of a message


def heed_preference(contact: Contact, *, wish: str | None, at: datetime) -> None:
    """A person's setting at WhatsApp. The caller holds the contact's row. "resume" is noted and grants nothing: that
    takes an act towards the practice, with its text (C-04)."""
    if wish == "stop":
        _stop(
            contact, note="user_preferences: stop", at=at, reference=f"user_preferences {contact.pk} {at.isoformat()}"
        )
    else:
        record("whatsapp_preference_noted", about=contact, by=None, wish=(wish or "")[:20])


def heed_errors(*, now: datetime | None = None) -> int:
    """Withdraw advertising for everybody whom WhatsApp named so and who had not agreed anew since; answers how many."""
    failed = Message.objects.filter(
        state=Message.State.FAILED, error_code__isnull=False, at__gt=(now or timezone.now()) - LOOKED_BACK
    )
    with transaction.atomic():
        stopped = [one for one in failed.order_by("contact_id", "at") if describe(one.error_code).stops_marketing]
    return sum(_heed(one) for one in stopped)


@transaction.atomic
def _heed(message: Message) -> int:
    contact = Contact.objects.filter(pk=message.contact_id).locked().get()
    agreed = contact.consent_states.filter(state__in=(Consent.GRANTED, Consent.PENDING), purpose__in=ADVERTISING)
    if not agreed.filter(since__lte=message.at).exists():
        return 0
    _stop(contact, note=f"error {message.error_code}", at=message.at, reference=f"opt-out {message.pk}")
    return 1


def _stop(contact: Contact, *, note: str, at: datetime, reference: str) -> None:
    if purposes_of_number(contact, Consent.GRANTED, Consent.PENDING) & ADVERTISING:
        withdraw(
            contact=contact,
            purposes=ADVERTISING,
            channel=Channel.WHATSAPP_BUTTON,
            act={"button": "whatsapp_stop_marketing", "note": note},
            occurred_at=at,
            reference=reference,
        )
