"""The search: people first, then messages. Who searched is noted, what for is not.

It is posted, so that no name stands in an address, a history or a Referer; the page keeps what was typed. `?q=` in the
address of the inbox stays for plain words that somebody types there (docs/adr/0023).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from messaging import reading, search
from messaging.inbox import pages
from messaging.inbox.directory import find_contacts, find_roughly
from messaging.inbox.hits import Group, groups_of
from messaging.inbox.listing import Row, answer_minutes, for_rows, rows_of
from messaging.inbox.search_form import DIRECTIONS, Asked, labels
from messaging.models import Conversation
from messaging.search import Found
from patients import directory
from patients.birthdays import born_on
from patients.models import Patient, PatientContact
from practices.access import MemberRequest
from practices.audit import looked_at
from practices.models import Member
from practices.opening_hours import hours_of
from practices.sealed import warm

PEOPLE = 20  # at a time; further ones come below at a press
RECORDS = 8  # further ones stand in the list of patients
RECORDS_LOOKED_AT = 200  # of those found by name, for some with whom nobody writes


@dataclass(frozen=True)
class People:
    """A part of the conversations of whoever was found, and how many there are in all. `before_next` are those before
    the next part, empty after the last."""

    rows: list[Row] = field(default_factory=list)
    total: int = 0
    before_next: list[UUID] = field(default_factory=list)


@dataclass(frozen=True)
class Record:
    """A patient with whom nobody has written yet. Its repr tells nothing."""

    pk: UUID
    name: str = field(repr=False)
    birth_year: int | None = field(repr=False)


@dataclass(frozen=True)
class Records:
    """The first of the patients with whom nobody has written yet, and how many were counted; of very many found by name
    not everybody is looked at."""

    shown: list[Record] = field(default_factory=list)
    counted: int = 0
    is_all_counted: bool = True

    @property
    def goes_on(self) -> bool:
        return not self.is_all_counted or self.counted > len(self.shown)


def results(request: MemberRequest, asked: Asked, part: str = "search") -> HttpResponse:
    """People and messages for a search, as the whole page or a part of it; a fixed number of queries."""
    if not asked.is_empty and (part == "search" or not asked.goes_on):  # a whole page shows more than goes on
        looked_at("search", about=request.member, by=request.member)
    context = found_for(request, asked)
    around = pages.tabs_context(request, "") if part == "search" else {}
    return render(request, f"messaging/{part}.html", context | around)


def found_for(request: MemberRequest, asked: Asked) -> pages.Context:
    """The context of templates/messaging/search.html but for its tabs."""
    known = labels()
    found, is_scan = look(asked)
    those, records = people_context(request, asked), records_found(asked)
    groups = grouped(request, found, asked, is_scan=is_scan)
    return {
        "asked": asked,
        "query": asked.query,
        "labels": known,
        "directions": DIRECTIONS,
        "filters_in_words": asked.in_words(known),
        **those,
        "records": records.shown,
        "records_go_on": records.goes_on,
        "people_count": those["people_total"] + records.counted,
        "is_everybody_counted": records.is_all_counted,
        "groups": groups,
        "hit_count": sum(len(group.hits) for group in groups),
        "searched": found.searched,
        "reached": found.reached,
        "share": _share(found) if is_scan else None,
        "parts": is_scan and asked.parts,
        "needs_parts": bool(asked.query) and not asked.parts and not search.is_indexed(asked.query),
        "next_before": found.before,
        "conversation": None,
    }


def further_people(request: MemberRequest, asked: Asked) -> HttpResponse:
    """The next people of a search, to stand below those that are there."""
    return render(request, "messaging/_search_people.html", people_context(request, asked))


def people_context(request: MemberRequest, asked: Asked) -> pages.Context:
    """The context of templates/messaging/_search_people.html."""
    found = people(asked, by=request.member)
    return {
        "people": found.rows,
        "people_total": found.total,
        "people_before": asked.people_before,
        "people_before_next": found.before_next,
        "answer_minutes": answer_minutes(request.practice),
        "hours": hours_of(request.practice),
        "opened": None,
    }


def look(asked: Asked) -> tuple[Found, bool]:
    """The messages, and whether they were looked through one by one: inside words, or by filters alone."""
    if asked.is_empty:
        return Found([]), False
    is_scan = asked.parts or not asked.query
    within = asked.within()
    if is_scan:
        return search.scan(asked.query, before=asked.before, within=within), True
    return search.find(asked.query, before=asked.before, within=within), False


def people(asked: Asked, *, by: Member) -> People:
    """The conversations of people found by name, number or date of birth, the latest first; not with filters, which
    are about messages."""
    if asked.before or asked.filters:
        return People()
    return conversations_with(find_contacts(asked.query), by, before=asked.people_before)


def conversations_with(contacts: list[UUID], by: Member, *, before: Sequence[UUID] = ()) -> People:
    """As rows of the list, the latest first, without those that came before: by their ids, since whoever writes
    meanwhile moves to the top. No query where there is nobody."""
    if not contacts:
        return People()
    found = Conversation.objects.filter(contact_id__in=contacts)
    rest = list(for_rows(found.exclude(pk__in=before).order_by("-last_message_at", "id")[: PEOPLE + 1]))
    rows = rows_of(rest[:PEOPLE], by)
    return People(rows, found.count(), [*before, *(row.pk for row in rows)] if len(rest) > PEOPLE else [])


def records_found(asked: Asked) -> Records:
    """Patients found as in their own list, with whom there is no conversation to open; in that list's order."""
    if not asked.query or asked.before or asked.filters:
        return Records()
    found = directory.find(asked.query, most=RECORDS_LOOKED_AT)
    alone = without_a_conversation(found.patient_ids)
    return Records(records_of(alone[:RECORDS]), len(alone), found.total <= RECORDS_LOOKED_AT)


