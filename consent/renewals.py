"""A text with a new purpose, recipient or country must be agreed to anew (C-06): who is affected, whose consent stops,
who is asked, and who is left.

The rows are the queue. Whoever still holds a purpose under a version that no longer counts is found again by the next
run, so one that breaks off half-way is gone on with, and whoever agrees to the new text meanwhile is left alone.

How a person is reached is known to the room above: it registers, in AppConfig.ready,

    @on_renewal
    def ask_anew(contact: Contact, purposes: frozenset[Purpose]) -> Reached: ...
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, Min, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from consent import ledger, texts
from consent.editions import valid_versions
from consent.gate import Consent
from consent.ledger import SYSTEM, Type
from consent.models import Channel, ConsentEvent, ConsentState, ConsentText, TextEdition
from consent.purposes import Purpose
from consent.states import apply
from consent.wording import current_text
from patients.models import Contact, PatientContact, Relation
from practices.live import changed

RULE = "new_text"
BATCH = 100  # people in one transaction
HOLDS = (Consent.GRANTED, Consent.PENDING)
Given = tuple[UUID, UUID | None]  # by which contact, and for which patient; None: for itself


class Reached(StrEnum):
    """How a person could be asked, or that they could not."""

    CHAT = "chat"  # the window is open: the question in the chat
    TEMPLATE = "template"  # a template, since another purpose is still granted
    DESK = "desk"  # neither: asked when they write next, or at the desk
    ASKED = "asked"  # by an earlier round, or decided meanwhile


AskAnew = Callable[[Contact, frozenset[Purpose]], Reached]
Ways = Callable[[Mapping[UUID, frozenset[Purpose]]], dict[UUID, Reached]]
_ask: list[AskAnew] = []
_ways: list[Ways] = []


def on_renewal(ask: AskAnew, ways: Ways) -> None:
    """Register who asks a person anew, and who knows beforehand how each could be asked about which purposes. `ask`
    runs in a transaction that holds the contact's row and makes no HTTP call."""
    _ask[:], _ways[:] = [ask], [ways]


# ── whose consent is under an older text ──


def _under_older_text(language: str, valid: dict[Purpose, frozenset[str]]) -> QuerySet[ConsentState]:
    """States that hold although their text no longer counts. The wording of an old form, taken over by an import,
    counts as older than any text of ours."""
    older = Q(pk=None)
    for purpose, versions in valid.items():
        of_ours = Q(event__text__version__in=versions) & ~Q(event__text__kind=ConsentText.Kind.IMPORTED)
        older |= Q(purpose=purpose) & ~of_ours
    held = ConsentState.objects.filter(state__in=HOLDS, event__text__language=language)
    return held.filter(older)


def holders(language: str, renews: Iterable[Purpose]) -> QuerySet[ConsentState]:
    """Whose consent would stop if a new text in this language were published now that renews these purposes."""
    return _under_older_text(language, {purpose: frozenset() for purpose in renews})


@transaction.atomic
def outdate(limit: int = BATCH) -> int:
    """The next people whose purposes must be agreed to anew: an event for each, and the gate is closed for them.
    Answers how many people that was; 0 when nobody is left."""
    for language in _languages():
        valid = valid_versions(language)
        older = _under_older_text(language, valid)
        ids = list(older.order_by("contact_id").values_list("contact_id", flat=True).distinct()[:limit])
        if ids:
            text = current_text(ConsentText.Kind.QR_PAGE, language)
            return sum(
                _outdate_contact(contact, older, text) for contact in Contact.objects.filter(pk__in=ids).locked()
            )
    return 0


@contextmanager
def agreeing(contact: Contact) -> Iterator[None]:
    """Around somebody's yes: what this contact holds under an older text stops at once, without waiting for the run.

    Before it, so that a yes to the new text is one and not a repetition of the older; after it, since the page or
    question may have been open while the new text came. The caller holds the contact's row.
    """
    _outdate_now(contact)
    yield
    _outdate_now(contact)


