"""Carrying a list out, in the worker. The rows are the queue: what has no event yet is still to be done.

A batch is one transaction, so a worker that dies leaves whole batches behind and the next one goes on after them. Each
row is decided anew under the lock of its person's row, since people may have decided since the dry run.
"""

import time as clock
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import prefetch_related_objects
from django.utils import timezone

from consent import ledger
from consent.actions import withdraw
from consent.imports.checking import Reading
from consent.imports.persons import Directory, Match
from consent.imports.standings import NOBODY, Decision, decide, known_numbers
from consent.imports.statements import Statement
from consent.imports.verdicts import CARRIED_OUT, GRANTS
from consent.ledger import Actor, ActorKind, Type
from consent.models import Channel, ConsentDocument, ConsentEvent, ConsentImport, ConsentImportRow, ConsentText
from consent.purposes import Purpose
from consent.states import apply_many
from consent.wording import practice_in_scope
from patients.actions import register_with_numbers
from patients.identities import Sender, resolve_contacts
from patients.models import Contact, Patient
from practices.audit import record
from practices.keys import make_ready
from practices.keystore import Subject
from practices.live import changed
from practices.models import Member, Practice
from practices.postgres.bulk import update_many

BATCH = 100  # rows; the ledger of the practice is held so long, about half a second
MIDDAY = time(12)  # a paper bears a day, no hour
NOTE = "aus einer Liste übernommen"


@dataclass
class Run:
    """One list on its way, with what all its batches need."""

    listing_id: UUID
    practice: Practice
    directory: Directory


def run(*, seconds: float) -> bool:
    """Carry out the practice's oldest running list for so long, a batch at least; answers whether there is more."""
    until = clock.monotonic() + seconds
    begun = _begin()
    while begun:
        if not _carry_out_batch(begun):
            return _is_another_waiting(begun)
        if clock.monotonic() >= until:
            return True
    return False


@transaction.atomic
def _begin() -> Run | None:
    listing = ConsentImport.objects.filter(state=ConsentImport.State.RUNNING).order_by("created_at", "pk").first()
    if listing is None:
        return None
    grants = listing.rows.filter(verdict__in=GRANTS, event=None)
    return Run(listing.pk, practice_in_scope(), Directory.of_practice() if grants.exists() else Directory())


@transaction.atomic
def _is_another_waiting(run: Run) -> bool:
    return ConsentImport.objects.filter(state=ConsentImport.State.RUNNING).exclude(pk=run.listing_id).exists()


@transaction.atomic
def _carry_out_batch(run: Run) -> bool:
    """The next rows of the list; False if none was left or another worker is at it."""
    running = ConsentImport.objects.filter(pk=run.listing_id, state=ConsentImport.State.RUNNING)
    listing = running.select_for_update(of=("self",), skip_locked=True, no_key=True).first()
    if listing is None:
        return False
    rows = list(listing.rows.filter(verdict__in=CARRIED_OUT, event=None).order_by("number")[:BATCH])
    if rows:
        _carry_out(rows, listing, run)
    else:
        _finish(listing)
    changed("import", listing.pk)
    return bool(rows)


def _finish(listing: ConsentImport) -> None:
    """What the rows held is needed no more: the file itself is the proof."""
    listing.rows.update(cells=None)
    listing.state, listing.done_at = ConsentImport.State.DONE, timezone.now()
    listing.save(update_fields=["state", "done_at"])
    carried_out = listing.rows.exclude(event=None).count()
    record("import_done", about=listing, by=listing.created_by, rows=listing.rows_in_all, carried_out=carried_out)


# ── one batch ──


@dataclass
class Decided:
    """A row with the last word on it. `patient` is whose consent it is, for what is granted; perhaps not saved yet."""

    row: ConsentImportRow
    said: Statement
    contact: Contact
    decision: Decision
    patient: Patient | None = None


def _carry_out(rows: list[ConsentImportRow], listing: ConsentImport, run: Run) -> None:
    papers = Papers.of(listing, run.practice)
    reading = Reading.of(listing, run.practice)
    decided = _decide([(row, reading.understand(row)) for row in rows], run, reading.renewed)
    for one in decided:
        one.row.verdict = one.decision.verdict
        if one.decision.withdraws:
            one.row.event = _withdraw(papers, one)
    _grant(papers, [one for one in decided if one.patient])
    update_many(rows, ["verdict", "event"])
    ConsentImportRow.objects.filter(pk__in=[row.pk for row in rows]).update(cells=None)


