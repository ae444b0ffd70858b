"""What a message means for consent, before any other automation (C-11)."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from messaging.inbound.arrivals import Arrival


def follow(arrivals: "list[Arrival]") -> None:
    """Codes prove numbers, STOP and START are obeyed, taps are recorded, strangers are asked once in 30 days."""
