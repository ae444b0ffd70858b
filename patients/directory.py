"""The practice's list of patients: in the order of a card index, and found by name, number or date of birth, although
all of it is ciphertext.

A practice has some thousand patients. Their opened names stay in this process's memory, as keys do; each look asks the
database whether any row has changed since (a digest of PostgreSQL's own versions of rows, xmin and ctid), and if so
which, and opens those alone. Who was erased or merged is gone at the next look.
"""

import re
import threading
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from itertools import islice, takewhile
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone

from patients.birthdays import born_on
from patients.models import ContactIdentity, Patient, PatientContact
from patients.search import nearly_called, words
from practices.keys import SealBroken
from practices.scope import current_practice_id
from practices.sealed import warm

SHORTEST_NUMBER = 3  # digits
OTHER = "#"  # the letter of names that begin with none of A to Z
WRITTEN_DATE = re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4}|\d{2})|(\d{4})-(\d{2})-(\d{2})")
NOT_OF_A_NUMBER = re.compile(r"[^\d\s()/.+-]")

# What one patient's entry was made of: any change of a row changes its version, removal changes the list.
VERSIONS = """
    select id, xmin::text || ctid::text from patients_patient
    where practice_id = %(practice)s and merged_into_id is null
    union all
    select l.patient_id, l.xmin::text || l.ctid::text || i.xmin::text || i.ctid::text
    from patients_patientcontact l
    join patients_contactidentity i on i.practice_id = l.practice_id and i.contact_id = l.contact_id
    where l.practice_id = %(practice)s and i.kind = 'phone' and i.ended_at is null
"""
TABLES = ("patients_patient", "patients_patientcontact", "patients_contactidentity")
OF_TABLE = """(
    select count(*), bit_xor(uuid_hash_extended(id, xmin::text::bigint) # hashtidextended(ctid, {seed}))
    from {table} where practice_id = %(practice)s
) as of_{table} (rows, hash)"""
DIGEST = "select {rows}, {hashes} from {tables}".format(  # noqa: S608  fixed texts
    rows=" + ".join(f"of_{table}.rows" for table in TABLES),
    hashes=" # ".join(f"coalesce(of_{table}.hash, 0)" for table in TABLES),
    tables=", ".join(OF_TABLE.format(seed=seed, table=table) for seed, table in enumerate(TABLES)),
)

Digest = tuple[Any, ...]
Version = tuple[str, ...]
Place = tuple[str, UUID]


@dataclass(frozen=True, slots=True)
class Entry:
    """What the list knows of one patient. Its repr tells nothing."""

    version: Version
    order: str = field(repr=False)  # the name as it is sorted
    names: frozenset[str] = field(repr=False)  # with the year of birth and the words of the record number
    digits: str = field(repr=False)  # of numbers to write to, and of the record number
    born: date | None = field(repr=False)
    record_number: str = field(repr=False)

    @property
    def letter(self) -> str:
        first = self.order[:1].upper()
        return first if first.isascii() and first.isalpha() else OTHER


@dataclass(frozen=True, repr=False)
class Known:
    """Everybody of one practice as of one digest. `names` is sorted: those that begin alike stand together."""

    entries: dict[UUID, Entry]
    digest: Digest | None = None
    order: list[Place] = field(default_factory=list)
    names: list[tuple[str, UUID]] = field(default_factory=list)
    letters: Counter[str] = field(default_factory=Counter)

    @classmethod
    def of(cls, entries: dict[UUID, Entry], digest: Digest) -> "Known":
        return cls(
            entries,
            digest,
            sorted((entry.order, pk) for pk, entry in entries.items()),
            sorted((name, pk) for pk, entry in entries.items() for name in entry.names),
            Counter(entry.letter for entry in entries.values()),
        )

    def under(self, letter: str) -> list[Place]:
        """Those of a letter, in order; everybody for none."""
        return [place for place in self.order if self.entries[place[1]].letter == letter] if letter else self.order

    def called(self, wanted: Iterable[str]) -> set[UUID]:
        """Whose words begin with every one of these."""
        return set.intersection(*map(self._beginning_with, wanted))

    def _beginning_with(self, part: str) -> set[UUID]:
        found = islice(self.names, bisect_left(self.names, (part,)), None)
        return {pk for _, pk in takewhile(lambda name: name[0].startswith(part), found)}


