"""The card that answers our request for the number (messaging/number_requests.py): what stands on it becomes the
person's own, in doubt (patients/stated_numbers.py)."""

from typing import TYPE_CHECKING

from messaging.whatsapp.payloads import InboundMessage, SharedContact, SharedContacts
from patients.phone import normalise
from patients.stated_numbers import state_number

if TYPE_CHECKING:
    from messaging.inbound.arrivals import Arrival


def follow(arrival: "Arrival") -> None:
    """Keep the number of a card that WhatsApp says is the sender's own; any other card is only shown."""
    event = arrival.event
    if not isinstance(event, InboundMessage) or not isinstance(event.content, SharedContacts):
        return
    own = [card for card in event.content.contacts if card.user_id in {None, event.sender.user_id}]
    numbers = [number for card in own for number in _numbers_on(card)]
    if event.content.answers_request and numbers:
        state_number(contact=arrival.contact, phone=numbers[0], at=arrival.message.received_at)


def _numbers_on(card: SharedContact) -> list[str]:
    """As WhatsApp names the account, else as it is written there."""
    spelled = [phone.phone or normalise(phone.written or "") for phone in card.phones]
    return [one for one in spelled if one]
