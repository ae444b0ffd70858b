"""Whose a number was said not to be: what was entered as wrong is not given back to the same person unasked."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from consent import ledger
from consent.ledger import Type
from consent.models import ConsentEvent
from consent.wrong_numbers import DETACHED
from patients.models import Contact, Patient
from practices.keys import KeyDestroyed
from practices.refusal import Refusal
from practices.sealed import warm


class NotTheirNumber(Refusal):
    """Somebody entered that this number is not this patient's; who knows better says so."""

    reason = "not_their_number"


@dataclass(frozen=True)
class NotWhose:
    """The patients from whom a number was taken as wrong, the last time on `at` (UTC). `is_unknown`: an entry does not
    say from whom, so it may be anybody."""

    at: datetime
    patient_ids: frozenset[UUID]
    is_unknown: bool

    def concerns(self, patient_id: UUID) -> bool:
        return self.is_unknown or patient_id in self.patient_ids


def require_not_refuted(*, contact: Contact, patient: Patient) -> None:
    """Raise NotTheirNumber where this number was entered as wrong for this patient."""
    told = not_whose([contact.pk]).get(contact.pk)
    if told is not None and told.concerns(patient.pk):
        day = timezone.localtime(told.at).strftime("%d.%m.%Y")
        raise NotTheirNumber(
            _("Noch nicht zugeordnet: Am %(day)s wurde eingetragen, dass diese Nummer jemand anderem gehört.")
            % {"day": day},
            next_step=_("Fragen Sie nach, bevor Sie sie trotzdem zuordnen."),
        )


def not_whose(contact_ids: Iterable[UUID]) -> dict[UUID, NotWhose]:
    """By contact, for those whose number was ever entered as wrong; one query where none was, else three."""
    events = ConsentEvent.objects.filter(contact__in=list(contact_ids), type=Type.WRONG_NUMBER)
    entries: dict[UUID, list[ConsentEvent]] = {}
    for event in events.order_by("seq"):
        if event.contact_id:
            entries.setdefault(event.contact_id, []).append(event)
    told = [event for each in entries.values() for event in each]
    warm(told)
    taken_from = {event.pk: _taken_from(event) for event in told}
    holders = _holders_of({pk for ids in taken_from.values() for pk in ids or ()})
    return {contact: _summed_up(each, taken_from, holders) for contact, each in entries.items()}


def _taken_from(event: ConsentEvent) -> list[UUID] | None:
    """None where the entry is older than that was noted, or its evidence was shredded."""
    with suppress(KeyDestroyed):
        ids = ledger.evidence_of(event)["act"].get(DETACHED)
        return None if ids is None else [UUID(pk) for pk in ids]
    return None


def _holders_of(patient_ids: set[UUID]) -> dict[UUID, UUID]:
    """By record that was merged since, the one that holds it."""
    if not patient_ids:
        return {}
    merged = Patient.objects.filter(pk__in=patient_ids).exclude(merged_into=None)
    return dict(merged.values_list("pk", "merged_into_id"))


def _summed_up(
    entries: list[ConsentEvent], taken_from: Mapping[UUID, list[UUID] | None], holders: Mapping[UUID, UUID]
) -> NotWhose:
    ids = {pk for event in entries for pk in taken_from[event.pk] or ()}
    is_unknown = any(taken_from[event.pk] is None for event in entries)
    return NotWhose(entries[-1].occurred_at, frozenset(ids | {holders.get(pk, pk) for pk in ids}), is_unknown)
