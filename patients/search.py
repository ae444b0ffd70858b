"""Finding patients by name although names are ciphertext.

Opens the names of all patients of the practice in scope, a few thousand at most; their keys come with one query.
"""

import unicodedata
from collections.abc import Iterable
from uuid import UUID

from patients.models import Patient
from practices.sealed import warm

MOST = 8
SHORTEST_NEARLY = 3  # letters
_FOLDED = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ı": "i", "ø": "o", "ł": "l"})


def find_patients(query: str, *, most: int = MOST) -> list[Patient]:
    """Patients whose names begin with every word of the query, in the order of a practice's list."""
    wanted = words(query)
    return _best((patient for patient in all_patients() if wanted and _begins(patient, wanted)), most)


def who_it_may_be(names: Iterable[str], *, most: int = 3) -> dict[str, list[Patient]]:
    """For each name a person gave to WhatsApp, the patients with both their names in it. One look at all patients."""
    asked = {name: words(name) for name in names}
    if not any(asked.values()):
        return {name: [] for name in asked}
    patients = [(patient, words(f"{patient.first_name} {patient.last_name}")) for patient in all_patients()]
    return {
        name: _best((patient for patient, own in patients if len(said & own) > 1), most) for name, said in asked.items()
    }


def all_patients() -> list[Patient]:
    """Every patient of the practice in scope, with the keys to open them already at hand."""
    patients = list(Patient.objects.standing())
    warm(patients)
    return patients


def words(name: str) -> frozenset[str]:
    """The words of a name for comparison: no case, no accents, ä/ae and ß/ss alike."""
    spelled = unicodedata.normalize("NFKD", unicodedata.normalize("NFC", name).casefold().translate(_FOLDED))
    letters = "".join(sign if sign.isalnum() else " " for sign in spelled if not unicodedata.combining(sign))
    return frozenset(letters.split())


def nearly_called(names: Iterable[tuple[str, UUID]], wanted: Iterable[str]) -> set[UUID]:
    """Who is called so by somebody who did not type to the letter: for each word, a name that begins with its first
    letter and holds the others in their order ("lindnr" finds lindner). Nobody for a word too short to mean anybody, or
    with a digit: years and numbers are typed as they are."""
    parts = list(wanted)
    if not parts or any(len(part) < SHORTEST_NEARLY or not part.isalpha() for part in parts):
        return set()
    return set.intersection(*({pk for name, pk in names if _holds(name, part)} for part in parts))


def _holds(name: str, part: str) -> bool:
    """One look at each letter: a regular expression with gaps takes for ever on a name of many equal letters."""
    letters = iter(name)
    return name[0] == part[0] and all(letter in letters for letter in part)


def _begins(patient: Patient, wanted: frozenset[str]) -> bool:
    own = words(f"{patient.first_name} {patient.last_name}")
    return all(any(word.startswith(part) for word in own) for part in wanted)


def _best(patients: Iterable[Patient], most: int) -> list[Patient]:
    return sorted(patients, key=lambda patient: (patient.sorting_name.casefold(), patient.pk))[:most]