def _outdate_now(contact: Contact) -> None:
    for language in _languages():
        older = _under_older_text(language, valid_versions(language))
        if older.filter(contact=contact).exists():
            _outdate_contact(contact, older, current_text(ConsentText.Kind.QR_PAGE, language))


def _outdate_contact(contact: Contact, older: QuerySet[ConsentState], text: ConsentText) -> int:
    """One event for the contact itself and for each patient it agreed for. Read again now that the contact is held."""
    by_patient: dict[UUID | None, list[ConsentState]] = {}
    for row in older.filter(contact=contact).select_related("event", "patient").order_by("since"):
        by_patient.setdefault(row.patient_id, []).append(row)
    for rows in by_patient.values():
        apply(_book(contact, rows, text))
    if by_patient:
        changed("contact", contact.pk)
    return min(len(by_patient), 1)


def _book(contact: Contact, rows: list[ConsentState], text: ConsentText) -> ConsentEvent:
    concerned = {Purpose(row.purpose) for row in rows}
    granted = rows[-1].event
    return ledger.append(
        type=Type.OUTDATED,
        channel=Channel(granted.channel),
        contact=contact,
        patient=rows[0].patient,
        text=text,
        purposes={purpose: purpose in concerned for purpose in Purpose},
        actor=SYSTEM,
        act={"rule": RULE},
        refers_to=granted,
        proof_ref=ledger.evidence_of(granted)["proof_ref"],  # a paper's act names it, its end too (section 2.4)
        occurred_at=timezone.now(),
    )


def _languages() -> list[str]:
    """In which something had to be agreed to anew: by an edition of the practice, or of the house where it has none."""
    own = list(TextEdition.objects.values_list("language", "renews"))
    of_house = set(texts.CURRENT) - {language for language, _renews in own}
    renewed = {language for language in of_house if any(one.renews for one in texts.versions_of(language))}
    return sorted(renewed | {language for language, renews in own if renews})


# ── asking them anew ──


@dataclass(frozen=True)
class Round:
    """One batch of the run: whom it ended with, None if nobody was left, and how many were reached in which way."""

    last: UUID | None
    reached: dict[Reached, int]


@transaction.atomic
def ask_next(after: UUID | None = None, limit: int = BATCH) -> Round:
    """Ask the next people who can be reached, in the order of their ids, behind `after`; the others go on waiting."""
    waiting = _waiting().order_by("contact_id")
    behind = waiting.filter(contact_id__gt=after) if after else waiting
    ids = list(behind.values_list("contact_id", flat=True).distinct()[:limit])
    people = _people(_waiting().filter(contact__in=ids))
    ways = {one.contact_id: Reached.ASKED for one in people if one.was_asked}
    ways |= _ways_to({one.contact_id: one.purposes for one in people if not one.was_asked})
    reachable = [pk for pk, way in ways.items() if way in {Reached.CHAT, Reached.TEMPLATE}]
    reached = {way: sum(found == way for pk, found in ways.items() if pk not in reachable) for way in Reached}
    for contact in Contact.objects.filter(pk__in=reachable).locked():
        reached[_ask_one(contact)] += 1
    return Round(ids[-1] if ids else None, reached)


def _ways_to(about: Mapping[UUID, frozenset[Purpose]]) -> dict[UUID, Reached]:
    known = _ways[0](about) if _ways else {}
    return {pk: known.get(pk, Reached.DESK) for pk in about}


def _ask_one(contact: Contact) -> Reached:
    """Read again now that the contact is held: somebody who decided or was asked meanwhile is let be."""
    rows = list(_waiting().filter(contact=contact))
    if not rows or _was_asked(contact, max(row.since for row in rows)):
        return Reached.ASKED
    return _ask[0](contact, frozenset(Purpose(row.purpose) for row in rows))


def _was_asked(contact: Contact, since: datetime) -> bool:
    return contact.opt_in_prompted_at is not None and contact.opt_in_prompted_at >= since