@dataclass(frozen=True)
class Found:
    """A part of the list: patients in its order, how many there are in all, and how many under each letter."""

    patient_ids: list[UUID]
    total: int
    letters: Counter[str]


NOBODY = Known({})
_known: dict[int, Known] = {}
_lock = threading.Lock()


def find(query: str = "", *, letter: str = "", start: int = 0, most: int = 25) -> Found:
    """Those whose names begin with every word of the query, whose number holds its digits, or who were born on its
    date; everybody for an empty query. Of them those under a letter, `most` from `start` on."""
    known = _current()
    places = known.under(letter)
    if query.strip():
        wanted = matching(known, query)
        places = sorted((known.entries[pk].order, pk) for pk in wanted if letter in {"", known.entries[pk].letter})
    return Found([pk for _order, pk in places[start : start + most]], len(places), known.letters)


def find_roughly(query: str, *, most: int) -> list[UUID]:
    """Those whose names hold the letters of every word of the query in their order, in the list's order."""
    known = _current()
    places = sorted((known.entries[pk].order, pk) for pk in nearly_called(known.names, words(query)))
    return [pk for _order, pk in places[:most]]


def matching(known: Known, query: str) -> set[UUID]:
    wanted, numbers, born = words(query), numbers_in(query), date_in(query)
    found = known.called(wanted) if wanted else set()
    if numbers or born:
        found |= {
            pk
            for pk, entry in known.entries.items()
            if any(number in entry.digits for number in numbers) or (born and born == entry.born)
        }
    return found


def who_may_be(name: str, *, most: int = 3) -> list[UUID]:
    """Patients with at least two words of a name somebody gave to WhatsApp, in the list's order."""
    said, known = words(name), _current()
    hits = (pk for _order, pk in known.order if len(said & known.entries[pk].names) > 1) if len(said) > 1 else iter(())
    return list(islice(hits, most))


def with_record_number(number: str) -> list[UUID]:
    """Whose record in the practice software has this number, exactly but for case and white space; of a record that was
    merged the one that holds it, since the software still knows both."""
    wanted = spelled(number)
    if not wanted:
        return []
    own = (pk for pk, entry in _current().entries.items() if entry.record_number == wanted)
    return list(dict.fromkeys([*own, *_holders_of(wanted)]))


def _holders_of(record_number: str) -> Iterator[UUID]:
    """Merged records are not in memory: there are few, and nobody looks for them by name."""
    merged = list(Patient.objects.exclude(merged_into=None))
    warm(merged)
    for one in merged:
        with suppress(SealBroken):
            if one.merged_into_id and spelled(one.record_number or "") == record_number:
                yield one.merged_into_id


def entries() -> Iterator[tuple[UUID, Entry]]:
    """Everybody in the list's order, for who compares them."""
    known = _current()
    return ((pk, known.entries[pk]) for _order, pk in known.order)


def spelled(record_number: str) -> str:
    """A record number as it is compared."""
    return "".join(record_number.split()).casefold()


def numbers_in(query: str) -> frozenset[str]:
    """The digits to look for inside numbers, as they are written and as E.164 goes on after a zero; none where the
    query is no part of a number."""
    if NOT_OF_A_NUMBER.search(query):
        return frozenset()
    digits = re.sub(r"\D", "", query)
    national = digits.removeprefix("00") if digits.startswith("00") else digits.removeprefix("0")
    return frozenset(one for one in (digits, national) if len(one) >= SHORTEST_NUMBER)


