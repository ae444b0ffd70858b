"""What a withdrawal does beyond the ledger: each room registers its part (C-14).

    @on_withdrawal
    def cancel_queued_messages(contact: Contact, purposes: frozenset[Purpose]) -> Cancelled: ...

Registered in AppConfig.ready, run in the order of rooms inside the withdrawal's transaction, which holds the contact's
row and its consent states; a part takes conversations before messages (design: lock order) and makes no HTTP call.
"""

from collections.abc import Callable
from dataclasses import dataclass

from consent.purposes import Purpose
from patients.models import Contact


@dataclass(frozen=True)
class Cancelled:
    """How many messages will never leave, and how many were with the provider already."""

    count: int = 0
    already_handed_over: int = 0

    def __add__(self, other: "Cancelled") -> "Cancelled":
        return Cancelled(self.count + other.count, self.already_handed_over + other.already_handed_over)


WithdrawalEffect = Callable[[Contact, frozenset[Purpose]], Cancelled]
_on_withdrawal: list[WithdrawalEffect] = []


def on_withdrawal(effect: WithdrawalEffect) -> WithdrawalEffect:
    """Register what a room does when a contact withdraws these purposes."""
    _on_withdrawal.append(effect)
    return effect


def withdrawal_effects(contact: Contact, purposes: frozenset[Purpose]) -> Cancelled:
    """Run every registered part and add up what they did."""
    return sum((effect(contact, purposes) for effect in _on_withdrawal), Cancelled())
