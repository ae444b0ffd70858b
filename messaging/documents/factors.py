"""The second factor before a page of ours: five tries, then an hour's rest, and after twenty only a new link helps.

Whoever tries holds the row, so that tries at once count one after the other. What a try came to is an answer and no
exception: it must be written down although nothing was opened.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum, auto
from typing import TypeAlias

from django.contrib.auth.hashers import check_password
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from messaging.models import ProtectedDocument, UploadInvitation
from patients.birthdays import born_on
from patients.models import Patient, PatientContact
from practices.audit import looked_at

Guarded: TypeAlias = ProtectedDocument | UploadInvitation

TRIES_AT_ONCE, TRIES_IN_ALL = 5, 20
REST = timedelta(hours=1)
PIN_DIGITS = 6


class Outcome(Enum):
    """What a try came to."""

    RIGHT = auto()
    WRONG = auto()
    LOCKED = auto()


@dataclass(frozen=True)
class Answer:
    """What somebody typed: a date, or the digits of a PIN."""

    birth_date: date | None = None
    pin: str = ""


def whose(guarded: Guarded) -> Patient | None:
    """Whom it concerns, under the record that stayed where two were merged."""
    patient = guarded.patient
    return (patient.merged_into or patient) if patient else None


def is_still_theirs(guarded: Guarded) -> bool:
    """Whether the number may still have it: nobody blocked it or doubts whose it is, and it writes for the patient."""
    contact, patient = guarded.contact, whose(guarded)
    if contact.blocked_at or contact.identity_changed_at:
        return False
    return patient is None or PatientContact.objects.filter(contact=contact, patient=patient).exists()


def asks_for_birth_date(guarded: Guarded) -> bool:
    """An upload is asked for it where it is known; a document as it was decided."""
    if isinstance(guarded, ProtectedDocument):
        return guarded.factor == ProtectedDocument.Factor.BIRTH_DATE
    patient = whose(guarded)
    return patient is not None and born_on(patient) is not None


def locked_until(guarded: Guarded) -> datetime | None:
    """Until when nobody may try; None if anybody may."""
    until = guarded.locked_until
    return until if until and until > timezone.now() else None


def is_locked_for_good(guarded: Guarded) -> bool:
    return guarded.wrong_tries >= TRIES_IN_ALL


def tries_left(guarded: Guarded) -> int:
    """Until the next rest."""
    return TRIES_AT_ONCE - guarded.wrong_tries % TRIES_AT_ONCE


def try_answer(guarded: Guarded, answer: Answer) -> Outcome:
    """Compare, count and note one try. The caller holds the row."""
    if locked_until(guarded):
        return Outcome.LOCKED
    if _is_right(guarded, answer):
        guarded.wrong_tries, guarded.locked_until = 0, None
        guarded.save(update_fields=["wrong_tries", "locked_until"])
        return Outcome.RIGHT
    guarded.wrong_tries += 1
    if guarded.wrong_tries % TRIES_AT_ONCE == 0:
        guarded.locked_until = guarded.expires_at if is_locked_for_good(guarded) else timezone.now() + REST
    guarded.save(update_fields=["wrong_tries", "locked_until"])
    is_document = isinstance(guarded, ProtectedDocument)
    looked_at("document_wrong_try" if is_document else "upload_wrong_try", about=guarded, by=None)
    return Outcome.LOCKED if locked_until(guarded) else Outcome.WRONG


def _is_right(guarded: Guarded, answer: Answer) -> bool:
    if not asks_for_birth_date(guarded):
        return isinstance(guarded, ProtectedDocument) and check_password(answer.pin, guarded.pin_hash)
    patient = whose(guarded)
    known = born_on(patient) if patient else None
    if known is None or answer.birth_date is None:
        return False
    return constant_time_compare(known.isoformat(), answer.birth_date.isoformat())
