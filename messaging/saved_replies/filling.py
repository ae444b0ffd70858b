"""What a saved reply says to this person: {placeholders} filled with what is known, the others left to see.

A placeholder that is left in a text never goes out (`missing_in`): the person writes what belongs there.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from messaging.models import Conversation
from messaging.whom import links_of
from patients.models import Appointment, Patient, Relation
from patients.phone import shown
from practices.models import Member

PLACEHOLDER = re.compile(r"\{(\w+)\}")
# What may stand in a saved reply → what it is called where it is missing.
VARIABLES = {
    "anrede": _("Anrede mit Nachname"),
    "vorname": _("Vorname"),
    "nachname": _("Nachname"),
    "naechster_termin": _("nächster Termin"),
    "praxis": _("Name der Praxis"),
    "telefon": _("Telefon der Praxis"),
    "adresse": _("Adresse der Praxis"),
    "email": _("E-Mail der Praxis"),
    "bearbeiter": _("Ihr Name"),
}


@dataclass(frozen=True)
class Facts:
    """Placeholder → what it says. Its repr tells nothing."""

    values: dict[str, str]

    def __repr__(self) -> str:
        return "<facts>"

    def fill(self, text: str) -> str:
        """The text with what is known; what is not stays as a placeholder."""
        return PLACEHOLDER.sub(lambda found: self.values.get(found[1]) or found[0], text)


def facts_for(conversation: Conversation, member: Member, patient: Patient | None = None) -> Facts:
    """What is known about the patient this is for, or about whoever writes; one query for the next visit."""
    about, practice = patient or _own(conversation), member.practice
    values = {
        "praxis": practice.short_name,
        "telefon": shown(practice.phone),
        "adresse": practice.address,
        "email": practice.email,
        "bearbeiter": member.user.name,
    }
    return Facts(values | (_of_patient(about) if about else {}))


def _own(conversation: Conversation) -> Patient | None:
    links = links_of(conversation.contact)
    return next((link.patient for link in links if link.relation == Relation.SELF), None)


def _of_patient(patient: Patient) -> dict[str, str]:
    salutation = f"{patient.salutation} {patient.last_name}" if patient.salutation else ""
    return {
        "anrede": salutation,
        "vorname": patient.first_name,
        "nachname": patient.last_name,
        "naechster_termin": _next_visit(patient),
    }


def _next_visit(patient: Patient) -> str:
    """ "Dienstag, 01.12., 10:40 Uhr", in German as the replies are; empty if nothing is noted."""
    at = next_visit(patient)
    return f"{WEEKDAYS[at.weekday()]}, {at:%d.%m.}, {at:%H:%M} Uhr" if at else ""


def next_visit(patient: Patient) -> datetime | None:
    """When somebody comes next, in the practice's own time; one query."""
    ahead = Appointment.objects.filter(patient=patient, cancelled_at=None, starts_at__gt=timezone.now())
    found = ahead.order_by("starts_at").values_list("starts_at", flat=True).first()
    return timezone.localtime(found) if found else None


def missing_in(text: str) -> list[str]:
    """The placeholders of ours that still stand in a text, each once."""
    return list(dict.fromkeys(name for name in PLACEHOLDER.findall(text) if name in VARIABLES))


def unknown_in(text: str) -> list[str]:
    """What stands in braces and is no placeholder of ours."""
    return list(dict.fromkeys(name for name in PLACEHOLDER.findall(text) if name not in VARIABLES))


def named(placeholders: Iterable[str]) -> str:
    """ "Vorname, nächster Termin"."""
    return ", ".join(str(VARIABLES[name]) for name in placeholders)
