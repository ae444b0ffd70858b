"""Consent as the desk takes it down, for tests of rules."""

from datetime import datetime
from typing import Any
from uuid import uuid4

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from consent.guardians import Speaker
from consent.intake import Intake, TakenDown, take_down
from consent.models import Channel
from consent.purposes import Purpose
from consent.read_outs import current
from consent.wording import practice_in_scope
from patients.models import Contact, Custody, Patient, Relation
from practices.models import Member

PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
MOTHER = Speaker(relation=Relation.GUARDIAN, name="Daniela Krüger", custody=Custody.JOINT)


def intake(contact: Contact, patient: Patient, speaker: Speaker | None = None, **fields: Any) -> Intake:
    """Somebody agrees to appointments at the counter, just now, to the text that is shown in this `language`."""
    told: dict[str, Any] = {
        "id": uuid4(),
        "purposes": frozenset({Purpose.ORGANISATION}),
        "way": Channel.STAFF_DESK,
        "read_out": current(fields.pop("language", "de"), practice_in_scope()),
        "agreed_at": timezone.now(),
    }
    return Intake(contact=contact, patient=patient, speaker=speaker or Speaker(), **(told | fields))


def agree(contact: Contact, patient: Patient, by: Member, speaker: Speaker | None = None, **fields: Any) -> TakenDown:
    return take_down(intake=intake(contact, patient, speaker, **fields), by=by)


def paper(content: bytes = PDF, name: str = "einwilligung.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def born(years: int, today: datetime | None = None) -> str:
    """A date of birth of somebody who is so old today."""
    day = timezone.localtime(today).date()
    return day.replace(year=day.year - years, day=min(day.day, 28)).isoformat()