def _undecided() -> QuerySet[ConsentState]:
    """Consents that stopped because of a new text, and were not decided on since. One that was given for a patient
    waits for as long as this contact speaks for that patient."""
    stopped = ConsentState.objects.filter(state=Consent.OUTDATED, event__type=Type.OUTDATED)
    links = PatientContact.objects.filter(contact_id=OuterRef("contact_id"), patient_id=OuterRef("patient_id"))
    return stopped.filter(Q(patient=None) | Exists(links.exclude(relation=Relation.SELF)))


def _waiting() -> QuerySet[ConsentState]:
    """Of those, the contacts' own: nobody is asked about somebody else by machine."""
    return _undecided().filter(patient=None)


@dataclass(frozen=True)
class Undecided:
    """Somebody who has not decided on the new text yet.

    purposes   of its own that wait; empty if only patients' do
    was_asked  about those, since they stopped
    patients   whose consents wait that it gave for them: to be asked at the desk
    """

    contact_id: UUID
    purposes: frozenset[Purpose]
    was_asked: bool
    patients: tuple[UUID, ...]

    @property
    def is_asked(self) -> bool:
        """Whether nothing is left to ask about."""
        return self.was_asked and not self.patients


def _people(states: QuerySet[ConsentState]) -> list[Undecided]:
    """Whose these are, in the order in which the first of each stopped. One query."""
    rows = states.order_by("since", "contact_id", "patient_id").select_related("contact")
    by_contact: dict[UUID, list[ConsentState]] = {}
    for row in rows:
        by_contact.setdefault(row.contact_id, []).append(row)
    return [_undecided_person(found) for found in by_contact.values()]


def _undecided_person(rows: list[ConsentState]) -> Undecided:
    own = [row for row in rows if row.patient_id is None]
    return Undecided(
        contact_id=rows[0].contact_id,
        purposes=frozenset(Purpose(row.purpose) for row in own),
        was_asked=bool(own) and _was_asked(rows[0].contact, max(row.since for row in own)),
        patients=tuple(dict.fromkeys(row.patient_id for row in rows if row.patient_id)),
    )


# ── what it would do, and how far it is ──


@dataclass(frozen=True)
class Preview:
    """What publishing would mean, counted before anybody decides. People are counted once, whatever they agreed to."""

    people: int
    by_purpose: dict[Purpose, int]
    reached: dict[Reached, int]
    elsewhere: dict[str, int]  # people by the language of their text, who agreed in another language

    @property
    def at_the_desk(self) -> int:
        return self.reached[Reached.DESK]


def preview(language: str, renews: Iterable[Purpose]) -> Preview:
    """Whom a new text in this language with these purposes to renew would affect."""
    purposes = frozenset(renews)
    affected = list(holders(language, purposes).values_list("contact_id", "patient_id", "purpose"))
    people = {contact for contact, _patient, _purpose in affected}
    by_purpose = {one: len({who for who, _for, held in affected if held == one}) for one in Purpose if one in purposes}
    about: dict[UUID, frozenset[Purpose]] = {}
    for contact, patient, purpose in affected:
        if patient is None:
            about[contact] = about.get(contact, frozenset()) | {Purpose(purpose)}
    ways = dict.fromkeys(people, Reached.DESK) | _ways_to(about)  # for others by nobody but the desk
    reached = {way: sum(found == way for found in ways.values()) for way in Reached}
    return Preview(len(people), by_purpose, reached, _elsewhere(language, purposes))


def _elsewhere(language: str, purposes: frozenset[Purpose]) -> dict[str, int]:
    held = ConsentState.objects.filter(state__in=HOLDS, purpose__in=purposes).exclude(event__text__language=language)
    people: dict[str, set[UUID]] = {}
    for spoken, contact in held.exclude(event__text=None).values_list("event__text__language", "contact_id"):
        people.setdefault(spoken, set()).add(contact)
    return {spoken: len(who) for spoken, who in sorted(people.items())}


