"""Who read what (peers 3.13): a look at a conversation is noted per person, and an unusual one says why beforehand.

Unusual is, at the first look within twelve hours:

long_done   it has been done for more than 90 days and is not this person's own: whoever gave it to themselves since
            it was done has not made it theirs
colleague   a patient of it is called like somebody who works here, and not like oneself
many        this person has opened more than 60 conversations within the last hour, and nobody waits for an answer
            in this one

Then one press on a reason shows it; the press is an entry of the log of its own, `unusual_<rule>`. After it, whatever
belongs to that conversation opens for twelve hours; a reason for `many` holds for all until an hour is over. It is the
same by day and by night; what was opened while the practice was closed the monthly sheet counts.

A patient's record asks as well, by `colleague` and by `many` (then records). Whoever has opened a thread about that
patient, or said why, has opened the record with it.
"""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from messaging.models import Conversation
from patients.models import Patient, PatientContact
from patients.search import words
from practices.audit import looked_at
from practices.models import AccessLog, AuditEvent, Member
from practices.scope import current_practice_id
from practices.sealed import warm

OPENED = "conversation"  # the kind of an entry: somebody opened a thread
RECORD = "patient"  # … or a patient's record
ASKED = "unusual_"  # … and, with the rule behind it: said why before
ONE_LOOK = timedelta(hours=12)  # a shift: what was opened once stays open
DONE_LONG = timedelta(days=90)
MANY = 60  # conversations …
MANY_WITHIN = timedelta(hours=1)


class Rule(StrEnum):
    """Why a look is unusual."""

    LONG_DONE = "long_done"
    COLLEAGUE = "colleague"
    MANY = "many"


def rules_for(conversation: Conversation, *, by: Member) -> list[Rule]:
    """What is unusual about this look; empty where nothing is, or where it was explained or begun already.

    The conversation's people must be at hand (`with_people`).
    """
    rules = [Rule.LONG_DONE] if _long_done([conversation], by) else []
    if _is_of_colleague([link.patient for link in conversation.contact.patient_links.all()], by):
        rules.append(Rule.COLLEAGUE)
    if conversation.waiting_since is None and _has_opened_many(OPENED, conversation.pk, by):
        rules.append(Rule.MANY)
    return [] if rules and was_opened(conversation.pk, by=by) else rules


def rules_for_record(patient: Patient, *, by: Member) -> list[Rule]:
    """As `rules_for`, for a record."""
    rules = [Rule.COLLEAGUE] if _is_of_colleague([patient], by) else []
    threads = Conversation.objects.filter(contact__patient_links__patient=patient)
    if _has_opened_many(RECORD, patient.pk, by) and not threads.awaiting_reply().exists():
        rules.append(Rule.MANY)
    return [] if rules and _opened_among({patient.pk, *threads.values_list("pk", flat=True)}, by) else rules


def asking(conversation_ids: Collection[UUID], *, by: Member) -> set[UUID]:
    """Which of these would ask for a reason whatever else was opened; a fixed number of queries."""
    chosen = list(Conversation.objects.filter(pk__in=conversation_ids))
    unusual = _long_done(chosen, by)
    called = _colleagues(by)
    if called:
        chosen_contacts = {one.contact_id for one in chosen}
        links = list(PatientContact.objects.filter(contact_id__in=chosen_contacts).select_related("patient"))
        warm(link.patient for link in links)
        contacts = {link.contact_id for link in links if _is_called(link.patient, called)}
        unusual |= {one.pk for one in chosen if one.contact_id in contacts}
    return unusual - _opened_among(unusual, by)


def was_opened(conversation_id: UUID, *, by: Member) -> bool:
    """Whether this person has opened it, or said why, within a shift."""
    return bool(_opened_among({conversation_id}, by))


def note(conversation: Conversation, *, by: Member) -> None:
    """Somebody opened a thread."""
    looked_at(OPENED, about=conversation, by=by)


@transaction.atomic
def explain(opened: Conversation | Patient, *, rules: Collection[Rule], reason: AccessLog.Reason, by: Member) -> None:
    """Somebody says why, before anything is shown: an entry for each rule."""
    AccessLog.objects.bulk_create(
        AccessLog(kind=f"{ASKED}{rule}", about_id=opened.pk, member=by, reason=reason) for rule in rules
    )


def _long_done(conversations: Collection[Conversation], by: Member) -> set[UUID]:
    """Which of these are done for long and not this person's own; a query only where one stands under their name."""
    before = timezone.now() - DONE_LONG
    done = {one.pk: one.closed_at for one in conversations if one.closed_at and one.closed_at < before}
    theirs = {one.pk for one in conversations if one.assigned_to_id == by.pk} & done.keys()
    return done.keys() - theirs | _taken_since({pk: done[pk] for pk in theirs}, by)


def _taken_since(done: Mapping[UUID, datetime], by: Member) -> set[UUID]:
    """Which of these this person gave to themselves after they were done, as the trail knows."""
    if not done:
        return set()
    given = AuditEvent.objects.filter(about_id__in=done, codes__after__assigned_to_id=str(by.pk)).order_by("at", "pk")
    newest = {event.about_id: event for event in given}
    return {pk for pk, event in newest.items() if event.by_id == by.pk and event.at > done[pk]}


def _colleagues(by: Member) -> list[frozenset[str]]:
    """The names of everybody else who works here, as words. A first name alone would hit half of all patients."""
    names = Member.objects.filter(practice_id=current_practice_id(), left_at=None).exclude(pk=by.pk)
    called = (words(name) for name in names.values_list("user__name", flat=True))
    own = words(by.user.name)
    return [name for name in called if len(name) > 1 and name != own]


def _is_of_colleague(patients: Collection[Patient], by: Member) -> bool:
    called = _colleagues(by) if patients else []
    if called:
        warm(patients)
    return any(_is_called(patient, called) for patient in patients)


def _is_called(patient: Patient, names: list[frozenset[str]]) -> bool:
    own = words(f"{patient.first_name} {patient.last_name}") if names else frozenset()
    return any(name <= own for name in names)


def _has_opened_many(kind: str, pk: UUID, by: Member) -> bool:
    """Besides this one; one query. A reason for the many holds until the hour is over."""
    lately = AccessLog.objects.filter(member=by, at__gt=timezone.now() - MANY_WITHIN)
    entries = set(lately.filter(kind__in=(kind, f"{ASKED}{Rule.MANY}")).values_list("kind", "about_id"))
    if any(known != kind for known, _about in entries):
        return False
    return len({about for _kind, about in entries} - {pk}) >= MANY


def _opened_among(conversation_ids: Collection[UUID], by: Member) -> set[UUID]:
    if not conversation_ids:
        return set()
    entries = AccessLog.objects.filter(about_id__in=conversation_ids, member=by, at__gt=timezone.now() - ONE_LOOK)
    kinds = (OPENED, RECORD, *(f"{ASKED}{rule}" for rule in Rule))
    return set(entries.filter(kind__in=kinds).values_list("about_id", flat=True))
