"""Consent where two records turn out to be one person: the ledger stays, what follows from it is worked out anew.

consent/states.py reads an act for a merged record as one for the record that holds it, so that the states of both are
folded together, in the order in which the acts were done; and apart again when the merge is taken back.
"""

from collections.abc import Iterable
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from consent.models import ConsentState
from consent.states import rebuild
from patients.merging import MergeStep
from patients.models import Contact, Patient


def contacts_of(patient: Patient) -> Iterable[UUID]:
    """Who agreed or refused for this patient, also where it writes for it no longer."""
    return ConsentState.objects.filter(patient=patient).order_by("contact_id").values_list("contact_id", flat=True)


def move(merged: Patient, _kept: Patient) -> list[str]:
    ids = [str(pk) for pk in dict.fromkeys(contacts_of(merged))]
    _fold_anew(ids)
    return ids


def take_back(_merged: Patient, _kept: Patient, moved: list[str]) -> None:
    _fold_anew(moved)


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
