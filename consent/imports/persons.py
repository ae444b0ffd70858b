"""Whose row it is: the practice's patients by record number, and by name with date of birth."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from consent.imports.statements import Statement
from consent.imports.verdicts import Verdict
from patients.birthdays import age_of, born_on
from patients.models import Patient
from patients.search import all_patients, words

Name = tuple[frozenset[str], date | None]


@dataclass(frozen=True)
class Match:
    """The patient a row means, None for somebody new; or why that cannot be said."""

    patient_id: UUID | None = None
    fault: Verdict | None = None


@dataclass
class Directory:
    """All patients of the practice in scope, opened once; grows with those a list brings."""

    names: dict[UUID, Name] = field(default_factory=dict)
    by_record: dict[str, list[UUID]] = field(default_factory=lambda: defaultdict(list))
    by_name: dict[Name, list[UUID]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def of_practice(cls) -> "Directory":
        directory = cls()
        for patient in all_patients():
            directory.add(patient)
        return directory

    def add(self, patient: Patient) -> None:
        name = (words(f"{patient.first_name} {patient.last_name}"), born_on(patient))
        self.names[patient.pk] = name
        self.by_name[name].append(patient.pk)
        if patient.record_number:
            self.by_record[patient.record_number.strip()].append(patient.pk)

    def find(self, said: Statement, consent_age: int) -> Match:
        """The record number decides if it is known, but never against the name beside it."""
        recorded = self.by_record.get(said.record_number, []) if said.record_number else []
        if recorded:
            return self._recorded(recorded, said, consent_age)
        if not (said.first_name and said.last_name):
            return Match(fault=Verdict.NAME_MISSING)
        if said.birth_date is None:
            return Match(fault=Verdict.BIRTH_DATE_MISSING)
        named = self.by_name.get(name_of(said), [])
        if len(named) > 1:
            return Match(fault=Verdict.PATIENT_UNCLEAR)
        return Match(named[0] if named else None)

    def _recorded(self, recorded: list[UUID], said: Statement, consent_age: int) -> Match:
        if len(recorded) > 1:
            return Match(fault=Verdict.PATIENT_UNCLEAR)
        known_words, born = self.names[recorded[0]]
        said_words, said_born = name_of(said)
        if (said_words and not said_words & known_words) or (said_born and born and said_born != born):
            return Match(fault=Verdict.PATIENT_DIFFERS)
        age = age_of(born or said_born, said.agreed_on)
        if age is None:
            return Match(fault=Verdict.BIRTH_DATE_MISSING)
        return Match(fault=Verdict.MINOR) if age < consent_age else Match(recorded[0])


def name_of(said: Statement) -> Name:
    return words(f"{said.first_name} {said.last_name}"), said.birth_date