def date_in(query: str) -> date | None:
    """A date as people write it ("2.12.1998", "02.12.98") or as computers do; of two digits the last such year."""
    found = WRITTEN_DATE.fullmatch(query.strip())
    if found is None:
        return None
    day, month, year, *iso = found.groups()
    try:
        return date(_whole(int(year)), int(month), int(day)) if year else date(*map(int, iso))
    except ValueError:
        return None


def _whole(year: int) -> int:
    this_year = timezone.localdate().year
    century = this_year // 100 * 100
    return year if year > 99 else century + year - (100 if century + year > this_year else 0)


# ── what is in memory ──


def _current() -> Known:
    """Everybody as of now."""
    practice = current_practice_id()
    digest = _digest(practice)  # before the versions: what changes between the two is found by the next look
    with _lock:
        known = _known.get(practice, NOBODY)
    if known.digest == digest:
        return known
    versions = _versions(practice)
    fresh = {pk: entry for pk, entry in known.entries.items() if versions.get(pk) == entry.version}
    fresh |= _opened({pk: version for pk, version in versions.items() if pk not in fresh})
    now = Known.of(fresh, digest)
    with _lock:
        _known[practice] = now
    return now


def _digest(practice: int) -> Digest:
    with connection.cursor() as cursor:
        cursor.execute(DIGEST, {"practice": practice})
        found: Digest = cursor.fetchone()
    return found


def _versions(practice: int) -> dict[UUID, Version]:
    found: dict[UUID, list[str]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(VERSIONS, {"practice": practice})
        for patient_id, version in cursor.fetchall():
            found[patient_id].append(version)
    return {patient_id: tuple(sorted(each)) for patient_id, each in found.items()}


def _opened(versions: dict[UUID, Version]) -> dict[UUID, Entry]:
    if not versions:
        return {}
    patients = list(Patient.objects.standing().filter(pk__in=versions))
    phones = _phones_of(versions)
    warm([*patients, *(phone for each in phones.values() for phone in each)])
    opened = ((one.pk, _entry(one, phones[one.pk], versions[one.pk])) for one in patients)
    return {pk: entry for pk, entry in opened if entry is not None}


def _phones_of(patient_ids: Iterable[UUID]) -> dict[UUID, list[ContactIdentity]]:
    """The living numbers of whoever writes for these patients."""
    links = PatientContact.objects.filter(patient_id__in=list(patient_ids)).values_list("contact_id", "patient_id")
    patients_of: dict[UUID, list[UUID]] = defaultdict(list)
    for contact_id, patient_id in links:
        patients_of[contact_id].append(patient_id)
    living = ContactIdentity.objects.filter(contact_id__in=list(patients_of), ended_at=None)
    found: dict[UUID, list[ContactIdentity]] = defaultdict(list)
    for identity in living.filter(kind=ContactIdentity.Kind.PHONE):
        for patient_id in patients_of[identity.contact_id]:
            found[patient_id].append(identity)
    return found


def _entry(patient: Patient, phones: list[ContactIdentity], version: Version) -> Entry | None:
    """None for somebody whose key was destroyed: there is nothing left to find them by."""
    try:
        born, record_number = born_on(patient), patient.record_number or ""
        called = words(f"{patient.first_name} {patient.last_name} {record_number}")
        order = sorted_as(patient.sorting_name)
        numbers = [str(phone.value).removeprefix("+") for phone in phones]
    except SealBroken:
        return None
    names = called | (words(str(born.year)) if born else frozenset())
    digits = "/".join([*numbers, re.sub(r"\D", "", record_number)])
    return Entry(version, order, names, digits, born, spelled(record_number))


def sorted_as(sorting_name: str) -> str:
    """A name for sorting as lists of people are (DIN 5007-2): ä as ae, without accents, case and titles' dots."""
    last, _comma, first = sorting_name.partition(",")
    return " ".join([_folded(last), _folded(first)])


def _folded(name: str) -> str:
    return " ".join(part for one in re.split(r"[\s-]+", name) for part in sorted(words(one)))
