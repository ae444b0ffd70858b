"""What a withdrawal does beyond the ledger: each room registers its part (C-14).

    @on_withdrawal
    def cancel_queued(contact: Contact, purposes: frozenset[Purpose], patient: Patient | None) -> Cancelled: ...

    @on_settled
    def tell_in_chat(contact: Contact, words: str | None) -> None: ...

Registered in AppConfig.ready, run in the order of rooms inside the withdrawal's transaction, which holds the contact's
row and its consent states; a part takes conversations before messages (design: lock order) and makes no HTTP call.
"""

from collections.abc import Callable
from dataclasses import dataclass

from consent.purposes import Purpose
from patients.models import Contact, Patient


@dataclass(frozen=True)
class Cancelled:
    """How many messages will never leave, and how many were with the provider already."""

    count: int = 0
    already_handed_over: int = 0

    def __add__(self, other: "Cancelled") -> "Cancelled":
        return Cancelled(self.count + other.count, self.already_handed_over + other.already_handed_over)


# The patient is the one whose consent alone is withdrawn; None where the whole number stops.
WithdrawalEffect = Callable[[Contact, frozenset[Purpose], Patient | None], Cancelled]
SettledEffect = Callable[[Contact, str | None], None]
_on_withdrawal: list[WithdrawalEffect] = []
_on_settled: list[SettledEffect] = []


def on_withdrawal(effect: WithdrawalEffect) -> WithdrawalEffect:
    """Register what a room does when a contact withdraws these purposes."""
    _on_withdrawal.append(effect)
    return effect


def withdrawal_effects(contact: Contact, purposes: frozenset[Purpose], patient: Patient | None = None) -> Cancelled:
    """Run every registered part and add up what they did."""
    return sum((effect(contact, purposes, patient) for effect in _on_withdrawal), Cancelled())


def on_settled(effect: SettledEffect) -> SettledEffect:
    """Register what a room does once a withdrawal was settled elsewhere than by a message in the chat."""
    _on_settled.append(effect)
    return effect


def settled(contact: Contact, words: str | None) -> None:
    """Nobody need ask this person any more what was meant; `words` are the one confirmation due (C-11), if any is."""
    for effect in _on_settled:
        effect(contact, words)
