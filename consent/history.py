"""One contact's consent over time: its acts as the ledger has them, and where each purpose stood after each.

Also the form somebody agreed to before there was a contact belongs to it: the act that confirmed it refers to it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from consent import ledger
from consent.gate import Consent
from consent.models import ConsentEvent, ConsentText, QrCode
from consent.purposes import Purpose
from consent.states import Place, Standing, fold
from patients.models import Contact
from practices.keys import KeyDestroyed
from practices.models import Member
from practices.scope import current_practice_id
from practices.sealed import warm

Evidence = Mapping[str, Any]


@dataclass(frozen=True)
class Act:
    """One entry and its evidence, which is None after it was shredded."""

    event: ConsentEvent
    evidence: Evidence | None = field(repr=False)

    @property
    def purposes(self) -> list[Purpose]:
        said = self.evidence["purposes"] if self.evidence else {}
        return [purpose for purpose in Purpose if said.get(purpose)]

    @property
    def text(self) -> ConsentText | None:
        shown: ConsentText | None = self.event.text
        return shown


@dataclass(frozen=True)
class Span:
    """A purpose of a contact, or of a patient it writes for, that stood somewhere for a time; `until` None: still."""

    patient_id: UUID | None
    purpose: Purpose
    state: Consent
    since: datetime
    until: datetime | None


def history_of(contact: Contact) -> list[Act]:
    """All acts in the order of the ledger; four queries, however many there are."""
    own = list(_events().filter(contact=contact))
    warm(own)
    acts = [_act(event) for event in own]
    known = {event.pk for event in own}
    forms = {act.evidence["refers_to"] for act in acts if act.evidence and act.evidence["refers_to"]}
    earlier = list(_events().filter(pk__in=[pk for pk in map(UUID, forms) if pk not in known]))
    warm(earlier)
    return sorted([*acts, *map(_act, earlier)], key=lambda act: act.event.seq)


def _events() -> Any:
    return ConsentEvent.objects.select_related("text", "patient").order_by("seq")


def _act(event: ConsentEvent) -> Act:
    try:
        return Act(event, ledger.evidence_of(event))
    except KeyDestroyed:
        return Act(event, None)


def spans_of(acts: Iterable[Act]) -> list[Span]:
    """Where every purpose stood and when, by patient and purpose; acts without evidence say nothing any more."""
    standings: dict[Place, Standing] = {}
    moves: dict[Place, list[Standing]] = {}
    for act in acts:
        if act.evidence is None or act.event.contact_id is None:
            continue
        changes = fold(standings, act.event)
        standings.update(changes)
        for place, standing in changes.items():
            moves.setdefault(place, []).append(standing)
    order = list(Purpose)
    places = sorted(moves, key=lambda place: (str(place[0] or ""), order.index(place[1])))
    return [span for place in places for span in _spans(place, moves[place])]


def _spans(place: Place, standings: list[Standing]) -> Iterator[Span]:
    ends = [standing.since for standing in standings[1:]] + [None]
    for standing, end in zip(standings, ends, strict=True):
        yield Span(*place, standing.state, standing.since, end)


# ── names for what the evidence refers to ──


@dataclass(frozen=True)
class Names:
    """What members and codes are called; two queries for a whole history."""

    members: Mapping[str, str]
    codes: Mapping[str, str]


def names_in(acts: Iterable[Act]) -> Names:
    evidence = [act.evidence for act in acts if act.evidence]
    members = {one["actor"]["member_id"] for one in evidence if one["actor"]["member_id"]}
    codes = {str(code) for one in evidence if (code := (one["proof_ref"] or {}).get("qr_code"))}
    team = Member.objects.filter(pk__in=members, practice=current_practice_id())
    return Names(
        {str(pk): name for pk, name in team.values_list("pk", "user__name")},
        {str(pk): name for pk, name in QrCode.objects.filter(pk__in=codes).values_list("pk", "name")},
    )
