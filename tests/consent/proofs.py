"""Proof files for tests: made as the page makes them, taken apart, and changed the way a forger would."""

import copy
import re
from typing import Any

from django.db import transaction
from django.utils import timezone

from consent.checkpoints import checkpoint
from consent.history import history_of, spans_of
from consent.naming import name_of, number_of, with_names
from consent.proof.document import Person, proof_pdf
from consent.proof.dossier import dossier_of
from consent.proof.verify_proof import attached, parsed, spelled
from patients.models import Contact
from practices.models import Practice
from tests.consent_factories import OTHER_PHONE, make_contact, opt_in, tap

Json = dict[str, Any]


def a_history(profile_name: str = "Jana Vogt") -> Contact:
    """Form, code, withdrawal, yes in the chat (entries 1, 2, 4, 6), between those of somebody else."""
    contact, other = make_contact(profile_name=profile_name), make_contact(OTHER_PHONE)
    opt_in(contact)
    tap(other)
    tap(contact, "nein_danke")
    tap(other, "nein_danke")
    tap(contact)
    return contact


def proof_of(practice: Practice, contact: Contact, *, signs: bool = True) -> bytes:
    """The PDF, after the night if it signs."""
    if signs:
        with transaction.atomic():
            checkpoint(practice)
    acts = history_of(contact)
    named = with_names([contact.pk])[contact.pk]
    person = Person(name=name_of(named), number=number_of(named), patients={})
    return proof_pdf(practice, person, acts, spans_of(acts), dossier_of(practice, acts, timezone.now()))


def data_of(pdf: bytes) -> Json:
    return parsed(attached(pdf))


def changed(proof: Json, *place: str | int, to: Any) -> bytes:
    """The data with one value changed, spelled as Roger spells it."""
    forged = copy.deepcopy(proof)
    part: Any = forged
    for step in place[:-1]:
        part = part[step]
    assert part[place[-1]] != to
    part[place[-1]] = to
    return spelled(forged)


def flipped(hexadecimal: str) -> str:
    """The same with its last digit changed."""
    return hexadecimal[:-1] + ("0" if hexadecimal[-1] != "0" else "1")


def part_named(fault: str) -> str:
    """ "Eintrag 3" of "Eintrag 3: hash"."""
    return re.split(":", fault, maxsplit=1)[0]
