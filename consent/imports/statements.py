"""What one row says, by itself: who, when, yes or no to what. Nothing is looked up here."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import phonenumbers

from consent.imports.mapping import PURPOSE_FIELDS, Field, Mapped, fold
from consent.imports.verdicts import Verdict
from consent.purposes import Purpose
from patients.birthdays import age_of
from patients.phone import normalise

YES = frozenset(
    {"ja", "j", "yes", "y", "x", "1", "true", "wahr", "ok", "okay", "erteilt", "zugestimmt", "einverstanden"}
)
YES_SIGNS = frozenset({"✓", "✔", "☑", "☒", "+"})
NO = frozenset(
    {
        "nein",
        "n",
        "no",
        "0",
        "false",
        "falsch",
        "abgelehnt",
        "widerrufen",
        "widerruf",
        "keine",
        "kein",
        "nichteinverstanden",
    }
)
NO_SIGNS = frozenset({"-", "–", "—", "✗", "✘", "☐"})
ALL = frozenset({"alle", "alles", "allezwecke", "all", "everything"})
PURPOSE_WORDS: dict[Purpose, frozenset[str]] = {
    Purpose.ORGANISATION: frozenset(
        {
            "organisation",
            "termine",
            "termin",
            "termineundorganisation",
            "terminerinnerung",
            "terminerinnerungen",
            "appointments",
        }
    ),
    Purpose.BEHANDLUNG: frozenset({"behandlung", "behandlungundkostenplan", "kostenplan", "hkp", "treatment"}),
    Purpose.RECALL: frozenset(
        {
            "recall",
            "vorsorge",
            "vorsorgeerinnerung",
            "prophylaxe",
            "erinnerung",
            "erinnerungen",
            "kontrolle",
            "reminder",
        }
    ),
    Purpose.WERBUNG: frozenset(
        {"werbung", "neuigkeiten", "newsletter", "angebote", "marketing", "advertising", "news"}
    ),
}
_PARTS = re.compile(r"[,;/|+&]|\bund\b|\band\b")
_DAY = re.compile(r"(\d{1,2})[./](\d{1,2})[./](\d{4}|\d{2})")
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
EARLIEST = date(2009, 1, 1)  # WhatsApp began that year
OLDEST_PERSON = date(1900, 1, 1)


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What the practice decides, and the day on which the list is looked through."""

    today: date
    consent_age: int
    offered: frozenset[Purpose]


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One row, understood. `fault` is what is wrong with it by itself; a "no" needs nothing but a number."""

    phone: str = field(default="", repr=False)
    first_name: str = field(default="", repr=False)
    last_name: str = field(default="", repr=False)
    birth_date: date | None = field(default=None, repr=False)
    record_number: str = field(default="", repr=False)
    paper: str = field(default="", repr=False)
    agreed_on: date | None = None
    yes: frozenset[Purpose] = frozenset()
    no: frozenset[Purpose] = frozenset()
    fault: Verdict | None = None

    @property
    def is_no(self) -> bool:
        """Whether it says nothing but no."""
        return bool(self.no) and not self.yes


class _Wrong(Exception):
    def __init__(self, verdict: Verdict) -> None:
        self.verdict = verdict


def understand(
    cells: Sequence[str], mapped: Mapped, *, columns: int, agreed_to: frozenset[Purpose], rules: Rules, all_agreed: bool
) -> Statement:
    """What a row says. `agreed_to` is what a bare yes means: the purposes of the old form."""
    said = {name: cells[place] if place < len(cells) else "" for name, place in mapped.items()}
    try:
        if len(cells) > columns:
            raise _Wrong(Verdict.COLUMNS_DIFFER)
        phone = _phone(said)
        yes, no = _answer(said, agreed_to, all_agreed=all_agreed)
        if not yes:
            return replace(_person(said), phone=phone, no=no, agreed_on=_day_of_no(said, rules))
        return _agreed(replace(_person(said), phone=phone, yes=yes, no=no), said, rules)
    except _Wrong as wrong:
        return Statement(fault=wrong.verdict)


def _phone(said: Mapping[Field, str]) -> str:
    written = said.get(Field.PHONE, "")
    if not written:
        raise _Wrong(Verdict.PHONE_MISSING)
    number = normalise(written)
    if number is None:
        raise _Wrong(Verdict.PHONE_INVALID)
    return number


# ── yes or no ──


def _answer(
    said: Mapping[Field, str], agreed_to: frozenset[Purpose], *, all_agreed: bool
) -> tuple[frozenset[Purpose], frozenset[Purpose]]:
    """The purposes that were agreed to and those that were refused. A no to everything outweighs the rest."""
    whole = said.get(Field.ANSWER, "")
    if whole and not yes_or_no(whole):
        return frozenset(), frozenset(Purpose)
    yes, no = _by_purpose(said)
    listed = said.get(Field.PURPOSES, "")
    if listed:
        named = _named(listed)
        yes, no = (yes | named, no) if named else (frozenset(), frozenset(Purpose))
    if yes or no:
        return yes - no, no
    if whole or all_agreed:
        return agreed_to, frozenset()
    raise _Wrong(Verdict.ANSWER_MISSING)


def _by_purpose(said: Mapping[Field, str]) -> tuple[frozenset[Purpose], frozenset[Purpose]]:
    answered = {purpose: yes_or_no(said[name]) for name, purpose in PURPOSE_FIELDS.items() if said.get(name)}
    yes = frozenset(purpose for purpose, is_yes in answered.items() if is_yes)
    return yes, frozenset(answered) - yes


def yes_or_no(cell: str) -> bool:
    """Raises _Wrong for a word that is neither."""
    word, sign = fold(cell), cell.strip()
    if word in YES or sign in YES_SIGNS:
        return True
    if word in NO or sign in NO_SIGNS:
        return False
    raise _Wrong(Verdict.ANSWER_UNCLEAR)


def _named(cell: str) -> frozenset[Purpose]:
    """The purposes in "Termine, Recall"; none for "keine"."""
    if fold(cell) in NO or cell in NO_SIGNS:
        return frozenset()
    if fold(cell) in ALL:
        return frozenset(Purpose)
    whole = _purpose(fold(cell))
    parts = [fold(part) for part in _PARTS.split(cell.casefold())]
    purposes = {whole} if whole else {_purpose(part) for part in parts if part}
    named = frozenset(purpose for purpose in purposes if purpose)
    if len(named) != len(purposes) or not named:
        raise _Wrong(Verdict.PURPOSE_UNKNOWN)
    return named


def _purpose(word: str) -> Purpose | None:
    return next((purpose for purpose, words in PURPOSE_WORDS.items() if word in words), None)


# ── who and when ──


def _person(said: Mapping[Field, str]) -> Statement:
    first, last = said.get(Field.FIRST_NAME, ""), said.get(Field.LAST_NAME, "")
    if not last and not first:
        first, last = parted(said.get(Field.NAME, ""))
    elif not last:
        last = said.get(Field.NAME, "")
    return Statement(
        first_name=first[:100],
        last_name=last[:100],
        record_number=said.get(Field.RECORD_NUMBER, ""),
        paper=said.get(Field.PAPER, ""),
    )


def parted(name: str) -> tuple[str, str]:
    """ "Vogt, Jana" and "Jana Vogt": first name and family name."""
    last, comma, first = name.partition(",")
    if comma:
        return first.strip(), last.strip()
    first, _space, last = name.rpartition(" ")
    return first.strip(), last.strip()


def _agreed(said: Statement, cells: Mapping[Field, str], rules: Rules) -> Statement:
    """A yes has to be proven: by whom, when, to what (C-19)."""
    if Purpose.ORGANISATION not in said.yes:
        raise _Wrong(Verdict.NO_ORGANISATION)
    if not said.yes <= rules.offered:
        raise _Wrong(Verdict.NOT_OFFERED)
    if _is_landline(said.phone):
        raise _Wrong(Verdict.LANDLINE)
    agreed_on = _day_of_yes(cells, rules)
    born = _birth_date(cells, rules)
    if not (said.first_name and said.last_name) and not said.record_number:
        raise _Wrong(Verdict.NAME_MISSING)
    age = age_of(born, agreed_on)
    if age is not None and age < rules.consent_age:
        raise _Wrong(Verdict.MINOR)
    return replace(said, agreed_on=agreed_on, birth_date=born)


def _is_landline(e164: str) -> bool:
    kind = phonenumbers.number_type(phonenumbers.parse(e164))
    return kind == phonenumbers.PhoneNumberType.FIXED_LINE


def _day_of_yes(cells: Mapping[Field, str], rules: Rules) -> date:
    written = cells.get(Field.AGREED_ON, "")
    if not written:
        raise _Wrong(Verdict.DATE_MISSING)
    day = day_in(written, rules.today)
    if day is None:
        raise _Wrong(Verdict.DATE_INVALID)
    if day > rules.today:
        raise _Wrong(Verdict.DATE_FUTURE)
    if day < EARLIEST:
        raise _Wrong(Verdict.DATE_TOO_OLD)
    return day


def _day_of_no(cells: Mapping[Field, str], rules: Rules) -> date | None:
    """A no counts whatever stands beside it: with a day nobody can mean, it has none."""
    day = day_in(cells.get(Field.AGREED_ON, ""), rules.today)
    return day if day and EARLIEST <= day <= rules.today else None


def _birth_date(cells: Mapping[Field, str], rules: Rules) -> date | None:
    written = cells.get(Field.BIRTH_DATE, "")
    if not written:
        return None
    born = day_in(written, rules.today)
    if born is None or not OLDEST_PERSON <= born <= rules.today:
        raise _Wrong(Verdict.BIRTH_DATE_INVALID)
    return born


def day_in(cell: str, today: date) -> date | None:
    """24.05.2023, 24.5.23, 24/05/2023, 2023-05-24, with a time behind it or not. Two digits are no year ahead of us."""
    words = cell.split()
    written = words[0].partition("T")[0] if words else ""
    if found := _ISO.fullmatch(written):
        return _date(*map(int, found.groups()))
    if found := _DAY.fullmatch(written):
        day, month, year = found.groups()
        return _date(int(year) if len(year) == 4 else _century(int(year), today), int(month), int(day))
    return None


def _century(year: int, today: date) -> int:
    return year + (2000 if year <= today.year % 100 else 1900)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
