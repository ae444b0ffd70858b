"""What holds now: the ledger, folded (section 2.2).

none → pending → granted → withdrawn | expired | outdated, and rejected from none or pending. Withdrawn and rejected
become pending only by a new act of the person (START). An act in the chat proves the number by itself, so it grants at
once; any other grant waits for `confirmed` (C-07).

The state of (contact, no patient) is the contact's own. For a link with relation `self` it is that one that counts.
What a contact withdraws for itself counts for everybody it writes for: STOP stops the number.
An act for a record that was merged counts for the one that holds it (patients/merging.py).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from consent.gate import Consent
from consent.ledger import purposes_of
from consent.models import Channel, ConsentEvent, ConsentState
from consent.purposes import Purpose
from patients.models import Contact, PatientContact, Relation
from practices.keys import KeyDestroyed

Type = ConsentEvent.Type
IN_CHAT = frozenset({Channel.WHATSAPP_BUTTON, Channel.WHATSAPP_KEYWORD})
UNDECIDED = frozenset({Consent.NONE, Consent.PENDING, Consent.EXPIRED, Consent.OUTDATED})
LIVING = frozenset({Consent.PENDING, Consent.GRANTED})
# Where an act may come from, and where it leads; a grant outside the chat leads to pending instead.
TRANSITIONS: dict[str, tuple[frozenset[Consent], Consent]] = {
    Type.GRANTED: (frozenset(Consent) - {Consent.GRANTED}, Consent.GRANTED),
    Type.CONFIRMED: (frozenset(Consent) - {Consent.GRANTED}, Consent.GRANTED),
    Type.IMPORTED: (UNDECIDED - {Consent.PENDING}, Consent.PENDING),
    Type.RENEWED: (frozenset(Consent) - LIVING, Consent.PENDING),
    Type.REJECTED: (UNDECIDED, Consent.REJECTED),
    Type.WITHDRAWN: (frozenset(Consent) - {Consent.WITHDRAWN}, Consent.WITHDRAWN),
    Type.WRONG_NUMBER: (frozenset(Consent) - {Consent.WITHDRAWN}, Consent.WITHDRAWN),
    Type.EXPIRED: (frozenset({Consent.PENDING}), Consent.EXPIRED),
    Type.OUTDATED: (LIVING, Consent.OUTDATED),
    Type.GUARDIAN_CHANGED: (LIVING, Consent.OUTDATED),
}
# What opens the way again. A webhook may come days late: an older yes never overrides a newer no.
OPENS = frozenset({Type.GRANTED, Type.CONFIRMED, Type.IMPORTED, Type.RENEWED})
REFUSED = frozenset({Consent.WITHDRAWN, Consent.REJECTED})
REFUSES = frozenset({Type.WITHDRAWN, Type.WRONG_NUMBER, Type.REJECTED})
STOPS_THE_NUMBER = frozenset({Type.WITHDRAWN, Type.WRONG_NUMBER})

Place = tuple[UUID | None, Purpose]  # (patient or None, purpose) of one contact


@dataclass(frozen=True)
class Standing:
    """Where one place stands, by which event."""

    state: Consent
    event_id: UUID
    since: datetime


NOTHING = Consent.NONE


def after(event_type: str, channel: str, before: Consent) -> Consent:
    """The state machine: where a purpose stands after an act that concerns it."""
    sources, target = TRANSITIONS[event_type]
    if before not in sources:
        return before
    if event_type == Type.GRANTED and channel not in IN_CHAT:
        # Whoever refused or withdrew and now agrees anew waits for the proof like everybody else.
        return Consent.PENDING
    return target


def fold(standings: Mapping[Place, Standing], event: ConsentEvent) -> dict[Place, Standing]:
    """The places of the event's contact that it changes, with their new standing."""
    changes = {}
    for place in _places(standings, event):
        standing = standings.get(place)
        before = _state(standing)
        now = after(event.type, event.channel, before)
        newest_no = standing or _number_s_own(standings, place)
        if _says_no_again(event, standing) or (now != before and not _comes_too_late(event, newest_no)):
            changes[place] = Standing(now, event.pk, event.occurred_at)
    return changes


def _says_no_again(event: ConsentEvent, standing: Standing | None) -> bool:
    """A newer no to what was refused before changes nothing but its date: a yes from between the two comes too late."""
    is_refused = standing is not None and standing.state in REFUSED
    return is_refused and event.type in REFUSES and event.occurred_at > standing.since  # type: ignore[union-attr]


def _number_s_own(standings: Mapping[Place, Standing], place: Place) -> Standing | None:
    """STOP stops the number also for patients of whom nothing was known then: an older yes for one is too late too."""
    own = standings.get((None, place[1]))
    return own if own and own.state == Consent.WITHDRAWN else None


def _comes_too_late(event: ConsentEvent, standing: Standing | None) -> bool:
    return (
        standing is not None
        and standing.state in REFUSED
        and event.type in OPENS
        and event.occurred_at < standing.since
    )


def _places(standings: Mapping[Place, Standing], event: ConsentEvent) -> Iterator[Place]:
    patients = {patient_of(event)}
    if event.type in STOPS_THE_NUMBER and event.patient_id is None:
        patients |= {patient for patient, _purpose in standings}
    for purpose in purposes_of(event):
        for patient in patients:
            yield patient, purpose


def patient_of(event: ConsentEvent) -> UUID | None:
    """Whose consent the act is about today."""
    if event.patient is None:
        return None
    kept: UUID | None = event.patient.merged_into_id
    return kept or event.patient.pk