def _decide(stated: list[tuple[ConsentImportRow, Statement]], run: Run, renewed: frozenset[Purpose]) -> list[Decided]:
    """Decide with every person's row held, in one go (design: lock order)."""
    contacts = resolve_contacts([Sender(phone=said.phone) for _row, said in stated])
    known = known_numbers({said.phone for _row, said in stated})
    patients = _Patients(run.directory)
    decided = []
    for (row, said), contact in zip(stated, contacts, strict=True):
        match = Match() if said.is_no else run.directory.find(said, run.practice.consent_age)
        decision = decide(said, known.get(said.phone, NOBODY), match, renewed)
        patient = patients.of(said, match) if decision.grants else None
        decided.append(Decided(row, said, contact, decision, patient))
    return decided


class _Patients:
    """The patients of a batch: those the practice has, and those it brings."""

    def __init__(self, directory: Directory) -> None:
        self.directory = directory
        self.seen: dict[UUID, Patient] = {}

    def of(self, said: Statement, match: Match) -> Patient:
        if match.patient_id is None:
            patient = _newcomer(said)
            self.directory.add(patient)
        else:
            patient = self.seen.get(match.patient_id) or Patient.objects.only("id").get(pk=match.patient_id)
        self.seen[patient.pk] = patient
        return patient


def _newcomer(said: Statement) -> Patient:
    return Patient(
        first_name=said.first_name,
        last_name=said.last_name,
        birth_date=said.birth_date.isoformat() if said.birth_date else None,
        record_number=said.record_number or None,
    )


# ── onto the ledger ──


@dataclass(frozen=True)
class Papers:
    """What every event of a list rests on: the file with its hash, the old form, who brought it."""

    text: ConsentText
    file: Mapping[str, str]
    form: str | None
    by: Member | None
    zone: ZoneInfo

    @classmethod
    def of(cls, listing: ConsentImport, practice: Practice) -> "Papers":
        document = listing.document
        if document is None or listing.text is None:
            raise ConsentDocument.DoesNotExist  # a list that runs has both
        return cls(
            text=listing.text,
            file={"document": str(document.pk), "sha256": document.details["sha256"]},
            form=listing.source.get("form_document"),
            by=listing.created_by,
            zone=ZoneInfo(practice.timezone),
        )

    def evidence(self, one: Decided) -> dict[str, Any]:
        """What yes and no of a list have in common (section 2.4)."""
        return {
            "contact": one.contact,
            "channel": Channel.IMPORT,
            "act": {"note": NOTE},
            "actor": Actor(kind=ActorKind.PATIENT, member_id=str(self.by.pk) if self.by else None),
            "proof_ref": {**self.file, "row": one.row.number, "form": self.form, "paper": one.said.paper or None},
            "occurred_at": self._moment(one.said),
        }

    def _moment(self, said: Statement) -> datetime:
        """When the person acted; now for a no without a day, since it counts from when we know of it."""
        now = timezone.now()
        if said.agreed_on is None:
            return now
        return min(datetime.combine(said.agreed_on, MIDDAY, tzinfo=self.zone).astimezone(UTC), now)


def _withdraw(papers: Papers, one: Decided) -> ConsentEvent:
    return withdraw(purposes=one.decision.withdraws, **papers.evidence(one)).event


def _grant(papers: Papers, decided: list[Decided]) -> None:
    """Pending: these numbers have proven nothing yet (C-07, C-19)."""
    register_with_numbers(pairs=[(one.patient, one.contact) for one in decided if one.patient], by=papers.by)
    contacts = [one.contact for one in decided]
    make_ready(Subject.EVIDENCE, [contact.pk for contact in contacts])
    prefetch_related_objects(contacts, "identities")
    events = [_append(papers, one) for one in decided]
    apply_many(events)
    for one, event in zip(decided, events, strict=True):
        one.row.event = event


def _append(papers: Papers, one: Decided) -> ConsentEvent:
    return ledger.append(
        type=Type.IMPORTED,
        text=papers.text,
        notice_version=papers.text.version,  # the old form was all the notice people got
        purposes={purpose: purpose in one.decision.grants for purpose in Purpose},
        **papers.evidence(one),
    )
