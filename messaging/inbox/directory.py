"""Finding people by name, number or date of birth, although all of it is ciphertext.

A practice has some thousand contacts. Their opened names stay in this process's memory, as keys do; each search asks
the database whether any row has changed since (a digest of PostgreSQL's own versions of rows, xmin and ctid), and if
so which, and opens those alone. Who was erased is gone at the next search.
"""

import re
import threading
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from itertools import islice, takewhile
from typing import Any
from uuid import UUID

from django.db import connection

from messaging.inbox.persons import people_rows
from patients.birthdays import born_on
from patients.models import Contact, ContactIdentity
from patients.search import nearly_called, words
from patients.written_dates import take_date
from practices.keys import SealBroken
from practices.scope import current_practice_id
from practices.sealed import warm

SHORTEST_NUMBER = 3  # digits
NOT_OF_A_NUMBER = re.compile(r"[^\d\s()/.+-]")
KIND = ContactIdentity.Kind

# What one contact's entry was made of: any change of a row changes its version, removal changes the list.
VERSIONS = """
    select id, xmin::text || ctid::text from patients_contact where practice_id = %(practice)s
    union all
    select contact_id, xmin::text || ctid::text from patients_contactidentity where practice_id = %(practice)s
    union all
    select l.contact_id, l.xmin::text || l.ctid::text || p.xmin::text || p.ctid::text
    from patients_patientcontact l join patients_patient p on p.practice_id = l.practice_id and p.id = l.patient_id
    where l.practice_id = %(practice)s
"""
TABLES = ("patients_contact", "patients_contactidentity", "patients_patientcontact", "patients_patient")
# All of them in one row, 64 bits: that two states look alike is as likely as two random numbers being the same.
OF_TABLE = """(
    select count(*), bit_xor(uuid_hash_extended(id, xmin::text::bigint) # hashtidextended(ctid, {seed}))
    from {table} where practice_id = %(practice)s
) as of_{table} (rows, hash)"""
# Joined, since a union of the four would be worth parallel workers to the planner: starting them takes 10 ms, this 3.
DIGEST = "select {rows}, {hashes} from {tables}".format(  # noqa: S608  fixed texts
    rows=" + ".join(f"of_{table}.rows" for table in TABLES),
    hashes=" # ".join(f"coalesce(of_{table}.hash, 0)" for table in TABLES),
    tables=", ".join(OF_TABLE.format(seed=seed, table=table) for seed, table in enumerate(TABLES)),
)

Version = tuple[str, ...]
Digest = tuple[Any, ...]


@dataclass(frozen=True)
class Entry:
    """What one contact may be found by. Its repr tells nothing."""

    version: Version
    names: frozenset[str] = field(repr=False)
    digits: str = field(repr=False)  # of the E.164 number
    birth_dates: frozenset[date] = field(repr=False)


@dataclass(frozen=True, repr=False)
class Known:
    """Everybody of one practice as of one digest. `names` is sorted: those that begin alike stand together."""

    entries: dict[UUID, Entry]
    digest: Digest | None = None
    names: list[tuple[str, UUID]] = field(default_factory=list)

    @classmethod
    def of(cls, entries: dict[UUID, Entry], digest: Digest) -> "Known":
        return cls(entries, digest, sorted((name, pk) for pk, entry in entries.items() for name in entry.names))

    def called(self, wanted: Iterable[str]) -> set[UUID]:
        """Whose names (or year of birth) begin with every one of these words."""
        return set.intersection(*map(self._beginning_with, wanted))

    def _beginning_with(self, part: str) -> set[UUID]:
        found = islice(self.names, bisect_left(self.names, (part,)), None)
        return {pk for _, pk in takewhile(lambda name: name[0].startswith(part), found)}


NOBODY = Known({})
_known: dict[int, Known] = {}
_lock = threading.Lock()


def find_contacts(query: str) -> list[UUID]:
    """Contacts whose names (or year of birth) begin with every word of the query, whose number holds its digits, or who
    (or whose patient) was born on its date; with a date and words, both must hold. In no particular order;
    nothing for an empty query."""
    wanted, number = words(query), _number(query)
    born, rest = take_date(query)
    if not wanted:
        return []
    known = _current()
    found = known.called(wanted)
    if number or born:
        called = known.called(words(rest)) if born and words(rest) else known.entries.keys()
        found |= {
            contact_id
            for contact_id, entry in known.entries.items()
            if (number and number in entry.digits)
            or (born and contact_id in called and any(map(born.means, entry.birth_dates)))
        }
    return list(found)


def find_roughly(query: str) -> list[UUID]:
    """Contacts whose names hold the letters of every word of the query in their order; in no particular order."""
    return list(nearly_called(_current().names, words(query)))


def _number(query: str) -> str:
    """The digits to look for inside E.164 numbers; empty where the query is no part of a number."""
    if NOT_OF_A_NUMBER.search(query):
        return ""
    digits = re.sub(r"\D", "", query)
    national = digits.removeprefix("00") if digits.startswith("00") else digits.removeprefix("0")
    return national if len(national) >= SHORTEST_NUMBER else ""


# ── what is in memory ──


def _current() -> Known:
    """Everybody as of now."""
    practice = current_practice_id()
    digest = _digest(practice)  # before the versions: what changes between the two is found by the next search
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
        for contact_id, version in cursor.fetchall():
            found[contact_id].append(version)
    return {contact_id: tuple(sorted(each)) for contact_id, each in found.items()}


def _opened(versions: dict[UUID, Version]) -> dict[UUID, Entry]:
    if not versions:
        return {}
    contacts = Contact.objects.filter(pk__in=versions).prefetch_related("identities", "patient_links__patient")
    listed = list(contacts)
    warm([row for contact in listed for row in people_rows(contact)])
    opened = ((contact.pk, _entry(contact, versions[contact.pk])) for contact in listed)
    return {pk: entry for pk, entry in opened if entry is not None}


def _entry(contact: Contact, version: Version) -> Entry | None:
    """None for somebody whose key was destroyed: there is nothing left to find them by."""
    try:
        patients = [link.patient for link in contact.patient_links.all()]
        living = [one for one in contact.identities.all() if one.ended_at is None]
        names = [contact.profile_name or "", *(one.value for one in living if one.kind == KIND.USERNAME)]
        names += [f"{patient.first_name} {patient.last_name}" for patient in patients]
        born = {born_on(patient) for patient in patients} - {None}
        phones = [str(one.value).removeprefix("+") for one in living if one.kind == KIND.PHONE]
    except SealBroken:
        return None
    called = frozenset().union(*map(words, names), *(words(str(each.year)) for each in born if each))
    return Entry(version, called, "/".join(phones), frozenset(filter(None, born)))
