"""The first photo of a patient gets one hint, text E8 (C-26): findings belong behind a protected link, an emergency on
the phone."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from consent.gate import Kind
from consent.purposes import Purpose
from consent.texts import MessageKey
from consent.wording import message
from messaging.actions import send_automatic
from messaging.models import Conversation
from messaging.whatsapp.payloads import InboundMessage
from messaging.whom import links_of, must_choose
from patients.models import Patient
from practices.audit import record
from practices.models import AuditEvent
from practices.refusal import Refusal

if TYPE_CHECKING:
    from messaging.inbound.arrivals import Arrival

HINT_SENT = "media_hint_sent"


def follow(arrivals: "Iterable[Arrival]") -> None:
    """Send the hint once for each conversation in which a photo came. The contacts are locked."""
    with_photo = {one.conversation.pk: one for one in arrivals if _is_photo(one)}
    if not with_photo:
        return
    told = AuditEvent.objects.filter(kind=HINT_SENT, about_id__in=with_photo).values_list("about_id", flat=True)
    for pk in with_photo.keys() - set(told):
        _hint(with_photo[pk])


def _is_photo(arrival: "Arrival") -> bool:
    """Of the patient, and not while another partner of the number answers (standby)."""
    event = arrival.event
    return isinstance(event, InboundMessage) and not event.standby and arrival.message.type == "image"


def _hint(arrival: "Arrival") -> None:
    """Where the gate says no, for anybody they write for, a later photo is the first."""
    conversation: Conversation = arrival.conversation
    body = message(MessageKey.MEDIA_HINT, arrival.contact.language).document.body
    for patient in _whom(conversation):
        try:
            send_automatic(
                conversation=conversation,
                kind=Kind.AUTOMATIC,
                body=body,
                purpose=Purpose.ORGANISATION,
                patient=patient,
            )
        except Refusal:
            continue
        record(HINT_SENT, about=conversation, by=None)
        return


def _whom(conversation: Conversation) -> list[Patient | None]:
    """Whoever writes; where they write for others, those: the hint names nobody, so any of them will do."""
    links = links_of(conversation.contact)
    return [link.patient for link in links] if must_choose(links) else [None]
