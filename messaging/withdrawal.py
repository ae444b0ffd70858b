"""What a withdrawal of consent does here: nothing queued for that purpose leaves any more (C-14), nobody is asked any
longer what was meant, and the person is told once (C-11)."""

from contextlib import suppress

from consent.effects import Cancelled
from consent.gate import Kind
from consent.purposes import Purpose
from messaging.actions import send_automatic
from messaging.doubts import forget_doubts
from messaging.models import Conversation, Message
from messaging.outbox import cancel
from patients.models import Contact, Patient
from practices.refusal import Refusal

ON_ITS_WAY = (Message.State.SENDING, Message.State.UNCONFIRMED)


def cancel_queued_messages(contact: Contact, purposes: frozenset[Purpose], patient: Patient | None = None) -> Cancelled:
    """Cancel what waits for this contact in these purposes, and count what WhatsApp has already.

    The withdrawal holds the contact's row, so no claim of a message of this contact can be under way beside it.
    """
    mine = Message.objects.filter(contact=contact).exclude(kind=Kind.CONFIRMATION)
    if patient:
        mine = mine.filter(concerns_patient=patient)
    if purposes != frozenset(Purpose):
        mine = mine.filter(purpose__in=purposes)
    handed_over = mine.filter(state__in=ON_ITS_WAY).count()
    waiting = list(mine.filter(state=Message.State.QUEUED).only("pk"))
    return Cancelled(cancel(waiting, reason="consent"), handed_over)


def tell_in_chat(contact: Contact, words: str | None) -> None:
    """A withdrawal was settled elsewhere: no doubt is left, and inside an open window the one confirmation goes out.

    The caller holds the contact's row.
    """
    forget_doubts(contact)
    newest = Conversation.objects.filter(contact=contact, last_inbound_at__isnull=False).order_by("-last_inbound_at")
    conversation = newest.select_related("contact", "channel").first() if words else None
    if conversation and words:
        with suppress(Refusal):  # outside the window nothing goes; the gate's no is the answer
            send_automatic(conversation=conversation, kind=Kind.CONFIRMATION, body=words)
