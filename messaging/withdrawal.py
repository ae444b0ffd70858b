"""What a withdrawal of consent does here: nothing queued for that purpose leaves any more (C-14)."""

from consent.effects import Cancelled
from consent.gate import Kind
from consent.purposes import Purpose
from messaging.models import Message
from messaging.outbox import cancel
from patients.models import Contact

ON_ITS_WAY = (Message.State.SENDING, Message.State.UNCONFIRMED)


def cancel_queued_messages(contact: Contact, purposes: frozenset[Purpose]) -> Cancelled:
    """Cancel what waits for this contact in these purposes, and count what WhatsApp has already.

    The withdrawal holds the contact's row, so no claim of a message of this contact can be under way beside it.
    """
    mine = Message.objects.filter(contact=contact).exclude(kind=Kind.CONFIRMATION)
    if purposes != frozenset(Purpose):
        mine = mine.filter(purpose__in=purposes)
    handed_over = mine.filter(state__in=ON_ITS_WAY).count()
    waiting = list(mine.filter(state=Message.State.QUEUED).only("pk"))
    return Cancelled(cancel(waiting, reason="consent"), handed_over)
