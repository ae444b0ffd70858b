"""A guardian who becomes something else for a patient: what was agreed to as guardian must not outlive it (C-20).

Consent is kept in the room above: it registers, in AppConfig.ready,

    @on_guardianship_ended
    def end_consent(contact: Contact, patient: Patient, by: Member | None) -> None: ...
"""

from collections.abc import Callable

from patients.models import Contact, Patient
from practices.models import Member

GuardianshipEnded = Callable[[Contact, Patient, Member | None], None]
_effects: list[GuardianshipEnded] = []


def on_guardianship_ended(effect: GuardianshipEnded) -> GuardianshipEnded:
    """Register what follows. It runs in the transaction that changes the link and holds the contact's row."""
    _effects.append(effect)
    return effect


def guardianship_ended(contact: Contact, patient: Patient, by: Member | None) -> None:
    """This contact writes for this patient as something else from now on."""
    for effect in _effects:
        effect(contact, patient, by)
