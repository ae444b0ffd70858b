"""The dry run: a verdict for each row, and nothing else is written."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.utils import timezone

from consent.editions import valid_versions
from consent.imports.mapping import Field, Mapped
from consent.imports.persons import Directory, Match, Name, name_of
from consent.imports.standings import NOBODY, decide, known_numbers
from consent.imports.statements import Rules, Statement, understand
from consent.imports.verdicts import Verdict
from consent.models import ConsentImport, ConsentImportRow
from consent.purposes import Purpose
from consent.qr_codes import offered_by
from practices.models import Practice
from practices.postgres.bulk import update_many

Stated = tuple[ConsentImportRow, Statement]


@dataclass(frozen=True)
class Reading:
    """How a list is to be understood: its mapping, what a bare yes means, the practice's rules, and which purposes had
    to be agreed to anew in the old form's language."""

    mapped: Mapped
    columns: int
    agreed_to: frozenset[Purpose]
    all_agreed: bool
    rules: Rules
    renewed: frozenset[Purpose]

    @classmethod
    def of(cls, listing: ConsentImport, practice: Practice) -> "Reading":
        source = listing.source
        return cls(
            mapped={Field(name): place for name, place in listing.mapping.items()},
            columns=len(source["columns"]),
            agreed_to=frozenset(Purpose(name) for name in source["purposes"]),
            all_agreed=source.get("all_agreed", False),
            rules=Rules(
                today=timezone.localdate(), consent_age=practice.consent_age, offered=frozenset(offered_by(practice))
            ),
            renewed=frozenset(valid_versions(listing.text.language)) if listing.text else frozenset(),
        )

    def understand(self, row: ConsentImportRow) -> Statement:
        return understand(
            row.cells or [],
            self.mapped,
            columns=self.columns,
            agreed_to=self.agreed_to,
            rules=self.rules,
            all_agreed=self.all_agreed,
        )


def check(listing: ConsentImport, practice: Practice) -> None:
    """Give every row of the list its verdict. As many queries for one row as for twenty thousand."""
    reading = Reading.of(listing, practice)
    stated = [(row, reading.understand(row)) for row in listing.rows.order_by("number").iterator(chunk_size=2_000)]
    for row, said in stated:
        row.verdict = said.fault or ""
    whole = [(row, said) for row, said in stated if not said.fault]
    _compare_rows(whole)
    _ask_roger([(row, said) for row, said in whole if not row.verdict], reading)
    update_many([row for row, _said in stated], ["verdict"])


# ── rows among each other ──


def _compare_rows(stated: Iterable[Stated]) -> None:
    """One number, several rows: a no outweighs every yes, of one person's rows the newest counts."""
    by_number: dict[str, list[Stated]] = defaultdict(list)
    for row, said in stated:
        by_number[said.phone].append((row, said))
    for rows in by_number.values():
        if len(rows) > 1:
            _compare(rows)


def _compare(rows: list[Stated]) -> None:
    noes = [(row, said) for row, said in rows if said.is_no]
    if not noes and len({_person(said) for _row, said in rows}) > 1:
        for row, _said in rows:
            row.verdict = Verdict.SHARED_NUMBER
        return
    newest, _said = max(noes or rows, key=lambda one: (one[1].agreed_on or date.min, one[0].number))
    for row, said in rows:
        if row is not newest:
            row.verdict = Verdict.CONTRADICTION if noes and not said.is_no else Verdict.DUPLICATE


def _person(said: Statement) -> Name | str:
    return name_of(said) if said.last_name else said.record_number


# ── and what Roger knows ──


def _ask_roger(stated: list[Stated], reading: Reading) -> None:
    known = known_numbers({said.phone for _row, said in stated})
    matches = dict(_matches(stated, reading.rules))
    for row, said in stated:
        match = matches.get(row.pk, Match())
        row.verdict = decide(said, known.get(said.phone, NOBODY), match, reading.renewed).verdict


def _matches(stated: list[Stated], rules: Rules) -> Iterator[tuple[UUID, Match]]:
    yeses = [(row, said) for row, said in stated if not said.is_no]
    directory = Directory.of_practice() if yeses else Directory()
    for row, said in yeses:
        yield row.pk, directory.find(said, rules.consent_age)
