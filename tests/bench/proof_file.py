"""How long the proof of a person with 500 entries takes, in a ledger of 20,000: read, proven, set and sealed."""

import time
from collections.abc import Iterator

from django.db import transaction
from django.utils import timezone

from consent.checkpoints import checkpoint
from consent.history import history_of, spans_of
from consent.proof.document import Person, proof_pdf
from consent.proof.dossier import dossier_of
from consent.proof.verify_proof import verify
from patients.models import Contact
from practices import keys
from practices.models import Practice
from practices.scope import practice_scope
from tests.bench.desk import open_practice
from tests.bench.figures import Figure, below
from tests.bench.ledger_verify import copy_in
from tests.consent_factories import make_contact, tap

OTHERS = 20_000
ENTRIES = 500
TRIES = 3


def measure() -> Iterator[Figure]:
    practice = open_practice().practice
    copy_in(practice.pk, OTHERS)
    with practice_scope(practice.pk):
        with transaction.atomic():
            contact = make_contact()
            for number in range(ENTRIES):
                tap(contact, "nein_danke" if number % 2 else "ja_einverstanden")
            checkpoint(practice, evidence=False)
        yield Figure(
            "proof_file", sorted(seconds_for(practice, contact) for _ in range(TRIES))[TRIES // 2], "s", below(2)
        )


def seconds_for(practice: Practice, contact: Contact) -> float:
    """From the click to the file, with no key in memory. Raises RuntimeError for a file that proves nothing."""
    keys.forget()
    begun = time.perf_counter()
    with transaction.atomic():
        acts = history_of(contact)
        dossier = dossier_of(practice, acts, timezone.now())
        person = Person(name="Jana Vogt", number="0171 3920010", patients={})
        pdf = proof_pdf(practice, person, acts, spans_of(acts), dossier)
    taken = time.perf_counter() - begun
    if len(acts) != ENTRIES or not dossier.is_whole or verify(pdf)[1]:
        raise RuntimeError("no whole proof")
    return taken