def apply(event: ConsentEvent) -> frozenset[Purpose]:
    """Carry one event into ConsentState, in its own transaction; answers the purposes whose state changed.

    An event without a contact (a form nobody has confirmed yet) changes nothing. The caller holds the contact's row.
    """
    if event.contact_id is None:
        return frozenset()
    rows = {_place(row): row for row in ConsentState.objects.filter(contact=event.contact_id)}
    before = {place: _standing(row) for place, row in rows.items()}
    changes = fold(before, event)
    fresh = [_row(event.contact_id, place, standing) for place, standing in changes.items() if place not in rows]
    moved = [_moved(rows[place], standing) for place, standing in changes.items() if place in rows]
    ConsentState.objects.bulk_create(fresh)
    if moved:
        ConsentState.objects.bulk_update(moved, ["state", "event", "since"])
    return frozenset(place[1] for place, now in changes.items() if now.state != _state(before.get(place)))


def apply_many(events: Sequence[ConsentEvent]) -> None:
    """As `apply`, for the events of many contacts at once, in their order. The caller holds all their rows."""
    rows: dict[UUID | None, dict[Place, ConsentState]] = {event.contact_id: {} for event in events}
    for row in ConsentState.objects.filter(contact__in=rows):
        rows[row.contact_id][_place(row)] = row
    changed: dict[UUID, ConsentState] = {}
    for event in events:
        own = rows[event.contact_id]
        for place, standing in fold({place: _standing(row) for place, row in own.items()}, event).items():
            own.setdefault(place, ConsentState(contact=event.contact, patient_id=place[0], purpose=place[1]))
            _moved(own[place], standing)
            changed[own[place].pk] = own[place]
    moved = [row for row in changed.values() if not row._state.adding]
    ConsentState.objects.bulk_create([row for row in changed.values() if row._state.adding])
    if moved:
        ConsentState.objects.bulk_update(moved, ["state", "event", "since"])


@transaction.atomic
def rebuild(contact: Contact | None = None) -> int:
    """Fold the ledger anew, for one contact or for the whole practice; answers how many rows stand.

    Whose evidence was shredded has no state any more.
    """
    events = ConsentEvent.objects.select_related("patient").order_by("seq")
    states = ConsentState.objects.all()
    list(Contact.objects.filter(**({"pk": contact.pk} if contact else {})).locked().values_list("pk"))
    if contact:
        events, states = events.filter(contact=contact), states.filter(contact=contact)
    folded: dict[UUID, dict[Place, Standing]] = {}
    for event in events.iterator(chunk_size=2000):
        _fold_into(folded, event)
    states.delete()
    rows = [_row(person, *place) for person, standings in folded.items() for place in standings.items()]
    ConsentState.objects.bulk_create(rows, batch_size=1000)
    return len(rows)


def _fold_into(folded: dict[UUID, dict[Place, Standing]], event: ConsentEvent) -> None:
    if event.contact_id is None:
        return
    standings = folded.setdefault(event.contact_id, {})
    try:
        standings.update(fold(standings, event))
    except KeyDestroyed:
        del folded[event.contact_id]


# ── reading ──


def purposes_of_number(contact: Contact, *states: Consent) -> frozenset[Purpose]:
    """What stands in one of these states for a contact, for itself or for anybody it writes for; one query."""
    rows = ConsentState.objects.filter(contact=contact, state__in=states)
    return frozenset(Purpose(purpose) for purpose in rows.values_list("purpose", flat=True))


def states_of_links(
    links: Iterable[tuple[UUID, UUID | None]],
) -> dict[tuple[UUID, UUID | None], dict[Purpose, Consent]]:
    """Where purposes stand for pairs of contact and patient (None: the contact itself); two queries at most."""
    wanted = list(dict.fromkeys(links))
    contacts = {contact_id for contact_id, _patient in wanted}
    rows = ConsentState.objects.filter(contact__in=contacts).values_list("contact_id", "patient_id", "purpose", "state")
    known: dict[tuple[UUID, UUID | None, Purpose], Consent] = {
        (contact, patient, Purpose(purpose)): Consent(state) for contact, patient, purpose, state in rows
    }
    selves = _selves([link for link in wanted if link[1] is not None])
    return {
        (contact, patient): {
            purpose: known.get((contact, None if (contact, patient) in selves else patient, purpose), NOTHING)
            for purpose in Purpose
        }
        for contact, patient in wanted
    }


def _selves(links: list[tuple[UUID, UUID | None]]) -> set[tuple[UUID, UUID | None]]:
    if not links:
        return set()
    same = PatientContact.objects.filter(relation=Relation.SELF, contact__in={contact for contact, _patient in links})
    return set(same.values_list("contact_id", "patient_id"))


def _state(standing: Standing | None) -> Consent:
    return standing.state if standing else NOTHING


def _place(row: ConsentState) -> Place:
    return row.patient_id, Purpose(row.purpose)


def _standing(row: ConsentState) -> Standing:
    return Standing(Consent(row.state), row.event_id, row.since)


def _row(contact_id: UUID, place: Place, standing: Standing) -> ConsentState:
    patient_id, purpose = place
    return _moved(ConsentState(contact_id=contact_id, patient_id=patient_id, purpose=purpose), standing)


def _moved(row: ConsentState, standing: Standing) -> ConsentState:
    row.state, row.event_id, row.since = standing.state, standing.event_id, standing.since
    return row
