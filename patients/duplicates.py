"""Whether somebody is a patient already: the same birthday with a similar name, or the same number in the practice
software. A hint, never a refusal: twins and namesakes exist."""

from difflib import SequenceMatcher
from uuid import UUID

from patients.directory import entries, sorted_as, spelled
from patients.models import Patient
from practices.sealed import warm

SIMILAR = 0.8  # of the letters in the same order: Meier and Maier, Schmidt and Schmid
MOST = 5


def similar_to(
    *, first_name: str, last_name: str, birth_date: str | None, record_number: str = "", but: UUID | None = None
) -> list[Patient]:
    """Patients who may be this one, in the list's order. `but` is the record itself."""
    order, number = sorted_as(f"{last_name}, {first_name}"), spelled(record_number)
    hits = [
        pk
        for pk, entry in entries()
        if pk != but
        and (
            (number and entry.record_number == number)
            or (_same_day(entry.born.isoformat() if entry.born else None, birth_date) and _alike(entry.order, order))
        )
    ]
    found = Patient.objects.in_bulk(hits[:MOST])
    warm(found.values())
    return [found[pk] for pk in hits[:MOST] if pk in found]


def _same_day(one: str | None, other: str | None) -> bool:
    """Whoever has no date of birth yet may have been born on any day."""
    return not one or not other or one == other


def _alike(one: str, other: str) -> bool:
    """Also with first and last name exchanged."""
    one_words, other_words = sorted(one.split()), sorted(other.split())
    if one_words == other_words:
        return True
    matcher = SequenceMatcher(None, " ".join(one_words), " ".join(other_words))
    return matcher.real_quick_ratio() >= SIMILAR and matcher.quick_ratio() >= SIMILAR and matcher.ratio() >= SIMILAR