@dataclass(frozen=True)
class Progress:
    """How far the renewal of one language is: people, each counted once.

    still_to_stop   hold a consent under an older text that the run has not come to yet
    affected        whose consent was stopped; of these:
    renewed         agreed anew, in whichever language
    unproven        agreed anew, and the number has not confirmed it yet
    ended           withdrew, refused or let it expire, or speak for the patient no longer
    asked, left     wait: asked and not answered, or not asked about everything so far
    """

    still_to_stop: int
    affected: int
    renewed: int
    unproven: int
    ended: int
    asked: int
    left: int

    @property
    def is_over(self) -> bool:
        return not (self.still_to_stop or self.unproven or self.asked or self.left)


def progress(language: str) -> Progress:
    """Where the renewal of a language stands; five queries."""
    valid = valid_versions(language)
    stopped, agreed_elsewhere = _stopped(language)
    affected = {contact for contact, _patient in stopped} | agreed_elsewhere
    waiting = {person.contact_id: person for person in waiting_people(language)}
    granted, pending = _held_since(stopped, valid)
    renewed = (granted | agreed_elsewhere) - set(waiting)
    unproven = pending - renewed - set(waiting)
    asked = sum(person.is_asked for person in waiting.values())
    return Progress(
        still_to_stop=_under_older_text(language, valid).values("contact_id").distinct().count(),
        affected=len(affected),
        renewed=len(renewed),
        unproven=len(unproven),
        ended=len(affected - renewed - unproven - set(waiting)),
        asked=asked,
        left=len(waiting) - asked,
    )


def _stopped(language: str) -> tuple[dict[Given, int], set[UUID]]:
    """Where a consent under a text in this language stopped, with the number of the newest such event; and who had
    agreed in another language after it, as that one stopped since."""
    events = ConsentEvent.objects.filter(type=Type.OUTDATED, contact__isnull=False).order_by("seq")
    stopped: dict[Given, int] = {}
    elsewhere: dict[Given, int] = {}
    patient_today = Coalesce("patient__merged_into_id", "patient_id")  # as consent/states.py reads it
    for contact, patient, spoken, seq in events.values_list("contact_id", patient_today, "text__language", "seq"):
        (stopped if spoken == language else elsewhere)[contact, patient] = seq
    moved_on = {place for place, seq in stopped.items() if elsewhere.get(place, 0) > seq}
    return {place: seq for place, seq in stopped.items() if place not in moved_on}, {who for who, _for in moved_on}


def _held_since(stopped: Mapping[Given, int], renewed: Iterable[Purpose]) -> tuple[set[UUID], set[UUID]]:
    """Who has agreed since it stopped, and whose number has yet to confirm it. In whichever language: what is under an
    older text has stopped again."""
    people = ConsentEvent.objects.filter(type=Type.OUTDATED).values("contact_id")
    held = ConsentState.objects.filter(contact__in=people, purpose__in=list(renewed), state__in=HOLDS)
    found: dict[str, set[UUID]] = {Consent.GRANTED: set(), Consent.PENDING: set()}
    for contact, patient, state, seq in held.values_list("contact_id", "patient_id", "state", "event__seq"):
        if seq > stopped.get((contact, patient), seq):
            found[state].add(contact)
    return found[Consent.GRANTED], found[Consent.PENDING]


def waiting_people(language: str, limit: int | None = None) -> list[Undecided]:
    """Who has not decided on the new text yet, in the order in which it stopped; no more than `limit` of them."""
    rows = _undecided().filter(event__text__language=language)
    if limit is None:
        return _people(rows)
    first = rows.values("contact_id").annotate(at=Min("since")).order_by("at", "contact_id")
    return _people(rows.filter(contact__in=list(first.values_list("contact_id", flat=True)[:limit])))


def languages_in_renewal() -> list[str]:
    """Languages in which something had to be agreed to anew, in the order of the pages."""
    found = _languages()
    return [language for language in texts.CURRENT if language in found]
