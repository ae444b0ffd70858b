"""What Roger knows of a number already, and what a row may still change about it.

Whoever has decided in Roger has decided: a list is only heard about people of whom nothing is known, and about a no
that is newer than what stands.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from django.utils import timezone

from consent.gate import Consent
from consent.imports.persons import Match
from consent.imports.statements import Statement
from consent.imports.verdicts import Verdict
from consent.models import ConsentState
from consent.purposes import Purpose
from consent.states import LIVING, REFUSED
from patients.identities import identity_hash
from patients.models import ContactIdentity, PatientContact, Relation
from practices.postgres.bulk import among


@dataclass
class Known:
    """A number of the practice in scope. Days are the practice's."""

    is_blocked: bool = False
    own: dict[Purpose, tuple[Consent, date]] = field(default_factory=dict)  # of the contact itself
    last_yes: date | None = None  # the newest yes that lives, also one for a patient the contact writes for
    links: dict[UUID | None, str] = field(default_factory=dict)

    def stands(self, purpose: Purpose) -> Consent:
        return self.own[purpose][0] if purpose in self.own else Consent.NONE

    def may_be(self, patient_id: UUID | None) -> bool:
        """Whether this number can be the own one of a patient, or (None) of somebody new."""
        others = [relation for pk, relation in self.links.items() if pk != patient_id]
        return self.links.get(patient_id, Relation.SELF) == Relation.SELF and Relation.SELF not in others


NOBODY = Known()


@dataclass(frozen=True)
class Decision:
    """What is done with a row: the purposes it grants and those it withdraws."""

    verdict: Verdict
    grants: frozenset[Purpose] = frozenset()
    withdraws: frozenset[Purpose] = frozenset()


def known_numbers(phones: Collection[str]) -> dict[str, Known]:
    """What is known of each number that Roger knows. Three queries."""
    hashes = {identity_hash(ContactIdentity.Kind.PHONE, phone): phone for phone in phones}
    if not hashes:
        return {}
    living = ContactIdentity.objects.filter(among("value_hash", hashes), kind="phone", ended_at=None)
    owners: dict[UUID, str] = {}
    known: dict[str, Known] = {}
    for value_hash, contact_id, blocked_at in living.values_list("value_hash", "contact_id", "contact__blocked_at"):
        owners[contact_id] = hashes[bytes(value_hash)]
        known[owners[contact_id]] = Known(is_blocked=blocked_at is not None)
    _add_states(known, owners)
    links = PatientContact.objects.filter(among("contact_id", owners))
    for contact_id, patient_id, relation in links.values_list("contact_id", "patient_id", "relation"):
        known[owners[contact_id]].links[patient_id] = relation
    return known


def _add_states(known: dict[str, Known], owners: dict[UUID, str]) -> None:
    rows = ConsentState.objects.filter(among("contact_id", owners))
    yeses: dict[str, list[date]] = defaultdict(list)
    for contact_id, patient_id, purpose, state, since in rows.values_list(
        "contact_id", "patient_id", "purpose", "state", "since"
    ):
        phone = owners[contact_id]
        if patient_id is None:
            known[phone].own[Purpose(purpose)] = (Consent(state), _day(since))
        if state in LIVING:
            yeses[phone].append(_day(since))
    for phone, days in yeses.items():
        known[phone].last_yes = max(days)


def _day(at: datetime) -> date:
    return timezone.localdate(at)


def decide(said: Statement, known: Known, match: Match, renewed: frozenset[Purpose]) -> Decision:
    """What becomes of a row without a fault of its own; `match` counts for a yes only.

    `renewed` had to be agreed to anew under a text of ours (C-06): an old form's yes to these goes onto the ledger and
    stops there (consent/renewals.py).
    """
    if said.is_no:
        return _no(said, known)
    fault = _fault(known, match)
    if fault:
        return Decision(fault)
    if said.agreed_on is None:
        return Decision(Verdict.DATE_MISSING)
    obstacle = _obstacle(known, said.agreed_on)
    if obstacle:
        newer_noes = frozenset(purpose for purpose in said.no if _is_older_yes(known, purpose, said.agreed_on))
        return Decision(Verdict.WITHDRAW, withdraws=newer_noes) if newer_noes else Decision(obstacle)
    grants = frozenset(purpose for purpose in said.yes if known.stands(purpose) not in REFUSED)
    return Decision(Verdict.GRANT_OUTDATED if grants & renewed else Verdict.GRANT, grants, said.no)


def _fault(known: Known, match: Match) -> Verdict | None:
    if known.is_blocked:
        return Verdict.BLOCKED
    if match.fault:
        return match.fault
    return None if known.may_be(match.patient_id) else Verdict.NUMBER_TAKEN


def _obstacle(known: Known, agreed_on: date) -> Verdict | None:
    """Why nothing is granted any more: a no that stands, a yes that stands, or an end that came after the paper."""
    if known.stands(Purpose.ORGANISATION) in REFUSED:
        return Verdict.REFUSED_HERE
    if any(state in LIVING for state, _since in known.own.values()):
        return Verdict.STANDS_HERE
    if any(since >= agreed_on for _state, since in known.own.values()):
        return Verdict.DECIDED_HERE
    return None


def _is_older_yes(known: Known, purpose: Purpose, day: date) -> bool:
    return purpose in known.own and known.own[purpose][0] in LIVING and known.own[purpose][1] < day


def _no(said: Statement, known: Known) -> Decision:
    withdraws = frozenset(purpose for purpose in said.no if known.stands(purpose) not in REFUSED)
    if not withdraws:
        return Decision(Verdict.REFUSED_HERE)
    if known.last_yes is None:
        return Decision(Verdict.WITHDRAW, withdraws=withdraws)
    if said.agreed_on is None:
        return Decision(Verdict.NO_UNDATED)
    if known.last_yes > said.agreed_on:
        return Decision(Verdict.DECIDED_HERE)
    return Decision(Verdict.WITHDRAW, withdraws=withdraws)
