"""Withdrawals that did not come as a message of the chat: the page behind the link, the desk, the phone, a paper.

All of them end the consent like STOP does, and the person gets the same one confirmation where the window is open
(C-11): E2 when nothing holds any more, E3 while something does.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from consent.actions import EVERY_PURPOSE, Withdrawal, withdraw
from consent.effects import settled
from consent.gate import Consent
from consent.models import Channel
from consent.purposes import Purpose
from consent.states import purposes_of_number
from consent.texts import MessageKey
from consent.wording import message, moment_values, name_purposes, practice_in_scope
from patients.models import Contact, Patient
from practices.models import Member


@transaction.atomic
def withdraw_elsewhere(
    *,
    contact: Contact,
    purposes: Collection[Purpose] = EVERY_PURPOSE,
    channel: Channel,
    act: Mapping[str, Any],
    occurred_at: datetime,
    patient: Patient | None = None,
    by: Member | None = None,
    proof_ref: Mapping[str, Any] | None = None,
) -> Withdrawal:
    """End consent and tell the person once in the chat. `patient` as in `withdraw`; with `by`, a member books it."""
    withdrawal = withdraw(
        contact=contact,
        purposes=purposes,
        channel=channel,
        act=act,
        occurred_at=occurred_at,
        patient=patient,
        by=by,
        proof_ref=proof_ref,
    )
    settled(contact, confirmation_of(contact, withdrawal.changed, at=timezone.now(), patient=patient))
    return withdrawal


def confirmation_of(
    contact: Contact, off: frozenset[Purpose], *, at: datetime, patient: Patient | None = None
) -> str | None:
    """E2 or E3 in the person's language, as it stands after the withdrawal of `off`; None if nothing has changed.

    `patient` is named where only the consent for this one ended: others of the family may go on.
    """
    if not off:
        return None
    language, when = contact.language, moment_values(at, practice_in_scope())
    on = purposes_of_number(contact, Consent.GRANTED)
    if not on:
        return message(MessageKey.OPTOUT_ALL, language, **when).document.body
    names = {"zwecke_aus": name_purposes(off, language), "zwecke_an": name_purposes(on, language)}
    if patient:
        names["zwecke_aus"] += f" ({patient.first_name})"
    return message(MessageKey.OPTOUT_PART, language, **(when | names)).document.body
