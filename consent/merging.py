"""Consent where two records turn out to be one person: the ledger stays, what follows from it is worked out anew.

consent/states.py reads an act for a merged record as one for the record that holds it, so that the states of both are
folded together, in the order in which the acts were done; and apart again when the merge is taken back. Who said no
while the two were one said it for both: the second gets an act of its own then, so that no consent comes back.
"""

from collections.abc import Iterable
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from consent import ledger
from consent.gate import Consent
from consent.ledger import Type
from consent.models import Channel, ConsentEvent, ConsentState
from consent.purposes import Purpose
from consent.states import OPENS, after, apply, rebuild
from patients.merging import MergeStep
from patients.models import Contact, Patient, PatientMerge

ENDS = frozenset(Type) - OPENS
RULE = "records_parted"


def contacts_of(patient: Patient) -> Iterable[UUID]:
    """Who agreed or refused for this patient, also where it writes for it no longer."""
    return ConsentState.objects.filter(patient=patient).order_by("contact_id").values_list("contact_id", flat=True)


def move(merged: Patient, _kept: Patient) -> list[str]:
    ids = [str(pk) for pk in dict.fromkeys(contacts_of(merged))]
    _fold_anew(ids)
    return ids


def take_back(merged: Patient, kept: Patient, moved: list[str]) -> None:
    _fold_anew(moved)
    merge = PatientMerge.objects.get(kept=kept, merged=merged, undone_at=None)
    since = ledger.to_milliseconds(merge.at)
    said = ConsentEvent.objects.filter(contact__in=[UUID(one) for one in moved], patient=kept)
    ends = said.filter(type__in=ENDS, recorded_at__gte=since)
    for event in ends.select_related("contact").order_by("seq"):
        _end_alike(event, merged)


def _end_alike(event: ConsentEvent, patient: Patient) -> None:
    """What ended for one record ends for the other too, as far as something stands there that it changes."""
    rows = ConsentState.objects.filter(contact=event.contact, patient=patient).values_list("purpose", "state")
    standing = {Purpose(purpose): Consent(state) for purpose, state in rows}
    differing = {one for one, state in standing.items() if after(event.type, event.channel, state) != state}
    ended = differing & ledger.purposes_of(event) if differing else set()
    if ended:
        apply(_written_for(event, patient, ended))


def _written_for(event: ConsentEvent, patient: Patient, ended: set[Purpose]) -> ConsentEvent:
    return ledger.append(
        type=Type(event.type),
        channel=Channel(event.channel),
        contact=event.contact,
        patient=patient,
        purposes={purpose: purpose in ended for purpose in Purpose},
        actor=ledger.SYSTEM,
        act={"rule": RULE},
        refers_to=event,
        proof_ref=ledger.evidence_of(event)["proof_ref"],
        occurred_at=event.occurred_at,
        cancelled=0,
        already_handed_over=0,
    )


def _fold_anew(contact_ids: Iterable[str]) -> None:
    for contact in Contact.objects.filter(pk__in=list(contact_ids)).order_by("pk"):
        rebuild(contact)


CONSENTS = MergeStep(
    "consents",
    _("Einwilligungen, die andere dafür gegeben haben"),
    contacts_of,
    lambda patient: ConsentState.objects.filter(patient=patient).count(),
    move,
    take_back,
)