def called(query: str, *, most: int, by: Member) -> tuple[list[Row], list[Record]]:
    """Conversations and records of the people a query means to the letter; nobody for an empty one."""
    asked = Asked(query)
    rows, records = people(asked, by=by).rows[:most], records_found(asked).shown
    return rows, records[: most - len(rows)]


def roughly_called(query: str, *, most: int, by: Member) -> tuple[list[Row], list[Record]]:
    """Conversations and records of the people whose names hold the letters of the query in their order: for who did not
    type to the letter."""
    rows = conversations_with(find_roughly(query), by).rows[:most]
    alone = without_a_conversation(directory.find_roughly(query, most=RECORDS_LOOKED_AT))
    return rows, records_of(alone[: most - len(rows)])


def without_a_conversation(found: list[UUID]) -> list[UUID]:
    """Of these patients those with whom there is no conversation to open, in the same order."""
    links = PatientContact.objects.filter(patient__in=found, contact__conversations__isnull=False)
    with_a_conversation = set(links.values_list("patient_id", flat=True))
    return [pk for pk in found if pk not in with_a_conversation]


def records_of(patient_ids: list[UUID]) -> list[Record]:
    """In the order of the ids."""
    by_id = Patient.objects.in_bulk(patient_ids)
    patients = [by_id[pk] for pk in patient_ids if pk in by_id]
    warm(patients)
    return [_record(patient) for patient in patients]


def _record(patient: Patient) -> Record:
    born = born_on(patient)
    return Record(patient.pk, patient.sorting_name, born.year if born else None)


def grouped(request: MemberRequest, found: Found, asked: Asked, *, is_scan: bool) -> list[Group]:
    """The hits by conversation. Of one whose opening would ask for a reason no word is shown."""
    asking: set[UUID] = set()
    if found.messages:
        asking = reading.asking({one.conversation_id for one in found.messages}, by=request.member)
    return groups_of(found.messages, asked.query, parts=is_scan, asking=asking)


def _share(found: Found) -> int:
    """How far back a scan has come, in per cent of the time since the first message."""
    first, reached = search.oldest(), found.reached
    if reached is None or first is None:
        return 100
    now = timezone.now()
    return min(99, int(100 * (now - reached) / max(now - first, timedelta(seconds=1))))
